"""What does not fit a document's class, told for people: where it stands, what was expected, what was found.

* A place is a path in the document as it was written, without the marks of the classes that were tried on it.
* ``FILL IN: …`` is a question that ``dataset new`` or ``model new`` left to people; nothing holds until it has
  an answer.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import Finding
from counterseal.values.names import FILL_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from counterseal.values.strict_yaml import Path, Source

_CODES = {
    "extra_forbidden": "UNKNOWN_FIELD",
    "missing": "MISSING_FIELD",
    "union_tag_not_found": "MISSING_FIELD",
}
_SPOKEN = ("Value error, ", "expected ", "Input should be ")
_MEND = {
    "FILL_IN": "write the answer there",
    "UNKNOWN_FIELD": "remove it, or correct its spelling",
    "MISSING_FIELD": "add it",
}


def findings(source: Source, problems: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    """Yield pydantic's problems as findings with file and line."""
    for problem in problems:
        if not _follows(problem, problems):
            yield _finding(source, problem)


def _follows(problem: dict[str, Any], problems: Sequence[dict[str, Any]]) -> bool:
    """Say whether a problem is only that a list is too short without those of its items that do not fit."""
    inside = (other["loc"][: len(problem["loc"])] == problem["loc"] for other in problems if other is not problem)
    return problem["type"] == "too_short" and any(inside)


def _finding(source: Source, problem: dict[str, Any]) -> Finding:
    path = tuple(_path(source.value, problem["loc"]))
    path += problem["loc"][-1:] * (problem["type"] == "missing")
    given = problem["input"]
    if isinstance(given, str) and given.startswith(FILL_IN):
        code, told = "FILL_IN", (given.removeprefix(FILL_IN).strip(), f"no answer in {_name(path)}")
    else:
        code, told = _CODES.get(problem["type"], "INVALID_VALUE"), _told(problem, _name(path))
    return Finding(code, source.at(path), *told, _MEND.get(code, ""))


def _path(value: Any, location: Iterable[str | int]) -> Iterator[str | int]:  # noqa: ANN401
    """Yield the parts of a problem's location that the document has; a class's mark may be called as a field is."""
    marked = False
    for part in location:
        if not marked and isinstance(value, dict) and part in (value.get("kind"), value.get("type")):
            marked = True
        elif _has(value, part):
            value, marked = value[part], False
            yield part


def _has(value: Any, part: str | int) -> bool:  # noqa: ANN401
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _name(path: Path) -> str:
    return ".".join(map(str, path)) or "the document"


def _told(problem: dict[str, Any], name: str) -> tuple[str, str]:
    """Return what was expected and what was found."""
    tag = f"{name}.{problem.get('ctx', {}).get('discriminator', '').strip(chr(39))}"
    match problem["type"]:
        case "extra_forbidden":
            return "a field this kind of document has", name
        case "missing":
            return name, "nothing"
        case "union_tag_not_found":
            return tag, "nothing"
        case "union_tag_invalid":
            return f"one of {problem['ctx']['expected_tags']}", f"{tag} = {problem['ctx']['tag']!r}"
    expected = reduce(str.removeprefix, _SPOKEN, str(problem["msg"]))
    return expected, f"{name} = {str(problem['input'])[:80]!r}"
