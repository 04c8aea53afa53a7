"""Golden rows: the model described is the model at hand, in every decision and to 12 digits."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from counterseal.documents.golden import TOLERANCE, Golden, GoldenRow, GoldenSpec
from counterseal.values.finding import Refused
from tests.goldens.examples import golden_document, portable_model
from tests.support.models import shifted

MODEL = portable_model()
GOLDEN = golden_document()


def with_row(**fields: Any) -> Golden:
    first = GOLDEN.spec.rows[0].model_dump() | fields
    return Golden.of("m", GoldenSpec(rows=(GoldenRow.model_validate(first), *GOLDEN.spec.rows[1:])))


def test_the_model_described_reproduces_them() -> None:
    assert GOLDEN.mismatches(MODEL, "golden.json") == ()


@pytest.mark.parametrize("off", [2 * TOLERANCE, -2 * TOLERANCE, 0.1])
def test_another_probability_is_a_mismatch(off: float) -> None:
    (probability,) = GOLDEN.spec.rows[0].outputs
    assert with_row(outputs=(probability + TOLERANCE / 2,)).mismatches(MODEL, "g") == ()
    (finding,) = with_row(outputs=(probability + off,)).mismatches(MODEL, "g")
    assert (finding.code, finding.where) == ("GOLDEN_ROW", "g row 0")


def test_another_decision_is_a_mismatch() -> None:
    (finding,) = with_row(decision="bad").mismatches(MODEL, "g")
    assert finding.code == "GOLDEN_ROW"
    assert finding.expected.startswith("bad at ")


def test_another_model_is_a_mismatch_in_every_row() -> None:
    other = shifted(MODEL, 1e-9)
    assert len(GOLDEN.mismatches(other, "g")) == len(GOLDEN.spec.rows)


def test_a_model_that_answers_nan_reproduces_nothing() -> None:
    # Such a model cannot be read; not even one made in memory may pass by comparing with NaN.
    broken = shifted(MODEL, float("nan"))
    assert with_row(decision="good").mismatches(broken, "g")


def test_a_row_the_model_does_not_take_is_refused() -> None:
    with pytest.raises(Refused, match="g row 0: MISSING_FEATURE"):
        with_row(row={"age": 40}).mismatches(MODEL, "g")


@pytest.mark.parametrize(
    "fields", [{"outputs": ()}, {"outputs": (float("inf"),)}, {"decision": 1}, {"row": {"A b": 1}}]
)
def test_rows_have_their_form(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        with_row(**fields)


def test_none_and_too_many_rows_are_refused() -> None:
    row = GOLDEN.spec.rows[0]
    assert GoldenSpec(rows=(row,) * 1000)
    for rows in ((), (row,) * 1001):
        with pytest.raises(ValidationError):
            GoldenSpec(rows=rows)
