"""A decision tree, and forests, which are the mean of theirs. scikit-learn compares columns cast to 32-bit floats.

Thresholds are not rounded: each lies between two values of the training rows, whatever the processor. Nor are the
shares of the classes in a leaf, which are quotients of counts. The means in the leaves of a regression are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.trees import Trees
from pipelines.compiling import nodes
from pipelines.digits import rounded

if TYPE_CHECKING:
    from counterseal.documents.portable.tree import Tree
    from pipelines.compiling.family import Columns


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``."""
    del columns
    if not hasattr(estimator, "classes_"):
        for tree in _trees(estimator):
            tree.value[:] = rounded(tree.value)


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Trees:  # noqa: ANN401
    """See ``family.Family``; what it answers needs no link."""
    del linked
    classes = len(getattr(estimator, "classes_", ()))
    width = classes if classes > 2 else 1  # noqa: PLR2004 (of two, one is enough)
    nodes.check_count(tree.node_count for tree in _trees(estimator))
    return Trees(
        kind="trees",
        columns=columns,
        cast="float32",
        base=(0.0,) * width,
        aggregate="mean",
        link="identity",
        trees=tuple(written(tree, tree.value[:, 0, -width:], 0 if width == 1 else None) for tree in _trees(estimator)),
    )


def written(tree: Any, value: Any, output: int | None) -> Tree:  # noqa: ANN401
    """Write down one of scikit-learn's trees with these values [nodes, width]."""
    leaf = tree.children_left < 0
    return nodes.tree(
        feature=np.where(leaf, -1, tree.feature),
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=tree.missing_go_to_left.astype(bool),
        value=value,
        output=output,
    )


def _trees(estimator: Any) -> list[Any]:  # noqa: ANN401
    return [member.tree_ for member in getattr(estimator, "estimators_", [estimator])]
