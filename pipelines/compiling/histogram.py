"""Histogram gradient boosting: trees that compare 64-bit floats, know missing values, and sets of categories.

* scikit-learn puts columns of categories first and numbers the categories that occurred anew. Here each column keeps
  its place, and a category that did not occur is one that was never seen: NaN, as it is to scikit-learn.
* The values of leaves and the initial score are rounded, thresholds are not: each lies between two training values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from counterseal.documents.portable.columns import CodeColumn
from counterseal.documents.portable.trees import Trees
from pipelines.compiling import nodes
from pipelines.digits import rounded

if TYPE_CHECKING:
    from counterseal.documents.portable.links import Link
    from counterseal.documents.portable.tree import Tree
    from pipelines.compiling.family import Columns

_BITS = 32


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``."""
    del columns
    estimator._baseline_prediction = rounded(estimator._baseline_prediction)  # noqa: SLF001 (no public way)
    for tree in (tree for stage in estimator._predictors for tree in stage):  # noqa: SLF001
        tree.nodes["value"] = rounded(tree.nodes["value"])


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Trees:  # noqa: ANN401
    """See ``family.Family``."""
    base = np.ravel(estimator._baseline_prediction)  # noqa: SLF001
    order = _order(estimator, len(columns))
    nodes.check_count(len(tree.nodes) for stage in estimator._predictors for tree in stage)  # noqa: SLF001
    return Trees(
        kind="trees",
        columns=_seen(estimator, columns),
        cast="none",
        base=tuple(base.tolist()),
        aggregate="sum",
        link=_link(estimator, len(base)) if linked else "identity",
        trees=tuple(
            _tree(tree, order, output)
            for stage in estimator._predictors  # noqa: SLF001
            for output, tree in enumerate(stage)
        ),
    )


def _link(estimator: Any, width: int) -> Link:  # noqa: ANN401
    if hasattr(estimator, "classes_"):
        return "logit" if width == 1 else "softmax"
    return "exp" if estimator.loss == "poisson" else "identity"


def _order(estimator: Any, width: int) -> Any:  # noqa: ANN401
    """Return the place of each column as the estimator numbers them: those of categories first."""
    unordered = estimator.is_categorical_
    if unordered is None:
        return np.arange(width)
    return np.concatenate([np.flatnonzero(unordered), np.flatnonzero(~unordered)])


def _seen(estimator: Any, columns: Columns) -> Columns:  # noqa: ANN401
    """Return the columns, those of categories with the estimator's own numbers for them."""
    if estimator.is_categorical_ is None:
        return columns
    known = iter(estimator._preprocessor.named_transformers_["encoder"].categories_)  # noqa: SLF001
    return tuple(
        _renumbered(cast("CodeColumn", column), next(known)) if unordered else column
        for column, unordered in zip(columns, estimator.is_categorical_, strict=True)
    )


def _renumbered(column: CodeColumn, known: Any) -> CodeColumn:  # noqa: ANN401
    numbers = {float(code): float(place) for place, code in enumerate(known) if not np.isnan(code)}
    codes = {category: numbers[code] for category, code in column.codes.items() if code in numbers}
    missing = None if column.missing is None else numbers.get(column.missing)
    return column.model_copy(update={"codes": codes, "missing": missing})


def _tree(tree: Any, order: Any, output: int) -> Tree:  # noqa: ANN401
    found = tree.nodes
    leaf, by_codes = found["is_leaf"].astype(bool), found["is_categorical"].astype(bool)
    coded = np.flatnonzero(by_codes & ~leaf)
    return nodes.tree(
        feature=np.where(leaf, -1, order[found["feature_idx"]]),
        threshold=np.where(by_codes, 0.0, found["num_threshold"]),
        left=found["left"],
        right=found["right"],
        missing_left=found["missing_go_to_left"].astype(bool),
        value=found["value"][:, np.newaxis],
        output=output,
        codes={int(node): _codes(tree.raw_left_cat_bitsets[found["bitset_idx"][node]]) for node in coded},
    )


def _codes(bits: Any) -> tuple[int, ...]:  # noqa: ANN401
    """Return which of 256 bits, in eight words, are set."""
    return tuple(place for place in range(len(bits) * _BITS) if bits[place // _BITS] >> (place % _BITS) & 1)
