from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.report.html.strip import EDGE, WIDTH, Scale, strip
from scripts.report.report import Number

VALUES = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 6))


@st.composite
def numbers(draw: st.DrawFn) -> Number:
    low, value, high = sorted(draw(st.tuples(VALUES, VALUES, VALUES)))
    return Number(value, low, high)


@given(st.lists(numbers(), min_size=1, max_size=3))
def test_everything_lies_on_the_scale(found: list[Number]) -> None:
    scale = Scale.of(found)
    for item in found:
        for end in (item.low, item.value, item.high):
            assert end is not None
            assert EDGE - 0.1 <= scale.at(end) <= WIDTH - EDGE + 0.1


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([Number(0.752, 0.692, 0.812)], (0.68, 0.84)),
        ([Number(0.02, 0.0, 0.33), Number(0.1, 0.0, 0.4)], (0.0, 0.4)),
        ([Number(0.99, 0.95, 1.0)], (0.94, 1.0)),
        ([Number(0.0)], (0.0, 0.2)),
        ([Number(5.0, 3.0, 9.0)], (2.0, 10.0)),
    ],
)
def test_a_scale_is_round_and_keeps_to_what_a_share_can_be(found: list[Number], expected: tuple[float, float]) -> None:
    scale = Scale.of(found)
    assert (scale.low, scale.high) == pytest.approx(expected)


def test_the_new_number_is_first_and_filled_the_old_one_below_it() -> None:
    both = [Number(0.8, 0.7, 0.9), Number(0.6, 0.5, 0.7)]
    drawn = ET.fromstring(strip(both, Scale.of(both)))  # noqa: S314 (our own output)
    marks = drawn.findall("g")
    assert [mark.attrib["class"] for mark in marks] == ["new", "old"]
    new, old = (mark.find("circle") for mark in marks)
    assert new is not None
    assert old is not None
    assert float(new.attrib["cx"]) > float(old.attrib["cx"])
    assert float(new.attrib["cy"]) < float(old.attrib["cy"])
    assert drawn.attrib["aria-label"] == "0.800 (0.700 to 0.900); 0.600 (0.500 to 0.700)"


def test_zero_is_marked_where_the_scale_goes_through_it() -> None:
    across, above = [Number(0.1, -0.2, 0.3)], [Number(0.5, 0.2, 0.8)]
    scale = Scale.of(across)
    assert f'class="axis zero" x1="{scale.at(0)}"' in strip(across, scale)
    assert "zero" not in strip(above, Scale.of(above))


def test_what_is_no_longer_measured_is_drawn_as_old() -> None:
    drawn = strip([Number(0.5)], Scale(0, 1), first=False)
    assert 'class="old"' in drawn
    assert 'class="new"' not in drawn
