"""Two documents, field by field: what was there, what is there, in rows that people read.

* A field that only one side has is a row; so is a whole branch that only one side has, told in short.
* Of two lists only what left and what came is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Row: TypeAlias = "tuple[str, str, str]"
NONE = "-"


class Branch(dict[str, Any]):
    """A branch of a document with words for the whole of it, for when only one side has it."""

    def __init__(self, branch: dict[str, Any], says: str) -> None:
        """Take the branch as it is."""
        super().__init__(branch)
        self.says = says


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[Row]:  # noqa: ANN401 (documents are JSON)
    """Yield (what, was, is) for each field that differs."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from differences(old.get(name), new.get(name), (*path, str(name)))
    elif isinstance(old, list) and isinstance(new, list):
        yield named(path), *_lists(old, new)
    else:
        yield named(path), told(old), told(new)


def named(path: tuple[str, ...]) -> str:
    """Return what a field is called."""
    *around, last = path
    return f"{' · '.join(around)}: {last}" if around else last


def told(value: Any) -> str:  # noqa: ANN401
    """Return a value in short."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Branch):
        return value.says
    if isinstance(value, dict):
        return ", ".join(f"{name} {told(inner)}" for name, inner in value.items() if inner is not None) or NONE
    if isinstance(value, list):
        return ", ".join(map(told, value)) or NONE
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lists(old: list[Any], new: list[Any]) -> tuple[str, str]:
    gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
    if not gone and not come:
        return told(old), told(new)
    return f"without: {told(gone)}" if gone else "all kept", f"new: {told(come)}" if come else "nothing new"
