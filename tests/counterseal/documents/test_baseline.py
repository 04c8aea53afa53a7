"""Baselines: values find their bins, PSI has its known values, and chance alone raises no alarm."""

from __future__ import annotations

import math
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from counterseal.documents.baseline import Baseline, CategoryBins, NumberBins, corrected, psi
from tests.goldens.examples import baseline_document

BASELINE = baseline_document()


@pytest.mark.parametrize(
    ("value", "place"),
    [(-math.inf, 0), (29.999, 0), (30, 1), (30.0, 1), (44, 1), (45, 2), (1e300, 2), (None, 3)],
)
def test_numbers_find_their_bins(value: float | None, place: int) -> None:
    assert NumberBins(cuts=(30, 45), counts=(1, 2, 3, 0)).bin(value) == place


@pytest.mark.parametrize(("value", "place"), [("a", 0), ("b", 1), ("c", 2), ("", 2), (None, 3)])
def test_categories_find_their_bins(value: str | None, place: int) -> None:
    assert CategoryBins(categories=("a", "b"), counts=(1, 2, 3, 0)).bin(value) == place


@given(st.lists(st.floats(-1e9, 1e9), unique=True, max_size=5).map(sorted), st.one_of(st.none(), st.floats(-1e9, 1e9)))
def test_every_value_has_one_bin(cuts: list[float], value: float | None) -> None:
    cuts = sorted(set(cuts))
    place = NumberBins(cuts=tuple(cuts), counts=(0,) * (len(cuts) + 2)).bin(value)
    if value is None:
        assert place == len(cuts) + 1
    else:
        edges = [-math.inf, *cuts, math.inf]
        assert edges[place] <= value < edges[place + 1]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (NumberBins, {"cuts": (1, 2), "counts": (0, 0, 0)}),
        (NumberBins, {"cuts": (1, 2), "counts": (0, 0, 0, 0, 0)}),
        (NumberBins, {"cuts": (2, 1), "counts": (0, 0, 0, 0)}),
        (NumberBins, {"cuts": (1, 1), "counts": (0, 0, 0, 0)}),
        (NumberBins, {"cuts": (1, math.nan), "counts": (0, 0, 0, 0)}),
        (NumberBins, {"cuts": (1, 2), "counts": (0, 0, -1, 0)}),
        (CategoryBins, {"categories": ("a",), "counts": (0, 0)}),
        (CategoryBins, {"categories": ("a", "a"), "counts": (0, 0, 0, 0)}),
    ],
)
def test_bins_and_counts_fit_each_other(kind: type[NumberBins | CategoryBins], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind(**fields)


def test_rows_are_counted() -> None:
    counts = BASELINE.empty()
    assert counts == {"age": [0, 0, 0, 0], "purpose": [0, 0, 0], "score": [0, 0, 0]}
    BASELINE.add(counts, {"age": 30, "purpose": "A40", "score": 0.7})
    BASELINE.add(counts, {"age": None, "purpose": "A99", "score": 0.1})
    assert counts == {"age": [0, 1, 0, 1], "purpose": [1, 1, 0], "score": [1, 1, 0]}
    assert BASELINE.empty()["age"] == [0, 0, 0, 0]


def test_a_baseline_has_rows_and_features() -> None:
    changes: list[dict[str, Any]] = [{"rows": 0}, {"features": {}}]
    for change in changes:
        with pytest.raises(ValidationError):
            Baseline.model_validate({**BASELINE.plain(), "spec": BASELINE.plain()["spec"] | change})


def test_psi_has_its_known_value() -> None:
    # Half a count is added to each bin, so the shares are 50.5/101 and 25.5/101, 75.5/101.
    by_hand = (25.5 - 50.5) / 101 * math.log(25.5 / 50.5) + (75.5 - 50.5) / 101 * math.log(75.5 / 50.5)
    assert psi([50, 50], [25, 75]) == pytest.approx(by_hand, rel=1e-12)
    assert by_hand == pytest.approx(0.2686, abs=1e-4)
    # The textbook's value without smoothing, which large counts approach.
    textbook = -0.25 * math.log(0.5) + 0.25 * math.log(1.5)
    assert psi([500_000, 500_000], [250_000, 750_000]) == pytest.approx(textbook, abs=1e-5)


counts = st.lists(st.integers(0, 1000), min_size=2, max_size=8)


@given(counts)
def test_psi_of_equal_counts_is_nought(found: list[int]) -> None:
    assert psi(found, found) == 0
    assert corrected(found, found) == 0


@given(st.data(), counts)
def test_psi_is_finite_symmetric_and_never_negative(data: st.DataObject, one: list[int]) -> None:
    other = data.draw(st.lists(st.integers(0, 1000), min_size=len(one), max_size=len(one)))
    assert psi(one, other) >= 0
    assert psi(one, other) == pytest.approx(psi(other, one), abs=1e-12)
    assert math.isfinite(psi(one, other))
    assert 0 <= corrected(one, other) <= psi(one, other)


def test_counts_of_different_bins_do_not_compare() -> None:
    with pytest.raises(ValueError, match="shorter"):
        psi([1, 2, 3], [1, 2])


def test_nothing_seen_is_no_drift() -> None:
    assert corrected([10, 10], [0, 0]) == 0
    assert corrected([0, 0], [10, 10]) == 0


def sample(choose: random.Random, weights: list[float], size: int) -> list[int]:
    drawn = Counter(choose.choices(range(len(weights)), weights, k=size))
    return [drawn[place] for place in range(len(weights))]


@pytest.mark.parametrize(("bins", "rows", "window"), [(10, 1000, 500), (5, 700, 300)])
def test_without_drift_psi_is_what_chance_gives(bins: int, rows: int, window: int) -> None:
    choose = random.Random(20261122)
    weights = [1.0] * bins
    pairs = [(sample(choose, weights, rows), sample(choose, weights, window)) for _ in range(200)]
    expected = (bins - 1) * (1 / rows + 1 / window)
    mean = sum(psi(*pair) for pair in pairs) / len(pairs)
    assert mean == pytest.approx(expected, rel=0.15)
    assert sum(corrected(*pair) for pair in pairs) / len(pairs) < expected / 2
    assert max(corrected(*pair) for pair in pairs) < 0.1


def test_with_drift_the_correction_leaves_an_alarm() -> None:
    choose = random.Random(20261122)
    before, after = sample(choose, [1.0] * 10, 1000), sample(choose, [4.0, *[1.0] * 8, 0.1], 500)
    assert corrected(before, after) > 0.25
