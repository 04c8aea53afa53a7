from __future__ import annotations

import pytest

from counterseal.documents.estimates import estimates, judged, named, preference, words

SHARE = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9, "method": "counted"}


def test_estimates_are_found_wherever_they_stand() -> None:
    measures = {
        "quality": {"auc": SHARE},
        "groups": {"age": {"young": {"n": 9, "rate": SHARE}}},
        "bins": [SHARE],
        "n": 1,
    }
    assert [path for path, _ in estimates(measures)] == [("quality", "auc"), ("groups", "age", "young", "rate")]
    assert list(estimates(SHARE)) == [((), SHARE)]


@pytest.mark.parametrize(
    ("name", "new", "old", "said"),
    [
        ("auc", 0.8, 0.7, "better"),
        ("auc", 0.7, 0.8, "worse"),
        ("log_loss", 0.8, 0.7, "worse"),
        ("slope", 1.2, 0.7, "better"),
        ("slope", 1.2, 0.9, "worse"),
        ("bias", -0.1, 0.5, "better"),
        ("selection_rate", 0.3, 0.2, "higher"),
        ("selection_rate", 0.1, 0.2, "lower"),
    ],
)
def test_what_is_better_is_the_measures_own(name: str, new: float, old: float, said: str) -> None:
    assert judged(name, new, old) == said


def test_a_measure_has_words_and_says_which_way_is_better() -> None:
    assert (words("rmse"), preference("rmse")) == ("root mean squared error", " (lower is better)")
    assert (words("slope"), preference("slope")) == ("slope", " (best at 1)")
    assert (words("some_new_share"), preference("some_new_share")) == ("some new share", "")


def test_a_measure_inside_others_is_named_with_them() -> None:
    assert named(("auc",)) == "AUC"
    assert named(("classes", "setosa", "selection_rate")) == "classes · setosa: decided positive"
    assert named(()) == ""
