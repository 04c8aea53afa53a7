"""Outcomes by group, and how far apart they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference, demographic_parity_ratio, equalized_odds_difference

from pipelines.measures import groups
from pipelines.measures.grouping import SMALLEST, Grouping
from tests.pipelines.measures import toy

if TYPE_CHECKING:
    from pipelines.measures.answers import Answers


def grouping(sizes: tuple[int, ...]) -> Grouping:
    labels = tuple(f"group {i}" for i in range(len(sizes)))
    return Grouping("x", labels, np.repeat(np.arange(len(sizes)), sizes), SMALLEST)


def decided(chosen: np.ndarray, truth: np.ndarray) -> Answers:
    return toy.binary(np.where(chosen, 0.9, 0.1), truth)


def test_points_are_fairlearns_and_lie_in_their_intervals() -> None:
    draws, column = np.random.default_rng(1), grouping((40, 80, 200))
    truth, chosen = draws.random(320) < 0.4, draws.random(320) < 0.2 + 0.1 * column.places
    found = groups.measure(decided(chosen, truth), column)
    options = {"sensitive_features": column.places}
    expected = {
        "difference": demographic_parity_difference(truth, chosen, **options),
        "ratio": demographic_parity_ratio(truth, chosen, **options),
        "equalised_odds": equalized_odds_difference(truth, chosen, **options),
    }
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected, abs=1e-6)
    for name in ("difference", "ratio", "equalised_odds", "equal_opportunity"):
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]


def test_each_group_has_its_rates() -> None:
    column = grouping((20, 30))
    truth, chosen = np.arange(50) % 2 == 0, np.arange(50) % 5 == 0
    found = groups.measure(decided(chosen, truth), column)["groups"]["group 1"]
    here = column.places == 1
    assert found["n"] == 30
    assert found["selection_rate"]["value"] == pytest.approx(chosen[here].mean(), abs=1e-6)
    assert found["true_positive_rate"]["value"] == pytest.approx(chosen[here & truth].mean(), abs=1e-6)
    assert found["false_positive_rate"]["value"] == pytest.approx(chosen[here & ~truth].mean(), abs=1e-6)
    assert found["label_rate"]["value"] == pytest.approx(truth[here].mean(), abs=1e-6)
    assert found["calibration_gap"]["value"] == pytest.approx(found["mean_score"]["value"] - 0.5, abs=1e-6)


def test_what_differs_is_found() -> None:
    column = grouping((100, 100))
    found = groups.measure(decided(column.places == 1, np.arange(200) % 2 == 0), column)
    assert (found["difference"]["value"], found["difference"]["high"]) == (1.0, 1.0)
    assert found["difference"]["low"] > 0.9
    assert (found["ratio"]["value"], found["ratio"]["adjusted_p"]) == (0.0, 0.0)
    assert found["ratio"]["high"] < 0.1
    assert found["equalised_odds"]["value"] == 1.0


def test_with_one_group_nothing_is_known() -> None:
    found = groups.measure(decided(np.ones(39, dtype=bool), np.ones(39)), grouping((30, 9)))
    assert (list(found["groups"]), found["too_small"]) == (["group 0"], ["group 1"])
    for name, value in {"difference": 1.0, "equalised_odds": 1.0, "ratio": 0.0}.items():
        assert (found[name]["value"], found[name]["low"], found[name]["high"]) == (value, 0.0, 1.0)
        assert found[name]["method"] == groups.NOTHING


def test_a_group_without_positives_has_an_unknown_rate_and_leaves_the_odds_open() -> None:
    column = grouping((40, 40))
    found = groups.measure(decided(np.arange(80) % 4 == 0, column.places == 1), column)
    rate = found["groups"]["group 0"]["true_positive_rate"]
    assert (rate["low"], rate["high"], rate["n"]) == (0.0, 1.0, 0)
    assert found["equal_opportunity"]["value"] == 0.0
    assert found["equal_opportunity"]["high"] > 0.8


def test_where_nobody_is_selected_nothing_is_known_of_the_ratio() -> None:
    found = groups.measure(decided(np.zeros(80, dtype=bool), np.arange(80) % 2), grouping((40, 40)))["ratio"]
    assert (found["value"], found["adjusted_p"]) == (1.0, 1.0)
    assert found["low"] < 0.1


@pytest.mark.parametrize("sizes", [(15, 40, 200), (10, 10, 10, 10, 300)])
def test_the_intervals_cover_what_is_true(sizes: tuple[int, ...]) -> None:
    draws = np.random.default_rng(3)
    rates = 0.2 + 0.1 * np.arange(len(sizes))
    apart, ratio, rounds = 0, 0, 300
    tables = draws.binomial(sizes, rates, (rounds, len(sizes)))
    for ups in tables:
        table = [(int(up), n) for up, n in zip(ups, sizes, strict=True)]
        shares = [up / n for up, n in table]
        low, high = groups._apart([table])
        assert low <= max(shares) - min(shares) <= high
        apart += low <= rates[-1] - rates[0] <= high
        found = groups._ratio(min(shares) / max(shares), [table], sum(sizes))
        assert found["low"] <= found["value"] <= found["high"]
        ratio += found["low"] <= rates[0] / rates[-1] <= found["high"]
    assert min(apart, ratio) / rounds >= 0.95


def test_groups_that_are_alike_are_rarely_told_apart() -> None:
    draws, sizes, rounds = np.random.default_rng(4), (20, *(220,) * 9), 80
    apart = significant = bare = 0
    for ups in draws.binomial(sizes, 0.3, (rounds, len(sizes))):
        table = [(int(up), n) for up, n in zip(ups, sizes, strict=True)]
        shares = [up / n for up, n in table]
        apart += groups._apart([table])[0] > 0
        bare += min(shares) < groups.FOUR_FIFTHS * max(shares)
        significant += groups._ratio(min(shares) / max(shares), [table], sum(sizes))["adjusted_p"] <= 0.05
    assert bare / rounds > 0.5, "the bare rule fails most models that are fair"
    assert apart / rounds <= 0.05
    assert significant / rounds <= 0.06


def test_each_class_is_compared_and_the_worst_stands() -> None:
    column = grouping((60, 60))
    truth = np.arange(120) % 3
    decided_as = np.where((column.places == 1) & (truth == 2), 1, truth)
    found = groups.measure(toy.multiclass(np.eye(3)[decided_as] * 0.8 + 0.1, truth), column)
    assert found["difference"]["value"] == pytest.approx(1 / 3)
    assert found["equal_opportunity"]["value"] == 1.0
    assert found["worst_class"] in ("b", "c")
    assert set(found["groups"]["group 0"]["classes"]) == {"a", "b", "c"}


def test_a_regression_is_compared_by_its_mean_errors() -> None:
    draws, column = np.random.default_rng(6), grouping((200, 200, 5))
    truth = draws.normal(10, 2, 405)
    found = groups.measure(toy.regression(truth + np.where(column.places == 1, 1.0, 0.0), truth), column)
    assert found["difference"]["value"] == pytest.approx(0.5, abs=0.05)
    assert found["groups"]["group 1"]["calibration_gap"]["value"] == 1.0
    assert found["too_small"] == ["group 2"]
    assert "ratio" not in found
    alike = groups.measure(toy.regression(truth, truth), grouping((400, 5)))["difference"]
    assert (alike["low"], alike["value"]) == (0.0, 1.0)
