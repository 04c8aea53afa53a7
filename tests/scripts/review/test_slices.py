from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from scripts.report.report import Number, Table
from scripts.review import slices


def estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 40, "method": "mean"}


def tables(measures: dict[str, Any]) -> list[Table]:
    return list(slices.tables(cast("Any", SimpleNamespace(measures=measures))))


def test_slices_stand_beside_the_rest() -> None:
    worst = {"where": "age under 30", "n": 40, "adjusted_p": 0.01234, "quality": estimate(0.9), "rest": estimate(0.5)}
    odd = {"where": "town Ash", "n": 40, "adjusted_p": 0.5, "gap": estimate(-0.2), "said": 0.3}
    found = {"weak": {"worst": [worst], "tried": 70}, "odd": {"worst": [odd], "tried": 60}}
    weak, gaps = tables({"slices": found})
    assert weak.rows[0][1:] == (Number(0.9, 0.8, 1.0, 40), Number(0.5, 0.4, 0.6, 40), "0.0123")
    assert weak.says.startswith("70 slices")
    assert gaps.rows[0][0] == "town Ash"
    assert gaps.shared


def test_a_chance_too_small_to_tell_is_not_called_none() -> None:
    worst = {"where": "town Ash", "n": 40, "quality": estimate(0.9), "rest": estimate(0.5)}
    found = [worst | {"adjusted_p": chance} for chance in (0.0001, 0.00004, 0.0)]
    (weak,) = tables({"slices": {"weak": {"worst": found, "tried": 9}}})
    assert [row[3] for row in weak.rows] == ["0.0001", "under 0.0001", "under 0.0001"]


def test_where_nothing_was_found_there_is_no_table() -> None:
    assert tables({}) == tables({"slices": {"weak": {"worst": [], "tried": 9}}}) == []
