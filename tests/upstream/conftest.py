"""An export of a real promotion, written once; a test gets a copy of its own."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from scripts.export import exported, place
from scripts.signing.keys import load_private
from tests.support.world import MODEL, World
from tests.upstream.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def export_once(promoted_once: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """The export that all tests copy."""
    folder = tmp_path_factory.mktemp("upstream") / "export"
    ci, layout = (load_private(role, promoted_once.keys / f"{role}.pem") for role in ("ci", "layout"))
    with closing(promoted_once):
        place(folder, exported(promoted_once.repository(), MODEL, ci, layout, promoted_once.now).files)
        yield Folder(folder, promoted_once)


@pytest.fixture
def export(export_once: Folder, tmp_path: Path) -> Folder:
    """An export of german-credit, promotion 1, with both keys at hand."""
    shutil.copytree(export_once.path, tmp_path / "export")
    return Folder(tmp_path / "export", export_once.world)
