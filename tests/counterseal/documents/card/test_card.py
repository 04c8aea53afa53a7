"""The model card is text: what people wrote shows as they wrote it, and does nothing else."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from counterseal.documents.card import behaviour, card, people, quality
from counterseal.documents.dataset import Dataset
from counterseal.documents.spec import ModelSpec
from tests.counterseal.documents.card.test_words import HOSTILE

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})

SPEC: dict[str, Any] = {
    "apiVersion": "counterseal/v1",
    "kind": "ModelSpec",
    "metadata": {"name": "toy"},
    "spec": {
        "version": 3,
        "title": "A toy",
        "purpose": "To be read",
        "contact": "toys@example.org",
        "licence": "Apache-2.0",
        "dataset": "rows",
        "features": ["age", "town"],
        "facts": {"personal_data": True, "decision": "assists", "significant_effect": True},
        "estimator": {"name": "logistic-regression"},
        "limitations": ["It is a toy"],
    },
}
DATASET: dict[str, Any] = {
    "apiVersion": "counterseal/v1",
    "kind": "Dataset",
    "metadata": {"name": "rows"},
    "spec": {
        "title": "Rows",
        "source": {"title": "Somewhere", "licence": "CC0-1.0", "attribution": "Somebody", "reference": "doi:1"},
        "public": True,
        "file": "rows.csv",
        "format": "csv",
        "fingerprint": "0" * 64,
        "target": {
            "column": "outcome",
            "meaning": "Did it end well?",
            "task": "binary",
            "positive": {"value": "1", "label": "bad"},
            "negative": {"value": "0", "label": "good"},
        },
        "columns": {
            "age": {"type": "integer", "meaning": "Age", "unit": "years", "minimum": 18, "maximum": 90, "groups": [30]},
            "town": {"type": "category", "meaning": "Town", "categories": {"a": "Ash"}},
        },
        "dropped": {"sex": "miscoded"},
    },
}


def estimate(value: float, low: float, high: float) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 90, "method": "counted"}


RATES = {
    "n": 45,
    "selection_rate": estimate(0.2, 0.1, 0.3),
    "true_positive_rate": estimate(0.5, 0.4, 0.6),
    "false_positive_rate": estimate(0.1, 0.0, 0.2),
}
MEASURES: dict[str, Any] = {
    "rows": {"train": 210, "holdout": 90},
    "task": "binary",
    "quality": {
        "auc": estimate(0.8, 0.75, 0.85),
        "brier": estimate(0.15, 0.1, 0.2),
        "accuracy": estimate(0.7, 0.6, 0.8),
    },
    "threshold": 0.5,
    "groups": {
        "age": {
            "groups": {"30 and over": RATES, "under 30": RATES},
            "difference": estimate(0.05, 0.0, 0.2),
            "too_small": ["missing"],
        }
    },
    "leakage": {
        "method": "alone",
        "features": {"age": 0.6, "town": 0.5},
        "highest": {"feature": "age", **estimate(0.6, 0.5, 0.7)},
    },
    "robustness": {
        "method": "exact",
        "median_margin": estimate(1.5, 1.0, 2.0),
        "fragile_share": estimate(0.1, 0.05, 0.15),
        "n": 90,
    },
    "parity": {"rows": 95, "largest_difference": 1e-16, "decisions_equal": True, "method": "compared"},
}
BOM: dict[str, Any] = {
    "metadata": {"properties": [{"name": "counterseal:model#", "value": "a" * 64}]},
    "components": [
        {"type": "data", "name": "rows"},
        {
            "type": "library",
            "name": "numpy",
            "version": "2.4.6",
            "properties": [{"name": "counterseal:licence", "value": "BSD-3-Clause"}],
        },
        {"type": "library", "name": "odd", "version": "1"},
    ],
}


def rendered(measures: dict[str, Any] = MEASURES, **spec: object) -> str:
    model = ModelSpec.model_validate({**SPEC, "spec": {**SPEC["spec"], **spec}})
    return card.render(model, Dataset.model_validate(DATASET), measures, BOM).decode()


@pytest.mark.parametrize(("hashes", "told"), [({}, "with their licences."), (["a"], "with hashes and licences.")])
def test_it_promises_hashes_only_where_the_bom_has_them(
    hashes: object, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = {"type": "library", "name": "x", "version": "1", **({"hashes": hashes} if hashes else {})}
    monkeypatch.setitem(BOM, "components", [*BOM["components"], package])
    assert f"of 3 packages; the bill of materials lists them all, {told}" in rendered()


def test_it_says_what_a_reader_asks() -> None:
    text = rendered()
    for told in (
        "# A toy",
        "Ask: toys@example.org",
        "To be read.",
        "210 rows and was measured on 90 others",
        "| AUC | 0.800 | 0.750 to 0.850 | 90 |",
        "| under 30 | 45 | 0.200 | 0.100 to 0.300 | 0.500 | 0.400 to 0.600 | 0.100 | 0.000 to 0.200 |",
        "| largest difference (lower is better) | 0.050 | 0.000 to 0.200 | 90 |",
        "Too few rows to tell: missing.",
        "The highest: `age`, 0.600 (0.500 to 0.700, 90 rows).",
        "| median margin | 1.500 | 1.000 to 2.000 | 90 |",
        "- It is a toy.",
        "It refuses `age` outside 18 to 90 years, categories that are not described.",
        "- `sex`: miscoded.",
        "Fitted with numpy 2.4.6",
        f"| model.json | `{'a' * 64}` |",
        "| BSD-3-Clause | 1 |",
        "| unknown | 1 |",
        f"]({quality.QUALITY})",
        f"]({people.GROUPS})",
    ):
        assert told in text
    assert text.index("| under 30 |") < text.index("| 30 and over |")


def test_the_figures_are_those_that_the_card_shows() -> None:
    curves = {"operating_point": {"recall": estimate(0.5, 0.4, 0.6)}, "effects": {"age": 0.2}}
    for measures in (MEASURES, {**MEASURES, "groups": {}}, {**MEASURES, **curves}):
        text = rendered(measures)
        assert [name for name in card.FIGURES if f"]({name})" in text] == list(card.figures(measures))
    assert card.figures({**MEASURES, **curves}) == card.FIGURES


def test_of_two_classes_it_tells_the_decisions() -> None:
    point = {"recall": estimate(0.5, 0.4, 0.6), "cost": estimate(2.0, 1.0, 3.0), "best_threshold": 0.3}
    text = rendered({**MEASURES, "operating_point": point})
    assert "From 0.5 on it decides “bad”." in text
    assert "| recall | 0.500 | 0.400 to 0.600 | 90 |" in text
    assert "On these very rows 0.3 would have been the cheapest threshold." in text
    assert quality.SCORES not in rendered()


def test_it_says_how_far_to_take_it_at_its_word() -> None:
    found = {"bins": [], "slope": estimate(0.9, 0.8, 1.0), "ece": estimate(0.04, 0.0, 0.1)}
    text = rendered({**MEASURES, "calibration": found})
    assert "| slope (best at 1) | 0.900 | 0.800 to 1.000 | 90 |" in text
    assert "| calibration error (lower is better) | 0.040 |" in text


COMPARED: dict[str, Any] = {
    "champion": True,
    "comparable": True,
    "version": 2,
    "rows": 88,
    "method": "both on the same rows",
    "quality": {"auc": {"old": 0.79, "new": 0.8, "difference": estimate(0.01, -0.02, 0.04)}},
    "churn": {"changed": estimate(0.1, 0.05, 0.2), "gained": 5, "lost": 4},
    "groups": [],
}


def test_it_stands_beside_the_model_that_serves() -> None:
    text = rendered({**MEASURES, "comparison": COMPARED})
    assert "On 88 rows, against version 2: both on the same rows." in text
    assert "| AUC | 0.800 | 0.790 | 0.010 | -0.020 to 0.040 |" in text
    assert "- another decision: 0.100 (0.050 to 0.200, 90 rows)." in text
    assert "- 5 of these were wrong and are right, 4 the other way about." in text


def test_a_number_moves_instead_of_being_decided() -> None:
    churn = {"moved": estimate(3.0, 2.0, 4.0), "most": 9.0}
    text = rendered({**MEASURES, "comparison": {**COMPARED, "churn": churn}})
    assert "- its answers moved by 3.000 (2.000 to 4.000, 90 rows) on average." in text


def test_what_cannot_be_compared_says_why() -> None:
    found = {"champion": True, "comparable": False, "reason": "other classes"}
    assert "It was not compared: other classes." in rendered({**MEASURES, "comparison": found})
    assert "Beside the model that serves" not in rendered({**MEASURES, "comparison": {"champion": False}})


def test_effects_stand_with_the_words_of_the_spec() -> None:
    of = {"n": 100, "method": "mean size"}
    measures = {**MEASURES, "effects": {"town": 0.1, "age": 0.3}, "effects_of": of}
    text = rendered(measures, reasons={"age": "the years | you have"})
    assert "| `age` | 0.300 | the years \\| you have |" in text
    assert text.index("| `age` | 0.300") < text.index("| `town` | 0.100 |  |")
    assert behaviour.EFFECTS in text
    assert "On 100 held-out rows. Method: mean size." in text


def test_where_it_is_worst_is_a_table() -> None:
    worst = {"where": "age under 30 | x", "n": 40, "adjusted_p": 0.0123, "quality": estimate(0.9, 0.8, 1.0)}
    found = {"weak": {"worst": [worst], "tried": 70, "method": "searched"}, "odd": {"worst": [], "tried": 70}}
    text = rendered({**MEASURES, "slices": found})
    assert "70 slices of the held-out rows were tried" in text
    assert "| age under 30 \\| x | 40 | 0.900 | 0.800 to 1.000 | 0.0123 |" in text
    assert "other outcomes" not in text


def test_what_the_features_give_away_and_what_the_attribute_does() -> None:
    found = {
        "proxies": {"age": {"group": "under 30", "together": estimate(0.7, 0.6, 0.8), "features": {}}},
        "flip": {"age": {"applies": True, "share": estimate(0.1, 0.0, 0.2)}, "sex": {"applies": False}},
    }
    text = rendered({**MEASURES, **found})
    assert "| age: under 30, told by the features | 0.700 |" in text
    assert "| age: another answer for the attribute alone | 0.100 |" in text
    assert "attribute itself" not in rendered()


def test_what_training_knew_and_what_it_remembers() -> None:
    leakage = {**MEASURES["leakage"], "duplicates": {"exact": estimate(0.02, 0.0, 0.1)}, "shared": {}, "after": []}
    memory = {"auc": estimate(0.51, 0.5, 0.52), "gap": estimate(0.0, -0.1, 0.1)}
    text = rendered({**MEASURES, "leakage": leakage, "membership": memory})
    assert "| duplicates: exact | 0.020 |" in text
    assert "## What it remembers of people" in text
    assert "| AUC | 0.510 |" in text


SEVERAL = {
    "task": "multiclass",
    "column": "outcome",
    "meaning": "Which?",
    "classes": [{"value": v, "label": f"kind {v}"} for v in "abc"],
}
NUMBER = {"task": "regression", "column": "price", "meaning": "How much?", "unit": "euros", "minimum": 0, "maximum": 9}


def of_task(target: dict[str, Any], measures: dict[str, Any]) -> str:
    dataset = {**DATASET, "spec": {**DATASET["spec"], "target": target}}
    spec, described = ModelSpec.model_validate(SPEC), Dataset.model_validate(dataset)
    return card.render(spec, described, {**MEASURES, "task": target["task"], **measures}, BOM).decode()


def test_of_several_classes_it_tells_the_likeliest() -> None:
    group = {"n": 45, "mean_score": estimate(0.6, 0.5, 0.7), "calibration_gap": estimate(0.0, -0.1, 0.1)}
    groups = {"age": {"groups": {"under 30": group}, "difference": estimate(1.0, 0.0, 1.0), "too_small": []}}
    text = of_task(SEVERAL, {"groups": groups})
    assert "It gives a probability to each of “kind a”, “kind b”, “kind c”, and decides the likeliest." in text
    assert "| under 30 | 45 | 0.600 | 0.500 to 0.700 | 0.000 | -0.100 to 0.100 |" in text
    assert "decides “" not in text


def test_of_a_number_it_tells_the_unit() -> None:
    found = {"quality": {"r2": estimate(0.5, 0.4, 0.6), "mae": estimate(2.0, 1.0, 3.0)}, "groups": {}}
    text = of_task(NUMBER, found)
    assert "Its answer is a number, in euros." in text
    assert "| R² | 0.500 |" in text
    assert "| feature alone | R² |" in text
    assert "| mean absolute error (lower is better) | 2.000 |" in text


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({"method": "hash"}, "a hash of each row's content"),
        ({"method": "hash", "key": ["age"]}, "a hash of `age`"),
        ({"method": "grouped", "key": ["age"]}, "a hash of `age`, whole groups together"),
        ({"method": "stratified"}, "a hash of each row's content, each class alike"),
    ],
)
def test_it_says_how_the_rows_were_divided(split: dict[str, Any], told: str) -> None:
    dataset = Dataset.model_validate({**DATASET, "spec": {**DATASET["spec"], "split": split}})
    text = card.render(ModelSpec.model_validate(SPEC), dataset, MEASURES, BOM).decode()
    assert f"divided by\n{told}. It predicts" in text


def test_what_an_estimator_is_made_of() -> None:
    tree = {"name": "decision-tree"}
    made = rendered(estimator={"name": "voting", "members": [tree, {"name": "calibrated", "of": tree}]})
    assert "Estimator: voting of decision-tree, calibrated of decision-tree." in made


def test_without_sensitive_columns_it_shows_no_groups() -> None:
    text = rendered({**MEASURES, "groups": {}})
    assert "For whom" not in text
    assert people.GROUPS not in text


def test_it_depends_on_nothing_but_what_it_is_given() -> None:
    measures = copy.deepcopy(MEASURES)
    assert rendered(measures) == rendered()
    assert measures == MEASURES
    assert rendered({**MEASURES, "result": "PASSED"}) == rendered()
    assert rendered() == re.sub(r"\n{3,}", "\n\n", rendered())


@pytest.mark.parametrize("written", HOSTILE)
def test_a_hostile_text_changes_no_structure(written: str) -> None:
    def structure(text: str) -> list[str]:
        return [token.type for token in MARKDOWN.parse(text)]

    def tables(text: str) -> list[int]:
        return [line.count(" | ") for line in text.splitlines() if line.startswith("|")]

    hostile = rendered(title=written, purpose=written, contact=written, licence=written, limitations=[written])
    assert structure(hostile) == structure(
        rendered(title="t", purpose="p", contact="c", licence="l", limitations=["x"])
    )
    assert tables(hostile) == tables(rendered())
    assert MARKDOWN.render(hostile).count("<script") == 0
