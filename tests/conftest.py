"""What every test shares: the option that rewrites goldens, hypothesis without a clock, a seed or a cache, and worlds.

A world (tests/support/world.py) is a whole company with keys, forge, gate and log. Each is made once a session, once
for all workers; a test gets a copy of its own in a few milliseconds.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from scripts.report import letterhead
from tests.support import acts
from tests.support.world import World, found, once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("counterseal", deadline=None, derandomize=True, database=None)
settings.load_profile("counterseal")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="rewrite tests/goldens/files instead of comparing")


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Forget what a test that called no command by its name opened: a sandbox, perhaps."""
    yield
    letterhead.put(sandbox=False)


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worlds stand that all workers copy from."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "companies"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def world(companies: Path, tmp_path: Path) -> Iterator[World]:
    """A company that was just founded: trust, rules, log, no models."""
    with closing(once(companies, "founded", found).copy_to(tmp_path / "company")) as company:
        yield company


@pytest.fixture(scope="session")
def promoted_once(companies: Path) -> World:
    """The promoted company that all tests copy; whoever asks for it itself changes nothing."""

    def promote(folder: Path) -> World:
        fresh = once(companies, "founded", found).copy_to(folder)
        fresh.promoted(1)
        return fresh

    return once(companies, "promoted", promote)


@pytest.fixture
def promoted(promoted_once: World, tmp_path: Path) -> Iterator[World]:
    """A company whose german-credit version 1, by dana, countersigned by alice and bob, is promotion 1."""
    with closing(promoted_once.copy_to(tmp_path / "company")) as company:
        yield company


def _live(companies: Path) -> World:
    def make(folder: Path) -> World:
        fresh = once(companies, "founded", found).copy_to(folder)
        acts.promote(fresh, 1)
        return fresh

    return once(companies, "live", make)


@pytest.fixture(scope="session")
def live_template(companies: Path) -> World:
    """The company that ``live`` is a copy of; nobody writes there."""
    return _live(companies)


@pytest.fixture
def live(live_template: World, tmp_path: Path) -> Iterator[World]:
    """german-credit version 1, by dana, countersigned by alice and bob, is promotion 1; its clock went on a minute."""
    with closing(live_template.copy_to(tmp_path / "company")) as company:
        yield company


@pytest.fixture
def replaced(companies: Path, tmp_path: Path) -> Iterator[World]:
    """After version 1, version 2 is promotion 2."""

    def make(folder: Path) -> World:
        fresh = _live(companies).copy_to(folder)
        acts.promote(fresh, 2)
        return fresh

    with closing(once(companies, "replaced", make).copy_to(tmp_path / "company")) as company:
        yield company
