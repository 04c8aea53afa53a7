"""Two companies whose lives have begun: one model version live, and two of them in turn."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support import acts
from tests.support.world import World, found, once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    """german-credit version 1, by dana, countersigned by alice and bob, is promotion 1."""
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
