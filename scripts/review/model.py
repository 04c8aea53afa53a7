"""What the model itself does, old against new, in words: which inputs weigh more, less, or the other way round."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, TypeAlias

from counterseal.documents.column import NumberColumn
from counterseal.documents.portable.additive import Additive, LinearTerm, inputs_of
from scripts.report.report import Table
from scripts.review.fields import NONE
from scripts.review.numbers import PROPOSED, SERVES
from scripts.review.swing import swings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.review.side import Side
    from scripts.review.swing import Swing

TITLE = "What the model does"
HEADS = ("input", PROPOSED, SERVES, "change")
#: How many inputs are shown at once.
MOST = 6
#: A weight that changed by less than this share of itself is as large as it was.
CLOSE = 0.02
#: A weight per unit, and the unit.
Heads: TypeAlias = "tuple[str, ...]"
Rows: TypeAlias = "tuple[tuple[str, ...], ...]"
Weight: TypeAlias = "tuple[float, str]"


def tables(new: Side, old: Side | None) -> Iterator[Table]:
    """Yield the inputs that moved most, and folded away all others."""
    heads, rows, says = _against(new, old) if old else _alone(new)
    yield Table(TITLE, heads, rows[:MOST], says)
    yield from [Table("Its other inputs", heads, rows[MOST:], folded=True)] if rows[MOST:] else []


def _alone(new: Side) -> tuple[Heads, Rows, str]:
    now = swings(new, new)
    ordered = sorted(now, key=lambda name: (-abs(now[name].size), name))
    rows = tuple((name, str(now[name])) for name in ordered)
    return ("input", "the answer"), rows, f"{_sentence(new.model.predictor.size)} {_asked(new)}"


def _against(new: Side, old: Side) -> tuple[Heads, Rows, str]:
    now, then, weights, before = swings(new, new), swings(old, new), weights_of(new), weights_of(old)
    sizes = {name: abs(swing.size) for name, swing in {**then, **now}.items()}
    ordered = sorted(sizes, key=lambda name: (-_distance(now.get(name), then.get(name)), -sizes[name], name))
    rows = (_row(name, now.get(name), then.get(name), weights.get(name), before.get(name)) for name in ordered)
    size, earlier = new.model.predictor.size, old.model.predictor.size
    built = f"{size}, as before" if size == earlier else f"{size} instead of {earlier}"
    return HEADS, tuple(rows), f"{_sentence(built)} {_asked(new)}"


def _row(
    name: str, new: Swing | None, old: Swing | None, weight: Weight | None, before: Weight | None
) -> tuple[str, ...]:
    return name, str(new or NONE), str(old or NONE), f"{change(new, old)}{_weighed(weight, before)}"


def change(new: Swing | None, old: Swing | None) -> str:
    """Say what became of an input's weight."""
    if new is None or old is None:
        return "no longer asked for" if new is None else "asked for now"
    if new.ordered and old.ordered and new.size * old.size < 0:
        return "turned round"
    if abs(abs(new.size) - abs(old.size)) <= CLOSE * max(abs(new.size), abs(old.size)):
        return "weighs as much"
    more = "more" if abs(new.size) > abs(old.size) else "less"
    return f"weighs {more}: {abs(new.size):.3f} instead of {abs(old.size):.3f}"


def weights_of(side: Side) -> dict[str, Weight]:
    """Return input → (weight per unit, the unit) where it enters the only sum by one linear term and no other."""
    predictor = side.model.predictor
    if not isinstance(predictor, Additive) or len(predictor.scores) != 1:
        return {}
    terms = predictor.scores[0].terms
    times = [name for term in terms for name in inputs_of(term)]
    linear = [term for term in terms if isinstance(term, LinearTerm) and times.count(term.input) == 1]
    return {term.input: (term.weight / term.scale, _unit(side, term.input)) for term in linear}


def _unit(side: Side, name: str) -> str:
    column = side.dataset.columns[name]
    return column.unit if isinstance(column, NumberColumn) and column.unit else "units"


def _weighed(new: Weight | None, old: Weight | None) -> str:
    if new is None or old is None:
        return ""
    return f"; {new[0]:+.3g} on the score for each of its {new[1]}, was {old[0]:+.3g}"


def _distance(new: Swing | None, old: Swing | None) -> float:
    """Return how far apart two swings are: by their answers, each less its mean, where both were asked the same."""
    there = [swing for swing in (new, old) if swing is not None]
    if len({swing.places for swing in there}) > 1 or len(there) == 1:
        sizes = [swing.size for swing in there]
        return abs(sizes[0] - sum(sizes[1:]))
    one, other = ([answer - fmean(swing.answers) for answer in swing.answers] for swing in there)
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _asked(side: Side) -> str:
    """Say what the answers are."""
    target = side.dataset.target
    answers = {"binary": f"the probability of “{target.labels[-1] if target.labels else ''}”"}
    answer = answers.get(target.task, "the probability" if target.labels else target.column)
    return f"Below, {answer} as one input is moved and all others stay typical; what moved most stands first."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
