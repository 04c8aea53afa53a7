from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.record import Head
from counterseal.values.finding import Refused
from counterseal.verification.git import Git
from counterseal.verification.log import read_head, read_log
from counterseal.verification.tree import Tree
from scripts.forge import promote as promoter
from scripts.main import main
from scripts.signing.keys import load_signer, make_machine_key
from tests.support import acts
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def head_of(world: World) -> Head:
    log = read_log(world.git, world.promotions, world.main, world.roots)
    return read_head(world.git, world.promotions, log, world.trust)


def test_what_was_admitted_is_recorded_in_the_chain(waiting: World) -> None:
    before = waiting.promotions
    (record,) = waiting.record().promotions
    log = read_log(waiting.git, waiting.promotions, waiting.main, waiting.roots)
    assert (record.number, record.kind, record.model, record.commit) == (2, "promote", MODEL, waiting.main)
    assert record.previous == log.records[1].digest
    assert waiting.git.is_ancestor(before, waiting.promotions)
    assert head_of(waiting).number == 2


def test_a_second_run_has_nothing_to_do(waiting: World) -> None:
    waiting.record()
    tip = waiting.promotions
    assert waiting.record().promotions == ()
    assert waiting.promotions == tip


def test_the_head_is_signed_anew_when_asked(waiting: World) -> None:
    waiting.record()
    time = waiting.later(hours=1)
    signer = waiting.signer("promoter")
    promoter.promote(waiting.git, waiting.roots, signer, time, refresh=True)
    assert head_of(waiting).time == time


def test_a_clock_that_goes_back_does_not_take_the_log_along(waiting: World) -> None:
    last = waiting.log().records[1].promotion.time
    waiting.later(days=-3)
    (record,) = waiting.record().promotions
    assert record.time == last


def test_a_merge_round_the_gate_is_skipped_and_named(promoted: World) -> None:
    promoted.commit("proposal/docs", {"docs/x.md": b"x\n"})
    merge = promoted.force("proposal/docs")
    recorded = promoted.record()
    assert recorded.promotions == ()
    assert recorded.skipped[merge].code == "QUORUM"
    assert any(merge[:12] in line and "QUORUM" in line for line in promoter.told(recorded))


def test_a_key_the_trust_does_not_list_records_nothing(waiting: World) -> None:
    path = waiting.folder / "stolen.pem"
    make_machine_key(path)
    before = waiting.promotions
    with pytest.raises(Refused) as refused:
        promoter.promote(waiting.git, waiting.roots, load_signer("promoter", path), waiting.now)
    assert refused.value.code == "PROMOTER_KEY"
    assert waiting.promotions == before


def test_whenever_it_dies_the_next_run_finishes(waiting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = waiting.promotions
    deaths = 0
    for _ in each_death(monkeypatch, waiting.record):
        deaths += 1
        assert waiting.promotions == before, "nothing is seen of a run that died"
        assert waiting.record().promotions[0].number == 2
        waiting.put("promotions", before)
    assert deaths == 1, "one move of one ref"


def test_many_at_once_make_one_chain(waiting: World) -> None:
    acts.merge(waiting, acts.ready_loans(waiting))

    def run(_: int) -> list[int]:
        with Git(waiting.forge) as git:
            made = promoter.promote(git, waiting.roots, waiting.signer("promoter"), waiting.now).promotions
            return [item.number for item in made]

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(run, range(6)))
    assert sorted(number for numbers in made for number in numbers) == [2, 3]
    assert head_of(waiting).number == 3
    assert acts.history(waiting)


def test_the_hook_reports_and_never_raises(
    waiting: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(waiting.forge)
    assert promoter.hook() == 0
    assert f"recorded: 2 promote {MODEL}" in capsys.readouterr().err
    (waiting.keys / "promoter.pem").unlink()
    assert promoter.hook() == 1
    assert "MACHINE_KEY" in capsys.readouterr().err


def test_the_command_runs_over_a_forge(waiting: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "--repo", str(waiting.forge)]) == 0
    assert "1 recorded, 0 skipped" in capsys.readouterr().out
    assert Tree(waiting.git, waiting.promotions).names("records")[-1] == "000002.json"


def test_the_command_needs_the_promoters_key_elsewhere(
    waiting: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = waiting.clone("alice")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.delenv("COUNTERSEAL_PROMOTER_KEY", raising=False)
    assert main(["record", "--repo", str(clone.folder)]) == 1
    assert "NO_MACHINE_KEY" in capsys.readouterr().err


def test_a_lock_left_by_a_promoter_that_was_killed_is_no_obstacle(waiting: World) -> None:
    (waiting.forge / f"{places.PROMOTIONS}.lock").touch()
    assert [item.number for item in waiting.record().promotions] == [2]
