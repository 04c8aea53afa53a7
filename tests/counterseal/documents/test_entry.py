"""The entry is a pure function of its inputs, so whoever verifies it makes it again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents import places
from counterseal.documents.entry import GENERATED, RegistryEntry, build, metrics, owned_paths
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from tests.goldens.examples import MODEL, measures, owned, scope

OWNED = {path: sha256(content) for path, content in owned().items()}
BYTES = build(scope("record"), "high", 0, measures(), OWNED)


def test_the_same_inputs_give_the_same_bytes() -> None:
    inputs = (measures(), dict(OWNED))
    before = copy.deepcopy(inputs)
    assert build(scope("record"), "high", 0, *inputs) == BYTES
    assert inputs == before


@settings(max_examples=15)
@given(st.permutations(sorted(OWNED)))
def test_whatever_the_order_of_the_files(paths: list[str]) -> None:
    assert build(scope("record"), "high", 0, measures(), {path: OWNED[path] for path in paths}) == BYTES


def test_any_other_input_gives_other_bytes() -> None:
    model = next(iter(OWNED))
    numbers = measures()
    numbers["quality"]["auc"]["low"] = 0.75
    other = scope("record").model_copy(update={"version": 2})
    made = [
        build(other, "high", 0, measures(), OWNED),
        build(scope("record"), "low", 0, measures(), OWNED),
        build(scope("record"), "high", 1, measures(), OWNED),
        build(scope("record"), "high", 0, numbers, OWNED),
        build(scope("record"), "high", 0, measures(), OWNED | {model: sha256(b"other")}),
        build(scope("record"), "high", 0, measures(), {path: OWNED[path] for path in OWNED if path != model}),
    ]
    assert len({BYTES, *made}) == 7


def test_an_entry_reads_back() -> None:
    entry = RegistryEntry.read(BYTES, "entry.yaml")
    assert entry.metadata.name == MODEL
    assert GENERATED + entry.write() == BYTES
    assert entry.spec.owned == OWNED
    assert entry.spec.materials == scope("record").materials
    assert BYTES.startswith(b"# Generated")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tier: high", b"tier: none"),
        (b"version: 1", b"version: 0"),
        (b"replaces: 0", b"replaces: -1"),
        (b"  metrics:", b"  verdict: PASS\n  metrics:"),
        (b"    auc: 0.79\n", b"    auc: high\n"),
        (b"    auc: 0.79\n", b"    auc: .inf\n"),
    ],
)
def test_what_is_no_entry(old: bytes, new: bytes) -> None:
    assert old in BYTES
    with pytest.raises(Refused):
        RegistryEntry.read(BYTES.replace(old, new), "entry.yaml")


def test_the_largest_group_difference_is_told() -> None:
    def with_groups(*values: float) -> dict[str, Any]:
        return measures() | {"groups": {f"g{n}": {"difference": {"value": value}} for n, value in enumerate(values)}}

    assert metrics(with_groups(0.1, 0.3, 0.2))["group_difference"] == 0.3
    assert "group_difference" not in metrics(with_groups())


def test_the_numbers_are_those_of_the_task() -> None:
    binary = {"auc": 0.79, "auc_low": 0.74, "auc_high": 0.84, "brier": 0.17, "group_difference": 0.05}
    assert metrics(measures()) == binary
    squares = {"value": 0.4, "low": 0.3, "high": 0.5}
    number = {"task": "regression", "quality": {"r2": squares, "rmse": squares}, "groups": {}}
    assert metrics(number) == {"r2": 0.4, "r2_low": 0.3, "r2_high": 0.5, "rmse": 0.4}
    with pytest.raises(KeyError):
        metrics({**measures(), "task": "ranking"})


def test_it_owns_everything_but_itself_approvals_and_the_vex() -> None:
    outside = {
        places.entry(MODEL): "",
        f"{places.approvals(MODEL)}/ann.yaml": "",
        f"{places.approvals(MODEL)}/ann.restore.yaml": "",
        f"sbom/{MODEL}.vex.cdx.json": "",
    }
    hidden = {
        f"{places.approvals(MODEL)}/deep/x.yaml": "",
        f"attestations/{MODEL}/approvals/x.yaml": "",
        f"registry/{MODEL}/more.svg": "",
    }
    assert owned_paths(MODEL, {**OWNED, **outside, **hidden}) == {**OWNED, **hidden}
