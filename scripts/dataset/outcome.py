"""What is predicted: the column somebody named, or the likeliest one, and by its values which task that is.

Two classes are binary, up to ``CLASSES`` multiclass, more numbers a regression. The positive class is the one whose
value says so, else the rarer one. What a class that is only a code means is asked of a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import UsageError, refuse
from scripts.dataset import bounds, words
from scripts.dataset.bounds import K
from scripts.dataset.column import LONGEST, meaning
from scripts.dataset.doubts import Remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.dataset.cells import Cells, Seen

CLASSES = 100
NUMBERS = 20
FEW = 100

_ANOTHER = "name another column: --target COLUMN"


@dataclass(frozen=True)
class Outcome:
    """The target as dataset.yaml describes it, how it was found, and what a person should look at."""

    entry: dict[str, Any]
    said: str
    remarks: tuple[Remark, ...]

    @property
    def column(self) -> str:
        """The column."""
        return str(self.entry["column"])

    @property
    def task(self) -> str:
        """The task."""
        return str(self.entry["task"])


def choose(columns: Sequence[Seen], named: str | None) -> tuple[Seen, str]:
    """Return the target and why it is this one; raise UsageError if nothing tells."""
    if named is not None:
        found = next((seen for seen in columns if seen.name == named), None)
        if found is None:
            msg = f"--target {named}: no such column; there are {', '.join(seen.name for seen in columns)[:600]}"
            raise UsageError(msg)
        return found, "you named it"
    hinted = [seen for seen in columns if words.says(seen.name, words.TARGETS) and 1 < seen.distinct <= NUMBERS]
    if hinted:
        likeliest = [seen for seen in hinted if seen.name.lower() in words.TARGETS] or hinted
        return likeliest[-1], f"a guess, by its name; --target names another of the {len(columns)} columns"
    if 1 < columns[-1].distinct <= NUMBERS:
        return columns[-1], "a guess: the last column, with few values; --target names another"
    msg = (
        f"which column is predicted? name it: --target COLUMN, one of {', '.join(seen.name for seen in columns)[:600]}"
    )
    raise UsageError(msg)


def describe(cells: Cells, seen: Seen, missing: tuple[str, ...], why: str, where: str) -> Outcome:
    """Describe the target; raise Refused for one that cannot be learned."""
    kind, about = seen.kind(missing), {"column": seen.name, "meaning": meaning(seen.name)}
    if kind in ("integer", "number") and seen.distinct > NUMBERS:
        return _regression(cells, seen, missing, about, why, where)
    classes = {value: count for value, count in (seen.counts or {}).items() if value not in missing}
    if not 1 < len(classes) <= CLASSES or _scattered(classes) or max(map(len, classes)) > LONGEST:
        count = len(classes) or seen.distinct
        found = f"{count:,} values in {seen.name}" if count > 1 else f"the same value of {seen.name} in every row"
        raise refuse("TARGET", where, f"a number, or 2 to {CLASSES} classes, to predict", found, _ANOTHER)
    remarks = (*_without(seen, missing), *_rare(seen, classes))
    if len(classes) == 2:  # noqa: PLR2004
        return _binary(seen, classes, about, why, remarks)
    listed = [{"value": value, "label": _label(seen.name, value)} for value in sorted(classes)]
    return Outcome({"task": "multiclass", **about, "classes": listed}, f"{len(classes)} classes; {why}", remarks)


def _scattered(classes: dict[str, int]) -> bool:
    """Say whether most rows are of a class that few others are of."""
    shared = sum(count for count in classes.values() if count >= K)
    return len(classes) > NUMBERS and 2 * shared < sum(classes.values())


def _binary(
    seen: Seen, classes: dict[str, int], about: dict[str, Any], why: str, remarks: tuple[Remark, ...]
) -> Outcome:
    positive = _positive(classes)
    negative = next(value for value in classes if value != positive)
    pair = {
        name: {"value": value, "label": _label(seen.name, value)}
        for name, value in (("positive", positive), ("negative", negative))
    }
    return Outcome({"task": "binary", **about, **pair}, f"positive is {positive!r}; {why}", remarks)


def _positive(classes: dict[str, int]) -> str:
    """Return the class that says so, else the rarer one: 1 says it beside 0, but not beside 2."""
    said = [value for value in classes if value.strip().lower() in words.POSITIVE and (value != "1" or "0" in classes)]
    return said[0] if len(said) == 1 else min(classes, key=lambda value: (classes[value], value))


def _regression(
    cells: Cells, seen: Seen, missing: tuple[str, ...], about: dict[str, Any], why: str, where: str
) -> Outcome:
    found = bounds.ends(cells, seen.name)
    if found is None:
        raise refuse("TARGET", where, "numbers to predict", f"no finite one in {seen.name}", _ANOTHER)
    low, high = bounds.outward(found, whole=seen.kind(missing) == "integer")
    unit = words.unit(seen.name) or f"FILL IN: in which unit {seen.name} is measured"
    return Outcome(
        {"task": "regression", **about, "unit": unit, "minimum": low, "maximum": high},
        f"a number; {why}",
        tuple(_without(seen, missing)),
    )


def _label(name: str, value: str) -> str:
    told = any(len(word) > 1 and word.isalpha() for word in words.words(value))
    return " ".join(value.split()) if told else f"FILL IN: what {value} in {name} means"


def _without(seen: Seen, missing: tuple[str, ...]) -> Iterator[Remark]:
    if gone := seen.rows - seen.present(missing):
        mend = "leave out rows without an outcome: nothing is learned or measured from them"
        yield Remark(seen.name, "TARGET_MISSING", f"{gone:,} of {seen.rows:,} rows have no outcome", mend)
    if seen.rows < FEW:
        mend = "collect more: held out, so few rows tell nothing"
        yield Remark(seen.name, "FEW_ROWS", f"{seen.rows} rows in all", mend)


def _rare(seen: Seen, classes: dict[str, int]) -> Iterator[Remark]:
    if rare := [f"{value!r} ({count})" for value, count in classes.items() if count < FEW / 2]:
        mend = "too few to learn from and to measure on: collect more rows, or join classes"
        yield Remark(seen.name, "RARE_CLASS", f"classes of few rows: {', '.join(rare)[:300]}", mend)
