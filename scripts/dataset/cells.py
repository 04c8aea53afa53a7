"""What stands in each column, counted in one pass over the data, out of core.

A file is first turned into columns of text (Parquet files beside it), so that each further question reads one column
and not the whole file. Counts are exact; only the number of distinct values is an estimate until it matters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import refuse
from pipelines.data.csv_file import BLOCK
from scripts.dataset.opened import frames, opened
from scripts.dataset.spelling import ABSENT, FOREIGN, FORMULA, KINDS, SUSPECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    from scripts.dataset.source import Brought

ROW, COUNT = "row number", "count of cells"
MOSTLY = 0.9
LISTED = 400
HEAD = 200_000
SAMPLE = 500


@dataclass(frozen=True)
class Seen:
    """One column: how many cells it has, how they are spelled, and those that few share."""

    name: str
    stored: str
    rows: int
    absent: dict[str, int]
    spelled: dict[str, int]
    foreign: dict[str, int]
    distinct: int
    formulas: int
    padded: int
    counts: dict[str, int] | None = None
    sample: tuple[str, ...] = field(default=(), repr=False)

    def present(self, tokens: tuple[str, ...]) -> int:
        """How many cells hold something else than one of these tokens."""
        return self.rows - sum(self.absent.get(token, 0) for token in tokens)

    def kind(self, tokens: tuple[str, ...]) -> str:
        """What most of these cells are: integer, number, date, datetime or text."""
        if self.stored != "text":
            return self.stored
        present = self.present(tokens)
        whole = next((kind for kind in KINDS if self.spelled.get(kind) == present), None)
        mixed = (kind for kind in reversed(KINDS) if self.spelled.get(kind, 0) >= MOSTLY * present)
        return whole or next(mixed, "text")


@dataclass(frozen=True)
class Cells:
    """The cells of a file, as text, by column; ``first`` is what its first row is called in a finding."""

    frame: pl.LazyFrame
    stored: dict[str, str]
    first: int

    @property
    def names(self) -> list[str]:
        """The columns, in their order."""
        return list(self.stored)

    def ask(self, *questions: pl.Expr) -> dict[str, Any]:
        """Answer some questions, each an aggregate, in one pass."""
        return self.frame.select(*questions).collect(engine="streaming").row(0, named=True)

    def line(self, cell: pl.Expr) -> int | None:
        """Return the line of the first row for which something is true."""
        import polars as pl

        found = self.ask(pl.col(ROW).filter(cell).min())[ROW]
        return None if found is None else int(found) + self.first

    def values(self, name: str, least: int = 0) -> dict[str, int]:
        """Return how often each value occurs, the most frequent first."""
        import polars as pl

        counted = self.frame.group_by(pl.col(name)).len(COUNT).filter(pl.col(name).is_not_null())
        frame = (
            counted.filter(pl.col(COUNT) >= least)
            .collect(engine="streaming")
            .sort(COUNT, name, descending=[True, False])
        )
        return dict(frame.select(name, COUNT).iter_rows())


def read(brought: Brought, aside: Path, done: Callable[[int], object] = lambda _: None) -> Cells:
    """Read a file into a folder, piece by piece, telling how many bytes are done.

    Raises Refused for what must be mended first, or what no column can describe.
    """
    import polars as pl

    source = opened(brought)
    stored = {name: _stored(kind) for name, kind in source.schema.items()}
    if odd := [f"{name} ({source.schema[name]})" for name, kind in stored.items() if kind == "other"]:
        mend = "leave these columns out, or write each as a number, a text, a date or a time"
        raise refuse("COLUMN_TYPE", brought.url, "numbers, texts, dates and times", ", ".join(odd)[:300], mend)
    told = [_told(name, kind) for name, kind in source.schema.items()]
    parts = []
    for number, frame in enumerate(frames(source, brought)):
        parts.append(aside / f"{number}.parquet")
        frame.select(told).write_parquet(parts[-1], compression="lz4", statistics=False)
        done(len(parts) * BLOCK)
    scanned = pl.scan_parquet(parts, glob=False, row_index_name=ROW)
    return Cells(scanned, stored, first=2 if brought.format == "csv" else 1)


def _stored(kind: pl.DataType) -> str:
    import polars as pl

    if kind.is_numeric():
        return "integer" if kind.is_integer() else "number"
    if isinstance(kind, pl.Datetime):
        return "datetime" if kind.time_zone in (None, "UTC") else "other"
    names = {pl.String: "text", pl.Categorical: "text", pl.Enum: "text", pl.Boolean: "text", pl.Date: "date"}
    return names.get(kind.base_type(), "other")


def _told(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a column as text, as this repository spells its type."""
    import polars as pl

    if isinstance(kind, pl.Datetime):
        return pl.col(name).dt.to_string(f"%Y-%m-%dT%H:%M:%S{'Z' if kind.time_zone else ''}").alias(name)
    return pl.col(name).cast(pl.String)


def look(cells: Cells) -> list[Seen]:
    """Count what stands in each column: of few distinct values from their counts, of many in one more pass."""
    import polars as pl

    about = cells.ask(pl.len().alias(ROW), *(pl.col(name).approx_n_unique() for name in cells.names))
    few = {name: cells.values(name) for name in cells.names if about[name] <= LISTED}
    many = [name for name in cells.names if name not in few]
    found = cells.ask(*(question for name in many for question in _questions(name))) if many else {}
    for name, counts in few.items():
        counted = pl.LazyFrame({name: list(counts), COUNT: list(counts.values())}, {name: pl.String, COUNT: pl.Int64})
        found |= counted.select(_questions(name, pl.col(COUNT))).collect().row(0, named=True)
    return [_seen(cells, name, about, few.get(name), found) for name in cells.names]


def _questions(name: str, times: pl.Expr | None = None) -> list[pl.Expr]:
    """Return what is asked of a column's cells, each of which stands there so many times."""
    import polars as pl

    cell = pl.col(name)
    asked = {f"absent {token}": cell == token for token in (*ABSENT, *SUSPECT)}
    asked |= {f"spelled {kind}": cell.str.contains(pattern) for kind, pattern in KINDS.items()}
    asked |= {f"foreign {pattern}": cell.str.contains(pattern) for pattern in FOREIGN}
    asked |= {
        "formulas": cell.str.contains(FORMULA),
        "padded": cell.str.contains(r"^\s|\s$"),
        "there": cell.is_not_null(),
    }
    sums = {what: judged.sum() if times is None else times.filter(judged).sum() for what, judged in asked.items()}
    return [count.alias(f"{name}|{what}") for what, count in sums.items()]


def _seen(cells: Cells, name: str, about: dict[str, Any], counts: dict[str, int] | None, found: dict[str, Any]) -> Seen:
    own = {key.removeprefix(f"{name}|"): value for key, value in found.items() if key.startswith(f"{name}|")}
    rows = about[ROW]
    absent = _part({**own, "absent ": own["absent "] + rows - own["there"]}, "absent ")
    return Seen(
        name=name,
        stored=cells.stored[name],
        rows=rows,
        absent=absent,
        spelled=_part(own, "spelled "),
        foreign=_part(own, "foreign "),
        distinct=int(about[name]) if counts is None else len(counts),
        formulas=own["formulas"],
        padded=own["padded"],
        counts=counts,
        sample=_sample(cells, name),
    )


def _part(own: dict[str, Any], start: str) -> dict[str, int]:
    return {key.removeprefix(start): count for key, count in own.items() if key.startswith(start) and count}


def _sample(cells: Cells, name: str) -> tuple[str, ...]:
    """Return at most ``SAMPLE`` distinct values of the first rows, in the order in which they come."""
    if cells.stored[name] != "text":
        return ()
    head = cells.frame.select(name).head(HEAD).drop_nulls().unique(maintain_order=True).head(SAMPLE)
    return tuple(head.collect()[name].to_list())
