"""Misfits: each on the line where it stands, whatever classes were tried on it."""

from __future__ import annotations

import pytest

from counterseal.documents.dataset import Dataset
from counterseal.values.finding import Refused
from tests.goldens.examples import dataset

TEXT = dataset().write().decode()


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("minimum: 18.0", "minimum: x", "minimum: x", "found spec.columns.age.minimum = 'x'"),
        ("public: true", "public: x", "public: x", "INVALID_VALUE: expected a valid boolean, found spec.public = 'x'"),
        ("type: integer", "type: real", "type: real", "found spec.columns.age.type = 'real'"),
        ("    task: binary\n", "", "column: credit_risk", "MISSING_FIELD: expected spec.target.task, found nothing"),
        ("task: binary", "task: 3", "task: 3", "INVALID_VALUE: expected one of 'binary', 'multiclass', 'regression'"),
        ("label: bad", "labl: bad", 'value: "2"', "MISSING_FIELD: expected spec.target.positive.label, found nothing"),
        ("label: bad", "label: good", "task: binary", "expected two classes that differ in value and in label"),
        ("title: A few", "title: 'FILL IN: what it is'\n  titl: A few", "title: 'F", "FILL_IN: expected what it is"),
        ("public: true", "public: 'FILL IN: may all see it?'", "public:", "FILL_IN: expected may all see it?"),
    ],
)
def test_a_misfit_is_told_with_its_line(old: str, new: str, line: str, told: str) -> None:
    changed = TEXT.replace(old, new, 1)
    assert changed != TEXT
    with pytest.raises(Refused) as error:
        Dataset.read(changed.encode(), "x")
    at = next(number for number, text in enumerate(changed.splitlines(), 1) if line in text)
    found = [str(finding) for finding in error.value.findings]
    assert any(text.startswith(f"x:{at}: ") and told in text for text in found), found


def test_every_question_is_told_at_once() -> None:
    asked = TEXT.replace("licence: CC-BY-4.0", "licence: 'FILL IN: which?'").replace("Years", "'FILL IN: what?'")
    with pytest.raises(Refused) as error:
        Dataset.read(asked.encode(), "x")
    assert [finding.code for finding in error.value.findings] == ["FILL_IN", "FILL_IN"]


@pytest.mark.parametrize("data", [b"3", b"[]", b"x"])
def test_what_is_no_mapping(data: bytes) -> None:
    with pytest.raises(Refused, match="found the document = "):
        Dataset.read(data, "x")


def test_a_list_is_not_called_short_for_items_that_do_not_fit() -> None:
    classes = "".join(f"    - value: {value}\n      label: 'FILL IN: {value}'\n" for value in "abc")
    head, tail = TEXT.split("    task: binary\n")
    many = "    task: multiclass\n    column: y\n    meaning: What\n    classes:\n"
    asked = head + many + classes + tail[tail.index("  split:") :]
    with pytest.raises(Refused) as error:
        Dataset.read(asked.encode(), "x")
    assert [finding.code for finding in error.value.findings] == ["FILL_IN"] * 3
    two = asked.replace("    - value: c\n      label: 'FILL IN: c'\n", "").replace("FILL IN: ", "")
    with pytest.raises(Refused, match="at least 3 items"):
        Dataset.read(two.encode(), "x")
