"""Decisions that change from an old model to a new one: how many, which way, and whether for better.

* Gained are rows that were decided wrongly and are decided rightly, lost the other way about; McNemar's exact test says
  how likely so uneven a split is by chance.
* Of two classes, up is towards the positive one, and ``net`` what that does to the share decided positive. Of more
  classes, ``moves`` lists from where to where; fewer than ``FEWEST`` rows are left out.
* A number is not decided: ``moved`` is the mean distance, ``most`` what 95 % of the rows move by at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.intervals import rounded, share
from pipelines.measures import paired

if TYPE_CHECKING:
    from pipelines.measures.answers import Answers
    from pipelines.measures.paired import Marks, Pair

FEWEST = 10
SHARE = 0.95


def right(answers: Answers) -> Marks:
    """Return which decisions are right."""
    return np.asarray(answers.truth == answers.decided)


def selected(answers: Answers) -> Marks:
    """Return which rows are decided positive."""
    return np.asarray(answers.decided == 1)


def measure(pair: Pair) -> dict[str, Any]:
    """Measure what changes."""
    if pair.new.task == "regression":
        moved = np.abs(pair.new.scores - pair.old.scores)
        mean = paired.mean((np.zeros_like(moved), moved), "distances")
        return {"moved": mean, "most": rounded(np.quantile(moved, SHARE))}
    changed = int((pair.old.decided != pair.new.decided).sum())
    found = {"changed": share(changed, pair.new.rows), **turned(pair)}
    if pair.new.task == "binary":
        return found | {"net": paired.share(pair.marks(selected), "decided positive")}
    return found | {"moves": _moves(pair)}


def turned(pair: Pair) -> dict[str, Any]:
    """Count the decisions that turned, by what it did."""
    (was_right, is_right), (was, now) = pair.marks(right), pair.marks(selected)
    turns = {"gained": is_right & ~was_right, "lost": was_right & ~is_right}
    if pair.new.task == "binary":
        turns |= {"up": now & ~was, "down": was & ~now}
    counts = {name: int(rows.sum()) for name, rows in turns.items()}
    return counts | {"mcnemar": paired.mcnemar(counts["gained"], counts["lost"])}


def _moves(pair: Pair) -> list[dict[str, Any]]:
    """Return from which class to which, and how many rows, the most first."""
    classes, both = pair.new.classes, np.stack([pair.old.decided, pair.new.decided])
    ways, counts = np.unique(both[:, both[0] != both[1]].astype(np.intp), axis=1, return_counts=True)
    found = [
        {"from": classes[before], "to": classes[after], "n": int(n)}
        for (before, after), n in zip(ways.T, counts, strict=True)
        if n >= FEWEST
    ]
    return sorted(found, key=lambda move: -move["n"])
