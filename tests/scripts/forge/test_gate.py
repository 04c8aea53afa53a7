from __future__ import annotations

import io
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused
from counterseal.verification.git import Git
from counterseal.verification.objects import GitError
from scripts.forge import gate
from scripts.repository.changes import push, write_commit, write_tree
from tests.support import acts
from tests.support.world import CHECKOUT, MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

DOCS = {"docs/note.md": b"A note.\n"}


def refused(world: World, ref: str, commit: str) -> str:
    """Push, and return the code of the refusal; nothing may have moved."""
    before = world.git.run("for-each-ref")
    with pytest.raises(Refused) as no:
        world.push(ref, commit)
    assert world.git.run("for-each-ref") == before
    return no.value.code


def test_a_countersigned_proposal_is_let_through(world: World) -> None:
    world.commit("proposal/docs", DOCS)
    world.approve("proposal/docs", "mia")
    (said,) = world.push(places.MAIN, world.merge_of("proposal/docs"))
    assert said.endswith("(code): nothing new is promoted")


def test_several_merges_in_one_push_are_judged_one_after_the_other(world: World) -> None:
    start = world.main
    for number in (1, 2):
        branch = f"proposal/docs-{number}"
        world.commit(branch, {f"docs/{number}.md": b"x\n"})
        world.approve(branch, "mia")
        world.force(branch)
    both = world.main
    world.put("main", start)
    assert len(world.push(places.MAIN, both)) == 2


def test_one_merge_that_may_not_stand_stops_the_others(world: World) -> None:
    start = world.main
    world.commit("proposal/one", DOCS)
    world.approve("proposal/one", "mia")
    world.force("proposal/one")
    world.commit("proposal/two", {"docs/two.md": b"x\n"})
    both = world.force("proposal/two")
    world.put("main", start)
    assert refused(world, places.MAIN, both) == "QUORUM"


def test_a_proposal_without_signatures_is_refused(world: World) -> None:
    world.commit("proposal/docs", DOCS)
    assert refused(world, places.MAIN, world.merge_of("proposal/docs")) == "QUORUM"


def test_a_direct_push_is_refused(world: World) -> None:
    assert refused(world, places.MAIN, world.commit("mine", DOCS, by="alice")) == "NOT_A_MERGE"


def test_a_rewound_main_is_refused(promoted: World) -> None:
    old = promoted.git.run("rev-parse", f"{promoted.main}^1")
    assert refused(promoted, places.MAIN, old) == "REWOUND_MAIN"


def test_another_history_is_refused(world: World) -> None:
    tree = world.git.run("rev-parse", f"{world.main}^{{tree}}")
    orphan = write_commit(world.git, tree, [], "Another beginning", world.committer("alice"))
    assert refused(world, places.MAIN, orphan) == "REWOUND_MAIN"


def test_a_merge_of_main_into_the_proposal_is_refused(world: World) -> None:
    head = world.commit("proposal/docs", DOCS)
    world.approve("proposal/docs", "mia")
    head = world.tip("proposal/docs")
    tree = world.git.run("rev-parse", f"{head}^{{tree}}")
    backwards = write_commit(world.git, tree, [head, world.main], "Merge main", world.committer("alice"))
    assert refused(world, places.MAIN, backwards) == "NOT_A_MERGE"


def test_a_merge_with_a_tree_of_its_own_is_refused(world: World) -> None:
    head = world.commit("proposal/docs", DOCS)
    world.approve("proposal/docs", "mia")
    tree = write_tree(world.git, head, {"docs/slipped-in.md": b"x\n"})
    evil = write_commit(world.git, tree, [world.main, world.tip("proposal/docs")], "Merge", world.committer("alice"))
    assert refused(world, places.MAIN, evil) == "EVIL_MERGE"


@pytest.mark.parametrize(
    ("ref", "code"),
    [
        ("refs/heads/promotions", "PROMOTIONS_PROTECTED"),
        ("refs/heads/Main", "REF_NAME"),
        ("refs/heads/PROMOTIONS", "REF_NAME"),
        ("refs/heads/promotions/x", "REF_NAME"),
        ("refs/heads/main/x", "REF_NAME"),
        ("refs/heads/HEAD", "REF_NAME"),
        ("refs/heads/-option", "REF_NAME"),
        ("refs/heads/m\u0430in", "REF_NAME"),
        ("refs/tags/main", "REF_NAME"),
        ("refs/tags/v1", "REF_NAME"),
        ("refs/replace/0123", "REF_NAME"),
        ("refs/notes/commits", "REF_NAME"),
    ],
)
def test_refs_that_could_mislead_are_refused(world: World, ref: str, code: str) -> None:
    assert refused(world, ref, world.main) == code


@pytest.mark.parametrize("ref", [places.MAIN, places.PROMOTIONS, "refs/heads/proposal/docs"])
def test_nothing_is_deleted(world: World, ref: str) -> None:
    world.commit("proposal/docs", DOCS)
    assert refused(world, ref, "0" * 40) == "DELETION"


def test_a_proposal_may_be_pushed_and_pushed_again(world: World) -> None:
    one, two = world.commit("a", DOCS), world.commit("b", {"docs/other.md": b"x\n"})
    assert world.push("refs/heads/proposal/docs", one) == []
    assert world.push("refs/heads/proposal/docs", two) == []
    assert world.push("refs/heads/staging", one) == []


def test_the_judge_is_main_as_it_was_never_the_change(world: World) -> None:
    world.commit("proposal/trust", {places.trust(2): world.read(places.trust(1))})
    assert refused(world, places.MAIN, world.merge_of("proposal/trust")) in {"TRUST_VERSION", "TRUST_THRESHOLD"}


def test_the_gate_stays_shut_when_it_stumbles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for lines in ("nonsense", f"{'1' * 40} {'2' * 40} {places.MAIN}", "\udcff"):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        assert gate.hook() == 1
        assert "refused: " in capsys.readouterr().err


class TestOnTheForge:
    """The same through git push: real hooks, in processes of their own."""

    def test_the_hooks_judge_and_record(self, proposed: World) -> None:
        proposed.approve(f"proposal/{MODEL}-v2", "alice", "bob")
        clone = proposed.clone("alice")
        merge = _fetched(proposed, clone, proposed.merge_of(f"proposal/{MODEL}-v2"))
        said = push(clone, "origin", merge, places.MAIN, proposed.main)
        assert f"promote {MODEL} as number 2" in said
        assert f"recorded: 2 promote {MODEL}" in said
        assert proposed.log().records[2].provisional is False

    def test_the_hooks_refuse_by_name(self, world: World) -> None:
        clone = world.clone("dana")
        before = world.git.run("for-each-ref")
        direct = _fetched(world, clone, world.commit("scratch", DOCS))
        world.git.run("update-ref", "-d", "refs/heads/scratch")
        for ref, code in ((places.MAIN, "NOT_A_MERGE"), (places.PROMOTIONS, "PROMOTIONS_PROTECTED")):
            with pytest.raises(GitError) as no:
                push(clone, "origin", direct, ref, clone.run("rev-parse", ref.replace("heads", "remotes/origin")))
            assert code in str(no.value)
        assert world.git.run("for-each-ref") == before

    def test_of_two_pushes_at_once_one_lands(self, world: World) -> None:
        clones = [_waiting(world, name) for name in ("alice", "anna")]
        command = ["git", "push", "--quiet", "origin", f"HEAD:{places.MAIN}"]
        started = [subprocess.Popen(command, cwd=clone.folder, stderr=subprocess.DEVNULL) for clone in clones]
        codes = [process.wait(timeout=120) for process in started]
        assert sorted(map(bool, codes)) == [False, True]
        winner = clones[codes.index(0)]
        assert world.main == winner.run("rev-parse", "HEAD")

    def test_a_push_of_main_and_promotions_lands_not_even_in_part(self, world: World) -> None:
        clone, before = _waiting(world, "alice"), world.git.run("for-each-ref")
        for other in (places.PROMOTIONS, "refs/tags/main", "refs/replace/" + "0" * 40):
            done = clone.attempt("push", "origin", f"HEAD:{places.MAIN}", f"+HEAD:{other}")
            assert done.returncode
            assert b"PROMOTIONS_PROTECTED" in done.stderr or b"REF_NAME" in done.stderr
            assert world.git.run("for-each-ref") == before
        assert clone.attempt("push", "origin", f"HEAD:{places.MAIN}").returncode == 0

    @pytest.mark.parametrize("limit", ["-v 60000", "-t 0"], ids=["memory", "time"])
    def test_a_gate_that_runs_out_stays_shut(self, world: World, limit: str) -> None:
        clone, before = _waiting(world, "alice"), world.git.run("for-each-ref")
        hook = world.forge / "hooks" / "pre-receive"
        hook.write_text(hook.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\nulimit {limit}\n"))
        assert clone.attempt("push", "origin", f"HEAD:{places.MAIN}").returncode
        assert world.git.run("for-each-ref") == before

    def test_a_setting_of_the_pushers_does_not_switch_the_gate_off(
        self, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / ".gitconfig").write_text(f"[core]\n\thooksPath = {tmp_path}/nowhere\n")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        clone = world.clone("dana")
        done = clone.attempt("push", "--force", "origin", "HEAD:refs/heads/promotions")
        assert b"PROMOTIONS_PROTECTED" in done.stderr

    def test_a_forge_that_lost_its_settings_takes_nothing_into_main(self, world: World) -> None:
        clone = world.clone("dana")
        world.commit("proposal/docs", DOCS)
        world.approve("proposal/docs", "mia")
        merge = _fetched(world, clone, world.merge_of("proposal/docs"))
        (world.forge / "counterseal.json").unlink()
        with pytest.raises(GitError) as no:
            push(clone, "origin", merge, places.MAIN, world.main)
        assert "FORGE_SETTINGS" in str(no.value)

    def test_a_push_of_a_proposal_does_not_load_the_kernel(self, world: World) -> None:
        program = (
            "import sys; from scripts.forge import gate; code = gate.hook(); "
            "sys.exit(code or int(bool({'pydantic', 'in_toto', 'cryptography'} & set(sys.modules))))"
        )
        done = subprocess.run(
            ["python", "-c", program],
            input=f"{'0' * 40} {world.main} refs/heads/proposal/x\n",
            text=True,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        assert done.returncode == 0, done.stderr


def _waiting(world: World, person: str) -> Git:
    """Return a person's clone that stands at a merge which the gate would take."""
    branch = f"docs-{person}"
    world.commit(branch, {f"docs/{person}.md": b"x\n"}, "dana")
    acts.approve_change(world, branch, "mia")
    clone = world.clone(person)
    clone.run("checkout", "--quiet", "--detach", _fetched(world, clone, world.merge_of(branch)))
    return clone


def _fetched(world: World, clone: Git, commit: str) -> str:
    """Bring an object of the forge's into a clone."""
    world.git.run("update-ref", "refs/heads/scratch-fetch", commit)
    clone.run("fetch", "--quiet", "origin", "refs/heads/scratch-fetch")
    world.git.run("update-ref", "-d", "refs/heads/scratch-fetch")
    return commit
