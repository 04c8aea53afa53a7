"""How well features tell a group that is left out."""

from __future__ import annotations

import numpy as np

from pipelines.measures import proxies
from pipelines.measures.features import Feature
from pipelines.measures.grouping import Grouping

ROWS = 1000
DRAWS = np.random.default_rng(1)
PLACES = DRAWS.integers(0, 2, ROWS)
FOLDS = DRAWS.integers(0, 5, ROWS)
SEX = Grouping("sex", ("women", "men"), PLACES, 10)


def number(name: str, values: np.ndarray) -> Feature:
    return Feature(name, values.astype(np.float64))


NOISE = number("noise", DRAWS.normal(0, 1, ROWS))
HEIGHT = number("height", PLACES + DRAWS.normal(0, 1, ROWS))
VOICE = number("voice", PLACES + DRAWS.normal(0, 1, ROWS))
SAME = Feature("relationship", PLACES.astype(np.float64), ("wife", "husband", "missing"))


def test_a_stand_in_is_found() -> None:
    found = proxies.measure(SEX, [NOISE, SAME], FOLDS)
    assert found["together"]["value"] > 0.99
    assert found["features"]["relationship"] == 1.0
    assert found["features"]["noise"] < 0.6


def test_features_tell_more_together_than_alone() -> None:
    found = proxies.measure(SEX, [NOISE, HEIGHT, VOICE], FOLDS)
    assert found["together"]["low"] > max(found["features"].values())


def test_noise_tells_nothing() -> None:
    found = proxies.measure(SEX, [NOISE, number("more", DRAWS.normal(0, 1, ROWS))], FOLDS)["together"]
    assert found["low"] < 0.52


def test_the_column_itself_is_not_asked_and_without_others_it_does_not_apply() -> None:
    itself = Feature("sex", PLACES.astype(np.float64), ("women", "men", "missing"))
    assert proxies.measure(SEX, [itself], FOLDS) == {"applies": False}
    assert "sex" not in proxies.measure(SEX, [itself, NOISE], FOLDS)["features"]
    alone = Grouping("sex", ("women", "men"), np.zeros(ROWS, dtype=np.intp), 10)
    assert proxies.measure(alone, [NOISE], FOLDS) == {"applies": False}
