from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.approval import Approval
from counterseal.values.finding import Refused, UsageError, Verdict
from counterseal.values.instant import parse
from counterseal.verification.git import Git
from scripts import clock, tool
from scripts.approve import Wish, countersign
from scripts.main import main
from scripts.proposals import Proposal
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from scripts.report import Report
    from tests.support.world import World

WISH = Wish(yes=True, reason="I read it.")


BRANCH = f"proposal/{MODEL}-v2"


def sign(world: World, person: str, wish: Wish | None = None, branch: str = BRANCH) -> Report:
    reviews = world.reviews(branch)
    wish = wish or Wish(yes=True, reason="I read it.", reviews=reviews)
    key = world.key(person)
    return countersign(world.repository(), Proposal(world.tip(branch), branch), key, wish, world.now, lambda page: page)


def refused(world: World, person: str, wish: Wish | None = None, branch: str = BRANCH) -> str:
    """Try to sign, and return the code of the refusal; nothing may have moved."""
    before = world.git.run("for-each-ref")
    with pytest.raises(Refused) as no:
        sign(world, person, wish, branch)
    assert world.git.run("for-each-ref") == before
    return no.value.code


def read(world: World, person: str) -> Approval:
    path = f"{places.approvals(MODEL)}/{person}.yaml"
    return Approval.open(world.read(path, BRANCH), path)[0]


def test_an_approval_binds_the_entry_and_counts(proposed: World) -> None:
    report = sign(proposed, "alice")
    spec = read(proposed, "alice").spec
    assert (spec.decision, spec.role, spec.model, spec.reason) == ("promote", "owner", MODEL, "I read it.")
    assert spec.reviews == proposed.reviews(BRANCH)
    assert (spec.use_before - spec.issued).days == 14
    assert "alice signed" in report.headline
    assert "risk (bob or bill)" in report.headline


def test_two_people_are_enough_and_the_page_says_so(proposed: World) -> None:
    sign(proposed, "alice")
    assert "may be merged" in sign(proposed, "bob").headline
    assert proposed.assess(BRANCH).verdict is Verdict.PASS


def test_signing_twice_changes_nothing(proposed: World) -> None:
    sign(proposed, "alice")
    tip = proposed.tip(BRANCH)
    assert "nothing is left for alice to sign" in sign(proposed, "alice").headline
    assert proposed.tip(BRANCH) == tip


def test_a_commit_of_an_approval_makes_no_author(proposed: World) -> None:
    sign(proposed, "alice")
    assert proposed.assess(BRANCH).ground.authors == {"dana"}


def test_an_author_cannot_sign(promoted: World) -> None:
    promoted.prove(promoted.propose(2, by="alice", threshold=0.45))
    assert refused(promoted, "alice") == "SELF_APPROVAL"


def test_a_bot_cannot_sign(proposed: World) -> None:
    assert refused(proposed, "robo") == "APPROVAL_IGNORED"


def test_somebody_without_a_role_that_is_asked_for_cannot_sign(proposed: World) -> None:
    assert refused(proposed, "mia") == "ROLE"


def test_a_key_the_trust_does_not_list_cannot_sign(proposed: World) -> None:
    people = proposed.folder / "people"
    (people / "alice").unlink()
    (people / "alice.pub").unlink()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(people / "alice")], check=True)
    assert refused(proposed, "alice") == "NOT_TRUSTED"


def test_every_review_must_be_decided_by_name(proposed: World) -> None:
    assert refused(proposed, "alice", WISH) == "REVIEW_UNDECIDED"
    (first, *_) = proposed.reviews(BRANCH)
    assert refused(proposed, "alice", Wish(yes=True, reason="r", reviews=(first,))) == "REVIEW_UNDECIDED"


def test_a_role_that_is_not_theirs_is_refused(proposed: World) -> None:
    wish = Wish(yes=True, reason="r", role="risk", reviews=proposed.reviews(BRANCH))
    assert refused(proposed, "alice", wish) == "ROLE"


@pytest.mark.parametrize("wish", [{"restore_to": 1}, {"retire": True}])
def test_expecting_another_decision_is_refused(proposed: World, wish: dict[str, int]) -> None:
    said = Wish(yes=True, reason="r", reviews=proposed.reviews(BRANCH), **wish)  # type: ignore[arg-type]
    assert refused(proposed, "alice", said) == "DECISION"


def test_without_a_reason_nothing_is_signed(proposed: World) -> None:
    with pytest.raises(UsageError):
        sign(proposed, "alice", Wish(yes=True, reviews=proposed.reviews(BRANCH)))


def test_what_does_not_hold_is_not_signed(proposed: World) -> None:
    path = places.model_file(MODEL, "model.json")
    proposed.commit(BRANCH, {path: proposed.read(path, BRANCH).replace(b"0.4", b"0.5")}, by=None)
    assert refused(proposed, "alice") == "DIGEST"


def test_a_changed_tool_signs_nothing(proposed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "digest", lambda package: "0" * 64)
    assert refused(proposed, "alice") == "TOOL_IS_CHANGED"


def test_an_approval_lapses_when_it_says(proposed: World) -> None:
    sign(proposed, "alice", Wish(yes=True, reason="r", reviews=proposed.reviews(BRANCH), days=2))
    spec = read(proposed, "alice").spec
    assert spec.issued == proposed.now == parse(proposed.now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    proposed.later(days=3)
    assert proposed.assess(BRANCH).ground.quorums[MODEL].counted == ()


def test_a_code_change_is_signed_by_its_digest(world: World) -> None:
    world.commit("proposal/docs", {"docs/x.md": b"x\n"})
    assert "may be merged" in sign(world, "mia", WISH, "proposal/docs").headline
    world.commit("proposal/docs", {"docs/x.md": b"y\n"})
    assert world.assess("proposal/docs").findings[0].code == "QUORUM"


def test_whenever_it_dies_the_next_run_finishes(proposed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tip, wish = proposed.tip(BRANCH), Wish(yes=True, reason="r", reviews=proposed.reviews(BRANCH))
    deaths = 0
    for _ in each_death(monkeypatch, lambda: sign(proposed, "alice", wish)):
        deaths += 1
        assert proposed.tip(BRANCH) == tip
        assert "alice signed" in sign(proposed, "alice", wish).headline
        proposed.put(BRANCH, tip)
    assert deaths == 1, "one move of one ref"


def test_the_command_signs_pushes_and_leaves_the_working_tree_alone(
    proposed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = proposed.clone("alice")
    (clone.folder / "notes.txt").write_text("mine")
    words = [word for name in proposed.reviews(BRANCH) for word in ("--reviews", name)]
    assert main(["approve", MODEL, "--repo", str(clone.folder), "--yes", "--reason", "Fine.", *words]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("PASS  alice signed")
    assert "group-difference" in said.err, "the page comes first"
    assert read(proposed, "alice").spec.reason == "Fine."
    assert clone.run("status", "--porcelain", "--branch") == "## main...origin/main\n?? notes.txt"


def test_signing_at_the_same_moment_keeps_both(proposed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    proposed.now = clock.now()  # the command below signs by it
    clone = proposed.clone("alice")
    attempt, other = Git.attempt, []  # type: ignore[var-annotated]

    def slow(git: Git, *words: str, **options: object) -> object:
        if words[:1] == ("push",) and not other:
            other.append(True)
            sign(proposed, "bob")
        return attempt(git, *words, **options)  # type: ignore[arg-type]

    words = [word for name in proposed.reviews(BRANCH) for word in ("--reviews", name)]
    monkeypatch.setattr(Git, "attempt", slow)
    assert main(["approve", MODEL, "--repo", str(clone.folder), "--yes", "--reason", "Fine.", *words]) == 0
    assert {item.person for item in proposed.assess(BRANCH).ground.quorums[MODEL].counted} == {"alice", "bob"}
