"""Several runs at once, in real processes: one holds, one is refused, one dies."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused
from pipelines.data.material import content
from pipelines.parallel import run_all
from tests.pipelines import world
from tests.pipelines.conftest import SIGNER, Story

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

    from pipelines.step import Inputs
    from tests.pipelines.conftest import Run


def signer() -> CryptoSigner:
    return SIGNER


def killed() -> CryptoSigner:
    os.kill(os.getpid(), signal.SIGKILL)
    return SIGNER


@pytest.mark.whole
def test_one_models_refusal_stops_no_other(german: Run) -> None:
    stories = {"german-credit": Story(), "other": Story()}
    jobs = {"german-credit": german.inputs, "other": replace(german.inputs, data=content(german.inputs.data) + b"\n")}
    made = dict(run_all(jobs, signer, world.NOW, stories.__getitem__))
    assert isinstance(made["other"], Refused)
    assert made["other"].code == "FINGERPRINT_MISMATCH"
    files = made["german-credit"]
    assert isinstance(files, dict)
    card = places.card("german-credit")
    assert (sorted(files), files[card]) == (sorted(german.files), german.files[card])
    assert stories["german-credit"].begun == german.story.begun
    assert stories["other"].begun == ["validate"]


def test_a_process_that_dies_is_a_refusal(inputs: Inputs) -> None:
    made = dict(run_all({"german-credit": inputs, "other": inputs}, killed, world.NOW, lambda _: Story()))
    codes = {model: found.code for model, found in made.items() if isinstance(found, Refused)}
    assert codes == {"german-credit": "RUN_DIED", "other": "RUN_DIED"}
