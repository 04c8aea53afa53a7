"""A disk that takes nothing more: a named refusal, never a traceback, nothing half done, and the next run goes on.

The limit is the system's own (RLIMIT_FSIZE): no file of the command, or of anything it starts, grows beyond it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from tests.support.killed import NEXT, number
from tests.support.world import CHECKOUT, MODEL, spec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

pytestmark = pytest.mark.whole

PROGRAM = (sys.executable, "-c", "import sys; from scripts.main import main; sys.exit(main())")


def typed(world: World, person: str, *words: str, room: int | None = None) -> subprocess.CompletedProcess[str]:
    """Let a person type a command, in a process whose files may not grow beyond ``room`` bytes."""

    def limit() -> None:
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    words = (*PROGRAM, *words, "--repo", str(world.clone(person).folder))
    return subprocess.run(words, cwd=CHECKOUT, preexec_fn=limit, capture_output=True, text=True, check=False)


def refs(world: World, person: str) -> tuple[str, str]:
    return world.git.run("for-each-ref"), world.clone(person).run("for-each-ref")


def check(world: World, person: str, *words: str, rooms: tuple[int, ...] = (0, 100, 700)) -> None:
    """Run out of room at several sizes, then have room."""
    before = refs(world, person)
    for room in rooms:
        full = typed(world, person, *words, room=room)
        assert full.returncode == 1, full.stdout + full.stderr
        assert "Traceback" not in full.stderr
        assert "expected" in full.stderr
        assert refs(world, person) == before
        assert number(world) == 1
    done = typed(world, person, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert refs(world, person) != before


def test_propose(promoted: World) -> None:
    (promoted.clone("dana").folder / places.spec(MODEL)).write_bytes(spec(2, threshold=0.45))
    check(promoted, "dana", "propose")


def test_approve(proposed: World) -> None:
    words = [word for name in proposed.reviews(NEXT) for word in ("--reviews", name)]
    check(proposed, "alice", "approve", NEXT, "--yes", "--reason", "Seen.", *words)


def test_merge(proposed: World) -> None:
    proposed.approve(NEXT, "anna", "bob")
    check(proposed, "alice", "merge", NEXT, rooms=(0, 100))
    assert number(proposed) == 2


def test_a_record_that_finds_no_room_is_made_by_the_next_run(proposed: World) -> None:
    proposed.approve(NEXT, "anna", "bob")
    merged = typed(proposed, "alice", "merge", NEXT, room=700)
    assert "not recorded yet, `counterseal record` will" in merged.stdout, merged.stderr
    assert number(proposed) == 1
    assert [item.number for item in proposed.record().promotions] == [2]


def test_run(proposed: World, tmp_path: Path) -> None:
    proposed.put(NEXT, proposed.git.run("rev-parse", f"{NEXT}~1"))
    proposed.clone("ci").run("switch", "--quiet", NEXT)
    check(proposed, "ci", "run", "--push", "--key", str(proposed.keys / "ci.pem"))
