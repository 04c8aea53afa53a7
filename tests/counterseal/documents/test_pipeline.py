"""The pipeline: steps in an order in which each finds what it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from counterseal.documents import places
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.statement import PREDICATES
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from tests.goldens.examples import pipeline

ROOT = Path(__file__).resolve().parents[3]
GOOD: dict[str, Any] = pipeline().plain()
STEPS: list[dict[str, Any]] = GOOD["spec"]["steps"]


def read(steps: object) -> Pipeline:
    return Pipeline.read_json(strict_json.canonical(GOOD | {"spec": {"steps": steps}}), "x")


def test_our_own_pipeline_is_one() -> None:
    path = ROOT / places.PIPELINE
    own = Pipeline.read(path.read_bytes(), places.PIPELINE)
    assert [step.name for step in own.spec.steps] == list(PREDICATES)
    assert Pipeline.read(own.write(), "x") == own


def test_an_artifact_has_one_maker_or_comes_from_outside() -> None:
    spec = read(STEPS).spec
    assert spec.maker("model") == "train"
    assert spec.maker("findings") == "audit"
    assert spec.maker("data") is None


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([], "steps"),
        ([*STEPS, STEPS[-1] | {"name": "again"}], "findings is made twice"),
        ([STEPS[0] | {"products": ["validation", "validation"]}, *STEPS[1:]], "validation is made twice"),
        ([*STEPS, {"name": "train", "title": "x", "materials": ["bom"]}], "each step once"),
        ([STEPS[2], *STEPS], "made twice"),
        ([STEPS[0], STEPS[2], STEPS[1], *STEPS[3:]], "evaluate takes golden, model too early"),
        ([STEPS[0] | {"materials": ["validation"]}, *STEPS[1:]], "validate takes validation too early"),
        ([STEPS[0] | {"materials": []}, *STEPS[1:]], "materials"),
        ([STEPS[0] | {"materials": ["secrets"]}, *STEPS[1:]], "materials"),
        ([STEPS[0] | {"role": "layout"}, *STEPS[1:]], "role"),
        ([STEPS[0] | {"name": "a/b"}, *STEPS[1:]], "name"),
        ([STEPS[0] | {"run": "rm -rf"}, *STEPS[1:]], "run"),
    ],
)
def test_what_is_no_pipeline(steps: object, told: str) -> None:
    assert read(STEPS) == pipeline()
    with pytest.raises(Refused) as error:
        read(steps)
    assert told in str(error.value)
