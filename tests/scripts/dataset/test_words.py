"""What names say: hints, in words."""

from __future__ import annotations

import pytest

from scripts.dataset import words


@pytest.mark.parametrize(
    ("name", "said", "unit"),
    [
        ("native_country", "Native country", None),
        ("nativeCountry", "Native country", None),
        ("bill_length_mm", "Bill length", "millimetres"),
        ("HTTPStatus2", "Http status 2", None),
        ("age", "Age", "years"),
        ("m", "M", None),
        ("net_income_EUR", "Net income", "euros"),
    ],
)
def test_a_name_as_people_would_say_it(name: str, said: str, unit: str | None) -> None:
    assert (words.spoken(name), words.unit(name)) == (said, unit)


@pytest.mark.parametrize("name", ["sex", "applicant_gender", "ageGroup", "RACE"])
def test_sensitive_names(name: str) -> None:
    assert words.says(name, words.SENSITIVE)


@pytest.mark.parametrize("name", ["mileage", "essex", "trace", "average", "package", ""])
def test_names_that_only_contain_a_sensitive_word(name: str) -> None:
    assert not words.says(name, words.SENSITIVE)


@pytest.mark.parametrize(
    ("name", "tells"), [("income", True), ("x1", False), ("V12", False), ("A11", False), ("pc_2", False)]
)
def test_codes_tell_nothing(name: str, tells: bool) -> None:  # noqa: FBT001 (a column of the table)
    assert words.tells(name) is tells
