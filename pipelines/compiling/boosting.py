"""Gradient boosting: an initial score, to which each tree adds its leaf, shrunk by the learning rate.

What the leaves hold is rounded; the initial score and the shrunk leaves are then what scikit-learn makes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.trees import Trees
from pipelines.compiling import nodes
from pipelines.compiling.trees import written
from pipelines.digits import rounded

if TYPE_CHECKING:
    from counterseal.documents.portable.links import Link
    from pipelines.compiling.family import Columns


def settle(estimator: Any, columns: Columns) -> None:  # noqa: ANN401 (the library has no types)
    """See ``family.Family``."""
    del columns
    for member in estimator.estimators_.flat:
        member.tree_.value[:] = rounded(member.tree_.value)


def predictor(estimator: Any, columns: Columns, *, linked: bool) -> Trees:  # noqa: ANN401
    """See ``family.Family``."""
    base = estimator._raw_predict_init(np.zeros((1, len(columns))))[0]  # noqa: SLF001 (there is no public way)
    nodes.check_count(member.tree_.node_count for member in estimator.estimators_.flat)
    link: Link = "identity"
    if linked and hasattr(estimator, "classes_"):
        link = "logit" if len(base) == 1 else "softmax"
    return Trees(
        kind="trees",
        columns=columns,
        cast="float32",
        base=tuple(base.tolist()),
        aggregate="sum",
        link=link,
        trees=tuple(
            written(member.tree_, estimator.learning_rate * member.tree_.value[:, 0, :], output)
            for stage in estimator.estimators_
            for output, member in enumerate(stage)
        ),
    )
