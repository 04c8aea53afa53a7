"""The baseline shows no small group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from counterseal.documents.baseline import POOL, SCORE, Baseline
from pipelines import binning

if TYPE_CHECKING:
    from tests.pipelines.world import World

NUMBERS = st.lists(st.none() | st.floats(-1e6, 1e6) | st.integers(0, 5).map(float), min_size=POOL, max_size=300)
CATEGORIES = st.lists(st.none() | st.sampled_from("abcdefg"), min_size=1, max_size=200)


@given(NUMBERS)
def test_every_number_is_in_one_bin_and_no_bin_is_small(values: list[float | None]) -> None:
    bins = binning.number_bins(values)
    assert sum(bins.counts) == len(values)
    assert bins.counts[-1] == values.count(None)
    if bins.cuts:
        assert min(bins.counts[:-1]) >= POOL
    counted = [0] * len(bins.counts)
    for value in values:
        counted[bins.bin(value)] += 1
    assert tuple(counted) == bins.counts


@given(CATEGORIES)
def test_every_category_is_in_one_bin_and_no_bin_is_small(values: list[str | None]) -> None:
    bins = binning.category_bins(values)
    assert sum(bins.counts) == len(values)
    assert all(count >= POOL for count in bins.counts[:-2])
    assert bins.counts[-2] == 0 or bins.counts[-2] >= POOL or not bins.categories
    counted = [0] * len(bins.counts)
    for value in values:
        counted[bins.bin(value)] += 1
    assert tuple(counted) == bins.counts


def test_bins_are_about_equal_and_cuts_are_round() -> None:
    bins = binning.number_bins([float(i) + 0.12345 for i in range(1000)])
    assert list(bins.cuts) == list(range(100, 1000, 100))
    assert set(bins.counts[:-1]) == {100}


def test_a_value_that_most_rows_share_has_a_bin_of_its_own() -> None:
    bins = binning.number_bins([0.0] * 900 + [float(i) for i in range(100, 200)])
    assert (bins.cuts, bins.counts) == ((50.0,), (900, 100, 0))
    bins = binning.number_bins([float(i) for i in range(100)] + [40.0] * 900 + [50.0 + i for i in range(100)])
    assert bins.counts[bins.bin(40.0)] == 901
    assert binning.number_bins([7.0] * 50).cuts == ()


def test_a_single_rare_category_cannot_be_read_off() -> None:
    bins = binning.category_bins(["a"] * 50 + ["b"] * 20 + ["c"] * 3)
    assert (bins.categories, bins.counts) == (("a",), (50, 23, 0))


def test_the_baseline_has_the_features_and_the_score(toy: World) -> None:
    study = toy.study()
    made = binning.baseline(study, [0.5] * study.training.rows)
    assert list(made.spec.features) == [*study.features(), SCORE]
    assert made.spec.rows == study.training.rows
    assert all(sum(bins.counts) == made.spec.rows for bins in made.spec.features.values())
    assert Baseline.read_json(made.write_json(), "baseline.json") == made
