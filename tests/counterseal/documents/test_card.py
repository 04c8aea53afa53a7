"""The model card is text: what people wrote shows as they wrote it, and does nothing else."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from counterseal.documents import card
from counterseal.documents.dataset import Dataset
from counterseal.documents.spec import ModelSpec

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


RATES = {"n": 45, "selection_rate": estimate(0.2, 0.1, 0.3), "true_positive_rate": estimate(0.5, 0.4, 0.6)}
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
        "| under 30 | 45 | 0.200 | 0.100 to 0.300 | 0.500 | 0.400 to 0.600 |",
        "Largest difference of selection between two groups: 0.050 (0.000 to 0.200, 90 rows).",
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
        f"]({card.QUALITY})",
        f"]({card.GROUPS})",
    ):
        assert told in text
    assert text.index("| under 30 |") < text.index("| 30 and over |")


def test_without_sensitive_columns_it_shows_no_groups() -> None:
    text = rendered({**MEASURES, "groups": {}})
    assert "For whom" not in text
    assert card.GROUPS not in text


def test_it_depends_on_nothing_but_what_it_is_given() -> None:
    measures = copy.deepcopy(MEASURES)
    assert rendered(measures) == rendered()
    assert measures == MEASURES
    assert rendered({**MEASURES, "result": "PASSED"}) == rendered()
    assert rendered() == re.sub(r"\n{3,}", "\n\n", rendered())


HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- --><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](//evil.example/x.png)",
    "a | b | c",
    "**bold** _it_ `code` ~~no~~",
    "# Heading",
    "- item",
    "1. item",
    "12) item",
    "> quote",
    "---",
    "===",
    "```",
    "see https://evil.example and www.evil.example",
    "a\nb\n\n# c",
    "&lt;b&gt; &copy;",
    "[ref]: https://evil.example",
    "\\[x\\](y)",
    "$x$",
    "evil\u202egnp.exe\u200b",
    "* x\t* y",
]


@pytest.mark.parametrize("written", HOSTILE)
def test_what_people_wrote_shows_as_they_wrote_it(written: str) -> None:
    tokens = [token for token in MARKDOWN.parse(card.text(written)) if token.type == "inline"]
    assert len(tokens) == 1
    assert {token.type for token in MARKDOWN.parse(card.text(written))} == {
        "paragraph_open",
        "inline",
        "paragraph_close",
    }
    shown = "".join(child.content for child in tokens[0].children or [])
    assert {child.type for child in tokens[0].children or []} <= {"text", "text_special"}
    plain = "".join(char if char.isprintable() else " " for char in written)
    assert shown == " ".join(plain.split())


@given(st.text(max_size=60))
def test_whatever_people_write_is_one_paragraph_of_text(written: str) -> None:
    types = [token.type for token in MARKDOWN.parse(card.text(written))]
    assert types in (["paragraph_open", "inline", "paragraph_close"], [])
    for token in MARKDOWN.parse(card.text(written)):
        assert {child.type for child in token.children or []} <= {"text", "text_special"}


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


@pytest.mark.parametrize(
    "link", ["https://evil.example", "HTTP://evil.example", "www.evil.example", "WWW.evil.example"]
)
def test_links_are_disarmed(link: str) -> None:
    # What the GFM autolink extension looks for in the source; entities are not looked into.
    assert re.search(r"(?i)https?:|www\.", card.text(f"see {link}")) is None
    assert MARKDOWN.renderInline(card.text(f"see {link}")) == f"see {link}"
