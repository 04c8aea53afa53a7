"""A data file against its dataset.yaml, piece by piece: what does not fit, counted exactly, and where it stands first.

The rules, in order:

* the file reads one way (``csv_file``, ``parquet_file``);
* its header names each described column, each dropped one and the target, and nothing else;
* each cell fits its column (``rules``); each row's ``key`` is its own (``keys``).

What is dropped is not read. Values are quoted only where the dataset is public and the column is not personal. Memory
grows with a piece, not with the rows.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from counterseal.values.finding import Finding, Refused, refuse
from pipelines.data import problems
from pipelines.data.ahead import ahead
from pipelines.data.csv_file import CsvFile
from pipelines.data.findings import MAX_FINDINGS
from pipelines.data.keys import Keys
from pipelines.data.parquet_file import ParquetFile
from pipelines.data.rules import ROW, Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from counterseal.documents.dataset import DatasetSpec
    from pipelines.data.material import Data

Source: TypeAlias = CsvFile | ParquetFile
UNIQUE = "unique"


@dataclass
class Inspection:
    """What was found: rows, cells that do not fit by column and rule, missing values by column, the first findings.

    ``counts`` has every rule that was held against the data, also those that nothing broke.
    """

    columns: int
    rows: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()

    @property
    def problems(self) -> int:
        """How many cells do not fit, and rows whose key is another's."""
        return self.counts.total()

    def by_column(self) -> dict[str, dict[str, int]]:
        """Return column → rule → how many cells broke it."""
        found: dict[str, dict[str, int]] = {}
        for (name, rule), count in self.counts.items():
            found.setdefault(name, {})[rule] = count
        return found

    def require(self, where: str) -> None:
        """Raise Refused if anything does not fit: with the first findings and, if there are more, all counts."""
        if self.problems > len(self.findings):
            broken = ", ".join(f"{name} {rule} {count:,}" for (name, rule), count in self.counts.items() if count)
            found = f"{self.problems:,} problems: {broken}"
            raise Refused(*self.findings, Finding("DATA_MISFIT", where, "data that fits dataset.yaml", found[:2000]))
        if self.findings:
            raise Refused(*self.findings)


def inspect(
    data: Data,
    dataset: DatasetSpec,
    where: str,
    keep: Callable[[pl.DataFrame], object] = lambda _: None,
    watch: Callable[[float], object] = lambda _: None,
) -> Inspection:
    """Judge a data file; ``keep`` gets the values of each piece, by name, whether they fit or not.

    ``watch`` is told which share of the file was read; more than 1 if keys have to be read again.

    Raises Refused if the file reads more than one way or has another header; whatever does not fit is returned.
    """
    source = CsvFile(data, where) if dataset.format == "csv" else ParquetFile(data, where)
    _check_header(tuple(source.schema), dataset, where)
    return _Inspector(source, dataset, watch).go(keep)


def _check_header(header: Sequence[str], dataset: DatasetSpec, where: str) -> None:
    described = {*dataset.columns, *dataset.dropped, dataset.target.column}
    absent, odd = sorted(described - set(header)), sorted(set(header) - described)
    if absent or odd:
        says = [f"without {', '.join(absent)}"] * bool(absent) + [f"with {', '.join(odd)[:200]}"] * bool(odd)
        mend = "describe each column in dataset.yaml, under columns or dropped"
        expected = f"the {len(described)} columns of dataset.yaml"
        raise refuse("HEADER_MISMATCH", f"{where}:1", expected, " and ".join(says), mend)


class _Inspector:
    """One reading of a file, and a second one if a key seems to be repeated."""

    def __init__(self, source: Source, dataset: DatasetSpec, watch: Callable[[float], object]) -> None:
        self.source, self.dataset, self.watch = source, dataset, watch
        self.rules = Rules.of(dataset, source.schema, source.where)
        self.fields = {field.name: field for field in self.rules.fields}
        self.found = Inspection(columns=len(source.schema))
        self.found.counts.update(dict.fromkeys(self.rules.names(), 0))
        self.first: list[tuple[tuple[int, int, str], Finding]] = []

    def go(self, keep: Callable[[pl.DataFrame], object]) -> Inspection:
        with closing(Keys([self.fields[name].value for name in self.dataset.key])) as keys:
            for piece in self._pieces(self.fields):
                self._judge(piece)
                keep(piece.select(pl.col(field.value).alias(name) for name, field in self.fields.items()))
                keys.add(piece)
            self._unique(keys)
        self.found.findings = tuple(finding for _, finding in self.first)
        return self.found

    def _pieces(self, names: Iterable[str]) -> Iterator[pl.DataFrame]:
        row = 0
        for frame in ahead(self.source.frames(list(names))):
            yield self.rules.values(frame, row)
            row += frame.height
            self.watch(self.source.done)

    def _judge(self, piece: pl.DataFrame) -> None:
        self.found.rows += piece.height
        self.found.missing.update({name: piece[field.value].null_count() for name, field in self.fields.items()})
        failed = self.rules.schema.filter(piece.lazy()).failure
        counts = failed.counts()
        for name, count in counts.items():
            place, rule = _rule(name)
            self.found.counts[self.rules.fields[place].name, rule] += count
        if counts and len(self.first) < MAX_FINDINGS:
            for found in failed.details().head(MAX_FINDINGS).iter_rows(named=True):
                for place, rule in (_rule(name) for name in counts if found[name] == "invalid"):
                    self._tell((found[ROW], place, rule), self._said(found, place, rule))

    def _said(self, found: dict[str, Any], place: int, rule: str) -> Finding:
        field = self.rules.fields[place]
        cell = found.get(field.cell, found[field.value])
        shown = problems.shown(cell, field, self.dataset)
        return problems.finding(field, rule, self.source.place(found[ROW]), shown)

    def _unique(self, keys: Keys) -> None:
        count, rows = keys.repeated(lambda: self._pieces(self.dataset.key))
        if self.dataset.key:
            self.found.counts[", ".join(self.dataset.key), UNIQUE] = count
        for row in rows:
            self._tell((row, len(self.fields), UNIQUE), problems.repeated(self.dataset, self.source.place(row)))

    def _tell(self, order: tuple[int, int, str], finding: Finding) -> None:
        self.first = sorted([*self.first, (order, finding)], key=lambda item: item[0])[:MAX_FINDINGS]


def _rule(name: str) -> tuple[int, str]:
    """Return the place of a field and the rule that a name of the schema stands for."""
    value, _, rule = name.partition("|check__")
    return int(value.removeprefix("v")), rule
