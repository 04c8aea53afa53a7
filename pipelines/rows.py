"""Rows drawn from the schema and never from the data: golden rows, and the edges that the parity gate tries.

* A draw is a SHA-256 of what is drawn for, so that it is the same on every machine and under every library.
* Golden rows: all minima, all maxima, each nullable feature missing once, the rest drawn evenly; categories take turns.
* Edges: a given row with each number at each of its bounds, with each nullable feature missing and with all of them,
  with each category listed (at most ``CATEGORIES`` of a feature), and with one that nobody listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents.golden import Golden, GoldenRow, GoldenSpec
from counterseal.documents.portable.inputs import NumberInput
from counterseal.values.digest import sha256
from pipelines.reference import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.portable.inputs import Cell, Input
    from counterseal.documents.portable.model import PortableModel

GOLDEN = 32
CATEGORIES = 1000
UNSEEN = "a category nobody listed"

Row = dict[str, "Cell"]


def golden(model: PortableModel) -> Golden:
    """Draw rows from a model's inputs, and write down its answers."""
    answered = (GoldenRow.of(row, model.checked(row)) for row in _golden_rows(model))
    return Golden.of(model.model, GoldenSpec(rows=tuple(answered)))


def edges(model: PortableModel, row: Mapping[str, Cell]) -> Iterator[Row]:
    """Yield a row's variations at the edges of what a model may be asked, and beyond its categories."""
    nullable = [item.name for item in model.inputs if item.nullable]
    for item in model.inputs:
        if isinstance(item, NumberInput):
            yield {**row, item.name: _number(item, item.minimum)}
            yield {**row, item.name: _number(item, item.maximum)}
        else:
            yield from ({**row, item.name: category} for category in (*item.categories[:CATEGORIES], UNSEEN))
    yield from ({**row, name: None} for name in nullable)
    yield {**row, **dict.fromkeys(nullable)}


def _golden_rows(model: PortableModel) -> Iterator[Row]:
    yield {item.name: _at(item, 0.0, 0) for item in model.inputs}
    yield {item.name: _at(item, 1.0, -1) for item in model.inputs}
    nullable = [item.name for item in model.inputs if item.nullable]
    for turn in range(GOLDEN - 2):
        row = {item.name: _drawn(model.model, item, turn) for item in model.inputs}
        yield row | ({nullable[turn]: None} if turn < len(nullable) else {})


def _drawn(model: str, item: Input, turn: int) -> Cell:
    first = int(sha256(f"{model}\n{item.name}\n".encode())[:8], 16)
    share = int(sha256(f"{model}\n{item.name}\n{turn}\n".encode())[:13], 16) / 16**13
    return _at(item, share, first + turn)


def _at(item: Input, share: float, turn: int) -> Cell:
    """Return the value at a share of a number's range, or the category whose turn it is."""
    if not isinstance(item, NumberInput):
        return item.categories[turn % len(item.categories)]
    value = float(f"{item.minimum + share * (item.maximum - item.minimum):.6g}")
    return _number(item, min(max(value, item.minimum), item.maximum))


def _number(item: NumberInput, value: float) -> Cell:
    return value if item.type == "number" else whole(item, value)
