"""Which code this program is: compared with what the live rules name, so that a changed tool approves nothing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import counterseal
from counterseal.documents import places
from counterseal.values.digest import of_files
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from counterseal.documents.rules import Code


def check_kernel(code: Code) -> None:
    """Refuse to judge with a kernel that is not the one the live rules name first."""
    _check(places.KERNEL, code.counterseal)


def check_builder(code: Code) -> None:
    """Refuse to build with code that is not the code the live rules name first: its evidence would name other code."""
    check_kernel(code)
    _check(places.PIPELINES, code.pipelines)


@lru_cache
def digest(package: str) -> str:
    """Return the digest of an installed package's files, as a tree's folder of that name would have it."""
    home = Path(counterseal.__file__).parent.parent / package
    files = {f"{package}/{path.relative_to(home).as_posix()}": path for path in home.rglob("*") if _belongs(path)}
    return of_files({name: path.read_bytes() for name, path in files.items()})


def _belongs(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"


def _check(package: str, expected: str) -> None:
    if digest(package) != expected:
        mend = "install the version that main has: `make install` on main, then run this again"
        found = f"{package}/ {digest(package)[:16]}"
        raise refuse(
            "TOOL_IS_CHANGED", "counterseal", f"{package}/ {expected[:16]}, as the live rules name", found, mend
        )
