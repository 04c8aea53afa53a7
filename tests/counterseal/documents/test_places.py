"""Places: every path is one a repository may hold, and tells which model it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.documents import places
from counterseal.documents.statement import PREDICATES
from counterseal.values.names import is_safe_path

models = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


def of(model: str) -> list[str]:
    return [
        places.spec(model),
        places.entry(model),
        places.card(model),
        places.bom(model),
        f"sbom/{model}.vex.cdx.json",
        f"{places.approvals(model)}/ann.yaml",
        places.figure(model, "calibration.svg"),
        *(places.model_file(model, name) for name in places.MODEL_FILES),
        *(places.link(model, step) for step in PREDICATES),
        *(places.statement(model, step) for step in PREDICATES),
    ]


@given(models)
def test_a_path_of_a_model_tells_its_model(model: str) -> None:
    for path in of(model):
        assert places.model_of(path) == model
        assert is_safe_path(path)
        assert any(path == own or path.startswith(f"{own}/") for own in places.of_model(model))
    assert len(set(of(model))) == len(of(model))


@given(models, models)
def test_no_path_belongs_to_two_models(one: str, other: str) -> None:
    if one != other:
        for path in of(one):
            assert not any(path == own or path.startswith(f"{own}/") for own in places.of_model(other))


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "datasets/m/dataset.yaml",
        "policies/entry.yaml",
        "counterseal/registry/m/x",
        "registry",
        "docs/sbom/x",
    ],
)
def test_other_paths_belong_to_none(path: str) -> None:
    assert places.model_of(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "registry/m/approvals/ann.yaml",
        "registry/m/approvals/ann.restore.yaml",
        "policies/approvals/ann.yaml",
        "policies/approvals/code/ann.yaml",
        "policies/approvals/waivers/ann.yaml",
    ],
)
def test_approvals(path: str) -> None:
    assert places.is_approval(path)
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        # A change's digest leaves approvals out: another folder of that name would hide files from those who approve.
        "scripts/approvals/ann.py",
        "counterseal/approvals/ann.py",
        ".github/approvals/ann.yaml",
        "docs/approvals/ann.yaml",
        "policies/rules/approvals/policy.yaml",
        "policies/approvals/other/ann.yaml",
        "policies/approvals/code/deep/ann.yaml",
        "attestations/m/approvals/ann.yaml",
        "registry/m/model/approvals/ann.yaml",
        "registry/m/approvals/deep/ann.yaml",
        "registry/approvals/ann.yaml",
        "datasets/approvals/dataset.yaml",
        "registry/m/entry.yaml",
        "registry/m/approvals",
    ],
)
def test_other_folders_of_that_name_hold_none(path: str) -> None:
    assert not places.is_approval(path)


def test_each_thing_has_a_place_of_its_own() -> None:
    listed = [
        places.RULES,
        places.PIPELINE,
        places.LOCK,
        places.ADVISORIES,
        places.CODEOWNERS,
        places.trust(1),
        places.trust(12),
        places.layout("0" * 64),
        places.rule("tier", "policy.yaml"),
        places.dataset("german-credit"),
        places.dataset("german-credit", "german_credit.csv"),
        places.record(0),
        places.record(1_000_000),
        places.HEAD_FILE,
        *of("m"),
    ]
    assert len(set(listed)) == len(listed)
    assert all(map(is_safe_path, listed))


def test_records_sort_as_they_are_numbered() -> None:
    paths = [places.record(number) for number in (0, 1, 9, 10, 99, 100, 999_999)]
    assert paths == sorted(paths)
    assert paths[1] == "records/000001.json"
