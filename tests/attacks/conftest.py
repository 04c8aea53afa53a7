"""What the attacks share: their row, a company in which two versions were promoted, and a server that follows it."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.attacks.attack import Attack
from tests.attacks.follower import Follower
from tests.attacks.forging import NEXT
from tests.attacks.rows import SUITE
from tests.support import acts
from tests.support.world import World, found, once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def number_of(name: str) -> int:
    """Return the row that a test is named after."""
    named = re.match(r"test_(\d\d)_", name)
    assert named, f"{name}: an attack's test is called test_<row>_<words>"
    return int(named[1])


@pytest.fixture
def attack(request: pytest.FixtureRequest) -> Iterator[Attack]:
    """The row that this test is named after; at the end all that it promises must have been seen."""
    made = Attack(SUITE.rows[number_of(request.node.name)])
    yield made
    if not request.node.stash.get(_FAILED, False):
        made.check()


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture
def renewed(companies: Path, tmp_path: Path) -> Iterator[World]:
    """german-credit versions 1 and 2, by dana, countersigned by alice and bob, are promotions 1 and 2."""

    def make(folder: Path) -> World:
        fresh = once(companies, "founded", found).copy_to(folder)
        acts.promote(fresh, 1)
        acts.promote(fresh, 2)
        return fresh

    with closing(once(companies, "renewed", make).copy_to(tmp_path / "renewed")) as company:
        yield company


@pytest.fixture
def ready(companies: Path, tmp_path: Path) -> Iterator[World]:
    """Version 1 serves; version 2 only wants merging, on the branch ``NEXT``."""

    def make(folder: Path) -> World:
        fresh = once(companies, "founded", found).copy_to(folder)
        acts.promote(fresh, 1)
        assert acts.ready(fresh, 2) == NEXT
        return fresh

    with closing(once(companies, "ready", make).copy_to(tmp_path / "ready")) as company:
        yield company


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Callable[..., Follower]]:
    """Start servers that follow a company, in this process; each has a state folder unless one is named."""
    started: list[Follower] = []

    def start(world: World, state: str = "state", **settings: object) -> Follower:
        started.append(Follower(world, tmp_path / state, **settings))
        return started[-1]

    yield start
    for server in started:
        server.close()
