from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.trust import Roots
from counterseal.verification.plain_tree import UNCHECKED
from scripts import tool
from scripts.main import main
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
    assert "each rightly made" in value["headline"]


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
    assert f"not promoted: refused merge at {merge[:12]}; {places.entry(MODEL)}: TREE_NOT_LIVE" in said


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
    assert said.count("not checked: ") == len(UNCHECKED)
    assert main(["verify", "--history", "--repo", str(alone.folder)]) == 1


def test_a_tree_without_a_log_has_no_history(alone: Git, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["history"], ["rollback", MODEL]):
        assert main([*words, "--repo", str(alone.folder)]) == 1
        assert "log: none" in capsys.readouterr().err
