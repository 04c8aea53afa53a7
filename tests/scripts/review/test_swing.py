from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from counterseal.documents.baseline import NumberBins
from scripts.review.model import change
from scripts.review.swing import Swing, _places


def number(*answers: float) -> Swing:
    return Swing(tuple(f"{i} months" for i in range(len(answers))), answers, ordered=True)


def category(*answers: float) -> Swing:
    return Swing(tuple("abc"[: len(answers)]), answers, ordered=False)


def test_a_number_goes_from_its_first_place_to_its_last() -> None:
    assert number(0.2, 0.5).size == pytest.approx(0.3)
    assert number(0.5, 0.2).size == pytest.approx(-0.3)
    assert str(number(0.2, 0.5)) == "0.200 at 0 months, 0.500 at 1 months"


def test_a_category_goes_from_the_lowest_answer_to_the_highest() -> None:
    found = category(0.4, 0.1, 0.3)
    assert found.size == pytest.approx(0.3)
    assert str(found) == "0.100 at b, 0.400 at a"
    assert str(Swing(("a",), (0.1,), ordered=False, of="setosa")) == "setosa: 0.100 at a, 0.100 at a"


@pytest.mark.parametrize(
    ("cuts", "places"),
    [((1.0,), (0.0, 1.0)), ((1.0, 2.0, 5.0), (1.0, 5.0)), ((), (0.0, 9.0))],
    ids=["one", "more", "no"],
)
def test_a_number_is_moved_also_where_there_is_one_cut_point(
    cuts: tuple[float, ...], places: tuple[float, ...]
) -> None:
    bins = NumberBins(cuts=cuts, counts=(20,) * (len(cuts) + 2))
    item = SimpleNamespace(type="integer", minimum=0.0, maximum=9.0)
    baseline = SimpleNamespace(spec=SimpleNamespace(features={"n": bins}))
    side: Any = SimpleNamespace(model=SimpleNamespace(named={"n": item}), proof=SimpleNamespace(baseline=baseline))
    assert _places(side, side, "n") == places


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (number(0.2, 0.5), number(0.2, 0.4), "weighs more: 0.300 instead of 0.200"),
        (number(0.2, 0.3), number(0.2, 0.4), "weighs less: 0.100 instead of 0.200"),
        (number(0.4, 0.2), number(0.2, 0.4), "turned round"),
        (number(0.2, 0.401), number(0.2, 0.4), "weighs as much"),
        (category(0.1, 0.4), None, "asked for now"),
        (None, category(0.1, 0.4), "no longer asked for"),
    ],
)
def test_what_became_of_a_weight(new: Swing | None, old: Swing | None, said: str) -> None:
    assert change(new, old) == said
