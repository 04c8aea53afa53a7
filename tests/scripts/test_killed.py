"""Commands that are killed at random moments: nothing half done is seen, and the next run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values import strict_yaml
from counterseal.verification.git import Git
from scripts.repository.template import copy_template
from tests.support.killed import NEXT
from tests.support.world import CHECKOUT, MODEL, World, make_people, roster, spec

if TYPE_CHECKING:
    from pathlib import Path

#: How often each command is killed; `COUNTERSEAL_KILLS=50` for a long look.
TIMES = int(os.environ.get("COUNTERSEAL_KILLS", "5"))

pytestmark = pytest.mark.whole


def killed(world: World, command: str) -> None:
    """Kill a command again and again, in a process of its own; every turn must end well."""
    world.close()
    words = [sys.executable, "-m", "tests.support.killed", str(world.folder), command, str(TIMES), "7"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    print(done.stdout)  # noqa: T201 (with -s: the tally)
    assert done.returncode == 0, done.stdout + done.stderr


def test_propose(promoted: World) -> None:
    dana = promoted.clone("dana")
    (dana.folder / places.spec(MODEL)).write_bytes(spec(2, threshold=0.45))
    killed(promoted, "propose")


def test_run(promoted: World) -> None:
    promoted.propose(2, threshold=0.45)
    promoted.clone("ci").run("switch", "--quiet", NEXT)
    killed(promoted, "run")


def test_approve(proposed: World) -> None:
    (proposed.folder / "reviews").write_text("\n".join(proposed.reviews(NEXT)))
    proposed.clone("alice")
    killed(proposed, "approve")


def test_merge(proposed: World) -> None:
    proposed.approve(NEXT, "anna", "bob")
    proposed.clone("alice")
    killed(proposed, "merge")


def test_record(waiting: World) -> None:
    killed(waiting, "record")


def test_rollback(twice: World) -> None:
    twice.clone("olga")
    killed(twice, "rollback")


def test_init(tmp_path: Path) -> None:
    start = World(tmp_path / "start")
    make_people(start.folder / "people")
    (start.folder / "roster.yaml").write_bytes(strict_yaml.dumps(roster()))
    (start.folder / "template").mkdir()
    copy_template(Git(CHECKOUT), start.folder / "template")
    killed(start, "init")
