"""Nodes as model.json lists them, and what it has no room for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from counterseal.documents.portable.model import MAX_PARTS
from counterseal.values.finding import Refused
from pipelines import fit
from pipelines.compiling import nodes
from pipelines.compiling.nodes import LARGEST, MAX_TREES, UnwritableError, check_count, tree
from tests.pipelines.tasks import estimator, fitted


def chain(depth: int) -> dict[str, Any]:
    """Return a tree in which every right child splits again."""
    size = 2 * depth + 1
    splits = np.arange(size) % 2 == 0
    splits[-1] = False
    at = np.arange(size)
    return {
        "feature": np.where(splits, 0, -1),
        "threshold": np.full(size, 0.5),
        "left": at + 1,
        "right": at + 2,
        "missing_left": np.zeros(size, dtype=bool),
        "value": at[:, np.newaxis] * 1.0,
    }


def test_splits_and_leaves_are_listed_apart() -> None:
    found = tree(**chain(2), output=0)
    assert (found.feature, found.threshold) == ((0, -1, 0, -1, -1), (0.5, 0.5))
    assert (found.left, found.right, found.value) == ((1, 3), (2, 4), (1.0, 3.0, 4.0))


def test_infinity_is_the_largest_number() -> None:
    given = chain(1) | {"threshold": np.array([np.inf, 0.0, 0.0])}
    assert tree(**given, output=0).threshold == (LARGEST,)


def test_a_tree_that_is_too_deep_is_unwritable() -> None:
    assert tree(**chain(64), output=0)
    with pytest.raises(UnwritableError, match=r"64 splits deep.*65.*max_depth"):
        tree(**chain(65), output=0)


def test_too_many_nodes_or_trees_are_unwritable() -> None:
    check_count([MAX_PARTS // 2] * 2)
    for sizes in ([MAX_PARTS // 2 + 1] * 2, [1] * (MAX_TREES + 1)):
        with pytest.raises(UnwritableError, match="fewer or shallower trees"):
            check_count(sizes)


@pytest.mark.parametrize("name", ["random-forest", "gradient-boosting", "histogram-gradient-boosting"])
def test_what_is_unwritable_is_refused_at_the_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fitted("binary", estimator(name))
    assert fit.compiled(made)
    monkeypatch.setattr(nodes, "MAX_PARTS", 10)
    with pytest.raises(Refused, match=r"model_specs/toy.yaml: MODEL_TOO_LARGE.*at most 5000 trees with 10 nodes"):
        fit.compiled(made)
