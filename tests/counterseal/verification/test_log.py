"""The log: whose records, in which order, and what they answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.record import Head, Promotion
from counterseal.documents.trust import Roots
from counterseal.verification.log import Log, Record, read_head, read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import chain_at
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def read(world: World, roots: Roots | None = None) -> Log:
    return read_log(world.git, world.promotions, world.main, roots or world.roots)


def head(world: World) -> Head:
    chain = chain_at(Tree(world.git, world.main), world.roots)
    return read_head(world.git, world.promotions, read(world), *chain)


def record(world: World, number: int) -> bytes:
    return Tree(world.git, world.promotions).need(places.record(number))


# -- record 0


def test_the_roots_begin_the_log(world: World) -> None:
    log = read(world)
    assert [item.promotion.kind for item in log.records] == ["genesis"]
    assert head(world).number == 0


def test_a_log_begun_by_others_is_refused(world: World) -> None:
    others = {person: (world.key(person).public,) for person in ("alice", "bob")}
    spec = world.roots.spec.model_copy(update={"keys": others})
    with refused("TRUST_THRESHOLD"):
        read(world, Roots.of("roots", spec))
    acts.found_again(world, world.main, ["rita", "alice"])
    with refused("GENESIS_SIGNATURE"):
        read(world)
    acts.found_again(world, world.main)
    assert read(world).next_number == 1


def test_another_log_is_refused(world: World) -> None:
    spec = world.roots.spec.model_copy(update={"log_id": "0" * 32})
    with refused("LOG_ID"):
        read(world, Roots.of("roots", spec))
    acts.found_again(world, world.main, log_id="0" * 32)
    with refused("LOG_ID"):
        read(world)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payload": "bm90aGluZw=="}, "GENESIS_SIGNATURE"),
        ({"payload": "?"}, "RECORD_FORM"),
        ({"payloadType": "text/plain"}, "RECORD_FORM"),
        ({"more": 1}, "RECORD_FORM"),
        ({"sshSignatures": ["rita"]}, "RECORD_FORM"),
        ({"sshSignatures": {}}, "GENESIS_SIGNATURE"),
    ],
)
def test_a_bent_record_0_is_refused(world: World, change: dict[str, Any], code: str) -> None:
    bent = json.loads(record(world, 0)) | change
    acts.write_log(world, {places.record(0): json.dumps(bent).encode()})
    with refused(code):
        read(world)


# -- the chain


def test_records_are_the_promoters(replaced: World) -> None:
    acts.write_record(replaced, "ci", kind="retire", model=MODEL, commit=replaced.main)
    with refused("UNKNOWN_KEY"):
        read(replaced)


def test_a_record_names_the_trust_whose_promoter_signed_it(replaced: World) -> None:
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main, trust=2)
    with refused("RECORD_KEY"):
        read(replaced)


@pytest.mark.parametrize(
    "bent",
    [{"previous": "0" * 64}, {"number": 7}, {"log_id": "0" * 32}, {"time": "2020-01-01T00:00:00Z"}],
)
def test_each_record_continues_the_one_before(replaced: World, bent: dict[str, Any]) -> None:
    assert read(replaced).next_number == 3
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main, **bent)
    path = places.record(bent.get("number", 3))
    if path != places.record(3):
        moved = Tree(replaced.git, replaced.promotions).need(path)
        acts.write_log(replaced, {path: None, places.record(3): moved})
    with refused("LOG_CHAIN"):
        read(replaced)


def test_a_changed_record_is_refused(replaced: World) -> None:
    bent = record(replaced, 2).replace(b'"sig": "', b'"sig": "AAAA')
    acts.write_log(replaced, {places.record(2): bent})
    with refused("BAD_SIGNATURE"):
        read(replaced)


def test_records_do_not_change_places(replaced: World) -> None:
    acts.write_log(replaced, {places.record(1): record(replaced, 2), places.record(2): record(replaced, 1)})
    with refused("LOG_CHAIN"):
        read(replaced)


@pytest.mark.parametrize("change", [{places.record(1): None}, {"records/notes.txt": b"x"}, {places.record(9): b"x"}])
def test_there_are_no_gaps_and_nothing_else(replaced: World, change: dict[str, bytes | None]) -> None:
    acts.write_log(replaced, change)
    with refused("LOG_FILES"):
        read(replaced)


def test_an_empty_branch_is_no_log(replaced: World) -> None:
    acts.write_log(replaced, dict.fromkeys(places.record(number) for number in range(3)))
    with refused("LOG_FILES"):
        read(replaced)


def test_a_summary_says_what_the_record_says(replaced: World) -> None:
    made = acts.record(replaced, 2).model_copy(update={"number": 3})
    statement = made.statement()
    liar = statement.model_copy(update={"predicate": {**statement.predicate, "verificationResult": "FAILED"}})
    acts.write_log(replaced, {places.record(3): liar.sign(replaced.signer("promoter"))})
    with refused("RECORD_FORM"):
        read(replaced)


# -- the head


def test_the_head_names_the_end(replaced: World) -> None:
    assert head(replaced).number == 2
    old = Tree(replaced.git, replaced.git.run("rev-parse", "promotions~1")).need(places.HEAD_FILE)
    acts.write_log(replaced, {places.HEAD_FILE: old})
    with refused("HEAD"):
        head(replaced)
    acts.write_log(replaced, {places.HEAD_FILE: None})
    with refused("MISSING_FILE"):
        head(replaced)


def test_a_log_cut_short_does_not_fit_its_head(replaced: World) -> None:
    acts.write_log(replaced, {places.record(2): None})
    with refused("HEAD"):
        head(replaced)


def test_a_new_head_is_not_signed_by_a_promoter_of_old(live: World) -> None:
    fresh = acts.machine_key(live, "promoter-2")
    acts.merge(live, acts.propose_trust(live, lambda spec: spec["machines"].update(promoter=[fresh])))
    last = read(live).records[-1]
    bent = Head(log_id=live.roots.spec.log_id, number=1, record=last.digest, trust=2, time=live.now)
    acts.write_log(live, {places.HEAD_FILE: bent.sign(live.signer("promoter"))})
    with refused("RECORD_KEY"):
        head(live)
    acts.write_log(live, {places.HEAD_FILE: bent.sign(live.signer("promoter-2"))})
    assert head(live).trust == 2


# -- void


@pytest.mark.parametrize("days", [0, 365_000])
def test_void_numbers_are_skipped_and_their_time_binds_nobody(replaced: World, days: int) -> None:
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main, time=replaced.now + timedelta(days))
    assert read(replaced).live(MODEL) is None
    replaced.land(acts.propose_trust(replaced, {"void": [3]}))
    log = read(replaced)
    assert [item.void for item in log.records] == [False, False, False, True]
    assert log.replaces(MODEL) == 2
    made = acts.promote(replaced, 3)
    assert (made.number, made.time) == (4, acts.record(replaced, 4).time)
    assert made.time < replaced.now
    assert acts.served(replaced).version == 3


def test_record_0_cannot_be_void(world: World) -> None:
    world.land(acts.propose_trust(world, {"void": [0]}))
    assert read(world).rules().number == 0


# -- what a log answers


def made(number: int, kind: str, model: str | None = None, commit: str = "", **facts: Any) -> Record:
    entry = None if kind == "retire" else "e" * 64
    facts |= {"log_id": "0" * 32, "commit": commit or f"{number:040x}", "tree": "0" * 40, "trust": 1}
    facts |= {"time": "2026-01-01T00:00:00Z", "previous": "d" * 64 if number else None}
    value = {"number": number, "kind": kind, "model": model, "entry": entry, "rules": facts.pop("rules", 0), **facts}
    return Record(Promotion.model_validate(value), "d" * 64)


def test_last_live_and_origin() -> None:
    log = Log(
        (
            made(0, "genesis"),
            made(1, "promote", "a"),
            made(2, "promote", "b"),
            made(3, "promote", "a"),
            made(4, "restore", "a", restores=1),
            made(5, "retire", "b"),
            made(6, "rules", rules=6 - 1),
        )
    )
    assert log.models() == ["a", "b"]
    assert (log.replaces("a"), log.replaces("b"), log.replaces("c")) == (4, 5, 0)
    assert log.live("b") is None
    assert log.live("c") is None
    restored = log.live("a")
    assert restored
    assert log.origin(restored).number == 1
    assert log.rules().number == 6
    assert log.upto(6).rules().number == 0


def test_what_a_record_left_is_what_the_next_one_replaces() -> None:
    records = (
        made(0, "genesis"),
        made(1, "promote", "a"),
        made(2, "promote", "b"),
        made(3, "restore", "a", restores=1),
        made(4, "retire", "a"),
        made(5, "promote", "a"),
    )
    log = Log((*records[:5], replace(records[5], void=True)))
    left = {number: log.left_by("a", number) for number in (0, 1, 3, 4, 5)}
    assert {number: item and item.number for number, item in left.items()} == {0: None, 1: 1, 3: 3, 4: None, 5: 5}
    assert log.left_by("c", 0) is None
    for number in (2, 6, -1):
        with refused("REPLACES_UNKNOWN"):
            log.left_by("a", number)
    with refused("REPLACES_UNKNOWN"):
        log.upto(3).left_by("a", 3)


def test_before_a_merge_that_promoted_several() -> None:
    log = Log(
        (
            made(0, "genesis", commit="0" * 40),
            made(1, "promote", "a", commit="a" * 40),
            made(2, "promote", "b", commit="a" * 40),
            made(3, "promote", "b", commit="a" * 40),
            made(4, "promote", "c", commit="c" * 40),
        )
    )
    before = [log.before(item.promotion).next_number for item in log.records[1:]]
    assert before == [1, 1, 3, 4]


def test_a_part_of_a_log_answers_as_if_it_were_the_whole() -> None:
    records = (made(0, "genesis"), *(made(number, "promote", "ab"[number % 2]) for number in range(1, 7)))
    whole = Log((*records[:3], replace(records[3], void=True), *records[4:]))
    for number in range(1, 8):
        part, alone = whole.upto(number), Log(whole.records[:number])
        assert part == alone
        assert part.mark == alone.mark
        assert [part.of(name) for name in "abc"] == [alone.of(name) for name in "abc"]
        assert [part.last(name) for name in "abc"] == [alone.last(name) for name in "abc"]
        assert part.with_(records[0].promotion).of("a") == alone.of("a")
        assert part.upto(1).standing == alone.upto(1).standing


def test_no_two_logs_have_the_same_mark() -> None:
    records = tuple(
        replace(made(number, "genesis" if not number else "rules"), digest=f"{number:064}") for number in range(4)
    )
    whole, waiting = Log(records), made(4, "promote", "a").promotion
    voided = Log((*records[:2], replace(records[2], void=True), records[3]))
    logs = [whole, whole.upto(3), voided, whole.with_(waiting), whole.with_(made(4, "promote", "b").promotion)]
    logs += [whole.with_(waiting).with_(waiting), Log((*records[:3], replace(records[3], digest="e" * 64)))]
    assert len({log.mark for log in logs}) == len(logs)
    assert Log(records).mark == whole.mark
