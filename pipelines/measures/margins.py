"""How far numbers must move together for a decision to change, in standard deviations of the training rows.

* ``exact``: of scores that are sums of linear terms and categories, by geometry: the distance to the boundary is the
  difference of two scores (or of a score and the threshold's) over the length of the difference of their weights.
* ``searched``: of any other model, along rays from some ``ROWS`` rows (fewer of very many numbers): each number up and
  down, and ``RANDOM`` random directions, at growing distances (``LADDER``), all in one batch. Numbers stay within their
  bounds, integers whole. A shorter way may exist, so a margin found is an upper bound.
* A margin is counted as at most ``CAP``; so is that of a model without numbers, which nothing of the kind can tip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from counterseal.documents.portable.additive import Additive, CategoryTerm, LinearTerm
from counterseal.documents.portable.inputs import NumberInput
from pipelines.measures.draws import normal, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from counterseal.documents.portable.combine import Predictor
    from counterseal.documents.portable.model import PortableModel
    from pipelines.measures.answers import Answers, Ask

    Numbers = NDArray[np.float64]

CAP = 100.0
LEAST = 1e-12
TINY = 1e-9
ROWS = 100
FEWEST = 10
ASKED = 50_000
RANDOM = 16
LADDER = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
EXACT = "exact distance to the decision boundary in standardised numbers, categories fixed"
SEARCHED = f"upper bound from rays in standardised numbers, {RANDOM} random directions and each number's"


def linear(predictor: Predictor) -> Additive | None:
    """Return the sums of linear terms and categories whose margins geometry tells; none if it is something else."""
    if not isinstance(predictor, Additive) or predictor.link not in ("logit", "softmax"):
        return None
    terms = [term for score in predictor.scores for term in score.terms]
    return predictor if all(isinstance(term, (LinearTerm, CategoryTerm)) for term in terms) else None


@dataclass(frozen=True)
class Spread:
    """The numbers that a model reads, and their standard deviations among the training rows."""

    inputs: tuple[NumberInput, ...]
    deviations: Numbers

    @classmethod
    def of(cls, model: PortableModel, training: pl.DataFrame) -> Spread:
        """Measure the training rows; a number that never changes has no deviation, and is left out."""
        numbers = [item for item in model.inputs if isinstance(item, NumberInput)]
        found = [(item, training[item.name].cast(pl.Float64).std(ddof=0)) for item in numbers]
        kept = [(item, float(spread)) for item, spread in found if isinstance(spread, float) and spread > 0]
        return cls(tuple(item for item, _ in kept), np.asarray([spread for _, spread in kept]))

    def moved(self, frame: pl.DataFrame, steps: Numbers) -> pl.DataFrame:
        """Return the rows with each number moved by so many deviations (rows, numbers), within bounds and whole."""
        columns = []
        for place, item in enumerate(self.inputs):
            values = frame[item.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            there = np.clip(values + steps[:, place] * self.deviations[place], item.minimum, item.maximum)
            whole = np.round(there) if item.type == "integer" else there
            columns.append(pl.Series(item.name, whole).fill_nan(None).cast(frame[item.name].dtype))
        return frame.with_columns(columns)


def exact(sums: Additive, threshold: float | None, answers: Answers, spread: Spread) -> Numbers:
    """Return each row's margin, from its probabilities."""
    weights = np.stack([_weights(score.terms, spread) for score in sums.scores])
    p = np.clip(answers.scores, LEAST, 1 - LEAST).reshape(answers.rows, -1)
    if threshold is not None:
        boundary = math.log(threshold / (1 - threshold))
        return _within(np.abs(np.log(p / (1 - p))[:, 0] - boundary), np.linalg.norm(weights[0]))
    own, scores = answers.decided.astype(np.intp), np.log(p)  # but for what a row's scores have in common
    gaps = scores[np.arange(own.size), own][:, None] - scores
    lengths = np.linalg.norm(weights[:, None, :] - weights[None, :, :], axis=2)[own]
    others = np.arange(scores.shape[1])[None, :] != own[:, None]
    found: Numbers = np.where(others, _within(gaps, lengths), CAP).min(axis=1)
    return found


def searched(frame: pl.DataFrame, answers: Answers, ask: Ask, spread: Spread) -> Numbers:
    """Return the margins found of some rows, along rays."""
    if not spread.inputs:
        return np.full(min(frame.height, ROWS), CAP)
    ways = _directions(len(spread.inputs))
    steps = (np.asarray(LADDER)[:, None, None] * ways[None, :, :]).reshape(-1, ways.shape[1])
    chosen = sample("rows of rays", frame.height, max(FEWEST, min(ROWS, ASKED // len(steps))))
    tried = np.repeat(chosen, len(steps))
    _, decided = ask(spread.moved(frame[tried], np.tile(steps, (chosen.size, 1))))
    tipped = (decided != answers.decided[tried]).reshape(chosen.size, len(LADDER), len(ways)).any(axis=2)
    return np.where(tipped.any(axis=1), np.asarray(LADDER)[tipped.argmax(axis=1)], CAP)


def _directions(width: int) -> Numbers:
    axes = np.concatenate([np.eye(width), -np.eye(width)])
    random = normal("random rays", RANDOM * width).reshape(RANDOM, width)
    return np.concatenate([axes, random / np.linalg.norm(random, axis=1, keepdims=True)])


def _weights(terms: tuple[object, ...], spread: Spread) -> Numbers:
    """Return how much a score changes for each number's deviation."""
    slopes = [(term.input, term.weight / term.scale) for term in terms if isinstance(term, LinearTerm)]
    summed = [sum(slope for name, slope in slopes if name == item.name) for item in spread.inputs]
    return np.asarray(summed, dtype=np.float64) * spread.deviations


def _within(gaps: Numbers, lengths: Numbers | np.floating[Any]) -> Numbers:
    """Return how far away boundaries are; where numbers make no difference, none is in reach."""
    return np.where(lengths > TINY, np.minimum(CAP, gaps / np.maximum(lengths, TINY)), CAP)
