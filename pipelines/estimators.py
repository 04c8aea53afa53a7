"""Which estimators may be proposed, and with which parameters: what is not listed here is refused by name.

An estimator is listed once it compiles to plain data that passes the parity gate, and gives the same bytes each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.values.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from counterseal.documents.estimator import Estimator
    from counterseal.values.strict_yaml import Source


@dataclass(frozen=True)
class Parameter:
    """What a parameter may be, in words and as a test."""

    says: str
    allows: Callable[[Any], bool]


@dataclass(frozen=True)
class Allowed:
    """An estimator: the class that fits it, what it is for a BOM, its defaults here, its parameters."""

    path: str
    family: str
    title: str
    defaults: dict[str, Any]
    parameters: dict[str, Parameter]


def _number(value: Any) -> bool:  # noqa: ANN401 (whatever the spec says)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _between(low: float, high: float) -> Parameter:
    return Parameter(f"a number from {low:g} to {high:g}", lambda value: _number(value) and low <= value <= high)


def _whole(low: int, high: int) -> Parameter:
    def allows(value: Any) -> bool:  # noqa: ANN401
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return Parameter(f"a whole number from {low} to {high}", allows)


def _one_of(*values: Any) -> Parameter:  # noqa: ANN401
    words = " or ".join("null" if value is None else str(value) for value in values)
    return Parameter(words, lambda given: any(given is value or given == value for value in values))


ESTIMATORS = {
    "logistic-regression": Allowed(
        path="sklearn.linear_model.LogisticRegression",
        family="linear model",
        title="logistic regression with an L2 penalty",
        defaults={"max_iter": 1000, "solver": "lbfgs"},
        parameters={
            "C": _between(1e-6, 1e6),
            "class_weight": _one_of(None, "balanced"),
            "max_iter": _whole(1, 100_000),
            "tol": _between(1e-12, 1e-1),
        },
    ),
}


def findings(estimator: Estimator, source: Source) -> Iterator[Finding]:
    """Yield what is wrong with a proposed estimator."""
    allowed = ESTIMATORS.get(estimator.name)
    if allowed is None:
        at, expected = source.at(("spec", "estimator", "name")), f"one of {', '.join(sorted(ESTIMATORS))}"
        mend = "what does not compile to plain data is not run"
        yield Finding("ESTIMATOR_NOT_ALLOWED", at, expected, estimator.name, mend)
        return
    for name, value in estimator.parameters.items():
        at = source.at(("spec", "estimator", "parameters", name))
        parameter = allowed.parameters.get(name)
        if parameter is None:
            known = ", ".join(sorted(allowed.parameters))
            yield Finding("PARAMETER_UNKNOWN", at, f"a parameter of {estimator.name}: {known}", name)
        elif not parameter.allows(value):
            yield Finding("PARAMETER_INVALID", at, f"{name}: {parameter.says}", repr(value)[:60])
