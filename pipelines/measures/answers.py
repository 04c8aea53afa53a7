"""What a model said of some rows beside what was true, as arrays; the start of every measure.

Scores are rounded to ``DIGITS`` decimals before they are ranked or binned, so that an order does not hang on the last
bit of a processor; decisions are the model's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipelines import batch
from pipelines.measures.draws import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from counterseal.documents.portable.model import PortableModel
    from pipelines.study import Side
    from pipelines.table import Table

    Numbers = NDArray[np.float64]
    Ask = Callable[[pl.DataFrame], tuple[Numbers, Numbers]]

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


class Asker:
    """Asks a model about frames: gives its scores, rounded, and its decisions, as ``Answers`` has them."""

    def __init__(self, model: PortableModel) -> None:
        self.model = model
        self._evaluate = batch.evaluator(model)

    def __call__(self, frame: pl.DataFrame) -> tuple[Numbers, Numbers]:
        """Return scores and decisions."""
        outputs, task = self._evaluate(frame), self.model.task
        scores = np.round(outputs if task == "multiclass" else outputs[:, 0], DIGITS)
        return scores, scores if task == "regression" else batch.decisions(self.model, outputs).astype(np.float64)


def answer(ask: Asker, side: Side, most: int | None = None) -> Answers:
    """Put what a model says of one side's rows beside what is true of them; of many, a sample."""
    chosen = sample("rows answered", side.rows, most or side.rows)
    scores, decided = ask(side.frame[chosen])
    return Answers(ask.model.task, ask.model.classes, scores, truth(side)[chosen], decided)


def guessed(answers: Answers, learned: Numbers) -> Numbers:
    """Return the losses of who always says what is true of the rows learned from, on average."""
    if answers.task == "regression":
        said = np.full(answers.rows, learned.mean())
    else:
        shares = np.bincount(learned.astype(np.intp), minlength=len(answers.classes)) / learned.size
        said = np.full(answers.rows, shares[-1]) if answers.task == "binary" else np.tile(shares, (answers.rows, 1))
    return Answers(answers.task, answers.classes, said, answers.truth, answers.decided).losses()


def truth(rows: Side | Table) -> Numbers:
    """Return what is true of some rows: each class's place, or the number."""
    return rows.target.to_numpy().astype(np.float64)
