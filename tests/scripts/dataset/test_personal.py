"""Values that name people, by the libraries that know their checksums, and values that only look so."""

from __future__ import annotations

import pytest

from scripts.dataset import personal


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("e-mail addresses", ["ann@example.com", "b.o+x@mail.example.org", "müller@example.net"]),
        ("bank account numbers", ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]),
        ("card numbers", ["4111111111111111", "5500 0000 0000 0004", "3400-0000-0000-009"]),
        ("telephone numbers", ["+49 30 123456", "+442079460958", "(650) 253-0000"]),
        ("social security numbers", ["536-90-4399", "219-09-9997"]),
        ("network addresses", ["192.168.0.1", "2001:db8::1"]),
    ],
)
def test_they_are_recognised(what: str, values: list[str]) -> None:
    assert all(personal.DETECTORS[what](value) for value in values)
    assert personal.recognised(values * 3) == (what, 3 * len(values))


@pytest.mark.parametrize(
    "values",
    [
        [str(number) for number in range(1000, 1100)],
        [f"2013-01-{day:02}" for day in range(1, 29)],
        [f"{day:02}/01/2013" for day in range(1, 29)],
        [f"2013-01-{day:02} 05:15" for day in range(1, 29)],
        [f"{number / 7:.2f}" for number in range(100)],
        [f"A{number}" for number in range(100)],
        ["Some-college", "HS-grad", "7th-8th", "Prof-school", "1st-4th", "Assoc-voc"],
        [f"10.1000/{number}" for number in range(100)],
        ["ann@example.com"] * 4,
        [],
    ],
)
def test_other_values_are_not(values: list[str]) -> None:
    assert personal.recognised(values) is None
