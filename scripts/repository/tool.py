"""Which code this program is: compared with main's, so that a changed tool shows no page and signs nothing.

* ``counterseal/``, and ``pipelines/`` where it is used, are what the live rules name first; ``scripts/``, which no
  rules name, is what main has.
* Each package is looked at where this process really imports it from; bytecode that Python would run without looking at
  its source counts as a file of its own.

A program cannot vouch for itself: one that was changed to say that it was not is only kept out by installing a copy
from main (`make install`), never the checkout it judges.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.digest import of_files
from counterseal.values.finding import refuse
from counterseal.verification import rulebook
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.rules import Code
    from counterseal.values.finding import Refused
    from counterseal.verification.log import Log
    from scripts.repository.repository import Repository

SCRIPTS = "scripts"
_UNCHECKED = b"\x01\x00\x00\x00"  # PEP 552: found by hash, never compared with the source


def check_tool(repository: Repository, log: Log, skipped: Mapping[str, Refused]) -> None:
    """Refuse to judge, or to show a page, with other code than main's; ``skipped`` merges of main are not to be had."""
    code = rulebook.load(Tree(repository.git, log.rules().commit)).rules.spec.code[0]
    _check(places.KERNEL, code.counterseal, "the live rules name", skipped)
    files = Tree(repository.git, repository.main).contents(SCRIPTS)
    _check(SCRIPTS, of_files(files), "main has", skipped)


def check_builder(code: Code) -> None:
    """Refuse to build with code that is not the code the live rules name first: its evidence would name other code."""
    _check(places.KERNEL, code.counterseal, "the live rules name")
    _check(places.PIPELINES, code.pipelines, "the live rules name")


def check_template(template: Tree) -> None:
    """Refuse a template of other code than this program: what is founded from it would refuse this program."""
    check_builder(template.code())
    _check(SCRIPTS, of_files(template.contents(SCRIPTS)), "the template has")


@lru_cache
def digest(package: str) -> str:
    """Return the digest of an installed package's files, as a tree's folder of that name would have it."""
    found = find_spec(package)
    if found is None or found.origin is None:
        return "nothing"
    home = Path(found.origin).parent
    files = {f"{package}/{path.relative_to(home).as_posix()}": path for path in home.rglob("*") if _belongs(path)}
    return of_files({name: path.read_bytes() for name, path in files.items()})


def _belongs(path: Path) -> bool:
    if not path.is_file():
        return False
    if path.suffix == ".pyc":
        return path.read_bytes()[4:8] == _UNCHECKED or "__pycache__" not in path.parts
    return "__pycache__" not in path.parts


def _check(package: str, expected: str, whose: str, skipped: Mapping[str, Refused] | None = None) -> None:
    if (found := digest(package)) == expected:
        return
    mend = "install main's own: check out main, `make install`, then run this again; never the proposal's"
    if skipped:
        oid, refusal = next(iter(skipped.items()))
        mend = f"main holds {oid[:12]}, which is refused ({refusal.code}): take it back first, then install from main"
    raise refuse("TOOL_IS_CHANGED", "counterseal", f"{package}/ {expected[:16]}, as {whose}", found[:16], mend)
