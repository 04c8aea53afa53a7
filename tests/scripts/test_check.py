from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.values.finding import Verdict
from scripts.check import checked
from scripts.main import main
from scripts.repository import tool
from scripts.repository.proposals import find
from tests.support.world import MODEL, spec

if TYPE_CHECKING:
    from counterseal.verification.git import Git
    from scripts.report.report import Report
    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


def check(world: World, name: str) -> Report:
    repository = world.repository()
    return checked(repository, find(repository, name), world.now)


def codes(report: Report) -> list[str]:
    return [item.code for item in report.findings]


def test_what_only_lacks_signatures_is_a_review_with_no_findings(proposed: World) -> None:
    report = check(proposed, BRANCH)
    assert (report.verdict, report.findings, report.code) == (Verdict.REVIEW, (), 1)
    assert "owner (alice or anna), risk (bob or bill)" in report.headline


def test_what_is_countersigned_may_be_merged(proposed: World) -> None:
    proposed.approve(BRANCH, "alice", "bob")
    report = check(proposed, BRANCH)
    assert (report.verdict, report.code) == (Verdict.PASS, 0)
    assert "may be merged: promote german-credit, number 2" in report.headline


def test_an_author_is_not_asked_to_sign(promoted: World) -> None:
    promoted.prove(promoted.propose(2, by="anna", threshold=0.45))
    assert "owner (alice), risk (bob or bill)" in check(promoted, BRANCH).headline


def test_a_proposal_that_was_not_run_says_so(world: World) -> None:
    branch = world.propose(1)
    assert codes(check(world, branch)) == ["ENTRY_MISSING"]


def test_documents_are_read_before_anything_was_run(world: World) -> None:
    path = places.spec(MODEL)
    broken = spec(1).replace(b"logistic-regression", b"pickled-thing")
    world.commit("proposal/bad", {path: broken})
    report = check(world, "proposal/bad")
    assert codes(report)[0] == "ESTIMATOR_NOT_ALLOWED"
    line = broken.decode().split("\n").index("    name: pickled-thing") + 1
    assert report.findings[0].where == f"{path}:{line}"
    assert report.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"policies/rules/quality/policy.yaml": b"kind: Policy\n"}, "MISSING_FIELD"),
        ({"policies/rules/drift/policy.yaml": None}, "RULE_DIGEST"),
        ({"policies/waivers/w.yaml": b"kind: Waiver\nkind: Waiver\n"}, "YAML_DUPLICATE_KEY"),
        ({".github/CODEOWNERS": b"* @mallory\n"}, "CODEOWNERS_DRIFT"),
        ({"secret/file.txt": b"x"}, "UNKNOWN_PATH"),
        ({"model_specs/other.yaml": spec(1)}, "NAME_MISMATCH"),
        ({"datasets/german-credit/dataset.yaml": b"a: &x 1\n"}, "YAML_ANCHOR"),
    ],
)
def test_each_kind_of_document_is_looked_at(world: World, files: dict[str, bytes | None], code: str) -> None:
    world.commit("proposal/bad", files)
    report = check(world, "proposal/bad")
    assert code in codes(report)
    assert report.verdict is Verdict.FAIL


def test_a_changed_tool_judges_nothing(
    proposed: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tool, "digest", lambda package: "0" * 64)
    for command in ("check", "status"):
        assert proposed.types("dana", command, BRANCH) == 1
        assert "TOOL_IS_CHANGED" in capsys.readouterr().err


def test_a_tree_without_a_log_is_judged_by_itself(alone: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--repo", str(alone.folder)]) == 0
    assert "main: the tree holds by itself" in capsys.readouterr().out
    (alone.folder / ".github" / "CODEOWNERS").write_text("* @mallory\n")
    identity = ("-c", "user.name=m", "-c", "user.email=m@x", "-c", "commit.gpgsign=false")
    alone.run(*identity, "commit", "--quiet", "--all", "--message=mine")
    for command in ("check", "status"):
        assert main([command, "--repo", str(alone.folder)]) == 1
        assert "CODEOWNERS_DRIFT" in capsys.readouterr().out
