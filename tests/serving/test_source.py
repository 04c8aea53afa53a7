"""What a remote offers is taken only if it extends what was seen; whatever fails leaves everything as it was."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused, UsageError
from counterseal.verification.follow import Served, Snapshot, Stopped
from counterseal.verification.git import Git
from counterseal.verification.objects import GitError
from serving import durable, high_water
from serving.settings import Settings
from serving.source import UNAGED, Source
from tests.serving import toy

Make = Callable[..., Settings]


@pytest.fixture
def source(remote: toy.Remote, make_settings: Make) -> Source:
    remote.offer(1)
    return Source(make_settings(), toy.roots(), toy.judge)


def again(make_settings: Make, **changed: object) -> Source:
    return Source(make_settings(**changed), toy.roots(), toy.judge)


def refused(source: Source) -> str:
    with pytest.raises(Refused) as caught:
        source.poll()
    return caught.value.code


def live_refs(source: Source) -> tuple[str | None, str | None]:
    git = source.mirror.git
    return git.resolve(places.MAIN), git.resolve(places.PROMOTIONS)


def test_takes_what_is_there_once(source: Source, remote: toy.Remote) -> None:
    first = source.poll()
    assert first
    assert first.number == 1
    assert source.poll() is None
    tips = remote.offer(2)
    second = source.poll()
    assert second
    assert (second.main, second.promotions) == tips == live_refs(source)
    assert source.poll() is None


def test_a_rewound_main_is_refused(source: Source, remote: toy.Remote) -> None:
    source.poll()
    before = live_refs(source)
    old = before[0]
    remote.offer(2)
    source.poll()
    after = live_refs(source)
    assert old is not None
    remote.rewind(places.MAIN, old)
    assert refused(source) == "REWOUND_MAIN"
    assert refused(source) == "REWOUND_MAIN"
    assert live_refs(source) == after


def test_rewound_promotions_are_refused(source: Source, remote: toy.Remote) -> None:
    source.poll()
    old = live_refs(source)[1]
    remote.offer(2)
    source.poll()
    assert old is not None
    remote.rewind(places.PROMOTIONS, old)
    assert refused(source) == "REWOUND_PROMOTIONS"


def test_unrelated_history_is_refused(source: Source, remote: toy.Remote) -> None:
    source.poll()
    other = toy.commit_files(remote.git, {"toy.json": b'{"number": 9, "trust": 9, "models": {}}'}, "other", [], "eve")
    remote.rewind(places.MAIN, other)
    assert refused(source) == "REWOUND_MAIN"


def test_a_merge_that_leads_round_what_was_taken_is_refused(source: Source, remote: toy.Remote) -> None:
    source.poll()
    old = live_refs(source)[0]
    new, _ = remote.offer(2)
    source.poll()
    assert old
    files = {"toy.json": b'{"number": 2, "trust": 1, "models": {"credit": [1, 1]}}'}
    remote.rewind(places.MAIN, toy.commit_files(remote.git, files, "the wrong way round", [old, new], "eve"))
    assert refused(source) == "REWOUND_MAIN"
    remote.rewind(places.MAIN, toy.commit_files(remote.git, files, "the right way round", [new, old], "toy"))
    assert source.poll()


def test_promotions_that_vanish_are_refused(source: Source, remote: toy.Remote) -> None:
    source.poll()
    remote.git.run("update-ref", "-d", places.PROMOTIONS)
    assert refused(source) == "REWOUND_PROMOTIONS"


def test_a_main_that_vanishes_is_refused_and_may_come_back(source: Source, remote: toy.Remote) -> None:
    source.poll()
    main = remote.git.resolve(places.MAIN)
    assert main
    remote.git.run("update-ref", "-d", places.MAIN)
    assert refused(source) == "REF_MISSING"
    remote.rewind(places.MAIN, main)
    assert source.poll() is None


def test_recovers_when_the_remote_goes_on(source: Source, remote: toy.Remote) -> None:
    source.poll()
    old = live_refs(source)[0]
    new, _ = remote.offer(2)
    source.poll()
    assert old
    remote.rewind(places.MAIN, old)
    assert refused(source) == "REWOUND_MAIN"
    remote.rewind(places.MAIN, new)
    remote.offer(3)
    snapshot = source.poll()
    assert snapshot
    assert snapshot.number == 3


def test_what_the_kernel_refuses_moves_nothing(source: Source, remote: toy.Remote) -> None:
    source.poll()
    before, mark = live_refs(source), source.mark
    remote.say({"refuse": "LOG_CHAIN"})
    assert refused(source) == "LOG_CHAIN"
    assert refused(source) == "LOG_CHAIN"
    assert (live_refs(source), source.mark) == (before, mark)


def test_what_was_refused_is_not_judged_at_every_poll(remote: toy.Remote, make_settings: Make) -> None:
    judged: list[str] = []

    def judge(git: Git, roots: object, main: str, promotions: str | None, now: datetime) -> Snapshot:
        judged.append(main)
        return toy.judge(git, toy.roots(), main, promotions, now)

    clock = [0.0]
    remote.say({"refuse": "LOG_CHAIN"})
    source = Source(make_settings(timer=lambda: clock[0], recheck=60), toy.roots(), judge)
    for _ in range(3):
        assert refused(source) == "LOG_CHAIN"
    assert len(judged) == 1
    clock[0] = 61
    assert refused(source) == "LOG_CHAIN"
    assert len(judged) == 2


def lapsing(git: Git, roots: object, main: str, promotions: str | None, now: datetime) -> Snapshot:
    """Judge as the toy does; whatever serves stops an hour after ``toy.NOW``."""
    del roots

    def at(time: datetime) -> Snapshot:
        found = toy.judge(git, toy.roots(), main, promotions, toy.NOW)
        models = {"credit": toy.stopped()} if time - toy.NOW >= timedelta(hours=1) else found.models
        return replace(found, models=models, head=toy.NOW, again=at)

    return at(now)


def test_time_alone_is_reason_to_judge_again(remote: toy.Remote, make_settings: Make) -> None:
    clock = [toy.NOW]
    remote.offer(1)
    source = Source(make_settings(clock=lambda: clock[0]), toy.roots(), lapsing)
    first = source.poll()
    assert first
    assert (source.poll(), source.renew()) == (None, None)
    assert source.taken is first
    clock[0] += timedelta(hours=1)
    found = source.renew()
    assert found
    assert isinstance(found.models["credit"], Stopped)
    assert (source.renew(), source.poll()) == (None, None)


def test_what_was_taken_is_asked_again_while_the_remote_is_gone_or_refused(
    remote: toy.Remote, make_settings: Make, tmp_path: Path
) -> None:
    clock = [toy.NOW]
    old, _ = remote.offer(1)
    remote.offer(2)
    source = Source(make_settings(clock=lambda: clock[0]), toy.roots(), lapsing)
    source.poll()
    remote.rewind(places.MAIN, old)
    assert refused(source) == "REWOUND_MAIN"
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    clock[0] += timedelta(hours=1)
    with pytest.raises(GitError):
        source.poll()
    found = source.renew()
    assert found
    assert isinstance(found.models["credit"], Stopped)


def test_an_offer_is_judged_from_the_start_again_now_and_then(remote: toy.Remote, make_settings: Make) -> None:
    timer, judged = [0.0], list[str]()

    def judge(git: Git, roots: object, main: str, promotions: str | None, now: datetime) -> Snapshot:
        judged.append(main)
        return lapsing(git, roots, main, promotions, now)

    remote.offer(1)
    source = Source(make_settings(timer=lambda: timer[0], recheck=60), toy.roots(), judge)
    assert source.poll()
    timer[0] = 61
    assert source.poll() is None
    assert len(judged) == 2


# -- how late it is


def test_time_is_written_down_when_it_changed_something_and_now_and_then(
    remote: toy.Remote, make_settings: Make
) -> None:
    clock = [toy.NOW]
    remote.offer(1)
    source = Source(make_settings(clock=lambda: clock[0]), toy.roots(), lapsing)
    source.poll()

    def written() -> datetime:
        source.renew()
        source.keep_time()
        mark = high_water.read(make_settings().state, toy.LOG_ID)
        assert mark
        return mark.floor

    clock[0] += timedelta(seconds=30)
    assert written() == toy.NOW
    clock[0] += timedelta(seconds=30)
    assert written() == toy.NOW + timedelta(minutes=1)
    clock[0] = toy.NOW + timedelta(hours=1)
    assert written() == clock[0]
    clock[0] -= timedelta(minutes=59)
    assert source.now() == toy.NOW + timedelta(hours=1)
    assert source.renew() is None
    restarted = Source(make_settings(clock=lambda: clock[0]), toy.roots(), lapsing)
    resumed = restarted.resume()
    assert resumed
    assert isinstance(resumed.models["credit"], Stopped)


def test_a_head_that_is_too_old_is_told_and_a_newer_one_mends_it(remote: toy.Remote, make_settings: Make) -> None:
    clock = [toy.NOW + timedelta(minutes=30)]
    remote.offer(1)
    source = Source(make_settings(clock=lambda: clock[0], max_age=0.75), toy.roots(), lapsing)
    first = source.poll()
    assert first
    assert (first.warnings, first.unchecked) == ((), ())
    clock[0] += timedelta(minutes=20)
    found = source.renew()
    assert found
    assert [item.code for item in found.warnings] == ["STALE"]
    assert isinstance(found.models["credit"], Served)
    clock[0] += timedelta(minutes=1)
    assert source.renew() is None


def test_who_looks_at_no_age_says_so(remote: toy.Remote, make_settings: Make) -> None:
    remote.offer(1)
    clock = [toy.NOW]
    source = Source(make_settings(clock=lambda: clock[0], max_age=0), toy.roots(), lapsing)
    first = source.poll()
    assert first
    assert first.unchecked == (UNAGED,)
    clock[0] += timedelta(minutes=59)
    assert source.renew() is None


def test_a_restart_cannot_be_rolled_back(source: Source, remote: toy.Remote, make_settings: Make) -> None:
    old, _ = remote.git.resolve(places.MAIN), source.poll()
    remote.offer(2)
    source.poll()
    assert old
    remote.rewind(places.MAIN, old)
    restarted = again(make_settings)
    resumed = restarted.resume()
    assert resumed
    assert resumed.number == 2
    assert refused(restarted) == "REWOUND_MAIN"


def test_a_lower_number_on_a_longer_branch_is_refused(source: Source, remote: toy.Remote) -> None:
    remote.offer(5)
    source.poll()
    remote.offer(4, credit=(4, 4))
    assert refused(source) == "PROMOTION_TOO_OLD"


def test_a_lower_trust_is_refused(source: Source, remote: toy.Remote) -> None:
    remote.offer(2, trust=3)
    source.poll()
    remote.offer(3, trust=2)
    assert refused(source) == "TRUST_TOO_OLD"


def test_a_replica_without_state_is_told_the_least(remote: toy.Remote, make_settings: Make) -> None:
    remote.offer(2, trust=2)
    assert refused(again(make_settings, min_promotion=3)) == "PROMOTION_TOO_OLD"
    assert refused(again(make_settings, min_trust=3)) == "TRUST_TOO_OLD"
    assert again(make_settings, min_promotion=2, min_trust=2).poll()


def test_now_never_goes_back(remote: toy.Remote, make_settings: Make) -> None:
    remote.offer(1)
    again(make_settings).poll()
    late = again(make_settings, clock=lambda: toy.NOW - timedelta(days=400))
    assert late.now() == toy.NOW
    assert late.poll()
    mark = high_water.read(make_settings().state, toy.LOG_ID)
    assert mark
    assert mark.floor == toy.NOW


def test_an_unreachable_remote_is_an_error_and_the_mark_resumes(
    source: Source, remote: toy.Remote, make_settings: Make, tmp_path: Path
) -> None:
    source.poll()
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    restarted = again(make_settings)
    resumed = restarted.resume()
    assert resumed
    assert resumed.number == 1
    with pytest.raises(GitError):
        restarted.poll()


def test_nothing_to_resume(remote: toy.Remote, make_settings: Make) -> None:
    assert again(make_settings).resume() is None


def test_a_tree_without_a_log(tmp_path: Path, make_settings: Make) -> None:
    plain = toy.Remote(tmp_path / "plain.git", log=False)
    main, _ = plain.offer(0, credit=(1, 0))
    snapshot = again(make_settings, remote=str(tmp_path / "plain.git")).poll()
    assert snapshot
    assert (snapshot.main, snapshot.promotions, snapshot.number) == (main, None, 0)


def test_the_tree_of_a_shallow_clone(tmp_path: Path, make_settings: Make) -> None:
    plain = toy.Remote(tmp_path / "plain.git", log=False)
    plain.offer(0, credit=(1, 0))
    main, _ = plain.offer(0, credit=(2, 0))
    clone = tmp_path / "clone"
    clone.mkdir()
    url = (tmp_path / "plain.git").as_uri()
    Git(clone).run("clone", "--quiet", "--depth=1", url, ".")
    snapshot = again(make_settings, remote=str(clone), ref="HEAD").poll()
    assert snapshot
    assert snapshot.main == main


def test_a_sha256_repository(tmp_path: Path, make_settings: Make) -> None:
    remote = toy.Remote(tmp_path / "unused.git")
    folder = tmp_path / "sha256.git"
    folder.mkdir()
    remote.git = Git(folder)
    remote.git.run("init", "--bare", "--quiet", "--initial-branch=main", "--object-format=sha256", ".")
    main, _ = remote.offer(1)
    snapshot = again(make_settings, remote=str(folder)).poll()
    assert snapshot
    assert snapshot.main == main
    assert len(main) == 64


def test_a_relative_path(remote: toy.Remote, make_settings: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    remote.offer(1)
    monkeypatch.chdir(remote.git.folder.parent)
    assert again(make_settings, remote="remote.git").poll()


def test_another_branch(remote: toy.Remote, make_settings: Make) -> None:
    remote.offer(1)
    main = remote.git.resolve(places.MAIN)
    assert main
    remote.rewind("refs/heads/staging", main)
    snapshot = again(make_settings, ref="staging").poll()
    assert snapshot
    assert snapshot.main == main


@pytest.mark.parametrize("ref", ["", "-x", "a..b", "a:b", "+main", "a b", "main/", "x.lock", "a//b", "é"])
def test_a_ref_that_is_none_is_bad_usage(make_settings: Make, ref: str) -> None:
    with pytest.raises(UsageError):
        again(make_settings, ref=ref)


@pytest.mark.parametrize("remote_name", ["", "--upload-pack=touch x", "a\nb"])
def test_a_remote_that_is_none_is_bad_usage(make_settings: Make, remote_name: str) -> None:
    with pytest.raises(UsageError):
        again(make_settings, remote=remote_name)


def test_the_mirror_takes_no_repository_further_up_for_its_own(
    remote: toy.Remote, make_settings: Make, tmp_path: Path
) -> None:
    Git(tmp_path).run("init", "--quiet", ".")
    before = Git(tmp_path).run("for-each-ref")
    remote.offer(1)
    assert again(make_settings).poll()
    assert Git(tmp_path).run("for-each-ref") == before


def test_malformed_objects_are_not_taken_in(source: Source, remote: toy.Remote) -> None:
    source.poll()
    blob = remote.git.run("hash-object", "-w", "--stdin", data=b"x")
    line = b"100644 .git\0" + bytes.fromhex(blob)
    tree = remote.git.run("hash-object", "-w", "--literally", "-t", "tree", "--stdin", data=line)
    main = remote.git.resolve(places.MAIN)
    assert main
    environment = {f"GIT_{role}_{key}": "eve" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    evil = remote.git.run("commit-tree", tree, "-p", main, "-m", "evil", environment=environment)
    remote.rewind(places.MAIN, evil)
    with pytest.raises(GitError, match="fsck"):
        source.poll()


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_mark_that_cannot_be_written_moves_nothing(
    source: Source, remote: toy.Remote, make_settings: Make, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    source.poll()
    before, mark = live_refs(source), source.mark
    tips = remote.offer(2)
    with monkeypatch.context() as patch:
        breaking(patch, call, str(make_settings().state))
        with pytest.raises(OSError, match="no space"):
            source.poll()
    assert (live_refs(source), source.mark) == (before, mark)
    assert high_water.read(make_settings().state, toy.LOG_ID) == mark
    snapshot = source.poll()
    assert snapshot
    assert live_refs(source) == tips


def breaking(patch: pytest.MonkeyPatch, call: str, folder: str) -> None:
    """Break one call of ``durable``; git and its pipes go on."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    class Broken:
        def __getattr__(self, name: str) -> object:
            return fail if name == call else getattr(os, name)

    if call == "replace":
        patch.setattr(os, "replace", fail)
    else:
        patch.setattr(durable, "os", Broken())


def test_refs_that_cannot_be_moved_are_moved_by_the_next_poll(source: Source, remote: toy.Remote) -> None:
    source.poll()
    tips = remote.offer(2)
    lock = source.mirror.git.folder / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(GitError):
        source.poll()
    lock.unlink()
    snapshot = source.poll()
    assert snapshot
    assert live_refs(source) == tips
