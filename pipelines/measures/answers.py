"""What a model said of some rows beside what was true, as arrays; the start of every measure.

Scores are rounded to ``DIGITS`` decimals before they are ranked or binned, so that an order does not hang on the last
bit of a processor; decisions are the model's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from counterseal.documents.portable.model import PortableModel
    from pipelines.study import Side

Task = Literal["binary", "multiclass", "regression"]

DIGITS = 12
#: Probabilities are kept this far from 0 and 1 where their logarithm is taken, as scikit-learn does.
LEAST = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Answers:
    """Scores, truth and decisions of n rows.

    ``scores``: binary (n,), the probability of classes[1]; multiclass (n, K); regression (n,), the value.
    ``truth``: the class's place in ``classes`` (n,), or the value. ``decided``: the class's place (n,); regression
    decides nothing, and repeats the value.
    """

    task: Task
    classes: tuple[str, ...]
    scores: NDArray[np.float64]
    truth: NDArray[np.float64]
    decided: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.truth.size)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Answers:
        """Return the answers of some of the rows."""
        parts = (self.scores[chosen], self.truth[chosen], self.decided[chosen])
        return Answers(self.task, self.classes, *parts)

    def probabilities(self) -> NDArray[np.float64]:
        """Return the probability of each class, (n, K); of a regression there is none."""
        return np.column_stack([1 - self.scores, self.scores]) if self.task == "binary" else self.scores

    def confidence(self) -> NDArray[np.float64]:
        """Return one number a row to bin by: the positive class's probability, the largest one, or the value."""
        return self.scores.max(axis=1) if self.task == "multiclass" else self.scores

    def losses(self) -> NDArray[np.float64]:
        """Return each row's loss: minus the logarithm of the true class's probability, or the squared error."""
        if self.task == "regression":
            return np.square(self.scores - self.truth)
        said = self.probabilities()[np.arange(self.rows), self.truth.astype(np.intp)]
        return -np.log(np.clip(said, LEAST, 1 - LEAST))


def answer(model: PortableModel, side: Side) -> Answers:
    """Ask a model about one side's rows."""
    found = [model.predict(row) for row in side.frame.iter_rows(named=True)]
    return Answers(
        task=model.task,
        classes=model.classes,
        scores=np.round([item.probability for item in found], DIGITS),
        truth=side.positive.to_numpy().astype(np.float64),
        decided=np.asarray([item.decision == model.classes[-1] for item in found], dtype=np.float64),
    )
