"""One column: what it seems to be, how dataset.yaml would describe it, and what a person should look at.

The rules, in order:

* nothing in it, or the same in every row: dropped;
* a text that names people, by its values or by its name: dropped;
* a number, a date or a time, if nine cells in ten are spelled so;
* a category, if it has few values and nine rows in ten share theirs with ``K`` - 1 others; values of fewer rows are
  listed only where the dataset is public;
* any other text: kept if all of it has a known shape, or if rows are known by it; else dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scripts.dataset import bounds, doubts, personal, words
from scripts.dataset.bounds import K
from scripts.dataset.spelling import KINDS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.dataset.cells import Cells, Seen
    from scripts.dataset.doubts import Remark

MOSTLY = 0.9
CATEGORIES = 200
LONGEST = 200
LARGEST = 2**53
AGES = (25, 45, 65)


@dataclass(frozen=True)
class Description:
    """How a column is described, or why it is dropped; what was seen, what to check."""

    name: str
    kind: str
    seen: str
    check: str = ""
    entry: dict[str, Any] = field(default_factory=dict)
    dropped: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Reader:
    """What is known when a column is described: the cells, what is missing, by what rows are known or grouped."""

    cells: Cells
    missing: tuple[str, ...]
    keys: frozenset[str]
    public: bool

    def describe(self, seen: Seen) -> Description:
        """Describe one column."""
        present = seen.present(self.missing)
        if not present:
            return Description(seen.name, "nothing", "missing in every row", dropped="It is missing in every row.")
        if seen.distinct == 1 and present == seen.rows:
            return Description(seen.name, "constant", "the same in every row", dropped="It is the same in every row.")
        kind = seen.kind(self.missing)
        if seen.name not in self.keys and kind in ("integer", "text") and (why := personal.why(seen, self.missing)):
            return Description(seen.name, "personal", why, "a model must not learn who somebody is", dropped=f"{why}.")
        ways = {"text": self._text, "date": self._time, "datetime": self._time}
        return ways.get(kind, self._number)(seen, kind)

    def _number(self, seen: Seen, kind: str) -> Description:
        found = bounds.ends(self.cells, seen.name)
        if found is None:
            return Description(seen.name, kind, "no finite number", dropped="None of its numbers is finite.")
        kind = "number" if max(-found.low, found.high) > LARGEST else kind
        sensitive = words.says(seen.name, words.SENSITIVE)
        if sensitive and "age" not in words.words(seen.name) and kind == "integer" and self._shared(seen):
            return self._category(seen)
        low, high = bounds.outward(found, whole=kind == "integer")
        unit = words.unit(seen.name)
        entry: dict[str, Any] = {"type": kind, "meaning": meaning(seen.name), **({"unit": unit} if unit else {})}
        entry |= {"minimum": low, "maximum": high}
        if "age" in words.words(seen.name) and (cuts := [age for age in AGES if low < age < high]):
            entry["groups"] = cuts
        remarks = [*doubts.mixed(self.cells, seen, kind, self.missing), *doubts.sentinel(seen, found)]
        return self._of(seen, kind, f"{low:,} to {high:,}", _asked(entry, sensitive=sensitive), entry, remarks)

    def _time(self, seen: Seen, kind: str) -> Description:
        import polars as pl

        cell = pl.col(seen.name).filter(pl.col(seen.name).str.contains(KINDS[kind]))
        found = self.cells.ask(cell.min().alias("low"), cell.max().alias("high"))
        low, high = bounds.years(found["low"], found["high"])
        entry = {"type": kind, "meaning": meaning(seen.name), "minimum": low, "maximum": high}
        remarks = doubts.mixed(self.cells, seen, kind, self.missing)
        return self._of(seen, kind, f"{low[:4]} to {high[:4]}", "is it known before the outcome?", entry, remarks)

    def _text(self, seen: Seen, kind: str) -> Description:
        if self._shared(seen):
            return self._category(seen)
        entry: dict[str, Any] = {"type": kind, "meaning": meaning(seen.name)}
        shape = self._shape(seen)
        if shape:
            entry["pattern"] = SHAPES[shape]
        about = f"about {seen.distinct} values{f': {shape}' if shape else ''}"
        remarks = doubts.foreign(seen, self.missing)
        if shape or seen.name in self.keys:
            return self._of(seen, kind, about, "no feature; is it needed at all?", entry, remarks)
        found = self._of(seen, kind, about, "if it has few meanings, recode it as a category", entry, remarks)
        return Description(found.name, kind, found.seen, found.check, dropped=_too_much(seen), remarks=found.remarks)

    def _category(self, seen: Seen) -> Description:
        values = {value: count for value, count in (seen.counts or {}).items() if value not in self.missing}
        rare = [value for value, count in values.items() if count < K]
        listed = sorted(value for value in values if self.public or value not in rare)
        entry: dict[str, Any] = {"type": "category", "meaning": meaning(seen.name)}
        entry["categories"] = {value: label(value) for value in listed}
        known = {value.strip().lower() for value in listed}
        sensitive = words.says(seen.name, words.SENSITIVE) or any(known >= pair for pair in words.SENSITIVE_VALUES)
        if sensitive:
            entry["groups"] = []
        remarks = [] if self.public else doubts.rare(seen, rare)
        return self._of(seen, "category", f"{len(values)} values", _asked(entry), entry, remarks)

    def _of(
        self, seen: Seen, kind: str, about: str, check: str, entry: dict[str, Any], remarks: Iterable[Remark]
    ) -> Description:
        """Return a description, with what holds for every type."""
        gone = seen.rows - seen.present(self.missing)
        if gone:
            entry["nullable"] = True
            about += f"; {gone:,} of {seen.rows:,} missing"
        if seen.name in self.keys and words.says(seen.name, words.IDENTIFIERS):
            entry["personal"] = True
        others = doubts.others(seen, kind, gone, known=seen.name in self.keys)
        return Description(seen.name, kind, about, check, entry, remarks=(*remarks, *others))

    def _shared(self, seen: Seen) -> bool:
        """Say whether few values, each a possible key of a document, cover most rows."""
        values = {value: count for value, count in (seen.counts or {}).items() if value not in self.missing}
        named = all(value.isascii() and value.isprintable() and value != "<<" for value in values)
        named = named and max(map(len, values), default=0) <= LONGEST
        shared = sum(count for count in values.values() if count >= K)
        return 0 < len(values) <= CATEGORIES and named and shared >= MOSTLY * seen.present(self.missing)

    def _shape(self, seen: Seen) -> str | None:
        """Return the first shape that every cell has."""
        import polars as pl

        cell = pl.col(seen.name)
        there = ~cell.is_in(self.missing)
        asked = [(there & ~cell.str.contains(f"^(?:{one})$")).sum().alias(what) for what, one in SHAPES.items()]
        found = self.cells.ask(*asked)
        return next((what for what in SHAPES if not found[what]), None)


def _too_much(seen: Seen) -> str:
    """Say why a column of texts is no category."""
    if not all(value.isascii() for value in seen.counts or {}):
        return "Its values are not all ASCII, as what a document lists must be; recode them (ü as ue)."
    return "It is free text, or has too many values to be a category."


def meaning(name: str) -> str:
    """Return what a column seems to mean, as people would say it; a question where its name tells nothing."""
    return words.spoken(name) if words.tells(name) else f"FILL IN: what {name} is"


def label(value: str) -> str:
    """Return what a category is called."""
    return " ".join(value.split()) or "a blank"


def _asked(entry: dict[str, Any], *, sensitive: bool = False) -> str:
    """Return what a person should check in a column's entry."""
    if "groups" in entry:
        return "sensitive: are these the groups?"
    if sensitive:
        return "sensitive? then give it groups"
    if "categories" in entry:
        told = [words.tells(value) for value in entry["categories"]]
        return "what each means" if 2 * sum(told) >= len(told) else "say what the codes mean"
    return "may it lie outside?" if "unit" in entry else "in which unit? may it lie outside?"
