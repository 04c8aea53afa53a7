"""The locks pin every byte by hash, name no place to fetch it from, and agree with what was asked for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "serving/requirements.lock", "requirements-uv.lock"]


def asked(path: Path) -> dict[str, str]:
    """Read an .in file and those it includes: each requirement by its name."""
    found: dict[str, str] = {}
    for line in path.read_text().splitlines():
        text = re.split(r"(?:^|\s)#", line)[0].strip()
        if text.startswith("-r "):
            found |= asked(ROOT / text.removeprefix("-r "))
        elif text:
            requirement = Requirement(text)
            found[canonicalize_name(requirement.name)] = str(requirement)
    return found


def locked(path: Path) -> dict[str, set[tuple[str, int]]]:
    """Read a lock: for each name, its versions and how many hashes each has."""
    found: dict[str, set[tuple[str, int]]] = {}
    text = re.sub(r"(?m)^ *#.*\n", "", path.read_text()).replace("\\\n", "")
    for line in text.splitlines():
        specifier, *hashes = line.split(" --hash=")
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64} *", digest) for digest in hashes), line
        requirement = Requirement(specifier.strip())
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), line
        version = str(requirement.specifier).removeprefix("==")
        found.setdefault(canonicalize_name(requirement.name), set()).add((version, len(hashes)))
    return found


def declared(*groups: str) -> dict[str, str]:
    """Read groups of dependencies from pyproject.toml: each requirement by its name."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = document["project"]["optional-dependencies"] | document["dependency-groups"]
    names = [*document["project"]["dependencies"], *(name for group in groups for name in extras[group])]
    return {canonicalize_name(Requirement(name).name): str(Requirement(name)) for name in names}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    pins = locked(ROOT / lock)
    assert pins
    assert [name for name, versions in pins.items() for _, hashes in versions if hashes == 0] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r"(?i).*(?://|index|find-links|@ |\.(?:org|com|net|io)\b|pypi).*", text) == []
    assert re.findall(r"(?m)^ *# .*(?:\s|=)/.*", text) == [], "a comment names a path of the machine that compiled it"


@pytest.mark.parametrize("lock", LOCKS)
def test_what_was_asked_for_is_locked(lock: str) -> None:
    names = asked((ROOT / lock).with_suffix(".in"))
    assert names
    assert names.keys() - locked(ROOT / lock).keys() == set()


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_the_locks_agree(lock: str) -> None:
    everything = {(name, version) for name, pins in locked(ROOT / "requirements.lock").items() for version, _ in pins}
    part = {(name, version) for name, pins in locked(ROOT / lock).items() for version, _ in pins}
    assert part - everything == set()


def test_the_server_alone_has_no_build_side() -> None:
    build = {"scikit-learn", "numpy", "scipy", "polars", "joblib", "onnx", "skl2onnx", "cloudpickle"}
    assert build & locked(ROOT / "serving/requirements.lock").keys() == set()


def test_pyproject_asks_for_the_same() -> None:
    assert declared("run") == asked(ROOT / "serving/requirements.in")
    assert declared("run", "build", "export", "dev") == asked(ROOT / "requirements.in")
