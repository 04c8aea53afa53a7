import json
import re
from pathlib import Path
from typing import Any

import pytest

from counterseal.documents import places
from counterseal.documents.advisories import Advisories, Advisory, normalised
from counterseal.values.finding import Refused

ROOT = Path(__file__).resolve().parents[3]
FLAW = {"id": "PYSEC-2026-1325", "aliases": ["CVE-2024-23342"], "summary": "A timing attack.", "fixed": []}
VALUE: dict[str, Any] = {
    "apiVersion": "counterseal/v1",
    "kind": "Advisories",
    "metadata": {"name": "pypi"},
    "spec": {
        "source": "an index",
        "retrieved": "2026-11-22T00:00:00Z",
        "packages": {"ecdsa": {"0.19.2": [FLAW]}, "typing-extensions": {"4.15.0": []}},
    },
}


def read(value: Any) -> Advisories:
    return Advisories.read_json(json.dumps(value).encode(), places.ADVISORIES)


def test_a_snapshot_round_trips() -> None:
    snapshot = read(VALUE)
    assert Advisories.read_json(snapshot.write_json(), "x") == snapshot
    assert snapshot.write_json() == Advisories.read_json(snapshot.write_json(), "x").write_json()


def test_unknown_is_not_clean() -> None:
    snapshot = read(VALUE)
    assert snapshot.lookup("ecdsa", "0.19.2") == (Advisory.model_validate(FLAW),)
    assert snapshot.lookup("typing-extensions", "4.15.0") == ()
    assert snapshot.lookup("typing-extensions", "4.15.1") is None
    assert snapshot.lookup("soup", "1.0") is None


def test_a_scan_finds_what_is_known_and_lists_what_is_not() -> None:
    packages = [("ecdsa", "0.19.2"), ("typing_extensions", "4.15.0"), ("soup", "1.0")]
    components = [{"type": "library", "name": n, "version": v, "purl": f"pkg:pypi/{n}@{v}"} for n, v in packages]
    found = read(VALUE).scan({"components": [*components, {"type": "data", "name": "rows"}]})
    assert (found.unknown, found.components) == (["pkg:pypi/soup@1.0"], 3)
    assert [(item["id"], item["component"]) for item in found.result] == [(FLAW["id"], "pkg:pypi/ecdsa@0.19.2")]
    assert read(VALUE).scan({}) == ([], [], 0)


@pytest.mark.parametrize("name", ["typing_extensions", "Typing.Extensions", "typing-_extensions"])
def test_a_name_may_be_asked_for_in_any_spelling(name: str) -> None:
    assert normalised(name) == "typing-extensions"
    assert read(VALUE).lookup(name, "4.15.0") == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("packages",), {"Typing_Extensions": {"4.15.0": []}}),
        (("packages",), {"ecdsa": {"latest": []}}),
        (("packages",), {"ecdsa": {"0.19.2": None}}),
        (("packages",), {"ecdsa": {"0.19.2": [{**FLAW, "severity": "low"}]}}),
        (("packages",), {"ecdsa": {"0.19.2": [{**FLAW, "id": "rm -rf"}]}}),
        (("packages",), {"ecdsa": {"0.19.2": [{**FLAW, "summary": "x" * 401}]}}),
        (("retrieved",), "last week"),
        (("source",), ""),
    ],
)
def test_a_snapshot_that_is_not_whole_is_refused(path: tuple[str], value: object) -> None:
    with pytest.raises(Refused):
        read({**VALUE, "spec": {**VALUE["spec"], path[0]: value}})


def test_the_repositorys_snapshot_holds_and_names_no_address() -> None:
    data = (ROOT / places.ADVISORIES).read_bytes()
    snapshot = Advisories.read_json(data, places.ADVISORIES)
    assert snapshot.write_json() == data
    assert len(snapshot.spec.packages) > 100
    assert re.findall(rb"(?i)://|www\.|pypi\.|\.org\b", data) == []
