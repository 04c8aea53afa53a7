"""Whatever a model is made of, it answers as the text of the semantics says, and its effects are Shapley values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from counterseal.documents.portable.model import PortableModel
from counterseal.values import strict_json
from tests.counterseal.documents.portable import by_hand, drawn

if TYPE_CHECKING:
    from tests.counterseal.documents.portable.drawn import Plain

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def read(plain: Plain) -> PortableModel:
    return PortableModel.read(strict_json.canonical(plain), "model.json")


CASES = drawn.models() | drawn.forests()


@settings(max_examples=150, suppress_health_check=SLOW)
@given(CASES)
def test_answers_are_what_the_semantics_say(case: tuple[Plain, Plain]) -> None:
    plain, row = case
    answer = read(plain).checked(row)
    assert (list(answer.outputs), answer.decision) == by_hand.answer(plain, row)


@settings(max_examples=50, suppress_health_check=SLOW)
@given(drawn.models())
def test_a_model_reads_back(case: tuple[Plain, Plain]) -> None:
    plain, row = case
    model = read(plain)
    again = PortableModel.read(model.write(), "model.json")
    assert (again, again.write(), again.predict(row)) == (model, model.write(), model.predict(row))


@settings(max_examples=150, suppress_health_check=SLOW)
@given(CASES)
def test_effects_are_shapley_values(case: tuple[Plain, Plain]) -> None:
    """At most four inputs are drawn for what is sampled, so that it is exact, too."""
    plain, row = case
    model = read(plain)
    effects = model.effects(row)
    for output in range(model.predictor.width):

        def score(mixed: dict[str, Any], output: int = output) -> float:
            return by_hand.scores(plain["predictor"], mixed)[output]

        close = max(1.0, *(abs(score(mixed)) for mixed in (row, plain["reference"])))
        expected = by_hand.shapley(score, row, plain["reference"])
        assert {name: values[output] for name, values in effects.items()} == pytest.approx(expected, abs=1e-9 * close)
