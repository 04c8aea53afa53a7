"""The house keeps its floors: who imports whom, who touches disk, who reads a clock, who knows a foreign API."""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("counterseal", "pipelines", "serving", "scripts")
DOOR = "counterseal.__main__"

#: What each floor may import of ours; the build side and the run side stand beside each other.
FLOORS: dict[str, tuple[str, ...]] = {
    "counterseal.values": (),
    "counterseal.crypto": ("counterseal.values",),
    "counterseal.documents": ("counterseal.values", "counterseal.crypto"),
    "counterseal.verification": ("counterseal.values", "counterseal.crypto", "counterseal.documents"),
    "pipelines": ("counterseal",),
    "serving": ("counterseal",),
    "scripts": ("counterseal", "pipelines", "serving"),
    DOOR: ("scripts",),
    "counterseal": (),
}

DISK = {"os", "pathlib", "subprocess", "tempfile", "shutil", "io", "glob", "socket", "urllib", "http", "fileinput"}
DISK_FILES = {"counterseal/verification/git.py", "counterseal/verification/objects.py"}
CLOCKS = {"datetime": {"now", "utcnow", "today"}, "date": {"today"}, "time": {"time", "time_ns", "localtime", "gmtime"}}
CLOCK_FILES = ("serving/server.py", "scripts/")
KERNEL_LIBRARIES = {
    "cel_expr_python",
    "cryptography",
    "in_toto",
    "jsonschema",
    "pydantic",
    "pydantic_core",
    "securesystemslib",
    "yaml",
}
LOADERS = {"cloudpickle", "dill", "joblib", "marshal", "onnx", "onnxruntime", "pickle", "shelve", "skl2onnx", "sklearn"}
FOREIGN = {
    "in_toto": {"counterseal/documents/layout.py"},
    "cel_expr_python": {"counterseal/verification/cel.py"},
    "cyclonedx": {"pipelines/bom.py", "pipelines/licences.py"},
    "fairlearn": {"pipelines/measures/parities.py"},
    "fastapi": {f"serving/{path.name}" for path in (ROOT / "serving").glob("*.py")},
    "typer": {path.relative_to(ROOT).as_posix() for path in (ROOT / "scripts").rglob("*.py")},
}


class Module(NamedTuple):
    """A module's name, its path from the root, and its source."""

    name: str
    path: str
    tree: ast.Module


def module(path: str, source: str) -> Module:
    parts = path.removesuffix(".py").split("/")
    return Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path, ast.parse(source))


FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = [module(path.relative_to(ROOT).as_posix(), path.read_text()) for path in FILES]
NAMES = {item.name for item in MODULES}


def imports(nodes: Iterable[ast.AST], names: set[str]) -> Iterator[str]:
    """Return the modules that import statements name; ``from a import b`` names a.b where that is a module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & names
            yield from inner or {str(node.module)}


def at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Return the statements that run when a module is imported; what only type checkers see does not."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from at_import(node.orelse)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
            for part in ("body", "orelse", "finalbody"):
                yield from at_import(getattr(node, part, []))


def floor_of(name: str) -> str:
    return max((floor for floor in FLOORS if f"{name}.".startswith(f"{floor}.")), key=len)


def below(item: Module, names: set[str]) -> list[str]:
    """Return what a module imports of ours that stands above it or beside it."""
    floor = floor_of(item.name)
    ours = [name for name in imports(ast.walk(item.tree), names) if name.split(".")[0] in PACKAGES]
    allowed = (floor, *FLOORS[floor])
    return [name for name in ours if not any(f"{name}.".startswith(f"{able}.") for able in allowed) or name == DOOR]


def disk(item: Module) -> list[str]:
    """Return how a module of the kernel reaches beyond its arguments."""
    found = [name for name in imports(ast.walk(item.tree), set()) if name.split(".")[0] in DISK]
    calls = [node for node in ast.walk(item.tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    banned = {"open", "input", "print", "eval", "exec", "compile", "__import__"}
    return found + [node.func.id for node in calls if isinstance(node.func, ast.Name) and node.func.id in banned]


def clocks(item: Module) -> list[str]:
    """Return where a module asks for the time."""
    found = []
    for node in ast.walk(item.tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]
            if node.attr in CLOCKS.get(owner, ()):
                found.append(ast.unparse(node))
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [alias.name for alias in node.names if alias.name in CLOCKS["time"]]
    return found


def cycles(modules: Iterable[Module], names: set[str]) -> list[str]:
    graph = {item.name: set(imports(at_import(item.tree.body), names)) & names - {item.name} for item in modules}
    return cycle_in(graph)


def cycle_in(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def kernel(item: Module) -> bool:
    return item.name.startswith("counterseal") and item.name != DOOR


@pytest.mark.parametrize("item", MODULES, ids=lambda item: item.path)
def test_a_module_imports_only_what_stands_below_it(item: Module) -> None:
    assert below(item, NAMES) == []


@pytest.mark.parametrize("item", [item for item in MODULES if kernel(item)], ids=lambda item: item.path)
def test_the_kernel_takes_bytes_and_gives_verdicts(item: Module) -> None:
    if item.path not in DISK_FILES:
        assert disk(item) == []
    libraries = {name.split(".")[0] for name in imports(ast.walk(item.tree), NAMES)}
    assert libraries - set(PACKAGES) - sys.stdlib_module_names <= KERNEL_LIBRARIES


@pytest.mark.parametrize("item", MODULES, ids=lambda item: item.path)
def test_nobody_but_the_door_and_the_server_reads_the_clock(item: Module) -> None:
    if not item.path.startswith(CLOCK_FILES):
        assert clocks(item) == []


@pytest.mark.parametrize("item", MODULES, ids=lambda item: item.path)
def test_foreign_apis_have_one_home_each(item: Module) -> None:
    for name in imports(ast.walk(item.tree), NAMES):
        homes = FOREIGN.get(name.split(".")[0])
        assert homes is None or item.path in homes, name


@pytest.mark.parametrize(
    "item", [item for item in MODULES if not item.name.startswith("pipelines")], ids=lambda m: m.path
)
def test_only_the_build_side_knows_how_to_load_what_could_run(item: Module) -> None:
    loaders = {name.split(".")[0] for name in imports(ast.walk(item.tree), NAMES)} & LOADERS
    assert loaders == set()


def test_no_module_imports_itself_around_a_corner() -> None:
    assert cycles(MODULES, NAMES) == []


@pytest.mark.parametrize("item", MODULES, ids=lambda item: item.path)
def test_every_module_says_what_it_is_for(item: Module) -> None:
    text = ast.get_docstring(item.tree)
    assert text
    assert text.splitlines()[0].endswith((".", ":", "?")), "a docstring begins with a sentence"


def test_the_kernel_tells_its_map() -> None:
    text = (ROOT / "counterseal/__init__.py").read_text()
    floors = [path.name for path in (ROOT / "counterseal").iterdir() if (path / "__init__.py").is_file()]
    assert all(f"``{floor}``" in text for floor in floors)
    assert {f"counterseal.{floor}" for floor in floors} <= set(FLOORS)


# The checks themselves, on planted faults.


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("counterseal/values/a.py", "from counterseal.crypto import sshsig", ["counterseal.crypto.sshsig"]),
        ("counterseal/crypto/a.py", "import counterseal.documents.places", ["counterseal.documents.places"]),
        (
            "counterseal/documents/a.py",
            "from counterseal.verification.git import Git",
            ["counterseal.verification.git"],
        ),
        ("counterseal/verification/a.py", "def f():\n    import scripts", ["scripts"]),
        ("serving/a.py", "if TYPE_CHECKING:\n    from pipelines.run import run", ["pipelines.run"]),
        ("pipelines/a.py", "from serving import server", ["serving.server"]),
        ("scripts/a.py", "from counterseal import __main__", [DOOR]),
        ("scripts/a.py", "from pipelines.run import run\nfrom serving import server", []),
        ("counterseal/verification/a.py", "from counterseal.documents import places", []),
        ("counterseal/__main__.py", "from scripts.main import main", []),
    ],
)
def test_a_planted_import_is_found(path: str, source: str, found: list[str]) -> None:
    assert below(module(path, source), NAMES | {"serving.server", "scripts.main"}) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os.path", ["os.path"]),
        ("from pathlib import Path", ["pathlib"]),
        ("def f(p):\n    return open(p).read()", ["open"]),
        ("x = Document.open(data)", []),
        ("import re", []),
    ],
)
def test_a_planted_touch_of_the_disk_is_found(source: str, found: list[str]) -> None:
    assert disk(module("counterseal/values/a.py", source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("datetime.now(UTC)", ["datetime.now"]),
        ("datetime.datetime.now()", ["datetime.datetime.now"]),
        ("clock = datetime.now", ["datetime.now"]),
        ("time.time()", ["time.time"]),
        ("from time import time", ["time"]),
        ("date.today()", ["date.today"]),
        ("self.today(x)", []),
        ("settings.now()", []),
        ("time.monotonic()", []),
    ],
)
def test_a_planted_clock_is_found(source: str, found: list[str]) -> None:
    assert clocks(module("serving/a.py", source)) == found


def test_a_planted_cycle_is_found() -> None:
    one, other = module("scripts/a.py", "from scripts import b"), module("scripts/b.py", "import scripts.a")
    names = {"scripts.a", "scripts.b"}
    assert sorted(set(cycles([one, other], names))) == sorted(names)
    lazy = module("scripts/b.py", "if TYPE_CHECKING:\n    import scripts.a\ndef f():\n    import scripts.a")
    assert cycles([one, lazy], names) == []
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}})
