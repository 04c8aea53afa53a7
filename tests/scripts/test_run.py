from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.finding import Verdict
from counterseal.verification.commit import read_commit
from counterseal.verification.tree import Tree
from scripts import run as command
from scripts.main import main
from scripts.repository import tool
from scripts.repository.evidence import CI
from tests.support.faults import each_death
from tests.support.world import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from counterseal.verification.git import Git
    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


@pytest.fixture
def ci(proposed: World) -> Git:
    git = proposed.clone("ci")
    git.run("switch", "--quiet", BRANCH)
    git.run("config", "commit.gpgsign", "true")
    return git


def run(world: World, ci: Git, *words: str) -> int:
    return main(["run", "--repo", str(ci.folder), "--key", str(world.keys / "ci.pem"), *words])


def test_the_pipeline_makes_a_proof_that_verifies_and_ci_commits_it_unsigned(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    branch = world.propose(1)
    git = world.clone("ci")
    git.run("switch", "--quiet", branch)
    assert run(world, git, "--push") == 0
    said = capsys.readouterr()
    assert "made" in said.out
    assert "evaluate  AUC" in said.err
    assert git.run("status", "--porcelain") == ""
    assert world.tip(branch) == git.run("rev-parse", "HEAD")
    commit = read_commit(world.git, world.tip(branch))
    assert commit.signature is None
    assert b"counterseal CI" in commit.signed
    found = world.assess(branch)
    assert found.verdict is Verdict.REVIEW
    assert found.ground.authors == {"dana"}


def test_a_proof_that_verifies_is_not_made_again(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "run_pipeline", None)
    assert run(proposed, ci, "--push") == 0
    assert "stands, not made again" in capsys.readouterr().out
    assert proposed.tip(BRANCH) == ci.run("rev-parse", "HEAD")


def test_data_that_changed_after_the_proof_is_told(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = (ci.folder / "datasets" / MODEL).glob("*.csv")
    file.write_bytes(file.read_bytes() + b"\n")
    assert run(proposed, ci) == 1
    assert "FINGERPRINT_MISMATCH" in capsys.readouterr().err
    file.unlink()
    assert run(proposed, ci) == 0, "who has no data has the proof"


def test_a_proof_that_does_not_verify_is_made_again_and_its_approvals_go(
    proposed: World, ci: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed.approve(BRANCH, "alice")
    ci.run("pull", "--quiet")
    kept = Tree(proposed.git, proposed.tip(BRANCH))
    made = {
        path: data for path, data in kept.contents(*places.of_model(MODEL)[1:]).items() if "/approvals/" not in path
    }
    monkeypatch.setattr(command, "run_pipeline", lambda *_: made)
    model = ci.folder / places.model_file(MODEL, "model.json")
    model.write_bytes(model.read_bytes() + b" ")
    (ci.folder / f"attestations/{MODEL}/old-step.link").write_text("left over")
    assert run(proposed, ci, "--push") == 0
    tree = Tree(proposed.git, proposed.tip(BRANCH))
    assert tree.names(places.approvals(MODEL)) == []
    assert "old-step.link" not in tree.names(f"attestations/{MODEL}")
    assert proposed.assess(BRANCH).verdict is Verdict.REVIEW


def test_a_run_that_died_before_committing_is_finished_by_the_next(
    proposed: World, ci: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    ci.run("rm", "--quiet", "-r", "--cached", f"registry/{MODEL}", f"attestations/{MODEL}")
    ci.run("commit", "--quiet", "--no-gpg-sign", "--message", "evidence lost", environment=CI.environment)
    monkeypatch.setattr(command, "run_pipeline", None)
    assert run(proposed, ci, "--commit") == 0
    assert ci.run("status", "--porcelain") == ""
    assert proposed.git.run("rev-parse", f"{BRANCH}^{{tree}}") == ci.run("rev-parse", "HEAD^{tree}")


@pytest.mark.whole
def test_whenever_it_dies_the_next_run_finishes(
    proposed: World, ci: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = Tree(proposed.git, proposed.tip(BRANCH)).contents(*places.of_model(MODEL)[1:])
    monkeypatch.setattr(command, "run_pipeline", lambda *_: made)
    proved = proposed.git.run("rev-parse", f"{BRANCH}^{{tree}}")
    tip, deaths = proposed.commit(BRANCH, dict.fromkeys(made)), 0
    ci.run("pull", "--quiet")
    shutil.copytree(ci.folder, tmp_path / "kept", symlinks=True)
    for _ in each_death(monkeypatch, lambda: run(proposed, ci, "--push")):
        deaths += 1
        assert run(proposed, ci, "--push") == 0
        assert proposed.git.run("rev-parse", f"{BRANCH}^{{tree}}") == proved
        assert ci.run("status", "--porcelain") == ""
        proposed.put(BRANCH, tip)
        shutil.rmtree(ci.folder)
        shutil.copytree(tmp_path / "kept", ci.folder, symlinks=True)
    assert deaths > len(made), "each file is put in its place by itself"


def test_without_a_key_nothing_is_run(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COUNTERSEAL_CI_KEY", raising=False)
    assert main(["run", "--repo", str(ci.folder)]) == 1
    assert "NO_MACHINE_KEY" in capsys.readouterr().err


def test_other_code_than_the_rules_name_runs_nothing(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = tool.digest
    monkeypatch.setattr(tool, "digest", lambda package: "0" * 64 if package == "pipelines" else digest(package))
    assert run(proposed, ci) == 1
    assert "TOOL_IS_CHANGED" in capsys.readouterr().err


def test_data_that_is_a_link_is_not_read(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (ci.folder / places.entry(MODEL)).unlink()
    data = ci.folder / "datasets" / MODEL / "german_credit.csv"
    (tmp_path / "outside.csv").write_bytes(data.read_bytes())
    data.unlink()
    data.symlink_to(tmp_path / "outside.csv")
    before = ci.run("status", "--porcelain")
    assert run(proposed, ci) == 1
    assert "FILE_MODE" in capsys.readouterr().err
    assert ci.run("status", "--porcelain") == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FINGERPRINT_MISMATCH"),
        (b"age,colour\n1,red\n", "FINGERPRINT_MISMATCH"),
    ],
)
def test_other_data_than_described_is_refused_and_nothing_changes(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str], data: bytes, code: str
) -> None:
    (ci.folder / places.entry(MODEL)).unlink()
    (ci.folder / "datasets" / MODEL / "german_credit.csv").write_bytes(data)
    before = ci.run("status", "--porcelain")
    assert run(proposed, ci) == 1
    assert code in capsys.readouterr().err
    assert ci.run("status", "--porcelain") == before


def test_on_main_there_is_nothing_to_run(
    promoted: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "run_pipeline", None)
    assert run(promoted, promoted.clone("ci")) == 0
    assert "no model changed" in capsys.readouterr().out


@pytest.mark.whole
def test_training_again_gives_the_same_bytes_and_needs_no_key(
    proposed: World, ci: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--repo", str(ci.folder), "--verify"]) == 0
    said = capsys.readouterr().out
    assert "bit-equal" in said
    assert "the one recorded" in said
    assert ci.run("status", "--porcelain") == ""
    assert proposed.tip(BRANCH) == ci.run("rev-parse", "HEAD")


def test_a_model_that_training_does_not_give_is_refused(ci: Git, capsys: pytest.CaptureFixture[str]) -> None:
    model = ci.folder / places.model_file(MODEL, "model.json")
    model.write_bytes(model.read_bytes() + b" ")
    assert main(["run", "--repo", str(ci.folder), "--verify"]) == 1
    assert "NOT_REPRODUCED" in capsys.readouterr().err
