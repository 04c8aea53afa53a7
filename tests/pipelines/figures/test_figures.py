"""The card's figures: those that it shows, of any task, as plain SVG in the same bytes every time."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest

from counterseal.documents.baseline import Baseline, BaselineSpec
from counterseal.documents.card import card
from counterseal.documents.statement import EXTENSION, Statement
from pipelines.figures import figures
from tests.pipelines import world
from tests.pipelines.conftest import KEYS

if TYPE_CHECKING:
    from counterseal.documents.dataset import DatasetSpec
    from tests.pipelines.conftest import Run

FOLDER = "registry/german-credit"


@pytest.fixture(scope="module")
def measures(german: Run) -> dict[str, Any]:
    path = "attestations/german-credit/evaluate.sigstore.json"
    found: dict[str, Any] = Statement.open(german.files[path], KEYS, path).predicate[EXTENSION]["measures"]
    return found


@pytest.fixture(scope="module")
def described() -> DatasetSpec:
    return world.read(world.world())[1].spec


@pytest.fixture(scope="module")
def binned(german: Run) -> BaselineSpec:
    path = f"{FOLDER}/model/baseline.json"
    return Baseline.read_json(german.files[path], path).spec


def words(picture: bytes) -> str:
    return "\n".join(ET.fromstring(picture).itertext())  # noqa: S314 (our own output)


def test_the_same_numbers_give_the_same_bytes(german: Run, german_again: Run, measures: dict[str, Any]) -> None:
    for name in card.figures(measures):
        assert german.files[f"{FOLDER}/{name}"] == german_again.files[f"{FOLDER}/{name}"]


def test_what_a_user_prefers_changes_nothing(
    described: DatasetSpec, measures: dict[str, Any], binned: BaselineSpec
) -> None:
    plain = figures.draw(described, measures, binned)
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.facecolor": "black"}):
        assert figures.draw(described, measures, binned) == plain
    assert tuple(plain) == card.figures(measures)


def test_a_figure_is_plain_svg(german: Run, measures: dict[str, Any]) -> None:
    for name in card.figures(measures):
        picture = german.files[f"{FOLDER}/{name}"]
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(picture).iter()}  # noqa: S314 (our own)
        assert not tags & {"script", "image", "a", "foreignObject", "metadata"}
        assert b"<dc:date" not in picture
        assert b"matplotlib.org" not in picture


def test_texts_of_others_are_shown_as_they_are(
    described: DatasetSpec, measures: dict[str, Any], binned: BaselineSpec
) -> None:
    odd = copy.deepcopy(described.model_dump())
    odd["target"]["positive"]["label"] = "$\\frac{1}</text><script>\u202e"
    picture = figures.draw(type(described).model_validate(odd), measures, binned)["quality.svg"]
    assert b"<script" not in picture
    assert "\u202e".encode() not in picture
    assert "$\\frac{1}" in words(picture)


def test_without_groups_and_effects_there_are_fewer(
    described: DatasetSpec, measures: dict[str, Any], binned: BaselineSpec
) -> None:
    drawn = figures.draw(described, {**measures, "groups": {}, "effects": {}}, binned)
    assert list(drawn) == ["quality.svg", "scores.svg", "baseline.svg"]


def test_effects_are_bars_the_longest_first(
    described: DatasetSpec, measures: dict[str, Any], binned: BaselineSpec
) -> None:
    effects = {f"feature_{i}": i / 10 for i in range(30)}
    told = words(figures.draw(described, {**measures, "effects": effects}, binned)["effects.svg"])
    assert told.index("feature_29") < told.index("feature_20")
    assert "feature_5" not in told, "twenty are enough for a picture"


def estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 50, "method": "counted"}


BINS = [{"said": said / 10, "found": estimate(said / 10 + 0.02)} for said in range(2, 9)]
GROUP = {"n": 50, "mean_score": estimate(0.6), "mean_outcome": estimate(0.5), "calibration_gap": estimate(0.0)}
OTHER: dict[str, Any] = {
    "calibration": {"bins": BINS},
    "residuals": {"edges": [-2.0, -1.0, 0.0, 2.0], "counts": [10, 20, 15]},
    "groups": {"age": {"groups": {"under 30": GROUP, "30 and over": GROUP}}},
}
TARGETS: dict[str, dict[str, Any]] = {
    "multiclass": {"task": "multiclass", "classes": [{"value": v, "label": v} for v in "abc"]},
    "regression": {"task": "regression", "unit": "euros", "minimum": 0, "maximum": 9},
}


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("multiclass", ("probability of the decided class", "mean probability of the decided class")),
        ("regression", ("Said and found", "How far it is off", "as said, euros", "mean found")),
    ],
)
def test_every_task_has_its_figures(
    described: DatasetSpec, binned: BaselineSpec, task: str, told: tuple[str, ...]
) -> None:
    plain = described.model_dump()
    plain["target"] = {"column": plain["target"]["column"], "meaning": "What?", **TARGETS[task]}
    drawn = figures.draw(type(described).model_validate(plain), {"task": task, **OTHER}, binned)
    assert list(drawn) == ["quality.svg", "groups.svg", "baseline.svg"]
    everything = "\n".join(map(words, drawn.values()))
    assert all(words_ in everything for words_ in told)


def test_the_baseline_shows_categories_by_their_meaning_and_never_a_rare_one(german: Run) -> None:
    told = words(german.files[f"{FOLDER}/baseline.svg"])
    assert "furniture or" in told
    assert "others" in told
    assert "domestic" not in told, "fewer than ten rows are pooled in the baseline itself"
