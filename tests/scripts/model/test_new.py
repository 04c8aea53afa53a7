"""``model new``: a short spec whose features a model may use, and which asks what only people know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from counterseal.documents.spec import ModelSpec
from counterseal.values.finding import Refused
from scripts.repository import documents, worktree
from tests.scripts.dataset.conftest import Desk, desk, rows

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["desk"]

FACTS = {"personal_data": "true", "decision": "assists", "significant_effect": "false"}


def answer(path: Path) -> None:
    """Answer what a draft asks."""
    text = path.read_text()
    for fact, value in FACTS.items():
        text = re.sub(rf"{fact}: 'FILL IN: .*'", f"{fact}: {value}", text)
    path.write_text(re.sub(r"'FILL IN: (.*)'", r"'\1'", text))


@pytest.fixture
def described(desk: Desk) -> Desk:
    """A dataset with columns of every sort, its questions answered."""
    text = rows(
        400,
        customer_id=lambda i: f"C{i}",
        day=lambda i: f"2013-{1 + i // 40:02}-{1 + i % 28:02}",
        age=lambda i: 18 + i % 50,
        income=lambda i: i * 37 % 1009,
        town=lambda i: ("Ulm", "Hof")[i % 2],
        fee=lambda i: i % 6,
    )
    desk.new(desk.file(text))
    path = desk.top / "datasets/loans/dataset.yaml"
    answer(path)
    path.write_text(path.read_text().replace("      meaning: Fee\n", "      meaning: Fee\n      known: after\n"))
    return desk


def test_a_spec_of_features_that_a_model_may_use(described: Desk) -> None:
    code, said, failed = described.run("model", "new", "late", "--dataset", "loans")
    assert (code, failed) == (0, "")
    path = described.top / "model_specs/late.yaml"
    with pytest.raises(Refused) as error:
        ModelSpec.read(path.read_bytes(), "x")
    assert {finding.code for finding in error.value.findings} == {"FILL_IN"}
    assert f"asks {len(error.value.findings)} questions" in said
    answer(path)
    spec = ModelSpec.read(path.read_bytes(), "x").spec
    assert spec.features == ("income", "town")
    assert (spec.estimator.name, spec.dataset) == ("logistic-regression", "loans")
    left = {"customer_id": "of type text", "day": "of type date", "age": "sensitive", "fee": "known only after"}
    assert all(f"{name} ({why}" in said for name, why in left.items())


def test_what_check_asks_of_the_documents_holds_once_they_are_complete(desk: Desk) -> None:
    desk.new(desk.file(rows(400, income=lambda i: i * 37 % 1009, town=lambda i: ("Ulm", "Hof")[i % 2])))
    answer(desk.top / "datasets/loans/dataset.yaml")
    desk.run("model", "new", "late", "--dataset", "loans")

    def found() -> tuple[str, ...]:
        listed = documents.findings(lambda path: worktree.read(desk.top, path), ["model_specs/late.yaml"])
        return tuple(finding.code for finding in listed if finding.code != "NOT_SUPPORTED")

    assert set(found()) == {"FILL_IN"}
    answer(desk.top / "model_specs/late.yaml")
    assert found() == ()


def test_a_dataset_that_still_asks_is_refused_with_its_lines(desk: Desk) -> None:
    desk.new(desk.file(rows(x=lambda i: i)))
    code, _, said = desk.run("model", "new", "late", "--dataset", "loans")
    assert code == 1
    assert re.search(r"datasets/loans/dataset.yaml:\d+: FILL_IN\n    expected  the licence, as SPDX spells it", said)
    assert not (desk.top / "model_specs").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("late", "--dataset", "nothing"), 1, "MISSING_FILE"),
        (("Late", "--dataset", "loans"), 2, "NAME Late"),
        (("late", "--dataset", "../loans"), 2, "--dataset ../loans"),
        (("late", "--dataset", "loans", "--estimator", "oracle"), 2, "expected one of"),
    ],
)
def test_what_cannot_be_made(described: Desk, words: tuple[str, ...], code: int, told: str) -> None:
    found, _, said = described.run("model", "new", *words)
    assert (found, told in said) == (code, True), said


def test_a_model_is_never_replaced(described: Desk) -> None:
    described.run("model", "new", "late", "--dataset", "loans")
    path = described.top / "model_specs/late.yaml"
    path.write_text("mine")
    code, _, said = described.run("model", "new", "late", "--dataset", "loans")
    assert (code, "MODEL_EXISTS" in said, path.read_text()) == (1, True, "mine")


def test_a_dataset_without_a_feature_is_refused(described: Desk) -> None:
    path = described.top / "datasets/loans/dataset.yaml"
    path.write_text(
        re.sub(
            r"(type: (integer|category)\n +meaning: \w+\n)(?! +known)", r"\1      personal: true\n", path.read_text()
        )
    )
    code, _, said = described.run("model", "new", "late", "--dataset", "loans")
    assert (code, "NO_FEATURES" in said) == (1, True)
