"""Features as arrays, and in few codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterseal.documents.column import MISSING
from pipelines.measures.features import Feature, features

if TYPE_CHECKING:
    from tests.pipelines.world import World


def test_numbers_and_categories_keep_what_is_missing(toy: World) -> None:
    frame = toy.study().table.frame
    income, town = features(frame, toy.study().dataset, ["income", "town"])
    assert list(income.missing) == frame["income"].is_null().to_list()
    assert list(town.missing) == frame["town"].is_null().to_list()
    assert town.labels == ("Ash", "Elm", "Oak", MISSING)
    named = {"ash": "Ash", "elm": "Elm", "oak": "Oak", None: MISSING}
    assert [town.labels[int(place)] for place in town.values] == [named[value] for value in frame["town"].to_list()]


def test_a_number_is_coded_between_cuts_that_are_no_records_value() -> None:
    coded = Feature("x", np.asarray([*np.arange(1000.0) + 0.123456, np.nan])).coded(4)
    assert coded.labels == ("under 249", "249 to under 499", "499 to under 749", "749 and over", MISSING)
    assert list(np.bincount(coded.codes)) == [249, 250, 250, 251, 1]


def test_a_number_that_never_changes_has_one_code() -> None:
    assert set(Feature("x", np.ones(10)).coded(4).codes) == {0}
    empty = Feature("x", np.full(10, np.nan)).coded(4)
    assert (set(empty.codes), empty.labels) == ({1}, ("any value", MISSING))
