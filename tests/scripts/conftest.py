"""Worlds further on: a second version waiting for signatures, for the promoter, and in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from tests.support.world import MODEL, once

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


@pytest.fixture
def proposed(companies: Path, promoted: World, tmp_path: Path) -> World:
    """Version 2 by dana waits for signatures; version 1 serves."""

    def propose(folder: Path) -> World:
        fresh = promoted.copy_to(folder)
        fresh.prove(fresh.propose(2, threshold=0.45))
        return fresh

    return once(companies, "proposed", propose).copy_to(tmp_path / "proposed")


@pytest.fixture
def waiting(companies: Path, proposed: World, tmp_path: Path) -> World:
    """Version 2, countersigned by anna and bill, is merged, and nobody has recorded it."""

    def merge(folder: Path) -> World:
        fresh = proposed.copy_to(folder)
        fresh.approve(BRANCH, "anna", "bill")
        fresh.push(places.MAIN, fresh.merge_of(BRANCH))
        return fresh

    return once(companies, "waiting", merge).copy_to(tmp_path / "waiting")


@pytest.fixture
def twice(companies: Path, waiting: World, tmp_path: Path) -> World:
    """Version 2 serves as promotion 2, after version 1."""

    def record(folder: Path) -> World:
        fresh = waiting.copy_to(folder)
        fresh.record()
        return fresh

    return once(companies, "twice", record).copy_to(tmp_path / "twice")
