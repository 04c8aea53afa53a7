"""Steps of an earlier run that stand, and every reason why one does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.values.digest import sha256
from pipelines.run import STANDS, Inputs, run
from tests.pipelines import world
from tests.pipelines.conftest import SIGNER, Run, Story

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

MODEL = "german-credit"
STEPS = ["validate", "train", "evaluate", "bom", "audit"]
OTHERS = ["validate", "evaluate", "bom", "audit"]
LATER = world.NOW + timedelta(days=1)
STRANGER = dsse.signer(ec.derive_private_key(8, ec.SECP256R1()))


def again(inputs: Inputs, earlier: dict[str, bytes], signer: CryptoSigner = SIGNER) -> tuple[dict[str, bytes], Story]:
    story = Story()
    return run(replace(inputs, earlier=earlier), signer, LATER, story), story


def stood(story: Story) -> list[str]:
    return [step for step, says in zip(story.begun, story.said, strict=True) if says == STANDS]


def test_the_same_materials_give_the_same_bytes_and_nothing_is_run(german: Run) -> None:
    files, story = again(german.inputs, german.files)
    assert stood(story) == STEPS
    assert files == german.files


def test_other_advisories_are_scanned_and_the_rest_stands(german: Run) -> None:
    advisories = german.inputs.advisories.replace(b'"Bad"', b'"Worse"')
    assert advisories != german.inputs.advisories
    files, story = again(replace(german.inputs, advisories=advisories), german.files)
    assert stood(story) == STEPS[:-1]
    assert {path for path in files if files[path] != german.files[path]} == {
        places.statement(MODEL, "audit"),
        places.link(MODEL, "audit"),
        places.entry(MODEL),
    }


@pytest.mark.parametrize("step", ["train", *(pytest.param(step, marks=pytest.mark.whole) for step in OTHERS)])
def test_what_is_missing_or_damaged_is_made_again(german: Run, step: str) -> None:
    link, statement = places.link(MODEL, step), places.statement(MODEL, step)
    damaged = german.files[link].replace(b'"sig":"', b'"sig":"A').replace(b'"sig": "', b'"sig": "A')
    assert damaged != german.files[link]
    without = {path: content for path, content in german.files.items() if path != statement}
    for earlier in ({**german.files, link: damaged}, without):
        files, story = again(german.inputs, earlier)
        assert step not in stood(story)
        assert set(STEPS[: STEPS.index(step)]) <= set(stood(story))
        assert files[link] != earlier[link]


def test_a_product_with_other_bytes_is_made_again(german: Run) -> None:
    path = places.model_file(MODEL, "model.json")
    files, story = again(german.inputs, {**german.files, path: german.files[path] + b" "})
    assert "train" not in stood(story)
    assert files[path] == german.files[path]


def test_what_somebody_else_signed_does_not_stand(german: Run) -> None:
    _, story = again(german.inputs, german.files, STRANGER)
    assert stood(story) == []


@pytest.mark.whole
def test_another_scope_stands_nowhere(german: Run) -> None:
    inputs, other = german.inputs, sha256(b"other")
    code = inputs.code.model_copy(update={"counterseal": other})
    for changed in (replace(inputs, layout=other), replace(inputs, log_id=other[:32]), replace(inputs, code=code)):
        assert stood(again(changed, german.files)[1]) == []


def test_other_materials_do_not_stand(german: Run) -> None:
    spec = german.inputs.spec.replace(b"C: 0.3", b"C: 0.4")
    assert stood(again(replace(german.inputs, spec=spec), german.files)[1]) == []
