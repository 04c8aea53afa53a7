from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.approval import Approval
from counterseal.values.finding import Refused, UsageError, Verdict
from counterseal.values.instant import parse
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from pipelines import evaluate
from scripts import clock
from scripts.approve import Wish, countersign
from scripts.main import main
from scripts.report.page import judged
from scripts.report.show import text
from scripts.repository import tool
from scripts.repository.base import Base
from scripts.repository.proposals import Proposal
from scripts.repository.repository import open_repository
from scripts.signing import reproduction
from tests.support import acts
from tests.support.faults import each_death
from tests.support.world import MODEL, once, spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scripts.report.report import Report
    from scripts.repository.repository import Repository
    from tests.support.world import World

WISH = Wish(yes=True, reason="I read it.")


BRANCH = f"proposal/{MODEL}-v2"


def sign(
    world: World,
    person: str,
    wish: Wish | None = None,
    branch: str = BRANCH,
    repository: Repository | None = None,
    shown: list[Report] | None = None,
) -> Report:
    wish = wish or Wish(yes=True, reason="I read it.", reviews=world.reviews(branch))
    proposal, key = Proposal(world.tip(branch), branch), world.key(person)
    pages = [] if shown is None else shown
    return countersign(repository or world.repository(), proposal, key, wish, world.now, pages.append)


def refused(world: World, person: str, wish: Wish | None = None, branch: str = BRANCH, **where: Any) -> str:
    """Try to sign, and return the code of the refusal; nothing may have moved."""
    before = world.git.run("for-each-ref")
    with pytest.raises(Refused) as no:
        sign(world, person, wish, branch, **where)
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


def test_a_review_that_nobody_asked_about_is_refused(proposed: World) -> None:
    reviews = (*proposed.reviews(BRANCH), "group-difference/agee")
    assert refused(proposed, "alice", Wish(yes=True, reason="r", reviews=reviews)) == "REVIEW_UNKNOWN"
    twice = (*proposed.reviews(BRANCH), *proposed.reviews(BRANCH), "quality/auc")
    sign(proposed, "alice", Wish(yes=True, reason="r", reviews=twice))
    assert read(proposed, "alice").spec.reviews == proposed.reviews(BRANCH), "what is asked, each once"


# -- what could not be verified is not signed


def tampered_golden(world: World) -> None:
    path = places.model_file(MODEL, "golden.json")
    world.commit(BRANCH, {path: world.read(path, BRANCH).replace(b"outputs", b"Outputs", 1)}, by=None)


def tampered_statement(world: World) -> None:
    path = places.statement(MODEL, "evaluate")
    world.commit(BRANCH, {path: world.read(path, BRANCH) + b" "}, by=None)


def missing_link(world: World) -> None:
    world.commit(BRANCH, {places.link(MODEL, "audit"): None}, by=None)


def other_data(world: World) -> None:
    path = places.dataset(MODEL, "german_credit.csv")
    world.commit(BRANCH, {path: world.read(path, BRANCH) + b"\n"})


def other_description(world: World) -> None:
    path = places.dataset(MODEL)
    world.commit(BRANCH, {path: world.read(path, BRANCH) + b"\n"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (tampered_golden, "DIGEST"),
        (tampered_statement, "DIGEST"),
        (missing_link, "NOT_EXACT_SET"),
        (other_data, "RAW_DATA"),
        (other_description, "DATASET_NOT_OF_TREE"),
    ],
)
def test_what_could_not_be_verified_is_not_signed(proposed: World, change: Callable[[World], None], code: str) -> None:
    reviews = proposed.reviews(BRANCH)
    change(proposed)
    assert refused(proposed, "alice", Wish(yes=True, reason="r", reviews=reviews)) == code


# -- the metrics are recomputed


def test_the_metrics_are_recomputed_and_the_page_and_the_approval_say_so(proposed: World) -> None:
    pages: list[Report] = []
    sign(proposed, "alice", shown=pages)
    assert read(proposed, "alice").spec.reproduced
    (check,) = [item for item in pages[0].checks if item.id == f"{MODEL}: reproduced"]
    assert check.verdict is Verdict.PASS
    assert "values, every number as signed" in check.found


def lying_ci(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, **claims: float) -> str:
    """Return a proposal proven by a CI that signs nicer numbers than it measured, everything else consistent."""
    branch = world.propose(3, threshold=0.4)
    measure = evaluate.measure

    def nicer(*arguments: Any) -> dict[str, Any]:
        found = measure(*arguments)
        quality = found["quality"]
        return {**found, "quality": quality | {name: {**quality[name], "value": at} for name, at in claims.items()}}

    folder.mkdir()
    kept, world.cache = world.cache, folder
    with monkeypatch.context() as patch:
        patch.setattr(evaluate, "measure", nicer)
        world.prove(branch)
    world.cache = kept
    return branch


def test_numbers_that_the_data_does_not_give_are_refused_by_name(
    promoted: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = lying_ci(promoted, tmp_path / "lies", monkeypatch, auc=0.81, accuracy=0.9)
    assert promoted.assess(branch).verdict is Verdict.REVIEW, "the gate sees nothing wrong with it"
    before = promoted.git.run("for-each-ref")
    with pytest.raises(Refused) as no:
        sign(promoted, "alice", branch=branch)
    assert promoted.git.run("for-each-ref") == before
    assert [item.code for item in no.value.findings] == ["NOT_REPRODUCED"] * 2
    assert "accuracy.value 0.900000, as signed" in str(no.value.findings[0])
    assert "auc.value 0.810000, as signed" in str(no.value.findings[1])


def test_an_older_code_that_the_rules_still_name_is_not_called_a_lie(
    promoted: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = lying_ci(promoted, tmp_path / "old", monkeypatch, auc=0.81)
    repository, ground = promoted.repository(), promoted.assess(branch).ground
    older = ground.proofs[MODEL].entry.spec.materials.code.model_copy(update={"pipelines": "0" * 64})
    materials = ground.proofs[MODEL].entry.spec.materials.model_copy(update={"code": older})
    entry = ground.proofs[MODEL].entry
    old_entry = entry.model_copy(update={"spec": entry.spec.model_copy(update={"materials": materials})})
    ground.proofs[MODEL] = replace(ground.proofs[MODEL], entry=old_entry)
    again = reproduction.reproduce(repository, ground, MODEL)
    assert not again
    assert "made by an older code" in again.found
    assert "auc.value differs" in again.found


PRIVATE = f"proposal/{MODEL}-private"


@pytest.fixture
def private(companies: Path, promoted: World, tmp_path: Path) -> World:
    """Version 2 learns from data that is not in Git any more; nobody has signed it."""

    def propose(folder: Path) -> World:
        fresh = promoted.copy_to(folder)
        path, data = places.dataset(MODEL), places.dataset(MODEL, "german_credit.csv")
        described = fresh.read(path).replace(b"public: true", b"public: false")
        files: dict[str, bytes | None] = {path: described, places.spec(MODEL): spec(2)}
        fresh.commit("with-data", files, "dana")
        made = fresh._evidence(Base.of(fresh.repository(), fresh.now), MODEL, Tree(fresh.git, fresh.tip("with-data")))
        fresh.commit(PRIVATE, {**files, data: None}, "dana", "Propose")
        gone = dict.fromkeys(Tree(fresh.git, fresh.main).files(*places.of_model(MODEL)[1:]))
        fresh.commit(PRIVATE, {**gone, **made}, None, "Evidence")
        return fresh

    return once(companies, "private", propose).copy_to(tmp_path / "private")


def beside(world: World, person: str, data: bytes | None) -> Repository:
    """Return a person's clone with the data beside dataset.yaml, outside Git."""
    clone = world.clone(person)
    clone.run("checkout", "--quiet", PRIVATE)
    if data is not None:
        (clone.folder / places.dataset(MODEL, "german_credit.csv")).write_bytes(data)
    return open_repository(clone.folder, fetch=True)


def test_without_the_data_nothing_is_claimed_and_the_page_says_why(private: World) -> None:
    pages: list[Report] = []
    sign(private, "alice", branch=PRIVATE, shown=pages)
    (check,) = [item for item in pages[0].checks if item.id == f"{MODEL}: reproduced"]
    assert check.verdict is Verdict.REVIEW
    assert "neither in the proposal nor here" in check.found
    path = f"{places.approvals(MODEL)}/alice.yaml"
    assert not Approval.open(private.read(path, PRIVATE), path)[0].spec.reproduced


def test_who_has_the_data_signs_again_and_then_it_may_be_merged(private: World) -> None:
    data = private.read(places.dataset(MODEL, "german_credit.csv"))
    sign(private, "alice", branch=PRIVATE)
    headline = sign(private, "bob", branch=PRIVATE).headline
    assert "somebody who recomputes the metrics (alice or anna or bill or bob)" in headline
    assert [item.code for item in private.assess(PRIVATE).findings] == ["NOBODY_REPRODUCED"]
    assert private.assess(PRIVATE).verdict is Verdict.REVIEW
    tip = private.tip(PRIVATE)
    assert "nothing is left for bob to sign" in sign(private, "bob", branch=PRIVATE).headline
    assert private.tip(PRIVATE) == tip
    repository = beside(private, "bob", data)
    assert "may be merged" in sign(private, "bob", branch=PRIVATE, repository=replace(repository, remote=None)).headline


def test_other_data_beside_it_is_refused(private: World) -> None:
    data = private.read(places.dataset(MODEL, "german_credit.csv"))
    here = replace(beside(private, "bob", data + b"\n"), remote=None)
    assert refused(private, "bob", branch=PRIVATE, repository=here) == "FINGERPRINT_MISMATCH"
    file = here.git.folder / places.dataset(MODEL, "german_credit.csv")
    file.unlink()
    file.symlink_to(private.folder / "roster.yaml")
    assert refused(private, "bob", branch=PRIVATE, repository=here) == "FILE_MODE"


# -- what a bot wrote


def test_the_page_says_that_one_human_more_must_sign(promoted: World) -> None:
    branch = promoted.propose(2, by="robo")
    promoted.prove(branch)
    promoted.approve(branch, "alice", "bob")
    page = judged(promoted.repository(), Proposal(promoted.tip(branch), branch), promoted.now).report
    assert page.verdict is Verdict.REVIEW
    assert "one human more, for robo wrote some of it (anna or bill)" in page.headline
    assert "one human more (robo wrote it)" in text(page)
    assert "may be merged" in sign(promoted, "bill", branch=branch).headline


# -- the tool is main's


FALSE_PAGE = b'print("PASS  everything is fine, please sign")\n'


def runs(world: World, path: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program that is found on a path, as an editable install of a checkout would have it found."""
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-m", "counterseal", *words, "--repo", str(world.clone("alice").folder)]
    return subprocess.run(command, env=environment, cwd=world.folder, capture_output=True, text=True, check=False)


def test_a_proposal_that_edits_the_tool_cannot_have_itself_shown_by_it(proposed: World) -> None:
    path = "scripts/approve.py"
    edited = proposed.read(path).replace(b"def countersign(", FALSE_PAGE + b"\n\ndef countersign(")
    assert edited != proposed.read(path)
    proposed.commit("proposal/nicer-page", {path: edited}, "dana")
    checkout = proposed.clone("dana")
    main, only = proposed.folder / "main", proposed.folder / "only"
    checkout.run("worktree", "add", "--quiet", "--detach", str(main), "main")
    checkout.run("checkout", "--quiet", "proposal/nicer-page")
    shutil.copytree(checkout.folder / "scripts", only / "scripts")
    reviews = [word for name in proposed.reviews(BRANCH) for word in ("--reviews", name)]
    approve = ("approve", BRANCH, "--yes", "--reason", "Fine.", *reviews)
    before = proposed.git.run("for-each-ref")
    for found in (str(checkout.folder), f"{only}{os.pathsep}{main}"):
        done = runs(proposed, found, *approve)
        assert done.returncode == 1, done.stderr
        assert "TOOL_IS_CHANGED" in done.stderr
        assert "as main has" in done.stderr
        assert "`make install`" in done.stderr
    assert proposed.git.run("for-each-ref") == before, "nothing was signed"
    done = runs(proposed, str(main), *approve)
    assert done.returncode == 0, done.stderr
    assert "alice signed" in done.stdout


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("scripts", ("status", BRANCH)),
        ("scripts", ("check", BRANCH)),
        ("scripts", ("verify",)),
        ("scripts", ("verify", "--history")),
        ("counterseal", ("status", BRANCH)),
        ("pipelines", ("approve", BRANCH)),
    ],
)
def test_every_command_that_shows_a_page_is_mains(
    proposed: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    package: str,
    words: tuple[str, ...],
) -> None:
    real = tool.digest
    monkeypatch.setattr(tool, "digest", lambda name: "0" * 64 if name == package else real(name))
    assert proposed.types("alice", *words) == 1
    said = capsys.readouterr()
    assert "TOOL_IS_CHANGED" in said.err
    assert f"{package}/ " in said.err


def test_the_build_side_is_no_part_of_a_page_that_uses_none_of_it(
    proposed: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = tool.digest
    monkeypatch.setattr(tool, "digest", lambda name: "0" * 64 if name in {"pipelines", "serving"} else real(name))
    proposed.types("alice", "status", BRANCH)
    assert "holds, but may not be merged yet" in capsys.readouterr().out


def test_bytecode_that_is_never_compared_with_its_source_is_a_change(
    proposed: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "scripts"
    (package / "__pycache__").mkdir(parents=True)
    for name in ("__init__.py", "approve.py"):
        (package / name).write_bytes(b"x = 1\n")
    monkeypatch.setattr(tool, "find_spec", lambda name: type("Spec", (), {"origin": str(package / "__init__.py")}))
    honest = tool.digest.__wrapped__("scripts")
    cached = package / "__pycache__" / "approve.cpython-311.pyc"
    cached.write_bytes(b"\0\0\r\n" + b"\0\0\0\0" + b"\0" * 8)
    assert tool.digest.__wrapped__("scripts") == honest, "what Python compares with the source, it may keep"
    cached.write_bytes(b"\0\0\r\n" + b"\1\0\0\0" + b"\0" * 8)
    assert tool.digest.__wrapped__("scripts") != honest
    cached.unlink()
    (package / "approve.pyc").write_bytes(b"x")
    assert tool.digest.__wrapped__("scripts") != honest


def test_main_that_was_pushed_round_the_gate_is_not_what_to_install(proposed: World) -> None:
    path = "scripts/approve.py"
    proposed.commit("evil", {path: FALSE_PAGE}, "dana")
    merge = proposed.force("evil")
    with pytest.raises(Refused) as no:
        sign(proposed, "alice", Wish(yes=True, reason="r"))
    assert no.value.code == "TOOL_IS_CHANGED"
    assert merge[:12] in str(no.value)
    assert "take it back first" in str(no.value)


def test_a_main_that_moved_on_says_what_to_install(proposed: World) -> None:
    proposed.commit(
        "proposal/code", {"scripts/signing/people.py": proposed.read("scripts/signing/people.py") + b"\n"}, "dana"
    )
    acts.approve_change(proposed, "proposal/code", "mia")
    proposed.land("proposal/code")
    with pytest.raises(Refused) as no:
        sign(proposed, "alice", Wish(yes=True, reason="r"))
    assert no.value.code == "TOOL_IS_CHANGED"
    assert "check out main, `make install`" in str(no.value)
