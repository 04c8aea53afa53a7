"""One real run over the German Credit data, shared by all tests of a session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from counterseal.crypto import dsse
from counterseal.documents.advisories import Advisories, AdvisoriesSpec
from counterseal.documents.rules import Code
from counterseal.values.digest import sha256
from pipelines import lock
from pipelines.run import Inputs, run
from tests.pipelines import world

ROOT = Path(__file__).resolve().parent.parent.parent
SIGNER = dsse.signer(ec.derive_private_key(7, ec.SECP256R1()))
KEYS = (str(SIGNER.public_key.keyval["public"]),)


class Story:
    """Watches a run and remembers what it was told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.fractions: list[float] = []
        self.said: list[str] = []

    def begin(self, step: str, title: str) -> None:
        assert title
        self.begun.append(step)

    def fraction(self, done: float) -> None:
        self.fractions.append(done)

    def end(self, says: str) -> None:
        self.said.append(says)


@dataclass(frozen=True)
class Run:
    """What went into a run, what came out, and what was told meanwhile."""

    inputs: Inputs
    files: dict[str, bytes]
    story: Story


@pytest.fixture(scope="session")
def lock_bytes() -> bytes:
    return (ROOT / "requirements.lock").read_bytes()


@pytest.fixture(scope="session")
def advisories(lock_bytes: bytes) -> bytes:
    """A snapshot that knows every package but one, and one vulnerability."""
    packages: dict[str, dict[str, object]] = {pin.name: {pin.version: ()} for pin in lock.read(lock_bytes, "lock")}
    packages.pop("rich")
    version = next(iter(packages["numpy"]))
    packages["numpy"] = {
        version: ({"id": "PYSEC-2026-1", "aliases": ("CVE-2026-1",), "summary": "Bad", "fixed": ("99",)},)
    }
    spec = AdvisoriesSpec.model_validate({"source": "a test", "retrieved": world.NOW, "packages": packages})
    return Advisories.of("pypi", spec).write_json()


@pytest.fixture(scope="session")
def inputs(lock_bytes: bytes, advisories: bytes) -> Inputs:
    """The German Credit data, as it is committed."""
    return Inputs(
        model="german-credit",
        spec=(ROOT / "model_specs/german-credit.yaml").read_bytes(),
        dataset=(ROOT / "datasets/german-credit/dataset.yaml").read_bytes(),
        data=(ROOT / "datasets/german-credit/german_credit.csv").read_bytes(),
        lock=lock_bytes,
        advisories=advisories,
        champion=b"",
        code=Code(counterseal="1" * 64, pipelines="2" * 64, lock=sha256(lock_bytes)),
        layout="3" * 64,
        log_id="4" * 32,
        replaces=0,
        tier="high",
    )


@pytest.fixture(scope="session")
def german(inputs: Inputs) -> Run:
    story = Story()
    return Run(inputs, run(inputs, SIGNER, world.NOW, story), story)


@pytest.fixture(scope="session")
def german_again(inputs: Inputs) -> Run:
    """The same inputs, a day later."""
    story = Story()
    return Run(inputs, run(replace(inputs), SIGNER, world.NOW + timedelta(days=1), story), story)


@pytest.fixture(scope="session")
def toy() -> world.World:
    return world.world()
