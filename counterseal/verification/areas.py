"""What a change touches: one area, by paths that are known, in modes and letters that are plain.

model · rules · trust · waivers · advisories · code are never mixed, but for two: code that the rules name changes
with the rules, and CODEOWNERS and layouts go with the trust or rules change that alters them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from counterseal.documents import places
from counterseal.values.digest import of_digests
from counterseal.values.finding import refuse
from counterseal.values.names import is_safe_path
from counterseal.verification.folder import FILE_MODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from counterseal.verification.git import Change
    from counterseal.verification.tree import Tree

Area = Literal["model", "rules", "trust", "waivers", "advisories", "code"]

_FOLDERS: dict[str, Area] = {
    **dict.fromkeys(places.MODEL_AREAS, "model"),
    **dict.fromkeys(
        ("counterseal", "pipelines", "serving", "scripts", "tests", "benchmarks", "docs", ".github", ".ci"), "code"
    ),
}
_POLICIES: tuple[tuple[str, Area], ...] = (
    (f"{places.TRUST_FOLDER}/", "trust"),
    (f"{places.WAIVERS}/", "waivers"),
    (f"{places.WAIVER_APPROVALS}/", "waivers"),
    ("policies/advisories/", "advisories"),
    (f"{places.CODE_APPROVALS}/", "code"),
    (f"{places.SCHEMAS}/", "code"),
    (places.RULES, "rules"),
    (f"{places.RULE_FOLDER}/", "rules"),
    (f"{places.RULES_APPROVALS}/", "rules"),
    ("policies/controls.yaml", "code"),
)
NAMED_BY_RULES = (f"{places.KERNEL}/", f"{places.PIPELINES}/", places.LOCK)


@dataclass(frozen=True)
class Scope:
    """The area of a change, its paths, and those of them that ride along with rules but are code."""

    area: Area
    paths: tuple[str, ...]
    unnamed_code: tuple[str, ...] = ()


def area_of(path: str) -> Area | None:
    """Return the area of a path; None for what goes with a trust or rules change; raise Refused if it has no place."""
    if path == places.CODEOWNERS or path.startswith(f"{places.LAYOUTS}/"):
        return None
    if path.startswith("policies/"):
        for prefix, area in _POLICIES:
            if path == prefix or (prefix.endswith("/") and path.startswith(prefix)):
                return area
        raise refuse("UNKNOWN_PATH", path, "a path this repository knows", "another one", "see docs/ARCHITECTURE.md")
    first, slash, _ = path.partition("/")
    if not slash:
        return "code"
    if first not in _FOLDERS:
        raise refuse("UNKNOWN_PATH", path, f"one of the folders {', '.join(sorted(_FOLDERS))}", f"{first}/")
    return _FOLDERS[first]


def scope_of(changes: Iterable[Change]) -> Scope:
    """Return the one area of a change; raise Refused if its paths, modes or areas are not allowed."""
    changes = list(changes)
    for change in changes:
        _check_plain(change)
    paths = tuple(change.path for change in changes)
    areas = {area_of(path) for path in paths}
    found = areas - {None}
    named = [path for path in paths if path.startswith(NAMED_BY_RULES[:2]) or path == places.LOCK]
    if found == {"code", "rules"}:
        unnamed = tuple(path for path in paths if area_of(path) == "code" and path not in named)
        return Scope("rules", paths, unnamed)
    if len(found) != 1:
        listed = ", ".join(sorted(str(area) for area in found)) or "none"
        raise refuse("MIXED_AREAS", _example(paths), "a change in one area", listed, "propose them one by one")
    area = next(iter(found))
    if area is None:
        raise refuse("MIXED_AREAS", _example(paths), "a change in one area", "none")
    if area == "code" and named:
        mend = "change policies/entry.yaml in the same merge: counterseal/, pipelines/ and the lock are named there"
        raise refuse("CODE_WITHOUT_RULES", named[0], "the rules that name this code", "no change of the rules", mend)
    if None in areas and area not in ("trust", "rules"):
        alone = next(path for path in paths if area_of(path) is None)
        raise refuse("MIXED_AREAS", alone, "layouts and CODEOWNERS with trust or rules only", f"a {area} change")
    return Scope(area, paths)


def check_case(tree: Tree, paths: Iterable[str]) -> None:
    """Refuse paths that differ from another only by case: some file systems cannot hold both."""
    for folder in {folder for path in paths for folder in _folders(path)}:
        names = tree.names(folder) if folder else tree.git.tree(tree.root).names()
        lower = [name.lower() for name in names]
        if len(set(lower)) != len(lower):
            twice = [name for name, times in Counter(lower).items() if times > 1]
            where = f"{folder}/{twice[0]}".lstrip("/")
            raise refuse("CASE_COLLISION", where, "names that differ by more than case", "two that do not")


def _folders(path: str) -> list[str]:
    """Return every folder that a path lies in, the top one as the empty text."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts))]


def change_digest(changes: Iterable[Change]) -> str:
    """Return change#: the digest of the sorted (path, blob) pairs of a change, approvals left out."""
    pairs = {c.path: c.after or "gone" for c in changes if not places.is_approval(c.path)}
    return of_digests(pairs)


def _check_plain(change: Change) -> None:
    if not is_safe_path(change.path):
        expected = "a path of ASCII letters, digits, dots, dashes and underscores"
        raise refuse("PATH_CHARACTERS", repr(change.path)[:120], expected, "others")
    if change.after is not None and change.mode not in FILE_MODES:
        raise refuse("FILE_MODE", change.path, "a regular file", f"mode {change.mode}", "no symlinks, no submodules")


def _example(paths: tuple[str, ...]) -> str:
    return paths[0] if paths else "the change"
