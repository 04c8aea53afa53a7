"""What validate counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipelines import validate

if TYPE_CHECKING:
    from tests.pipelines.world import World


def test_the_counts_are_those_of_the_data(toy: World) -> None:
    found = validate.measure(toy.study(), "f" * 64)
    cells = [line.split(",") for line in toy.lines[1:]]
    assert (found["rows"], found["columns"], found["problems"]) == (300, 6, 0)
    assert found["duplicates"] == 300 - len({tuple(cell[1:]) for cell in cells})
    assert found["classes"] == {name: sum(cell[5] == value for cell in cells) for name, value in CLASSES.items()}
    assert found["missing"]["income"] == round(sum(cell[1] == "" for cell in cells) / 300, 6)
    assert found["missing"]["age"] == 0.0
    assert found["fingerprint"] == {"expected": toy.study().dataset.fingerprint, "found": "f" * 64}


CLASSES = {"good": "no", "bad": "yes"}


def test_duplicates_are_rows_that_a_model_could_not_tell_apart(toy: World) -> None:
    twins = [f"{1000 + i},{line.split(',', 1)[1]}" for i, line in enumerate(toy.lines[1:4])]
    before = validate.measure(toy.study(), "")["duplicates"]
    assert validate.measure(replace(toy, lines=(*toy.lines, *twins)).study(), "")["duplicates"] == before + 3
