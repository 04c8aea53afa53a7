"""What an estimator's parameter may be: in words, for whoever got it wrong, and as a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Parameter:
    """What a parameter may be, in words and as a test."""

    says: str
    allows: Callable[[Any], bool]

    def __or__(self, other: Parameter) -> Parameter:
        """Allow either."""
        return Parameter(f"{self.says}, or {other.says}", lambda value: self.allows(value) or other.allows(value))


def between(low: float, high: float) -> Parameter:
    """Allow a number within bounds, both inclusive."""
    return Parameter(f"a number from {low:g} to {high:g}", lambda value: _number(value) and low <= value <= high)


def whole(low: int, high: int) -> Parameter:
    """Allow a whole number within bounds, both inclusive."""

    def allows(value: Any) -> bool:  # noqa: ANN401 (whatever the spec says)
        return _number(value) and isinstance(value, int) and low <= value <= high

    return Parameter(f"a whole number from {low} to {high}", allows)


def one_of(*values: str | None) -> Parameter:
    """Allow one of a few values."""
    words = " or ".join("null" if value is None else value for value in values)
    return Parameter(words, lambda given: given in values)


def yes_or_no() -> Parameter:
    """Allow true and false."""
    return Parameter("true or false", lambda value: isinstance(value, bool))


def weights() -> Parameter:
    """Allow a list of numbers above 0; how many there must be depends on what they weigh."""
    return Parameter(
        "a list of numbers above 0",
        lambda value: isinstance(value, (list, tuple)) and all(_number(one) and one > 0 for one in value),
    )


def _number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, (int, float)) and not isinstance(value, bool)
