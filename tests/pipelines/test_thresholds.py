"""Rows at the edges inside a model."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from counterseal.documents.portable.columns import NumberColumn
from counterseal.documents.portable.trees import Trees
from pipelines import batch, fit, thresholds
from pipelines.forest import Forest
from tests.pipelines.tasks import estimator, fitted

if TYPE_CHECKING:
    from counterseal.documents.portable.model import PortableModel

PLAIN = {"numeric": {"scale": "none"}}


def made(name: str, **preprocessing: object) -> tuple[PortableModel, pl.DataFrame]:
    found = fitted("binary", estimator(name), preprocessing=PLAIN | preprocessing)
    model = fit.compiled(found)
    return model, found.study.holdout.frame.select(item.name for item in model.inputs)


@pytest.mark.parametrize("name", ["decision-tree", "histogram-gradient-boosting"])
def test_every_split_on_a_number_is_tried_at_its_threshold_and_on_both_sides(name: str) -> None:
    model, frame = made(name)
    found = set(thresholds.probes(model, frame)["income"].to_list())
    assert isinstance(model.predictor, Trees)
    splits = [
        threshold
        for tree in model.predictor.trees
        for node, threshold in zip(tree.splits, tree.threshold, strict=True)
        if isinstance(column := model.predictor.columns[tree.feature[node]], NumberColumn) and column.input == "income"
    ]
    assert splits
    for threshold in splits:
        assert {math.nextafter(threshold, -math.inf), threshold, math.nextafter(threshold, math.inf)} <= found


def test_a_row_arrives_at_the_split_that_it_tries() -> None:
    model, frame = made("decision-tree")
    assert isinstance(model.predictor, Trees)
    columns = batch.columns(model.predictor, batch.Cells(frame))
    [arrivals] = Forest(model.predictor).arrivals(columns)
    [tree] = Forest(model.predictor).trees
    doubled = np.hstack([columns, columns])
    levels = list(tree.levels(doubled.astype(np.float32).astype(np.float64)))
    reached = set(np.concatenate(levels).tolist())
    assert len(reached) > 20
    for node in reached:
        assert node in {int(level[arrivals[node]]) for level in levels}


def test_a_cast_is_tried_where_it_turns() -> None:
    low, high = float(np.float32(0.1)), float(np.nextafter(np.float32(0.1), np.float32(0)))
    assert set(thresholds._turns(0.1)) == {0.1, low, high, (low + high) / 2}
    assert thresholds._turns(1e300) == ()


def test_integers_and_bounds_are_kept_to() -> None:
    model, frame = made("extra-trees")
    probes = thresholds.probes(model, frame)
    assert probes.schema == frame.schema
    assert probes["age"].is_between(18, 90).all()
    assert probes["income"].drop_nulls().is_between(0, 100).all()
    assert len(set(probes["age"].to_list())) > 20


def test_cuts_between_bins_are_tried() -> None:
    model, frame = made("logistic-regression", columns={"income": {"bins": 4}})
    [cuts] = {term.cuts for term in model.predictor.scores[0].terms if term.kind == "bins"}  # type: ignore[union-attr]
    assert set(cuts) <= set(thresholds.probes(model, frame)["income"].to_list())


def test_of_very_many_some_are_tried_all_over_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model, frame = made("random-forest")
    everything = thresholds.probes(model, frame).height
    monkeypatch.setattr(thresholds, "MOST", 100)
    some = thresholds.probes(model, frame)
    assert some.height == 100 < everything
    assert len(set(some["age"].to_list())) > 10


def test_a_model_without_edges_has_none() -> None:
    model, frame = made("logistic-regression")
    assert thresholds.probes(model, frame).is_empty()
