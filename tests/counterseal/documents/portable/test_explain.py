"""Effects: known answers, what they add up to, and how the sampled ones are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents.portable import explain
from tests.counterseal.documents.portable import by_hand
from tests.counterseal.documents.portable.test_answers import read

if TYPE_CHECKING:
    from counterseal.documents.portable.model import PortableModel
    from tests.counterseal.documents.portable.drawn import Plain

N = 12
NAMES = [f"x{number}" for number in range(N)]


def linear(name: str, weight: float) -> Plain:
    return {"kind": "linear", "input": name, "impute": None, "center": 0, "scale": 1, "weight": weight}


def column(name: str) -> Plain:
    return {"kind": "number", "input": name, "impute": None, "center": 0, "scale": 1}


def logistic(*terms: Plain, intercept: float = 0.0) -> Plain:
    return {"kind": "additive", "link": "logit", "scores": [{"intercept": intercept, "terms": terms}]}


def model(predictor: Plain, says: str | None = None) -> PortableModel:
    item = {"type": "number", "minimum": -9, "maximum": 9, "nullable": False, "says": says}
    return read(
        {
            "format": "counterseal/portable-model",
            "formatVersion": 1,
            "model": "explained",
            "version": 1,
            "task": "binary",
            "classes": ["no", "yes"],
            "inputs": [{"name": name, **item} for name in NAMES],
            "reference": dict.fromkeys(NAMES, 0),
            "threshold": 0.5,
            "predictor": predictor,
        }
    )


def row(**values: float) -> dict[str, Any]:
    return dict.fromkeys(NAMES, 0) | values


def effects(made: PortableModel, asked: dict[str, Any]) -> dict[str, float]:
    """Return the effects that are not 0."""
    return {name: effect for name, (effect,) in made.effects(asked).items() if effect}


def test_terms_of_one_input_are_one_player_and_a_product_is_shared() -> None:
    product = {"kind": "product", "of": [column("x0"), column("x1")], "weight": 3.0}
    square = {"kind": "product", "of": [column("x2"), column("x2")], "weight": 1.0}
    made = model(logistic(linear("x0", 2.0), linear("x0", 0.5), product, square, intercept=7.0))
    assert effects(made, row(x0=1, x1=2, x2=3)) == {"x0": 2.5 + 3, "x1": 3, "x2": 9}
    assert effects(made, row(x1=2)) == {}


def test_a_tree_of_and_is_shared_by_those_it_takes() -> None:
    """1 if x0, x1 and x2 are all above 0: a third each, and nothing where one of them is not."""
    tree = {
        "feature": [0, -1, 1, -1, 2, -1, -1],
        "threshold": [0, 0, 0],
        "left": [1, 3, 5],
        "right": [2, 4, 6],
        "value": [0, 0, 0, 1],
    }
    trees = {"kind": "trees", "columns": [column(name) for name in NAMES[:3]], "cast": "none", "base": [0]}
    made = model(trees | {"aggregate": "mean", "link": "identity", "trees": [tree]})
    assert effects(made, row(x0=1, x1=1, x2=1)) == pytest.approx({"x0": 1 / 3, "x1": 1 / 3, "x2": 1 / 3})
    assert effects(made, row(x0=1, x2=1)) == {}


def test_an_average_of_probabilities_is_explained_as_probabilities() -> None:
    members = [logistic(linear("x0", 2.0)), logistic(linear("x1", 1.0), intercept=1.0)]
    made = model({"kind": "average", "members": members, "weights": [0.75, 0.25]})
    one, other = by_hand.logistic(2.0) - by_hand.logistic(0.0), by_hand.logistic(2.0) - by_hand.logistic(1.0)
    assert effects(made, row(x0=1, x1=1)) == pytest.approx({"x0": 0.75 * one, "x1": 0.25 * other})


CALIBRATED = {
    "kind": "calibrated",
    "member": logistic(*(linear(name, 0.5 * (-1) ** place) for place, name in enumerate(NAMES))) | {"link": "identity"},
    "maps": [{"kind": "sigmoid", "a": -1.5, "b": 0.25}],
}


@settings(max_examples=20)
@given(st.lists(st.integers(-3, 3), min_size=N, max_size=N))
def test_sampled_effects_add_up_and_come_close(values: list[int]) -> None:
    made, asked = model(CALIBRATED), dict(zip(NAMES, values, strict=True))
    found = made.effects(asked)
    moved = made.predict(asked).probability - made.predict(made.reference).probability
    assert sum(effect for (effect,) in found.values()) == pytest.approx(moved, abs=1e-12)
    assert found == made.effects(asked)
    assert all(found[name] == (0.0,) for name, value in asked.items() if value == 0)


def test_sampled_effects_come_close_to_the_exact_ones() -> None:
    made = model(CALIBRATED)
    asked = row(**{name: float(place % 3) for place, name in enumerate(NAMES[:8])})
    exact = by_hand.shapley(lambda mixed: made.predict(mixed).probability, asked, made.reference)
    assert effects(made, asked) == pytest.approx({name: v for name, v in exact.items() if v}, abs=0.02)


def test_orders_come_with_their_reverses_and_take_no_more_than_so_many_steps() -> None:
    few, many = list(explain.orders(NAMES)), list(explain.orders([f"y{number}" for number in range(1000)]))
    assert len(few) == 2 * explain.PAIRS
    assert all(list(one) == list(other)[::-1] for one, other in zip(few[::2], few[1::2], strict=True))
    assert sum(map(len, many)) <= explain.MAX_STEPS
    assert len(list(explain.orders(["a", "b", "c"]))) == 6
    assert few == list(explain.orders(NAMES[::-1]))


def test_reasons_are_the_effects_in_words_largest_first() -> None:
    made = model(logistic(linear("x0", -2.0), linear("x1", 1.0), linear("x2", 1.0)), says="How much of it")
    asked = row(x0=1, x1=1, x3=5)
    found = made.reasons(asked, made.predict(asked))
    assert [(reason.feature, reason.effect, reason.says) for reason in found] == [
        ("x0", -2.0, "How much of it"),
        ("x1", 1.0, "How much of it"),
    ]
