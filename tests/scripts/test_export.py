"""The command ``export``: what it verifies first, what it writes, and how it puts it in place."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.crypto.dsse import keyid
from counterseal.documents import places
from counterseal.documents.advisories import Advisories
from counterseal.values import strict_json
from counterseal.verification.tree import Tree
from scripts.export import exported
from scripts.main import main
from scripts.repository.changes import write_tree
from scripts.upstream import in_toto
from scripts.upstream.promotion import verified
from tests.support import acts
from tests.support.world import CHECKOUT, MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.world import World


def files(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keys(world: World) -> tuple[str, ...]:
    return ("--key", str(world.keys / "ci.pem"), "--layout-key", str(world.keys / "layout.pem"))


def test_the_same_again_is_the_same_bytes(
    promoted: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "deep" / "two"
    two.mkdir(parents=True)  # an empty folder is as good as none
    assert promoted.types("olga", "export", MODEL, str(one), *keys(promoted)) == 0
    assert "left out" not in capsys.readouterr().out
    monkeypatch.setenv("COUNTERSEAL_CI_KEY", str(promoted.keys / "ci.pem"))
    monkeypatch.setenv("COUNTERSEAL_LAYOUT_KEY", str(promoted.keys / "layout.pem"))
    assert promoted.types("olga", "export", MODEL, str(two)) == 0
    assert files(one) == files(two)
    assert {"README.md", "model.sig", "in-toto/root.layout", "approvals/alice.sig"} <= set(files(one))
    assert not list(tmp_path.rglob(".counterseal-*"))


def test_without_keys_it_says_what_it_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped example: nobody has its keys any more."""
    there = tmp_path / "example"
    assert main(["export", MODEL, str(there), "--repo", str(CHECKOUT)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for name in ("model.sig", "in-toto/root.layout"):
        assert f"left out: {name}" in said
        assert name not in files(there)
        assert f"- {name}: it takes" in (there / "README.md").read_text()
    assert (there / "model" / "model.json").read_bytes() == (
        CHECKOUT / places.model_file(MODEL, "model.json")
    ).read_bytes()
    assert "model_signing verify" not in (there / "README.md").read_text()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    for folder in (tmp_path, tmp_path / "mine"):
        assert main(["export", MODEL, str(folder), "--repo", str(CHECKOUT)]) == 1
        assert "EXPORT_EXISTS" in capsys.readouterr().err
    assert files(tmp_path) == {"mine": b"mine"}


def test_a_path_below_a_file_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["export", MODEL, str(tmp_path / "file" / "there"), "--repo", str(CHECKOUT)]) == 1
    assert "SYSTEM" in capsys.readouterr().err


def command(folder: Path) -> tuple[str, ...]:
    """Return what exports the shipped example in a process of its own."""
    program = "import sys; from scripts.main import main; sys.exit(main())"
    return (sys.executable, "-c", program, "export", MODEL, str(folder))


def test_advisories_that_moved_on_since_the_run_are_those_of_the_run(world: World) -> None:
    world.prove(branch := world.propose(1))
    path = places.ADVISORIES
    before = world.read(path)
    newer = Advisories.read_json(before, path)
    spec = newer.spec.model_copy(update={"retrieved": newer.spec.retrieved + timedelta(hours=2)})
    world.commit("advisories/next", {path: strict_json.pretty(Advisories.of("pypi", spec).plain())}, "mia")
    world.land("advisories/next", by="mia")
    world.approve(branch, "alice", "bob")
    assert world.land(branch).promotions
    assert world.read(path) != before
    found = exported(world.repository(), MODEL, None, None, world.now)
    (there,) = (data for name, data in found.files.items() if name.endswith("/advisories"))
    assert there == before
    assert not any("advisories" in item for item in found.left_out)


def test_the_champion_is_the_one_that_was_met(replaced: World) -> None:
    path = places.model_file(MODEL, "model.json")
    first = Tree(replaced.git, acts.record(replaced, 1).commit).need(path)
    assert replaced.read(path) != first
    found = exported(replaced.repository(), MODEL, None, None, replaced.now)
    (there,) = (data for name, data in found.files.items() if name.endswith("/champion"))
    assert there == first


def test_data_that_is_not_in_the_repository_is_left_out_by_name(promoted: World) -> None:
    found = verified(promoted.repository(), MODEL, promoted.now)
    data = places.dataset(MODEL, "german_credit.csv")
    without = Tree(promoted.git, write_tree(promoted.git, promoted.main, {data: None}))
    part = in_toto.part(replace(found, trees=(without,)), None)
    assert not [name for name in part.files if name.endswith("/data")]
    assert [item for item in part.left_out if item.endswith("/data: its bytes are not in the repository")]
    assert [name for name in in_toto.part(found, None).files if name.endswith("/data")]


@pytest.mark.whole
def test_whoever_is_killed_leaves_all_or_nothing(tmp_path: Path) -> None:
    started = time.monotonic()
    subprocess.run(command(tmp_path / "whole"), cwd=CHECKOUT, capture_output=True, check=True)
    usual = time.monotonic() - started
    for turn in range(8):
        folder = tmp_path / str(turn)
        with subprocess.Popen(command(folder), cwd=CHECKOUT, stdout=subprocess.DEVNULL) as child:
            time.sleep(usual * (0.5 + turn / 14))
            child.kill()
        assert files(folder) in ({}, files(tmp_path / "whole"))
    assert not (tmp_path / "0").exists(), "the first is killed on its way"


@pytest.mark.whole
def test_a_full_disk_is_a_refusal_and_leaves_nothing(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    there = tmp_path / "there"
    done = subprocess.run(command(there), cwd=CHECKOUT, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "SYSTEM" in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_unknown_model_and_a_key_of_another_role(
    promoted: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there"
    assert promoted.types("olga", "export", "nothing", str(there)) == 1
    assert "UNKNOWN_MODEL" in capsys.readouterr().err
    assert promoted.types("olga", "export", MODEL, str(there), "--key", str(promoted.keys / "promoter.pem")) == 1
    assert "UNKNOWN_KEY" in capsys.readouterr().err
    assert promoted.types("olga", "export", MODEL, str(there), "--layout-key", str(promoted.keys / "none.pem")) == 1
    assert "MACHINE_KEY" in capsys.readouterr().err
    assert not there.exists()


def test_what_may_not_serve_is_not_exported(
    promoted: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = places.model_file(MODEL, "model.json")
    promoted.commit("main", {path: promoted.read(path).replace(b"84.0", b"85.0", 1)}, "alice")
    promoted.later(minutes=1)
    there = tmp_path / "there"
    assert promoted.types("olga", "export", MODEL, str(there), *keys(promoted)) == 0, "what serves is what was promoted"
    assert b"84.0" in (there / "model" / "model.json").read_bytes()
    log = promoted.read(places.record(1), "promotions")
    promoted.commit("promotions", {places.record(1): log.replace(b'"sig": "ME', b'"sig": "MF')}, None)
    assert promoted.types("mia", "export", MODEL, str(tmp_path / "other"), *keys(promoted)) == 1
    assert "BAD_SIGNATURE" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_a_restored_model_brings_both_records_and_all_who_signed(twice: World, tmp_path: Path) -> None:
    twice.later(hours=1)
    back = acts.restore(twice, acts.revert(twice, twice.main, "back"), "olga", to=1)
    assert [made.kind for made in acts.land(twice, back)] == ["restore"]
    there = tmp_path / "there"
    assert twice.types("mia", "export", MODEL, str(there), *keys(twice)) == 0
    found = files(there)
    assert {"bundles/promotion-000001.sigstore.json", "bundles/promotion-000003.sigstore.json"} <= set(found)
    assert {path for path in found if path.endswith(".sig")} == {
        "model.sig",
        *(f"approvals/{name}.sig" for name in ("alice", "bob", "olga.restore")),
    }
    assert "-I olga -n counterseal -s olga.restore.sig < olga.restore.payload" in found["README.md"].decode()


def test_an_approver_whose_key_was_stolen_is_no_longer_shown(twice: World, tmp_path: Path) -> None:
    acts.compromise(twice, "anna", 3)
    there = tmp_path / "there"
    assert twice.types("mia", "export", MODEL, str(there), *keys(twice)) == 0
    said = (there / "README.md").read_text()
    assert "- approvals/anna: its key is trusted no longer" in said
    assert "anna.payload" not in said
    assert "bill.payload" in said
    assert b"anna " not in (there / "approvals" / "allowed_signers").read_bytes()


def test_a_model_that_was_withdrawn_is_not_exported(
    promoted: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promoted.land(acts.propose_trust(promoted, lambda spec: spec.update(withdrawn=[1])), by="mia")
    assert promoted.types("mia", "export", MODEL, str(tmp_path / "there"), *keys(promoted)) == 1
    assert "WITHDRAWN" in capsys.readouterr().err
    assert not (tmp_path / "there").exists()


def test_a_machine_key_that_was_retired_still_counts_and_is_named_so(promoted: World, tmp_path: Path) -> None:
    (old,) = promoted.trust.machine_keys("ci")

    def rotate(spec: dict[str, Any]) -> None:
        spec["machines"]["ci"] = [acts.machine_key(promoted, "ci-2")]
        spec["retired"] = {keyid(old): 2}

    promoted.land(acts.propose_trust(promoted, rotate), by="mia")
    there = tmp_path / "there"
    assert promoted.types("mia", "export", MODEL, str(there)) == 0
    assert f"- `keys/ci-{keyid(old)[:8]}.pem`, retired since promotion 2\n" in (there / "README.md").read_text()
    assert len(list((there / "keys").glob("ci-*.pem"))) == 1, "the new key signed nothing of this"
