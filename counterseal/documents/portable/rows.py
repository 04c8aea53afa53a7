"""Is a row one that the model may be asked about? Nothing is computed from one that is not.

In order: it is an object; it has no other names than the inputs'; every input is there; null only where ``nullable``;
a category is one of those listed; a number is finite, whole if the input is an integer, and within the bounds.

Values are never quoted, they may be personal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from counterseal.documents.portable.inputs import CategoryInput
from counterseal.values.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.portable.inputs import Inputs, NumberInput


def misfits(inputs: Inputs, row: Any, where: str) -> Iterator[Finding]:  # noqa: ANN401 (JSON is any value)
    """Yield what is wrong with a row."""
    if not isinstance(row, Mapping):
        yield Finding("INVALID_ROW", where, "an object of the model's features", _kind(row))
        return
    for name in (name for name in row if name not in inputs):
        yield Finding("UNKNOWN_FEATURE", where, "the model's features", str(name)[:60])
    for name, item in inputs.items():
        if name not in row:
            yield Finding("MISSING_FEATURE", where, f"a value for {name}", "none")
        elif problem := _misfit(item, row[name]):
            yield Finding("INVALID_FEATURE", f"{where}.{name}", *problem)


def _misfit(item: NumberInput | CategoryInput, value: Any) -> tuple[str, str] | None:  # noqa: ANN401
    if value is None:
        return None if item.nullable else ("a value", "null")
    if isinstance(item, CategoryInput):
        fits = isinstance(value, str) and value in item.listed
        return None if fits else ("one of the listed categories", _kind(value))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or (isinstance(value, float) and not math.isfinite(value)):  # isfinite itself fails on a huge integer
        return "a finite number", _kind(value)
    if item.type == "integer" and value != math.floor(value):
        return "a whole number", "a fraction"
    if not item.minimum <= value <= item.maximum:
        return f"a number from {item.minimum:g} to {item.maximum:g}", "one outside"
    return None


def _kind(value: Any) -> str:  # noqa: ANN401
    names = {
        bool: "true or false",
        str: "a text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "something else")
