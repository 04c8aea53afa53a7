"""docs/VERIFY_BY_HAND.md is run as it stands, on a company that was made for it and on forgeries of that company."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from counterseal.crypto import dsse
from counterseal.crypto.sealed import open_sealed, seal
from counterseal.documents import places
from counterseal.documents.record import Promotion, read_promotion
from counterseal.documents.trust import Roots
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit, write_tree
from scripts.repository.evidence import CI
from scripts.signing.keys import sign
from tests.support.world import CHECKOUT, MODEL, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (CHECKOUT / "docs/VERIFY_BY_HAND.md").read_text(), re.MULTILINE | re.DOTALL)
RECORD = places.record(1)
ENOUGH = 15


def by_hand(world: World, tmp_path: Path) -> tuple[int, int, str]:
    """Run the page in a fresh clone; return the exit status, the number of the last block begun, and all it printed."""
    clone = tmp_path / "clone"
    world.git.run("clone", "--quiet", str(world.forge), str(clone))
    script = "".join(f"echo '== block {number}'\n{block}" for number, block in enumerate(BLOCKS, 1))
    given = {"MODEL": MODEL, "N": "1", "ROOTS": str(world.keys / "roots.yaml"), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{script}"],
        cwd=clone,
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, int(re.findall("^== block ([0-9]+)$", done.stdout, re.MULTILINE)[-1]), done.stdout


def test_fifteen_commands_prove_a_promotion(promoted: World, tmp_path: Path) -> None:
    status, last, printed = by_hand(promoted, tmp_path)
    assert (status, last) == (0, len(BLOCKS)), printed
    assert len(BLOCKS) <= ENOUGH
    assert "alice signed as owner" in printed
    assert "bob signed as risk" in printed
    assert "DIFFERENT" not in printed


def test_a_later_promotion_and_a_chain_of_more_than_one(promoted: World, tmp_path: Path) -> None:
    promoted.later(hours=1)
    promoted.promoted(2)
    status, _, printed = by_hand(promoted, tmp_path)
    assert status == 0, printed


def test_every_number_on_the_page_is_a_block_that_follows_it() -> None:
    page = (CHECKOUT / "docs/VERIFY_BY_HAND.md").read_text()
    steps = re.findall(r"^\*\*([0-9]+)\. (?:(?!^\*\*).)*?^```sh$", page, re.MULTILINE | re.DOTALL)
    assert steps == [str(number) for number in range(1, len(BLOCKS) + 1)]
    assert page.count("If it failed") + page.count("Fails if") == len(BLOCKS)


def record(world: World) -> Promotion:
    data = world.read(RECORD, "promotions")
    return read_promotion(dsse.open_bundle(data, world.trust.machine_keys("promoter"), RECORD), RECORD)


def log(world: World, files: dict[str, bytes]) -> None:
    """Put files into the log; nobody is asked."""
    tip = world.promotions
    world.put("promotions", write_commit(world.git, write_tree(world.git, tip, files), [tip], "A record", CI))


def forge(world: World, change: dict[str, bytes], slipped: dict[str, bytes], **says: object) -> None:
    """Merge a change of the proposal, slip more into the merge, and have the promoter, who is in it, sign a record."""
    before = f"{world.main}^1"
    tip = world.commit(f"proposal/{MODEL}-v1", change, "dana")
    honest = world.git.merged_tree(before, tip)
    assert honest
    tree = write_tree(world.git, honest, slipped)
    merge = write_commit(world.git, tree, [world.git.run("rev-parse", before), tip], "Merge", CI)
    world.put("main", merge)
    fields = {**dict(record(world)), "commit": merge, "tree": tree, **says}
    log(world, {RECORD: Promotion.model_validate(fields).sign(world.signer("promoter"))})


def other_byte(world: World, path: str, old: bytes, new: bytes, branch: str = "main") -> dict[str, bytes]:
    data = world.read(path, branch)
    assert data.count(old) >= 1
    return {path: data.replace(old, new, 1)}


def model_byte(world: World) -> None:
    path = places.model_file(MODEL, "model.json")
    forge(world, other_byte(world, path, b'"maximum": 84.0', b'"maximum": 85.0'), {})


def one_file_more(world: World) -> None:
    forge(world, {f"registry/{MODEL}/model/extra.json": b"{}\n"}, {})


def evil_merge(world: World) -> None:
    forge(world, {}, {"README.md": b"Slipped in.\n"})


def entry_byte(world: World) -> None:
    forge(world, other_byte(world, places.entry(MODEL), b"tier: high", b"tier: low"), {})


def approval_byte(world: World) -> None:
    change = other_byte(world, f"{places.approvals(MODEL)}/alice.yaml", b"Seen and", b"Sean and")
    digest = sha256(next(iter(change.values())))
    forge(world, change, {}, approvals=(digest,))


def approval_nobody_can_show(world: World) -> None:
    forge(world, {}, {}, approvals=("0" * 64,))


def no_approval(world: World) -> None:
    forge(world, {}, {}, approvals=())


def record_byte(world: World) -> None:
    log(world, other_byte(world, RECORD, b'"sig": "ME', b'"sig": "MF', "promotions"))


def record_by_ci(world: World) -> None:
    log(world, {RECORD: record(world).sign(world.signer("ci"))})


def record_of_another_model(world: World) -> None:
    forge(world, {}, {}, model="other")


def broken_chain(world: World) -> None:
    forge(world, {}, {}, previous="0" * 64)


def genesis_byte(world: World) -> None:
    path = places.record(0)
    log(world, other_byte(world, path, b"SSH SIGNATURE-----\\nU1NI", b"SSH SIGNATURE-----\\nV1NI", "promotions"))
    previous = sha256(Tree(world.git, world.promotions).need(path))
    forge(world, {}, {}, previous=previous)


def recountersigned(world: World, change: dict[str, bytes]) -> None:
    """Change files, say so in the entry, and have alice sign that: only what CI signed is left to speak up."""
    entry = world.read(places.entry(MODEL))
    for path, content in change.items():
        entry = entry.replace(sha256(world.read(path)).encode(), sha256(content).encode())
    path = f"{places.approvals(MODEL)}/alice.yaml"
    old = sha256(world.read(places.entry(MODEL))).encode()
    body = open_sealed(world.read(path), path).body.replace(old, sha256(entry).encode())
    approval = seal(body, {"alice": sign(world.key("alice"), body)})
    files = {**change, places.entry(MODEL): entry, path: approval}
    forge(world, files, {}, entry=sha256(entry), approvals=(sha256(approval),))


def evidence_by_the_promoter(world: World) -> None:
    path = places.link(MODEL, "bom")
    payload = base64.b64decode(json.loads(world.read(path))["payload"])
    envelope = dsse.sign(payload, dsse.STATEMENT, world.signer("promoter"))
    recountersigned(world, {path: strict_json.pretty(envelope)})


def evidence_byte(world: World) -> None:
    recountersigned(
        world, other_byte(world, places.statement(MODEL, "evaluate"), b'"payload": "eyJ', b'"payload": "eyK')
    )


def evidence_of_another_model(world: World) -> None:
    path = places.model_file(MODEL, "model.json")
    recountersigned(world, other_byte(world, path, b'"maximum": 84.0', b'"maximum": 85.0'))


def another_spec(world: World) -> None:
    recountersigned(world, other_byte(world, places.spec(MODEL), b"seed: 0", b"seed: 1"))


def other_roots(world: World) -> None:
    spec = world.roots.spec
    keys = {name: (world.trust.spec.people[key].keys) for name, key in zip(spec.keys, ("dana", "dora"), strict=True)}
    (world.keys / "roots.yaml").write_bytes(Roots.of("roots", spec.model_copy(update={"keys": keys})).write())


@pytest.mark.parametrize(
    ("attack", "block", "says"),
    [
        (other_roots, 3, "Could not verify signature"),
        (record_byte, 5, ""),
        (record_by_ci, 5, "promoter"),
        (record_of_another_model, 6, "DIFFERENT"),
        (broken_chain, 7, "DIFFERENT"),
        (genesis_byte, 8, ""),
        (evil_merge, 9, "DIFFERENT"),
        (entry_byte, 10, "DIFFERENT"),
        (model_byte, 11, "model.json: FAILED"),
        (one_file_more, 11, "> registry/german-credit/model/extra.json"),
        (approval_byte, 12, "Could not verify signature"),
        (approval_nobody_can_show, 12, ""),
        (no_approval, 12, ""),
        (evidence_by_the_promoter, 13, "trust-1.ci"),
        (evidence_byte, 13, "erification"),
        (evidence_of_another_model, 14, ""),
        (another_spec, 15, "DIFFERENT"),
    ],
)
def test_a_forgery_stops_at_the_block_that_proves_the_opposite(
    promoted: World, tmp_path: Path, attack: Callable[[World], None], block: int, says: str
) -> None:
    attack(promoted)
    status, last, printed = by_hand(promoted, tmp_path)
    assert status != 0
    assert last == block, printed
    assert says in printed
