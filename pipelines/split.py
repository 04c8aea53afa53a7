"""Which rows are learned from and which are held out, by a hash of each row's content.

* A row's digest is the SHA-256 of the split's salt, a newline, and the canonical JSON of its described columns (without
  the target), so rows that are the same to a model fall on the same side, and one new row moves no other.
* It is held out if the digest's first 64 bits, as a fraction of 2**64, are below ``holdout``.
* Its fold, for out-of-fold estimates, comes from the next 64 bits.
* Each side holds at least ``MIN_CLASS`` rows of each class, or nothing could be said about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from counterseal.documents.split import HashSplit
    from pipelines.table import Table

MIN_CLASS = 10
FOLDS = 5


@dataclass(frozen=True)
class Sides:
    """For each row whether it is held out, and its fold."""

    holdout: tuple[bool, ...]
    folds: tuple[int, ...]


def divide(table: Table, split: HashSplit, where: str) -> Sides:
    """Divide the rows; raise Refused if a side would be too small to learn from or to measure on."""
    digests = [digest(row, split.salt) for row in table.frame.iter_rows(named=True)]
    sides = Sides(
        holdout=tuple(int(text[:16], 16) / 2**64 < split.holdout for text in digests),
        folds=tuple(int(text[16:32], 16) % FOLDS for text in digests),
    )
    _check(table.positive.to_list(), sides.holdout, where)
    return sides


def digest(row: Mapping[str, object], salt: str) -> str:
    """Return a row's digest."""
    return sha256(f"{salt}\n".encode() + strict_json.canonical(dict(row)))


def _check(positive: Sequence[bool], holdout: Sequence[bool], where: str) -> None:
    for side, held in (("training", False), ("holdout", True)):
        labels = [label for label, is_held in zip(positive, holdout, strict=True) if is_held is held]
        least = min(sum(labels), len(labels) - sum(labels))
        if least < MIN_CLASS:
            expected = f"at least {MIN_CLASS} rows of each class among the {side} rows"
            raise refuse("TOO_FEW_ROWS", where, expected, str(least), "collect more data, or change the split")
