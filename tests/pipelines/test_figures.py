"""The card's figures."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest

from counterseal.documents.statement import EXTENSION, Statement
from pipelines import figures
from tests.pipelines import world
from tests.pipelines.conftest import KEYS

if TYPE_CHECKING:
    from counterseal.documents.dataset import DatasetSpec
    from tests.pipelines.conftest import Run


@pytest.fixture(scope="module")
def measures(german: Run) -> dict[str, Any]:
    path = "attestations/german-credit/evaluate.sigstore.json"
    found: dict[str, Any] = Statement.open(german.files[path], KEYS, path).predicate[EXTENSION]["measures"]
    return found


@pytest.fixture(scope="module")
def described() -> DatasetSpec:
    return world.read(world.world())[1].spec


def test_the_same_numbers_give_the_same_bytes(german: Run, german_again: Run) -> None:
    for name in ("quality.svg", "groups.svg"):
        path = f"registry/german-credit/{name}"
        assert german.files[path] == german_again.files[path]


def test_what_a_user_prefers_changes_nothing(described: DatasetSpec, measures: dict[str, Any]) -> None:
    plain = figures.draw(described, {**measures, "groups": {}})
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.facecolor": "black"}):
        assert figures.draw(described, {**measures, "groups": {}}) == plain
    assert list(plain) == ["quality.svg"]


def test_a_figure_is_plain_svg(german: Run) -> None:
    for name in ("quality.svg", "groups.svg"):
        picture = german.files[f"registry/german-credit/{name}"]
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(picture).iter()}  # noqa: S314 (our own)
        assert not tags & {"script", "image", "a", "foreignObject", "metadata"}
        assert b"<dc:date" not in picture
        assert b"matplotlib.org" not in picture


def test_texts_of_others_are_shown_as_they_are(described: DatasetSpec, measures: dict[str, Any]) -> None:
    odd = copy.deepcopy(described.model_dump())
    odd["target"]["positive"]["label"] = "$\\frac{1}</text><script>\u202e"
    picture = figures.draw(type(described).model_validate(odd), {**measures, "groups": {}})["quality.svg"]
    assert b"<script" not in picture
    assert "\u202e".encode() not in picture
    assert "$\\frac{1}" in "".join(ET.fromstring(picture).itertext())  # noqa: S314
