"""The parity gate: the plain data answers as the fitted pipeline does, or it is not the model that was fitted.

Compared are all held-out rows, and one of them at each edge (``rows.edges``): numbers at their bounds, missing values,
unseen categories. Probabilities may differ by ``TOLERANCE``; decisions may not differ at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from counterseal.documents.golden import TOLERANCE
from counterseal.values.finding import refuse
from pipelines import rows

if TYPE_CHECKING:
    from counterseal.documents.portable.model import PortableModel
    from pipelines.fit import Fitted

METHOD = f"plain data against the fitted pipeline, |difference of probabilities| <= {TOLERANCE:g} and decisions equal"


def probe(model: PortableModel, holdout: pl.DataFrame) -> pl.DataFrame:
    """Return the rows on which both must agree."""
    frame = holdout.select(item.name for item in model.inputs)
    tried = list(rows.edges(model, frame.row(0, named=True)))
    return pl.concat([frame, pl.DataFrame(tried, schema=frame.schema)])


def compare(fitted: Fitted, model: PortableModel, probed: pl.DataFrame, where: str) -> dict[str, Any]:
    """Compare; return the measures, or raise Refused (PARITY)."""
    expected = fitted.probabilities(probed)
    answers = [model.predict(row) for row in probed.iter_rows(named=True)]
    largest = max(abs(answer.probability - p) for answer, p in zip(answers, expected, strict=True))
    decided = [model.decided([p]) for p in expected]
    differ = sum(answer.decision != other.decision for answer, other in zip(answers, decided, strict=True))
    if largest > TOLERANCE or differ:
        found = f"a difference of {largest:.3g}, {differ} of {len(answers)} decisions"
        raise refuse("PARITY", where, METHOD, found, "this is a bug of the compiler: please report the spec")
    return {"rows": len(answers), "largest_difference": largest, "decisions_equal": True, "method": METHOD}
