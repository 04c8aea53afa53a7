"""Targets: two classes, three or more, or a number; labels in the order in which a model answers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from counterseal.documents.target import Target

TARGET: TypeAdapter[Target] = TypeAdapter(Target)
ABOUT = {"column": "y", "meaning": "What became of it"}
CLASSES = [{"value": value, "label": value.upper()} for value in "abc"]
BINARY = ABOUT | {"task": "binary", "positive": CLASSES[0], "negative": CLASSES[1]}
MANY = ABOUT | {"task": "multiclass", "classes": CLASSES}
NUMBER = ABOUT | {"task": "regression", "unit": "minutes", "minimum": 0, "maximum": 90}


def test_labels_are_in_the_order_of_the_models_answers() -> None:
    made = [TARGET.validate_python(target) for target in (BINARY, MANY, NUMBER)]
    assert [target.labels for target in made] == [("B", "A"), ("A", "B", "C"), ()]
    assert [tuple(item.value for item in target.classes) for target in made] == [("b", "a"), ("a", "b", "c"), ()]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (BINARY | {"negative": CLASSES[0]}, "two classes that differ"),
        (BINARY | {"negative": CLASSES[1] | {"label": "A"}}, "two classes that differ"),
        (BINARY | {"classes": CLASSES}, "classes"),
        (MANY | {"classes": CLASSES[:2]}, "at least 3"),
        (MANY | {"classes": [*CLASSES, CLASSES[0]]}, "classes that differ"),
        (MANY | {"positive": CLASSES[0]}, "positive"),
        (NUMBER | {"maximum": 0}, "a minimum below the maximum"),
        ({name: value for name, value in NUMBER.items() if name != "unit"}, "unit"),
        (NUMBER | {"task": "ranking"}, "task"),
        (ABOUT, "task"),
    ],
)
def test_what_is_no_target(target: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as error:
        TARGET.validate_python(target)
    assert told in str(error.value)
