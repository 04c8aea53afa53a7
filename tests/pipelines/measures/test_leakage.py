"""Ways in which the answer may have leaked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipelines import fit
from pipelines.measures import leakage
from pipelines.measures.answers import Asker, answer

if TYPE_CHECKING:
    from tests.pipelines.world import World


def measured(toy: World) -> dict[str, Any]:
    study = toy.study()
    model = fit.compiled(fit.fit(study))
    return leakage.measure(study, answer(Asker(model), study.holdout))


def test_the_highest_is_named_with_its_interval(toy: World) -> None:
    found = measured(toy)
    assert set(found["features"]) == set(toy.study().features())
    assert found["highest"]["feature"] == "income"
    assert found["highest"]["value"] == max(found["features"].values())
    assert found["highest"]["low"] < found["highest"]["value"] < found["highest"]["high"]


def test_a_category_written_down_after_the_outcome_is_found(toy: World) -> None:
    def leak(line: str) -> str:
        cells = line.split(",")
        return ",".join((*cells[:4], "j2" if cells[5] == "yes" else "j1", cells[5]))

    found = measured(replace(toy, lines=(toy.lines[0], *map(leak, toy.lines[1:]))))
    assert found["highest"] == {**found["highest"], "feature": "job", "value": 1.0}


def test_rows_cases_and_dates_are_looked_at(toy: World) -> None:
    found = measured(toy)
    assert (found["duplicates"]["exact"]["value"], found["shared"], found["future"], found["after"]) == (
        0.0,
        {},
        {},
        [],
    )


def test_rows_that_are_the_same_to_the_model_are_found(toy: World) -> None:
    found = measured(toy.specified(features=["town", "job"]))["duplicates"]
    assert found["exact"]["value"] == 1.0
