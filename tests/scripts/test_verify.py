from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.trust import Roots
from counterseal.verification import plain_tree
from counterseal.verification.history import UNCHECKED
from scripts.main import main
from scripts.repository import tool
from scripts.verify import HISTORY, SKIPPED
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.verification.git import Git
    from tests.support.world import World


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_verify_says_what_may_serve(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert twice.types("olga", "verify", "--format", "json") == 0
    value = told(capsys)
    assert value["tables"]["models"][0] | {"entry": "", "promoted": ""} == {
        "model": MODEL,
        "number": "2",
        "kind": "promote",
        "version": "2",
        "tier": "high",
        "approved by": "anna, bill",
        "promoted": "",
        "entry": "",
    }
    assert "up to promotion 2" in value["headline"]
    assert not any("root keys came from" in note for note in value["notes"])


def test_verify_as_of_an_earlier_commit(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    first = twice.log().records[1].promotion.commit
    assert twice.types("olga", "verify", "--at", first, "--format", "json") == 0
    assert told(capsys)["tables"]["models"][0]["version"] == "1"
    assert twice.types("olga", "verify", "--at", "nowhere") == 1
    assert "NO_COMMIT" in capsys.readouterr().err


def test_verify_all_of_history(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert twice.types("olga", "verify", "--history", "--format", "json") == 0
    value = told(capsys)
    assert [check["verdict"] for check in value["checks"]] == ["PASS"] * 3
    assert value["headline"] == "3 promotions, each rightly made; 1 of 1 that should serve hold today"
    rows = value["tables"]["promotions"]
    assert [tuple(rows[0]), tuple(rows[2])] == [HISTORY, HISTORY]
    assert rows[2] | {"when": "", "commit": ""} == {
        "number": "2",
        "kind": "promote",
        "model": MODEL,
        "version": "2",
        "approved by": "anna, bill",
        "when": "",
        "then": "PASS",
        "today": "PASS",
        "commit": "",
        "why": "-",
    }
    assert (rows[0]["kind"], rows[0]["approved by"], rows[0]["today"]) == ("genesis", "rita, rolf", "-")
    unchecked = [note for note in value["notes"] if note.startswith("not checked: ")]
    assert len(unchecked) == len(UNCHECKED) + 1
    assert twice.types("olga", "verify", "--history") == 0
    assert capsys.readouterr().out.count("promote") >= 2


def test_history_says_what_no_longer_holds(replaced: World, capsys: pytest.CaptureFixture[str]) -> None:
    replaced.land(acts.propose_trust(replaced, {"withdrawn": [2]}))
    acts.land(replaced, acts.ready_loans(replaced))
    bad = replaced.force(acts.ready(replaced, 3, "bob"))
    assert replaced.types("olga", "verify", "--history", "--format", "json") == 0, "rightly promoted all the same"
    value = told(capsys)
    assert "1 of 2 that should serve hold today" in value["headline"]
    row = value["tables"]["promotions"][2]
    assert (row["then"], row["today"], row["why"].partition(":")[0]) == ("PASS", "FAIL", "WITHDRAWN")
    (skipped,) = value["tables"]["merges without a record"]
    assert tuple(skipped) == SKIPPED
    assert (skipped["commit"], skipped["kind"], skipped["then"]) == (bad[:12], "refused", "FAIL")
    assert replaced.types("olga", "verify", "loans", "--history", "--format", "json") == 0
    assert [row["model"] for row in told(capsys)["tables"]["promotions"]] == ["loans"]
    assert replaced.types("olga", "verify", "nonsense", "--history") == 1
    assert "UNKNOWN_MODEL" in capsys.readouterr().err


def test_a_record_that_lies_is_a_row_and_a_finding(replaced: World, capsys: pytest.CaptureFixture[str]) -> None:
    acts.write_record(replaced, kind="retire", model=MODEL, commit=replaced.main)
    assert replaced.types("olga", "verify", "--history", "--format", "json") == 1
    value = told(capsys)
    assert [row["then"] for row in value["tables"]["promotions"]] == ["PASS", "PASS", "PASS", "FAIL"]
    assert [item["code"] for item in value["findings"]] == ["RECORD_DIFFERS"]
    assert replaced.types("olga", "verify", "--history", "--format", "junit") == 1
    assert capsys.readouterr().out.count("<testcase") == 5


# -- less than a clone


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--single-branch", "--branch=main"], "SINGLE_BRANCH"),
        (["--depth=1", "--branch=main"], "SHALLOW_CLONE"),
        (["--depth=1", "--no-single-branch"], "SHALLOW_CLONE"),
        (["--filter=blob:none"], "PARTIAL_CLONE"),
    ],
)
def test_less_than_a_clone_is_refused_by_name_and_the_way_out_works(
    replaced: World, flags: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    replaced.git.run("config", "uploadpack.allowFilter", "true")
    folder = replaced.folder / "less"
    replaced.git.run("clone", "--quiet", "--no-checkout", *flags, f"file://{replaced.forge}", str(folder))
    words = ["verify", "--history", "--repo", str(folder), "--roots", str(replaced.keys / "roots.yaml")]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert code in said
    way_out = said.partition("`")[2].partition("`")[0]
    subprocess.run(["sh", "-c", way_out], cwd=folder, check=True, capture_output=True)
    assert main(words) == 0, capsys.readouterr().err


def test_replaced_objects_and_grafts_change_nothing(replaced: World, capsys: pytest.CaptureFixture[str]) -> None:
    clone = replaced.clone("olga")
    old, new = acts.record(replaced, 1).commit, acts.record(replaced, 2).commit
    clone.run("replace", new, old)
    entry = clone.run("rev-parse", f"{new}:{places.entry(MODEL)}")
    clone.run("replace", "--force", entry, clone.run("hash-object", "-w", "--stdin", data=b"nothing"))
    (clone.folder / ".git" / "info" / "grafts").write_text(f"{new}\n")
    assert replaced.types("olga", "verify", "--history", "--format", "json") == 0
    rows = told(capsys)["tables"]["promotions"]
    assert [(row["version"], row["then"]) for row in rows] == [("-", "PASS"), ("1", "PASS"), ("2", "PASS")]


def test_keys_from_the_same_clone_prove_consistency_not_origin(
    twice: World, capsys: pytest.CaptureFixture[str]
) -> None:
    twice.clone("olga").run("config", "--unset", "counterseal.roots")
    assert main(["verify", "--repo", str(twice.folder / "clones" / "olga")]) == 0
    assert "not where it came from" in " ".join(capsys.readouterr().out.split())


def test_other_root_keys_are_refused(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    roots = twice.folder / "other-roots.yaml"
    other = twice.roots.spec.model_copy(update={"keys": {"rita": twice.trust.spec.people["mia"].keys}, "threshold": 1})
    for spec, code in (
        (twice.roots.spec.model_copy(update={"log_id": "0" * 32}), "LOG_ID"),
        (other, "TRUST_THRESHOLD"),
    ):
        roots.write_bytes(Roots.of("roots", spec).write())
        assert twice.types("olga", "verify", "--roots", str(roots)) == 1
        assert code in capsys.readouterr().err
    assert twice.types("olga", "verify", "--roots", str(twice.folder / "none")) == 1
    assert "NO_ROOTS" in capsys.readouterr().err


def test_a_tampered_byte_is_found_in_history(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    path = places.model_file(MODEL, "model.json")
    branch = "proposal/tamper"
    twice.commit(branch, {path: twice.read(path).replace(b"1", b"2", 1)}, by="alice")
    merge = twice.force(branch)
    assert twice.types("olga", "verify", "--history") == 0, "what was promoted still is what was promoted"
    said = " ".join(capsys.readouterr().out.split())
    assert f"{merge[:12]} refused - FAIL TREE_NOT_LIVE" in said


def test_a_changed_tool_verifies_nothing(
    twice: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tool, "digest", lambda package: "0" * 64)
    for words in (["verify"], ["verify", "--history"]):
        assert twice.types("olga", *words) == 1
        assert "TOOL_IS_CHANGED" in capsys.readouterr().err


def test_an_unknown_model_is_refused(twice: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert twice.types("olga", "verify", "nonsense") == 1
    assert "UNKNOWN_MODEL" in capsys.readouterr().err


def test_a_tree_without_a_log_says_what_it_leaves_unchecked(alone: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--repo", str(alone.folder)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "by the tree alone (log: none)" in said
    assert "not where it came from" in said
    assert said.count("not checked: ") == len(plain_tree.UNCHECKED)
    assert main(["verify", "--history", "--repo", str(alone.folder)]) == 1


def test_a_tree_without_a_log_has_no_history(alone: Git, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["history"], ["rollback", MODEL]):
        assert main([*words, "--repo", str(alone.folder)]) == 1
        assert "log: none" in capsys.readouterr().err
