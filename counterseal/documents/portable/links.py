"""From scores to outputs.

* ``identity``: as they are.
* ``logit``: 1 / (1 + exp(-score)), of one score.
* ``softmax``: exp(score - largest score), divided by the sum of these.
* ``ovr`` (one against the rest): 1 / (1 + exp(-score)) of each, divided by the sum of these.
* ``exp``: exp(score).

An exponent is taken as at most 709 and at least -709, so that nothing overflows. A sum of 0 is shared evenly.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Link = Literal["identity", "logit", "softmax", "ovr", "exp"]
Extent = tuple[float, float]
_LIMIT = 709.0


def exp(score: float) -> float:
    """Return e to the power of a score, without overflow."""
    return math.exp(min(max(score, -_LIMIT), _LIMIT))


def logistic(score: float) -> float:
    """Return 1 / (1 + exp(-score)) without overflow."""
    if score >= 0:
        return 1.0 / (1.0 + math.exp(-min(score, _LIMIT)))
    grown = math.exp(max(score, -_LIMIT))
    return grown / (1.0 + grown)


def shared(parts: Sequence[float]) -> list[float]:
    """Divide parts by their sum; where that is 0, all are equal."""
    total = 0.0
    for part in parts:  # from Python 3.12 on sum() is more exact than the order written
        total += part
    return [part / total for part in parts] if total else [1 / len(parts)] * len(parts)


def _softmax(scores: Sequence[float]) -> list[float]:
    largest = max(scores)
    return shared([exp(score - largest) for score in scores])


LINKS: dict[Link, Callable[[Sequence[float]], Sequence[float]]] = {
    "identity": lambda scores: scores,
    "logit": lambda scores: (logistic(scores[0]),),
    "softmax": _softmax,
    "ovr": lambda scores: shared([logistic(score) for score in scores]),
    "exp": lambda scores: [exp(score) for score in scores],
}


def fits(link: Link, width: int) -> bool:
    """Say whether a link takes so many scores."""
    return width == 1 if link == "logit" else width > 1 if link in ("softmax", "ovr") else True


def linked(link: Link, extents: Sequence[Extent]) -> list[Extent]:
    """Return between which numbers outputs lie if scores lie between these."""
    if link == "identity":
        return list(extents)
    if link == "exp":
        return [(exp(low), exp(high)) for low, high in extents]
    return [(0.0, 1.0)] * len(extents)
