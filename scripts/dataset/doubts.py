"""What a person should look at in a column before it is described: nothing here is refused, and nothing is mended.

No value is told but a category of few rows, by name, so that whoever has the file can judge it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.dataset.bounds import K
from scripts.dataset.spelling import FOREIGN, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.dataset.bounds import Ends
    from scripts.dataset.cells import Cells, Seen

SHOWN = 20
NEARLY = 0.9
TELLING = 0.99

_SAID = {"integer": "whole numbers", "number": "numbers", "date": "dates", "datetime": "times"}


@dataclass(frozen=True)
class Remark:
    """Something in the data that a person should look at: in which column, what, what to do."""

    where: str
    code: str
    found: str
    mend: str


def mixed(cells: Cells, seen: Seen, kind: str, missing: tuple[str, ...]) -> Iterator[Remark]:
    """Yield a remark on cells that are not of their column's kind."""
    import polars as pl

    odd = seen.present(missing) - seen.spelled.get(kind, 0)
    if seen.stored == "text" and odd:
        cell = pl.col(seen.name)
        line = cells.line(~cell.str.contains(KINDS[kind]) & ~cell.is_in(missing))
        found = f"{odd:,} cells that are no {_SAID[kind]}, the first on line {line}"
        mend = "mend them; or, if they stand for a missing value, add them to `missing`"
        yield Remark(seen.name, "MIXED_TYPES", found, mend)


def sentinel(seen: Seen, found: Ends) -> Iterator[Remark]:
    """Yield a remark on a number far from all others that older tools wrote for a missing value."""
    if found.suspect is not None:
        count = found.at_low if found.suspect == found.low else found.at_high
        mend = f'if it means missing, add "{found.suspect:g}" to `missing`, say `nullable: true`, narrow the bounds'
        yield Remark(seen.name, "MISSING_SPELLED", f"{count:,} cells are {found.suspect:g}, far from all others", mend)


def rare(seen: Seen, values: Sequence[str]) -> Iterator[Remark]:
    """Yield a remark on categories that too few rows share to be written down."""
    if values:
        shown = ", ".join(repr(value[:40]) for value in sorted(values)[:SHOWN])
        more = ", …" if len(values) > SHOWN else ""
        mend = (
            "pool them in the data, or list them if no name among them gives anybody away; else these rows do not fit"
        )
        yield Remark(seen.name, "RARE_CATEGORIES", f"not listed, each in fewer than {K} rows: {shown}{more}", mend)


def foreign(seen: Seen, missing: tuple[str, ...]) -> Iterator[Remark]:
    """Yield a remark on numbers and dates that are spelled as this repository does not read them."""
    most = max(seen.foreign, key=lambda pattern: seen.foreign[pattern], default=None)
    if most is not None and seen.foreign[most] >= seen.present(missing) / 2:
        what, mend = FOREIGN[most]
        yield Remark(seen.name, "SPELLED_OTHERWISE", f"{seen.foreign[most]:,} cells are {what}", mend)


def telling(cells: Cells, seen: Seen, target: Seen) -> Iterator[Remark]:
    """Yield a remark on a column of few values that alone tell nearly every class."""
    import polars as pl

    if seen.counts is None or target.counts is None:
        return
    pairs = cells.frame.group_by(seen.name, target.name).len("rows").group_by(seen.name).agg(pl.col("rows").max())
    right = pairs.select(pl.col("rows").sum()).collect(engine="streaming").item() / seen.rows
    usual = max(target.counts.values()) / seen.rows
    if right >= TELLING and right - usual > (1 - usual) / 2:
        found = f"its value alone tells {target.name} in {right:.1%} of the rows"
        yield Remark(seen.name, "TELLS_THE_TARGET", found, "written down after the outcome? then say `known: after`")


def others(seen: Seen, kind: str, gone: int, *, known: bool) -> Iterator[Remark]:
    """Yield remarks on a column of any kind; ``known`` says that rows are known by it."""
    if gone > seen.rows / 2:
        yield Remark(seen.name, "MOSTLY_MISSING", f"{gone:,} of {seen.rows:,} cells are missing", "can it help?")
    if kind in ("category", "text") and seen.formulas:
        says = f"{seen.formulas:,} cells start with = + - @ and may run as formulas in a spreadsheet"
        yield Remark(seen.name, "FORMULA", says, "mend them, or drop the column")
    if seen.padded:
        yield Remark(seen.name, "PADDED", f"{seen.padded:,} cells start or end with a space", "trim them")
    if kind == "text" and not known and seen.distinct > NEARLY * seen.rows:
        yield Remark(seen.name, "NEARLY_UNIQUE", "nearly every row has a value of its own", "is it an id?")
