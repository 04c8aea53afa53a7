"""The parity gate: the plain data answers as the fitted pipeline does, or it is not the model that was fitted.

Compared are all held-out rows; the first of them at each edge of the schema (``rows.edges``): numbers at their bounds,
missing values, unseen categories; and held-out rows on the edges inside the model (``thresholds.probes``). Outputs may
differ by ``TOLERANCE`` (of a value beyond 1, by that part of it); decisions may not differ at all. The plain data is
evaluated in bulk (``batch``), and some of the rows by the kernel too, which must answer the same to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from counterseal.documents.golden import TOLERANCE
from counterseal.values.finding import refuse
from pipelines import batch, rows, thresholds

if TYPE_CHECKING:
    from counterseal.documents.portable.model import PortableModel
    from pipelines.batch import Numbers
    from pipelines.fit import Fitted

SINGLE = 500
METHOD = (
    f"plain data against the fitted pipeline, |difference of outputs| <= {TOLERANCE:g} and decisions equal, on held-out"
    f" rows, at each edge of the schema, and at most {thresholds.MOST} within one unit in the last place of a split"
)


def probe(model: PortableModel, holdout: pl.DataFrame) -> pl.DataFrame:
    """Return the rows on which both must agree."""
    frame = holdout.select(item.name for item in model.inputs)
    tried = list(rows.edges(model, frame.row(0, named=True)))
    return pl.concat([frame, pl.DataFrame(tried, schema=frame.schema), thresholds.probes(model, frame)])


def compare(fitted: Fitted, model: PortableModel, probed: pl.DataFrame, where: str) -> dict[str, Any]:
    """Compare; return the measures, or raise Refused (PARITY)."""
    expected, found = fitted.outputs(probed), batch.outputs(model, probed)
    off = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    largest, differ = float(off.max()), _differ(model, expected, found)
    if not largest <= TOLERANCE or differ or not _as_the_kernel(model, probed, found):
        told = f"a difference of {largest:.3g}, {differ} of {probed.height} decisions"
        raise refuse("PARITY", where, METHOD, told, _mend(model, largest))
    return {"rows": probed.height, "largest_difference": largest, "decisions_equal": True, "method": METHOD}


def _differ(model: PortableModel, expected: Numbers, found: Numbers) -> int:
    if not model.classes:
        return 0
    return int((batch.decisions(model, expected) != batch.decisions(model, found)).sum())


def _as_the_kernel(model: PortableModel, probed: pl.DataFrame, found: Numbers) -> bool:
    step = max(1, probed.height // SINGLE)
    answers = [model.predict(row).outputs for row in probed[::step].iter_rows(named=True)]
    return np.array_equal(np.array(answers), found[::step])


def _mend(model: PortableModel, largest: float) -> str:
    if model.threshold is not None and largest <= TOLERANCE:
        return "a probability lies on the threshold: move the threshold in the spec a little"
    return "scale the numbers, or take another estimator; if neither helps, report the spec as a bug of the compiler"
