"""What a parameter may be."""

from __future__ import annotations

import math

import pytest

from pipelines.parameters import Parameter, between, one_of, weights, whole, yes_or_no


@pytest.mark.parametrize(
    ("parameter", "fit", "unfit"),
    [
        (between(0, 1), [0, 1, 0.5], [-0.1, 2, "1", True, None, math.nan, [0.5]]),
        (whole(2, 4), [2, 4], [1, 5, 2.0, "3", True, None]),
        (one_of("a", None), ["a", None], ["b", 0, False, ""]),
        (whole(2, 4) | one_of(None), [3, None], [1, "null", False]),
        (yes_or_no(), [True, False], [0, 1, "yes", None]),
        (weights(), [[1, 2.5], (3,)], [1, "12", [1, 0], [1, -1], [1, True], [math.nan]]),
    ],
)
def test_values_that_fit_and_values_that_do_not(parameter: Parameter, fit: list[object], unfit: list[object]) -> None:
    assert all(parameter.allows(value) for value in fit)
    assert not any(parameter.allows(value) for value in unfit)


def test_a_parameter_says_what_it_may_be() -> None:
    assert (whole(2, 4) | one_of(None, "all")).says == "a whole number from 2 to 4, or null or all"
