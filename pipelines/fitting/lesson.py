"""The rows that are learned from, with what each teaches: its target, and its fold for estimates out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents import places
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from pipelines.study import Study


@dataclass(frozen=True)
class Lesson:
    """Rows, their targets [rows], a class's place or a number, and their folds [rows]."""

    frame: pl.DataFrame
    targets: NDArray[Any]
    folds: NDArray[np.int64]

    @classmethod
    def of(cls, study: Study) -> Lesson:
        """Return the training rows of a study."""
        side, held = study.training, np.array(study.sides.holdout)
        kind = np.float64 if study.task == "regression" else np.int64
        return cls(side.frame, side.target.to_numpy().astype(kind), np.array(study.sides.folds)[~held])

    def require_classes(self, study: Study, what: str) -> None:
        """Raise Refused unless there are rows of each class."""
        absent = [label for place, label in enumerate(study.classes) if not (self.targets == place).any()]
        if absent:
            expected, found = f"rows of each class among {what}", f"none of {absent[0]}"
            mend = "collect more rows, or do without folds: no search, and nothing calibrated"
            raise refuse("TOO_FEW_ROWS", places.spec(study.model), expected, found, mend)

    def only(self, places: NDArray[np.int64]) -> Lesson:
        """Return the rows at some places."""
        return Lesson(self.frame[places], self.targets[places], self.folds[places])
