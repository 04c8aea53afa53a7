"""A company whose version 2 learns from other rows, uses fewer features and decides at another threshold."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.dataset import Dataset, DatasetSpec
from counterseal.values.digest import sha256
from scripts.review.side import Side, proposed, serving
from tests.support.world import MODEL, once

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"
FEATURES = ("status", "duration", "credit_history", "purpose", "amount", "savings", "employment_since")
HOSTILE = 'a <b onclick="x">vacation</b>'
#: How many rows of the data are relabelled, spelled otherwise, taken out and put in.
FLIPPED, OTHER, GONE, NEW = 25, 12, 15, 30


def changed(data: bytes) -> bytes:
    """Return the data with known changes in it."""
    head, *rows = csv.reader(io.StringIO(data.decode()))
    target, purpose, duration = (head.index(name) for name in ("credit_risk", "purpose", "duration"))
    for row in rows[:FLIPPED]:
        row[target] = "1" if row[target] == "2" else "2"
    for row in rows[100 : 100 + OTHER]:
        row[purpose] = "A47"
    added = [[*row] for row in rows[200 : 200 + NEW]]
    for row in added:
        row[duration] = "85"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows[:-GONE], *added])
    return out.getvalue().encode()


def described(before: Dataset, data: bytes) -> Dataset:
    """Return the description with what those changes need."""
    plain = before.plain()["spec"]
    plain["fingerprint"] = sha256(data)
    plain["columns"]["purpose"]["categories"]["A47"] = HOSTILE
    plain["columns"]["duration"]["maximum"] = 96
    plain["columns"]["age"]["groups"] = [26, 40, 60]
    return Dataset.of(MODEL, DatasetSpec.model_validate(plain))


@pytest.fixture(scope="session")
def moved(companies: Path, promoted_once: World) -> World:
    """The company; whoever asks for it changes nothing."""

    def propose(folder: Path) -> World:
        fresh = promoted_once.copy_to(folder)
        branch = fresh.propose(2, features=FEATURES, threshold=0.45)
        at = places.dataset(MODEL)
        before = Dataset.read(fresh.read(at), at)
        file = places.dataset(MODEL, before.spec.file)
        data = changed(fresh.read(file))
        fresh.commit(branch, {at: described(before, data).write(), file: data}, "dana", "Newer data")
        fresh.prove(branch)
        return fresh

    return once(companies, "moved", propose)


@pytest.fixture(scope="session")
def sides(moved: World) -> tuple[Side, Side]:
    """The proposed model and the one that serves."""
    ground = moved.assess(BRANCH).ground
    new, old = proposed(ground, MODEL), serving(ground, MODEL)
    assert new is not None
    assert old is not None
    return new, old
