"""The model that serves is asked about the challenger's rows, as it serves; what it refuses is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from counterseal.documents.portable.model import PortableModel
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from pipelines import fit
from pipelines.measures import champion
from pipelines.measures.answers import Asker, answer
from tests.pipelines import world

if TYPE_CHECKING:
    from tests.pipelines.world import World


@pytest.fixture(scope="module")
def challenger() -> World:
    return world.world()


def served(made: World) -> bytes:
    return fit.compiled(fit.fit(made.study())).write()


def measured(challenger: World, serving: bytes) -> dict[str, Any]:
    found = challenger.study()
    model = PortableModel.read(served(challenger), "model")
    return champion.measure(found, answer(Asker(model), found.holdout), serving)


def changed(serving: bytes, **facts: Any) -> bytes:
    return strict_json.pretty({**strict_json.loads(serving, "model"), **facts})


def test_where_nothing_serves_there_is_nothing_to_say(challenger: World) -> None:
    assert measured(challenger, b"") == {"champion": False}


def test_the_same_model_is_as_good(challenger: World) -> None:
    serving = served(challenger)
    found = measured(challenger, serving)
    assert (found["champion"], found["comparable"], found["digest"]) == (True, True, sha256(serving))
    assert found["rows"] == challenger.study().holdout.rows
    assert found["quality"]["auc"]["difference"]["low"] == found["quality"]["auc"]["difference"]["high"] == 0
    assert {item["column"] for item in found["groups"]} == {"age"}
    assert "may have learned" in found["method"]


def test_a_champion_decides_by_its_own_threshold(challenger: World) -> None:
    serving = changed(served(challenger), threshold=0.01, version=7)
    found = measured(challenger, serving)
    assert found["version"] == 7
    assert found["churn"]["net"]["value"] < -0.1
    assert found["churn"]["up"] == 0
    assert found["quality"]["auc"]["difference"]["value"] == 0


def test_rows_that_the_champion_refuses_are_counted_and_left_out(challenger: World) -> None:
    serving = strict_json.loads(served(challenger), "model")
    for item in serving["inputs"]:
        if item["name"] == "age":
            item["maximum"] = 60
    found = measured(challenger, strict_json.pretty(serving))
    young = challenger.study().holdout.frame.filter(pl.col("age") <= 60).height
    assert found["comparable"]
    assert found["rows"] == found["quality"]["auc"]["difference"]["n"] == young
    assert found["refused"]["value"] == pytest.approx(1 - young / found["refused"]["n"], abs=1e-6)
    assert not [item for item in found["groups"] if item["group"] == "60 and over" and item["n"] > young]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"classes": ["good", "worse"]}, "another question: binary (good, worse), not binary (good, bad)"),
        ({"classes": ["bad", "good"]}, "another question"),
        ({"formatVersion": 2}, "cannot be read any longer"),
    ],
)
def test_a_champion_of_another_question_is_no_measure(challenger: World, facts: dict[str, Any], reason: str) -> None:
    found = measured(challenger, changed(served(challenger), **facts))
    assert (found["champion"], found["comparable"]) == (True, False)
    assert reason in found["reason"]
    assert "quality" not in found


def test_a_champion_that_asks_for_more_takes_no_row(challenger: World) -> None:
    serving = strict_json.loads(served(challenger), "model")
    serving["inputs"].append({**next(item for item in serving["inputs"] if item["name"] == "income"), "name": "rent"})
    serving["reference"]["rent"] = 1
    found = measured(challenger, strict_json.pretty(serving))
    assert (found["comparable"], found["rows"], found["refused"]["value"]) == (False, 0, 1)
    assert found["reason"] == "the champion takes 0 of the rows"
