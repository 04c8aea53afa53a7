"""The rules document, and the id of a run, which ``sha256sum`` makes again."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents.rules import Code, Rules, run_id
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from tests.goldens.examples import code, rules_document

if TYPE_CHECKING:
    from pathlib import Path

RULES = rules_document()
PLAIN: dict[str, Any] = RULES.plain()
CODE = PLAIN["spec"]["code"][0]


def test_a_runs_id_is_what_sha256sum_prints(tmp_path: Path) -> None:
    spec, dataset = sha256(b"spec"), sha256(b"dataset")
    lines = "".join(
        f"{part}\n" for part in (spec, dataset, *(CODE[name] for name in ("counterseal", "pipelines", "lock")))
    )
    (tmp_path / "parts").write_text(lines)
    listed = subprocess.run(
        ["openssl", "dgst", "-sha256", "-r", "parts"], cwd=tmp_path, capture_output=True, check=True
    )
    assert listed.stdout.split()[0].decode() == run_id(spec, dataset, code())


def test_every_part_counts_and_so_does_its_place() -> None:
    digests = [sha256(text.encode()) for text in "abcde"]

    def run(spec: str, dataset: str, *parts: str) -> str:
        return run_id(spec, dataset, Code(**dict(zip(("counterseal", "pipelines", "lock"), parts, strict=True))))

    ids = {run(*digests)}
    for place in range(5):
        changed = [*digests[:place], sha256(b"other"), *digests[place + 1 :]]
        ids.add(run(*changed))
    ids |= {run(*digests[1:], digests[0]), run(digests[1], digests[0], *digests[2:])}
    assert len(ids) == 8


@pytest.mark.parametrize(
    "fields",
    [
        {"rules": {}},
        {"rules": {"Tier": sha256(b"")}},
        {"rules": {"tier": "x"}},
        {"code": []},
        {"code": [CODE | {"more": sha256(b"")}]},
        {"code": [{name: CODE[name] for name in ("counterseal", "lock")}]},
        {"code": CODE},
        {"version": 0},
        {"replaces": -1},
        {"pipeline": "HEAD"},
        {"log_id": "mine"},
    ],
)
def test_what_is_no_rules_document(fields: dict[str, Any]) -> None:
    assert Rules.read_json(strict_json.canonical(PLAIN), "x") == RULES
    with pytest.raises(Refused):
        Rules.read_json(strict_json.canonical(PLAIN | {"spec": PLAIN["spec"] | fields}), "x")
