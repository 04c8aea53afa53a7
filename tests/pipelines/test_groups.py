"""Outcomes by group."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from pipelines import groups
from pipelines.groups import _column

if TYPE_CHECKING:
    from tests.pipelines.world import World


def measured(toy: World, decide: Any = lambda _: True) -> dict[str, Any]:
    study = toy.study()
    return groups.measure(study, [decide(row) for row in study.holdout.frame.iter_rows(named=True)])


def test_a_number_is_grouped_at_its_cut_points(toy: World) -> None:
    found = measured(toy)["age"]
    ages = toy.study().holdout.frame["age"].to_list()
    under = sum(age < 40 for age in ages)
    assert list(found["groups"]) == ["under 40", "40 to 59", "60 and over"]
    assert found["groups"]["under 40"]["n"] == under
    assert found["groups"]["under 40"]["selection_rate"]["value"] == 1.0
    assert found["difference"]["value"] == 0.0


def test_what_differs_is_found(toy: World) -> None:
    found = measured(toy, lambda row: row["age"] < 40)["age"]
    difference = found["difference"]
    assert (difference["value"], difference["high"], difference["n"]) == (1.0, 1.0, toy.study().holdout.rows)
    assert difference["low"] > 0.7
    assert found["groups"]["40 to 59"]["true_positive_rate"]["value"] == 0.0


def test_a_category_is_grouped_by_its_values_and_absence_is_a_group(toy: World) -> None:
    found = measured(toy.column("town", groups=[]))["town"]
    assert list(found["groups"]) == ["Ash", "Elm", "Oak"]
    assert found["too_small"] in (["missing"], [])
    assert found["groups"]["Ash"]["n"] == toy.study().holdout.frame["town"].to_list().count("ash")


def test_a_sensitive_column_is_measured_though_no_feature(toy: World) -> None:
    assert list(measured(toy.specified(features=["income"]))) == ["age"]


def test_small_groups_are_named_and_not_counted() -> None:
    found = _column(["a", "b", "c"], ["a"] * 30 + ["b"] * 9, [True] * 39, [True] * 39)
    assert (list(found["groups"]), found["too_small"]) == (["a"], ["b"])
    unknown = {"value": 1.0, "low": 0.0, "high": 1.0, "n": 0}
    assert found["difference"] == {**unknown, "method": groups.NOTHING}


def test_a_group_without_positives_has_an_unknown_rate() -> None:
    found = _column(["a"], ["a"] * 20, [True] * 20, [False] * 20)["groups"]["a"]["true_positive_rate"]
    assert (found["low"], found["high"], found["n"]) == (0.0, 1.0, 0)


@pytest.mark.parametrize("sizes", [(15, 40, 200), (10, 10, 10, 10, 300)])
def test_the_interval_covers_the_true_difference(sizes: tuple[int, ...]) -> None:
    random, covered, rounds = Random(3), 0, 300
    rates = [0.2 + 0.1 * i for i in range(len(sizes))]
    labels = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
    for _ in range(rounds):
        decided = [random.random() < rates[int(name)] for name in labels]
        found = _column(sorted(set(labels)), labels, decided, decided)["difference"]
        assert found["low"] <= found["value"] <= found["high"]
        covered += found["low"] <= rates[-1] - rates[0] <= found["high"]
    assert covered / rounds >= 0.95


def test_groups_that_are_alike_are_not_told_apart() -> None:
    random, apart, rounds = Random(4), 0, 300
    labels = [str(i % 10) for i in range(300)]
    for _ in range(rounds):
        decided = [random.random() < 0.3 for _ in labels]
        apart += _column([str(i) for i in range(10)], labels, decided, decided)["difference"]["low"] > 0
    assert apart / rounds <= 0.05
