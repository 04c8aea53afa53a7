"""The rows that are learned from, with what each teaches: its target, and its fold for estimates out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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

    def only(self, chosen: NDArray[np.bool_]) -> Lesson:
        """Return the chosen rows."""
        return Lesson(self.frame.filter(chosen), self.targets[chosen], self.folds[chosen])
