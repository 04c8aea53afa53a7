"""The split by a hash of each row's content."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from pipelines import split
from tests.pipelines.world import world

if TYPE_CHECKING:
    from tests.pipelines.world import World

SALT = {"method": "hash", "holdout": 0.3, "salt": "other"}


def by_content(made: World) -> dict[tuple[object, ...], bool]:
    study = made.study()
    return dict(zip(study.table.frame.rows(), study.sides.holdout, strict=True))


def test_a_digest_can_be_made_by_hand() -> None:
    text = '1\n{"a":1,"b":null,"c":"é"}'
    assert split.digest({"b": None, "c": "é", "a": 1}, "1") == sha256(text.encode()).hexdigest()


@settings(max_examples=8)
@given(st.integers(1, 40), st.integers(0, 2**32))
def test_new_rows_move_no_other(added: int, seed: int) -> None:
    small, more = world(200), world(added, seed)
    large = replace(small, lines=(*small.lines, *more.lines[1:]))
    before, after = by_content(small), by_content(large)
    assert {row: after[row] for row in before} == before


def test_rows_that_are_alike_stay_together(toy: World) -> None:
    # The same rows under other ids and with the other outcome: to a model they are the same rows.
    other = {"yes": "no", "no": "yes"}
    twins = [f"x{number},{line.split(',', 1)[1]}" for number, line in enumerate(toy.lines[1:])]
    twins = [f"{line.rpartition(',')[0]},{other[line.rpartition(',')[2]]}" for line in twins]
    study = replace(toy, lines=(*toy.lines, *twins)).study()
    half = len(twins)
    assert study.sides.holdout[:half] == study.sides.holdout[half:]
    assert study.sides.folds[:half] == study.sides.folds[half:]


def test_the_holdout_has_about_its_share(toy: World) -> None:
    study = world(2000).study()
    assert 0.27 < study.holdout.rows / 2000 < 0.33
    assert study.holdout.rows + study.training.rows == 2000
    assert set(study.sides.folds) == set(range(split.FOLDS))
    assert by_content(toy) != by_content(toy.described(split=SALT))


def test_too_few_rows_of_a_class_are_refused() -> None:
    with pytest.raises(Refused, match=r"TOO_FEW_ROWS.*at least 10 rows of each class among the holdout rows, found"):
        world(40).study()
