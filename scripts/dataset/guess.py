"""Everything that can be guessed of a dataset: what is missing, the key, the target, each column, the split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import refuse
from scripts.dataset import cells, division, doubts, outcome
from scripts.dataset.column import Reader
from scripts.dataset.spelling import ABSENT, SUSPECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.dataset.cells import Cells, Seen
    from scripts.dataset.column import Description
    from scripts.dataset.doubts import Remark
    from scripts.dataset.outcome import Outcome


@dataclass(frozen=True)
class Guess:
    """A dataset as it seems to be."""

    rows: int
    missing: tuple[str, ...]
    key: str | None
    outcome: Outcome
    columns: tuple[Description, ...]
    split: dict[str, Any]
    why: str
    leaks: tuple[Remark, ...]

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What a person should look at, the target first."""
        return (*self.outcome.remarks, *self.leaks, *(remark for item in self.columns for remark in item.remarks))


def guess(found: Cells, named: str | None, where: str, *, public: bool) -> Guess:
    """Guess a dataset from its cells; raise UsageError if nothing tells what is predicted."""
    columns = cells.look(found)
    missing = _missing(columns)
    target, why = outcome.choose(columns, named)
    result = outcome.describe(found, target, missing, why, where)
    others = [seen for seen in columns if seen is not target]
    key = division.key_of(found, others)
    repeated = division.group_of(others, missing)
    reader = Reader(found, missing, frozenset(name for name in (key, repeated) if name), public=public)
    described = tuple(reader.describe(seen) for seen in others)
    if not any(item.entry for item in described):
        why = "; ".join(f"{item.name}: {item.dropped}" for item in described)[:600] or f"{target.name} alone"
        raise refuse("NO_COLUMNS", where, "a column to learn from", why, "bring the data with other columns")
    kept = {item.name for item in described if item.entry}
    leaks = [item for seen in others if seen.name in kept for item in doubts.telling(found, seen, target)]
    split, says = division.split(found, described, result, key, repeated)
    return Guess(columns[0].rows, missing, key, result, described, split, says, tuple(leaks))


def _missing(columns: Sequence[Seen]) -> tuple[str, ...]:
    """Return the spellings of a missing value: some wherever they stand, others only if no text is spelled so."""
    sure = [token for token in ABSENT if any(token in seen.absent for seen in columns)]
    kinds = {seen.name: seen.kind((*ABSENT, *SUSPECT)) for seen in columns}
    among = [
        token
        for token in SUSPECT
        if (having := {kinds[seen.name] for seen in columns if token in seen.absent}) and "text" not in having
    ]
    return (*sure, *among)
