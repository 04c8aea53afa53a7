"""Silent below the window, quiet on steady traffic, loud on drifted traffic, and quiet again after it."""

import pytest

from serving.drift import Transition, Watch
from tests.serving import toy


@pytest.fixture
def watch() -> Watch:
    made = toy.served()
    return Watch(made.baseline, made.drift)


def with_score(row: dict[str, object]) -> dict[str, object]:
    return {**row, "score": toy.portable().predict(row).probability}  # type: ignore[arg-type]


def feed(watch: Watch, *rows: dict[str, object]) -> list[Transition]:
    return [change for row in rows for change in watch.add([with_score(row)])]  # type: ignore[list-item]


DRIFTED: dict[str, object] = {"age": 95, "income": None, "purpose": "tv"}


def test_says_nothing_below_the_window(watch: Watch) -> None:
    assert feed(watch, *[DRIFTED] * (toy.WINDOW - 1)) == []
    drift = watch.judge()
    assert drift.status == "collecting"
    assert drift.rows == toy.WINDOW - 1


def test_alerts_at_the_window(watch: Watch) -> None:
    found = feed(watch, *[DRIFTED] * toy.WINDOW)
    assert {change.feature for change in found} == {"age", "income", "purpose", "score"}
    assert {(change.before, change.after) for change in found} == {("collecting", "alert")}
    assert watch.judge().status == "alert"


def test_steady_traffic_is_quiet(watch: Watch) -> None:
    steady: list[dict[str, object]] = [toy.steady(index) for index in range(6 * toy.WINDOW)]
    found = [change for change in feed(watch, *steady) if change.feature != "score"]
    assert found == []
    assert {item.status for item in watch.judge().features if item.feature != "score"} == {"none"}


def test_an_alert_ends_and_is_told_once(watch: Watch) -> None:
    feed(watch, *[DRIFTED] * toy.WINDOW)
    steady: list[dict[str, object]] = [toy.steady(index) for index in range(6 * toy.WINDOW)]
    told = [change for change in feed(watch, *steady) if change.feature == "purpose"]
    assert told[-1].after == "none"
    assert len(told) <= 2


def test_one_request_may_fill_many_windows(watch: Watch) -> None:
    found = watch.add([with_score(DRIFTED)] * (5 * toy.WINDOW))  # type: ignore[list-item]
    assert {change.after for change in found} == {"alert"}
