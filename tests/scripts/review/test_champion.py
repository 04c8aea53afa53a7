from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from scripts.report.report import Number, Table
from scripts.review import champion


def estimate(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 90, "method": "paired"}


def change(old: float, new: float, low: float, high: float) -> dict[str, Any]:
    return {"old": old, "new": new, "difference": estimate(new - old, low, high)}


FOUND: dict[str, Any] = {
    "champion": True,
    "comparable": True,
    "version": 1,
    "rows": 88,
    "method": "both on the same rows",
    "quality": {"auc": change(0.7, 0.8, 0.05, 0.15), "brier": change(0.2, 0.21, -0.01, 0.03)},
    "churn": {"changed": estimate(0.1, 0.05, 0.2), "gained": 5, "lost": 4, "up": 6, "down": 3},
    "groups": [
        {"column": "age", "group": "under 30", "n": 40, "gained": 1, "accuracy": change(0.7, 0.6, -0.2, -0.01)},
        {"column": "age", "group": "30 and over", "n": 48, "gained": 4, "accuracy": change(0.7, 0.8, 0.01, 0.2)},
    ],
}


def tables(comparison: dict[str, Any] | None) -> list[Table]:
    measures = {} if comparison is None else {"comparison": comparison}
    return list(champion.tables(cast("Any", SimpleNamespace(measures=measures))))


def test_a_difference_is_told_with_what_it_means() -> None:
    quality, churn, groups = tables(FOUND)
    assert quality.rows[0] == ("AUC", Number(0.8 - 0.7, 0.05, 0.15, 90), "0.800", "0.700", "better")
    assert quality.rows[1][-1] == "cannot be told apart"
    assert ("wrong before, right now", "5") in churn.rows
    assert ("towards the positive class", "6") in churn.rows
    assert [row[-1] for row in groups.rows] == ["worse", "better"]
    assert groups.shared


def test_a_number_is_not_decided() -> None:
    found = {**FOUND, "churn": {"moved": estimate(3, 2, 4), "most": 9.0}}
    assert tables(found)[1].rows[1] == ("one answer in twenty moves by", "9.000 or more")


def test_what_was_not_compared_says_why() -> None:
    (only,) = tables({"champion": True, "comparable": False, "reason": "other classes", "version": 1})
    assert only.says == "Not compared with version 1: other classes."
    assert tables({"champion": False}) == tables(None) == []
