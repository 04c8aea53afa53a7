"""Champion against challenger: the model that serves, asked about the very rows the challenger is measured on.

The rules, in order:

* The champion is bytes that whoever verifies compares with the log; no bytes mean that nothing serves, and nothing else
  does. Its digest stands beside every number.
* It must answer the challenger's question: the same task, the same classes. If not, or if too few rows are left to
  tell, ``comparable`` says so, and ``reason`` why; that is for people to weigh.
* Each model is asked as it serves. Rows that the champion would refuse are counted and left out of the comparison.
* The holdout is the challenger's. The champion may have learned from some of these rows, which flatters it, and never
  the challenger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterseal.documents.portable.model import PortableModel
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from pipelines.intervals import share
from pipelines.measures import comparison, paired
from pipelines.measures.answers import Asker, answer
from pipelines.measures.grouping import groupings
from pipelines.measures.paired import Pair

if TYPE_CHECKING:
    from pipelines.measures.answers import Answers
    from pipelines.measures.paired import Marks
    from pipelines.study import Side, Study

SMALLEST = 10
METHOD = "both on the challenger's held-out rows, of which the champion may have learned some; new less old"


def measure(found: Study, challenger: Answers, serving: bytes) -> dict[str, Any]:
    """Compare the challenger's answers to the held-out rows with those of ``serving``, a model.json or nothing."""
    if not serving:
        return {"champion": False}
    known = {"champion": True, "digest": sha256(serving), "method": METHOD}
    try:
        champion = PortableModel.read(serving, "the champion")
    except Refused as refusal:
        return known | _incomparable(f"the champion cannot be read any longer: {refusal.code}")
    return known | {"version": champion.version} | _compared(found, challenger, champion)


def _compared(found: Study, challenger: Answers, champion: PortableModel) -> dict[str, Any]:
    taken = _taken(champion, found.holdout)
    side, new = found.holdout.where(taken), challenger.where(taken)
    asked = {"rows": new.rows, "refused": share(challenger.rows - new.rows, challenger.rows)}
    if reason := _other_question(champion, challenger) or _too_few(new):
        return asked | _incomparable(reason)
    pair, cost = Pair(answer(Asker(champion), side), new), found.spec.cost
    costs = (cost.false_positive, cost.false_negative) if cost else None
    return asked | {"comparable": True} | comparison.measure(pair, groupings(side, found.dataset), costs)


def _incomparable(reason: str) -> dict[str, Any]:
    return {"comparable": False, "reason": reason}


def _taken(champion: PortableModel, side: Side) -> Marks:
    """Return which rows the champion would answer; none, if it asks for a column that is not there."""
    names = [item.name for item in champion.inputs]
    if not {*names} <= {*side.frame.columns}:
        return np.zeros(side.rows, np.bool_)
    rows = side.frame.select(names).iter_rows(named=True)
    return np.fromiter((not champion.check(row) for row in rows), np.bool_, side.rows)


def _other_question(champion: PortableModel, challenger: Answers) -> str:
    answers, asked = (champion.task, champion.classes), (challenger.task, challenger.classes)
    return "" if answers == asked else f"the champion answers another question: {_told(*answers)}, not {_told(*asked)}"


def _told(task: str, classes: tuple[str, ...]) -> str:
    return f"{task} ({', '.join(classes)})" if classes else task


def _too_few(new: Answers) -> str:
    if new.rows < SMALLEST:
        return f"the champion takes {new.rows} of the rows"
    counts = [int((new.truth == place).sum()) for place in range(len(new.classes))]
    least = min(counts, default=paired.FEWEST)
    return f"of the rows that the champion takes, {least} are of one class" if least < paired.FEWEST else ""
