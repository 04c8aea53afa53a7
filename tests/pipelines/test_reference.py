"""The typical row: within the schema, rounded, and copied from nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from counterseal.documents.portable.inputs import CategoryInput, Input, NumberInput
from pipelines import fit
from pipelines.reference import reference

if TYPE_CHECKING:
    from tests.pipelines.world import World


def number(kind: Any = "number", minimum: float = 0, maximum: float = 1e6) -> NumberInput:
    return NumberInput(name="x", type=kind, minimum=minimum, maximum=maximum, nullable=True)


def category(*listed: str) -> CategoryInput:
    return CategoryInput(name="x", type="category", categories=listed, nullable=True)


@pytest.mark.parametrize(
    ("item", "values", "typical"),
    [
        (number(), [1.0, 123.456, 900.0], 120.0),
        (number(), [0.0012345, 0.0012345, None], 0.0012),
        (number("integer"), [41, 42, 47, 99], 44),
        (number("integer"), [1234, 1235], 1200),
        (number("integer", 1230, 1240), [1234, 1235], 1230),
        (number(minimum=97.5), [98.0, 98.4], 98.0),
        (number(minimum=98.2), [98.3, 98.4], 98.2),
        (number(maximum=98.4), [98.7, 98.8], 98.4),
        (number(minimum=5), [None, None], 5.0),
        (number("integer", minimum=4.5), [None, None], 5),
        (category("a", "b", "c"), ["c", "b", "c", None], "c"),
        (category("a", "b", "c"), ["c", "b", "c", "b"], "b"),
        (category("a", "b"), [None, None], "a"),
    ],
)
def test_it_is_the_rounded_middle_or_the_most_frequent(item: Input, values: list[Any], typical: Any) -> None:
    types = {"number": pl.Float64, "integer": pl.Int64, "category": pl.String}
    frame = pl.DataFrame({"x": pl.Series(values, dtype=types[item.type])})
    (found,) = reference([item], frame).values()
    assert (found, type(found)) == (typical, type(typical))


def test_a_model_takes_its_own_reference(toy: World) -> None:
    model = fit.compiled(fit.fit(toy.study()))
    assert model.check(model.reference) == ()
    assert not any(model.effects(model.reference)[item.name][0] for item in model.inputs)
