"""What each feature does to answers, overall: the mean size of its effects on the rows asked about.

An effect is a baseline Shapley value against the model's reference row (``counterseal.documents.portable.explain``), on
the scale of the score before the link; of several classes, on the score of the class decided for. At most ``ROWS`` of
the held-out rows are asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.intervals import rounded
from pipelines.measures.draws import sample

if TYPE_CHECKING:
    import polars as pl

    from counterseal.documents.portable.model import PortableModel

ROWS = 100
METHOD = "mean |baseline Shapley value| against the model's reference row, before the link"


def measure(model: PortableModel, holdout: pl.DataFrame) -> dict[str, Any]:
    """Return the mean sizes, largest first, and from how many rows by which method."""
    frame = holdout[sample("rows explained", holdout.height, ROWS)]
    sums = {item.name: 0.0 for item in model.inputs}
    for row in frame.iter_rows(named=True):
        for reason in model.reasons(row, model.predict(row)):
            sums[reason.feature] += abs(reason.effect)
    means = {name: rounded(total / frame.height) for name, total in sums.items()}
    ordered = dict(sorted(means.items(), key=lambda item: (-item[1], item[0])))
    return {"effects": ordered, "effects_of": {"n": frame.height, "method": METHOD}}
