"""The real thing: a company's forge, the kernel's judgement, a model trained by the pipeline, answers over HTTP."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from counterseal.documents import places
from counterseal.values.finding import Refused
from counterseal.verification.follow import follow
from scripts.repository.changes import write_commit
from scripts.repository.evidence import CI
from serving.audit_walk import walk
from serving.poller import attempt
from serving.settings import Settings
from serving.source import Source
from tests.serving import toy
from tests.support.world import MODEL, World

ROOT = Path(__file__).resolve().parents[2]
DOOR = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from scripts.main import main; sys.exit(main())"
PATIENCE = 60.0

Make = Callable[..., Settings]


@pytest.fixture
def source(promoted: World, make_settings: Make) -> Source:
    settings = make_settings(remote=str(promoted.forge), clock=lambda: promoted.now)
    return Source(settings, promoted.roots, follow)


def golden(bare: Any) -> list[Any]:
    return list(bare.service.table.route(MODEL).served.golden.spec.rows)


def answers_as_promised(bare: Any) -> bool:
    rows = golden(bare)
    predictions = bare.predict(*[dict(row.row) for row in rows], model=MODEL).json()["predictions"]
    found = [(item["probability"], item["decision"]) for item in predictions]
    return found == [(pytest.approx(row.outputs[0], abs=1e-12), row.decision) for row in rows]


def test_a_promotion_is_followed_admitted_and_answers(promoted: World, source: Source, bare: Any) -> None:
    bare.service.take(attempt(source.poll))
    described = bare.http.get(f"/model/{MODEL}").json()
    assert (described["number"], described["version"], described["approvers"]) == (1, 1, ["alice", "bob"])
    assert described["commit"] == promoted.main
    approved = promoted.read(places.model_file(MODEL, "model.json"))
    assert bare.http.get(f"/model/{MODEL}/model.json").content == approved
    assert bare.http.get(f"/model/{MODEL}/what-if").status_code == 200
    assert answers_as_promised(bare)


def test_what_is_merged_round_the_gate_does_not_serve(promoted: World, source: Source, bare: Any) -> None:
    bare.service.take(attempt(source.poll))
    path = places.model_file(MODEL, "model.json")
    promoted.commit("quick-fix", {path: promoted.read(path).replace(b'"threshold": 0.', b'"threshold": 0.1')})
    promoted.force("quick-fix")
    offer = attempt(source.poll)
    assert offer.snapshot
    assert offer.snapshot.main == promoted.main
    bare.service.take(offer)
    assert answers_as_promised(bare)


def test_a_log_that_was_tampered_with_is_refused_and_the_last_good_version_serves(
    promoted: World, source: Source, bare: Any
) -> None:
    bare.service.take(attempt(source.poll))
    path = places.record(1)
    record = promoted.read(path, "promotions")
    promoted.commit("promotions", {path: record.replace(b"A", b"B", 1)}, by="dana")
    offer = attempt(source.poll)
    assert offer.snapshot is None
    assert offer.findings
    bare.service.take(offer)
    assert answers_as_promised(bare)


@pytest.mark.parametrize(("branch", "code"), [("main", "REWOUND_MAIN"), ("promotions", "REWOUND_PROMOTIONS")])
def test_a_rewound_branch_is_refused(promoted: World, source: Source, branch: str, code: str) -> None:
    assert source.poll()
    promoted.put(branch, promoted.git.run("rev-parse", f"refs/heads/{branch}^1"))
    with pytest.raises(Refused) as caught:
        source.poll()
    assert caught.value.code == code


def test_a_merge_that_leads_round_a_promotion_is_refused(promoted: World, source: Source) -> None:
    assert source.poll()
    before, after = promoted.git.run("rev-parse", f"{promoted.main}^1"), promoted.main
    tree = promoted.git.run("rev-parse", f"{before}^{{tree}}")
    promoted.put("main", write_commit(promoted.git, tree, [before, after], "The wrong way round", CI))
    with pytest.raises(Refused) as caught:
        source.poll()
    assert caught.value.code == "REWOUND_MAIN"


def test_other_root_keys_admit_nothing(promoted: World, make_settings: Make) -> None:
    offer = attempt(Source(make_settings(remote=str(promoted.forge)), toy.roots(), follow).poll)
    assert offer.snapshot is None
    assert [finding.code for finding in offer.findings] == ["LOG_ID"]


@pytest.fixture
def door(promoted: World, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    words = ["serve", "--remote", str(promoted.forge), "--roots", str(promoted.keys / "roots.yaml")]
    words += ["--state", str(tmp_path / "state"), "--port", "0", "--poll", "0.1"]
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", DOOR, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.whole
def test_the_command_serves_what_was_promoted_and_swaps_it(
    promoted: World, door: subprocess.Popen[str], tmp_path: Path
) -> None:
    address = tmp_path / "state" / "address"
    until(address.exists)
    url = address.read_text().strip()

    def number() -> int:
        found = httpx.get(f"{url}/model/{MODEL}", trust_env=False, timeout=PATIENCE).json()
        return int(found.get("number", 0))

    until(lambda: number() == 1)
    promoted.promoted(2)
    until(lambda: number() == 2)
    codes = [item["code"] for item in httpx.get(f"{url}/events", trust_env=False).json()["events"]]
    assert "PICKLE_LOADED_EARLY" not in codes
    maps = Path(f"/proc/{door.pid}/maps")
    assert not maps.exists() or not [name for name in ("/_pickle.", "numpy", "sklearn") if name in maps.read_text()]
    door.terminate()
    _, errors = door.communicate(timeout=PATIENCE)
    assert (door.returncode, "Traceback" in errors) == (0, False), errors
    assert walk(tmp_path / "state" / "audit").findings == ()


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
