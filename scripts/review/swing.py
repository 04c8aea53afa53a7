"""What one input does to a model's answer while all others stay typical.

* Typical is the model's own reference row. Numbers go from the first to the last cut point of the training data,
  from the least allowed where there is but one; categories through all that the model knows.
* It is asked of the plain data that serves, so it holds alike for sums, for trees, and for what is made of them.
* Of several outputs, that of the class which moves most is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from counterseal.documents.baseline import NumberBins
from counterseal.documents.column import CategoryColumn, NumberColumn
from scripts.review.fields import told

if TYPE_CHECKING:
    from scripts.review.side import Side

Place: TypeAlias = "float | int | str | None"
#: How many letters of a category's meaning are shown.
MEANT = 40


@dataclass(frozen=True)
class Swing:
    """The places an input was put at, in words, and one output's answers there; ``ordered`` is a number's."""

    places: tuple[str, ...]
    answers: tuple[float, ...]
    ordered: bool
    of: str = ""

    @property
    def size(self) -> float:
        """How far the answer goes: from a number's first place to its last, or between two categories."""
        first, last = self._ends()
        return self.answers[last] - self.answers[first]

    def __str__(self) -> str:
        """Return where the answer begins, and where it ends."""
        first, last = self._ends()
        says = f"{self.answers[first]:.3f} at {self.places[first]}, {self.answers[last]:.3f} at {self.places[last]}"
        return f"{self.of}: {says}" if self.of else says

    def _ends(self) -> tuple[int, int]:
        if self.ordered:
            return 0, len(self.answers) - 1
        return self.answers.index(min(self.answers)), self.answers.index(max(self.answers))


def swings(side: Side, at: Side) -> dict[str, Swing]:
    """Return what each input of a model does; places are those of ``at`` where it has the same kind of input."""
    return {item.name: _swing(side, item.name, _places(side, at, item.name)) for item in side.model.inputs}


def _places(side: Side, at: Side, name: str) -> tuple[Place, ...]:
    own, other = side.model.named[name], at.model.named.get(name)
    where = at if other is not None and (other.type == "category") == (own.type == "category") else side
    item = where.model.named[name]
    if item.type == "category":
        return item.categories
    bins = where.proof.baseline.spec.features[name]
    cuts = bins.cuts if isinstance(bins, NumberBins) else ()
    return (cuts[0] if len(cuts) > 1 else item.minimum, cuts[-1] if cuts else item.maximum)


def _swing(side: Side, name: str, places: tuple[Place, ...]) -> Swing:
    answers = [side.model.predict({**side.model.reference, name: place}).outputs for place in places]
    moved = [max(output) - min(output) for output in zip(*answers, strict=True)]
    widest = moved.index(max(moved))
    of = side.model.classes[widest] if len(moved) > 1 else ""
    ordered = side.model.named[name].type != "category"
    return Swing(tuple(_words(side, name, place) for place in places), tuple(a[widest] for a in answers), ordered, of)


def _words(side: Side, name: str, place: Place) -> str:
    column = side.dataset.columns[name]
    if isinstance(column, NumberColumn):
        return f"{told(float(place or 0))}{f' {column.unit}' if column.unit else ''}"
    meaning = column.categories.get(str(place), "") if isinstance(column, CategoryColumn) else ""
    short = meaning if len(meaning) <= MEANT else f"{meaning[: MEANT - 1]}…"
    return f"{place} ({short})" if short and short != place else str(place)
