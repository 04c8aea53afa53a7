"""Who gains and who loses by a new model, whatever the whole looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipelines.measures import churn, comparison, quality
from pipelines.measures.grouping import Grouping
from pipelines.measures.paired import Pair
from tests.pipelines.measures import toy

if TYPE_CHECKING:
    from typing import Any

    from pipelines.measures.answers import Answers


def coin(rows: int, seed: int) -> Answers:
    return toy.calibrated(rows, seed)


def turned(answers: Answers, rows: np.ndarray) -> Answers:
    """Return answers that say the opposite of some rows."""
    scores = np.where(rows, 1 - answers.scores, answers.scores)
    return toy.binary(scores, answers.truth)


def halves(rows: int, smallest: int = 10) -> Grouping:
    """Return a column whose first group is a tenth of the rows, and whose third has two."""
    places = np.where(np.arange(rows) < rows // 10, 0, 1)
    places[-2:] = 2
    return Grouping("sex", ("few", "many", "two"), places, smallest)


@pytest.mark.parametrize("answers", [coin(300, 1), toy.mixed(300, 2), toy.line(300, 3)])
def test_a_model_does_not_differ_from_itself(answers: Answers) -> None:
    found = comparison.measure(Pair(answers, answers), [halves(300)], None)
    assert set(found["quality"]) == set(quality.measure(answers))
    for name, item in found["quality"].items():
        assert item["old"] == item["new"] == quality.measure(answers)[name]["value"], name
        assert item["difference"]["value"] == 0, name
        assert item["difference"]["low"] <= 0 <= item["difference"]["high"], name
    assert [item["group"] for item in found["groups"]] == ["few", "many"]
    assert found["too_small"] == ["sex: two"]
    if answers.task == "regression":
        assert found["churn"]["moved"]["value"] == found["churn"]["most"] == 0
    else:
        assert found["churn"]["changed"]["value"] == 0
        assert (found["churn"]["gained"], found["churn"]["lost"], found["churn"]["mcnemar"]) == (0, 0, 1)


@pytest.mark.parametrize("make", [coin, toy.mixed, toy.line])
def test_differences_are_new_less_old_and_turn_with_the_models(make: Any) -> None:
    old, new = make(400, 1), make(400, 2)
    new = replace(new, truth=old.truth)
    there, back = (comparison.measure(pair, [], None)["quality"] for pair in (Pair(old, new), Pair(new, old)))
    for name, item in there.items():
        assert item["difference"]["value"] == pytest.approx(item["new"] - item["old"], abs=2e-6), name
        assert item["difference"]["low"] == pytest.approx(-back[name]["difference"]["high"], abs=2e-6), name


def test_a_loss_that_hides_in_one_group_is_seen_there() -> None:
    """A tenth of the rows are told the opposite, and as many others are put right: the whole is as good as before."""
    new = coin(2000, 4)
    group = np.arange(2000) < 200
    hit = group & churn.right(new)
    put_right = np.cumsum(~group & churn.right(new)) <= hit.sum()
    old = turned(new, put_right & ~group & churn.right(new))
    new = turned(new, hit)
    found = comparison.measure(Pair(old, new), [halves(2000)], None)
    assert found["quality"]["accuracy"]["difference"]["value"] == 0
    assert (found["churn"]["gained"], found["churn"]["lost"]) == (hit.sum(), hit.sum())
    few, many = found["groups"]
    assert few["accuracy"]["difference"]["high"] < -0.4
    assert (few["gained"], few["lost"]) == (0, hit.sum())
    assert many["accuracy"]["difference"]["low"] > 0


def test_costs_are_compared_where_there_are_any() -> None:
    pair = Pair(toy.binary([0.9, 0.1, 0.2], [0, 1, 0]), toy.binary([0.1, 0.1, 0.2], [0, 1, 0]))
    found = comparison.measure(pair, [], (1.0, 5.0))["quality"]["cost"]
    assert (found["old"], found["new"], found["difference"]["value"]) == (
        2,
        pytest.approx(5 / 3),
        pytest.approx(-1 / 3),
    )
    assert "cost" not in comparison.measure(pair, [], None)["quality"]


def test_intervals_of_many_groups_are_wider() -> None:
    pair = Pair(coin(400, 1), replace(coin(400, 2), truth=coin(400, 1).truth))
    one, two = (comparison.measure(pair, [halves(400)] * times, None)["groups"][0] for times in (1, 2))
    assert one["accuracy"]["difference"]["value"] == two["accuracy"]["difference"]["value"]
    assert one["accuracy"]["difference"]["low"] > two["accuracy"]["difference"]["low"]


def test_a_number_that_never_varies_explains_nothing() -> None:
    flat = toy.regression(np.linspace(0, 1, 50), np.ones(50))
    found = comparison.measure(Pair(flat, flat), [halves(50, 5)], None)
    assert found["quality"]["r2"]["difference"]["value"] == 0
    assert found["groups"][0]["mae"]["old"] == pytest.approx(1 - 2 / 49, abs=1e-6)
