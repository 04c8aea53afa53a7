"""A table: rows on a wide screen, cards on a phone; numbers with intervals are drawn as well as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from scripts.report.html.strip import Scale, strip
from scripts.report.report import Number
from serving.html import Html, fill, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.report.report import Cell, Table

#: How many letters all columns may have together if a table is to stay one on a phone.
SLIM = 34
_TABLE = '<table class="{kind}"><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>'
_CELL = '<td data-label="{label}">{cell}</td>'
_STRIP = '<td class="strip">{picture}</td>'
_ROW = '<tr><th scope="row">{first}</th>{cells}</tr>'
_NUMBER = '<span class="number">{value}<span class="interval">{interval}</span></span>'


def section(table: Table) -> Html:
    """Return a table as a section of its own."""
    return fill("<section><h2>{title}</h2>{body}</section>", title=_title(table), body=_body(table))


def part(table: Table) -> Html:
    """Return a table as part of a chapter."""
    if table.folded:
        template = "<details><summary>{title}</summary>{body}</details>"
    else:
        template = "<section><h3>{title}</h3>{body}</section>"
    return fill(template, title=_title(table), body=_body(table))


def _title(table: Table) -> str:
    return f"{table.title[:1].upper()}{table.title[1:]}"


def _body(table: Table) -> Html:
    says = fill("<p>{says}</p>", says=table.says) if table.says else Html()
    if not table.rows:
        return says
    columns = _Columns.of(table)
    rows = join(columns.row(row) for row in table.rows)
    return join((says, fill(_TABLE, kind=columns.kind, heads=columns.heads(), rows=rows)))


@dataclass(frozen=True)
class _Columns:
    """How a table's columns are shown: their names, which of them hold numbers, on which scale."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    shared: Scale | None
    kind: str

    @classmethod
    def of(cls, table: Table) -> Self:
        columns = list(zip(*table.rows, strict=True))
        numbers = tuple(i for i, cells in enumerate(columns) if any(isinstance(cell, Number) for cell in cells))
        every = [cell for row in table.rows for cell in row if isinstance(cell, Number)]
        width = sum(
            max(len(str(cell)) for cell in (name, *cells)) for name, cells in zip(table.columns, columns, strict=True)
        )
        kind = "slim" if width <= SLIM and not numbers else "cards"
        return cls(table.columns, numbers, Scale.of(every) if table.shared and every else None, kind)

    def heads(self) -> Html:
        first, *rest = self.names
        names = (first, *([""] if self.numbers else []), *rest)
        return join(fill('<th scope="col">{name}</th>', name=name) for name in names)

    def row(self, row: Sequence[Cell]) -> Html:
        cells = (fill(_CELL, label=name, cell=_cell(cell)) for name, cell in zip(self.names[1:], row[1:], strict=True))
        strips = [fill(_STRIP, picture=self._strip(row))] if self.numbers else []
        return fill(_ROW, first=row[0], cells=join((*strips, *cells)))

    def _strip(self, row: Sequence[Cell]) -> Html:
        """Draw a row's numbers; that of the first column of numbers is the new one."""
        found = [row[place] for place in self.numbers]
        numbers = [cell for cell in found if isinstance(cell, Number)]
        if not numbers:
            return Html()
        return strip(numbers, self.shared or Scale.of(numbers), first=isinstance(found[0], Number))


def _cell(cell: Cell) -> Html | str:
    if not isinstance(cell, Number):
        return cell
    value, _, interval = str(cell).partition(" ")
    return fill(_NUMBER, value=value, interval=f" {interval}" if interval else "")
