"""Answers made up for a test: a coin with a known bias, three classes, a line with noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.measures.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def binary(scores: ArrayLike, truth: ArrayLike, threshold: float = 0.5) -> Answers:
    said = np.asarray(scores, dtype=float)
    return Answers(
        "binary", ("good", "bad"), said, np.asarray(truth, dtype=float), (said >= threshold).astype(np.float64)
    )


def multiclass(scores: ArrayLike, truth: ArrayLike) -> Answers:
    said = np.asarray(scores, dtype=float)
    return Answers(
        "multiclass", ("a", "b", "c"), said, np.asarray(truth, dtype=float), said.argmax(axis=1).astype(np.float64)
    )


def regression(values: ArrayLike, truth: ArrayLike) -> Answers:
    said = np.asarray(values, dtype=float)
    return Answers("regression", (), said, np.asarray(truth, dtype=float), said)


def calibrated(rows: int, seed: int) -> Answers:
    """Return probabilities that come true as often as they say."""
    draws = np.random.default_rng(seed)
    scores = draws.beta(2, 3, rows)
    return binary(scores, draws.random(rows) < scores)


def mixed(rows: int, seed: int) -> Answers:
    """Return three classes, each told apart to some degree."""
    draws = np.random.default_rng(seed)
    truth = draws.integers(0, 3, rows)
    heights = draws.random((rows, 3)) + np.eye(3)[truth] / 3
    return multiclass(heights / heights.sum(axis=1, keepdims=True), truth)


def line(rows: int, seed: int, noise: float = 1.0) -> Answers:
    """Return a truth of variance 1 + noise², and what a model without bias says of it."""
    draws = np.random.default_rng(seed)
    said = draws.normal(0, 1, rows)
    return regression(said, said + draws.normal(0, noise, rows))
