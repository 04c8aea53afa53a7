"""Which rows belong to which group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipelines.measures.grouping import Grouping, crossed, groupings

if TYPE_CHECKING:
    from tests.pipelines.world import World


def grouped(world: World) -> list[Grouping]:
    study = world.study()
    return groupings(study.holdout, study.dataset)


def test_a_number_is_grouped_at_its_cut_points(toy: World) -> None:
    (age,) = grouped(toy)
    ages = toy.study().holdout.frame["age"].to_list()
    assert list(age.members()) == ["under 40", "40 to 59", "60 and over"]
    assert age.sizes["under 40"] == sum(value < 40 for value in ages)
    assert (age.too_small(), age.absent()) == ([], [])


def test_a_category_is_grouped_by_its_values_and_absence_is_a_group(toy: World) -> None:
    _, town = grouped(toy.column("town", groups=[]))
    towns = toy.study().holdout.frame["town"].to_list()
    assert list(town.sizes) == ["Ash", "Elm", "Oak", "missing"]
    assert town.sizes["Ash"] == towns.count("ash")
    assert town.sizes["missing"] == towns.count(None)


def test_a_sensitive_column_is_grouped_though_no_feature(toy: World) -> None:
    assert [column.name for column in grouped(toy.specified(features=["income"]))] == ["age"]


def test_small_groups_and_absent_ones_are_named() -> None:
    found = Grouping("x", ("a", "b", "c", "missing"), np.repeat([0, 1], [30, 9]), 10)
    assert (list(found.members()), found.too_small(), found.absent()) == (["a"], ["b"], ["c"])


def test_two_columns_crossed_keep_every_row(toy: World) -> None:
    (both,) = crossed(grouped(toy.column("town", groups=[])))
    assert both.name == "age, town"
    frame = toy.study().holdout.frame
    expected = sum(age < 40 and town == "elm" for age, town in zip(frame["age"], frame["town"], strict=True))
    assert both.sizes["under 40, Elm"] == expected
    assert sum(both.sizes.values()) == frame.height
