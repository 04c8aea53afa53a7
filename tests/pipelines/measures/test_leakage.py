"""Ways in which the answer may have leaked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines.measures import leakage

if TYPE_CHECKING:
    from tests.pipelines.world import World


def test_the_highest_is_named_with_its_interval(toy: World) -> None:
    found = leakage.measure(toy.study())
    assert set(found["features"]) == set(toy.study().features())
    assert found["highest"]["feature"] == "income"
    assert found["highest"]["value"] == max(found["features"].values())
    assert found["highest"]["low"] < found["highest"]["value"] < found["highest"]["high"]


def test_a_category_written_down_after_the_outcome_is_found(toy: World) -> None:
    def leak(line: str) -> str:
        cells = line.split(",")
        return ",".join((*cells[:4], "j2" if cells[5] == "yes" else "j1", cells[5]))

    found = leakage.measure(replace(toy, lines=(toy.lines[0], *map(leak, toy.lines[1:]))).study())
    assert found["highest"] == {**found["highest"], "feature": "job", "value": 1.0}
