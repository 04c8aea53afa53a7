"""The audit: what is unknown is never clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.documents import places
from counterseal.documents.advisories import Advisories, AdvisoriesSpec, Advisory
from counterseal.documents.statement import EXTENSION, Statement
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from pipelines import audit
from tests.pipelines import world
from tests.pipelines.conftest import KEYS

if TYPE_CHECKING:
    from tests.pipelines.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
BAD = {"id": "CVE-2026-2", "aliases": ["PYSEC-2026-2", "GHSA-x"], "summary": "It leaks", "fixed": ["2.1"]}


def bom(*packages: tuple[str, str]) -> dict[str, Any]:
    components = [{"type": "library", "name": n, "version": v, "purl": f"pkg:pypi/{n}@{v}"} for n, v in packages]
    return {"components": [{"type": "data", "name": "rows"}, *components]}


def snapshot(**packages: dict[str, list[dict[str, Any]]]) -> Advisories:
    spec = AdvisoriesSpec.model_validate({"source": "a test", "retrieved": world.NOW, "packages": packages})
    return Advisories.of("pypi", spec)


def test_what_is_known_is_found() -> None:
    found, unknown, scanned = audit.scan(bom(("a", "2.0"), ("b", "1")), snapshot(a={"2.0": [BAD]}, b={"1": []}), "x")
    assert (unknown, scanned) == ([], 2)
    [result] = found
    assert (result["id"], result["component"]) == ("PYSEC-2026-2", "pkg:pypi/a@2.0")
    told = {"aliases": ["CVE-2026-2", "GHSA-x"], "summary": "It leaks", "fixed": ["2.1"]}
    assert result["annotations"] == [told]


def test_two_names_of_one_vulnerability_are_one() -> None:
    other = {"id": "GHSA-x", "summary": "The same"}
    assert len(audit.scan(bom(("a", "2.0")), snapshot(a={"2.0": [BAD, other]}), "x")[0]) == 1


@pytest.mark.parametrize(
    "packages",
    [{}, {"a": {"1.9": []}}, {"other": {"2.0": []}}],
    ids=["an empty snapshot", "another version", "another package"],
)
def test_what_the_snapshot_does_not_know_is_unknown(packages: dict[str, Any]) -> None:
    assert audit.scan(bom(("a", "2.0")), snapshot(**packages), "x") == ([], ["pkg:pypi/a@2.0"], 1)


@pytest.mark.parametrize("version", ["", "not a version"])
def test_a_component_without_a_version_is_unknown(version: str) -> None:
    assert audit.scan(bom(("a", version)), snapshot(a={"1": []}), "x")[1] == [f"pkg:pypi/a@{version}"]


def test_versions_are_those_the_bom_spells() -> None:
    assert audit.scan(bom(("a", "2024.07.4")), snapshot(a={"2024.07.4": [BAD]}), "x")[1] == []


def test_the_kernel_finds_in_the_real_bom_what_pip_audit_finds(german: Run) -> None:
    made = json.loads(german.files["sbom/german-credit.cdx.json"])
    advisories = Advisories.read_json((ROOT / places.ADVISORIES).read_bytes(), places.ADVISORIES)
    packages = {name: dict(versions) for name, versions in advisories.spec.packages.items()}
    del packages["joblib"]
    packages["scikit-learn"] = {version: (Advisory.model_validate(BAD),) for version in packages["scikit-learn"]}
    for known in (advisories, snapshot(**packages), snapshot()):  # type: ignore[arg-type]
        assert known.scan(made) == audit.scan(made, known, "x")
    assert advisories.scan(made).components > 100


NAMES = st.sampled_from(["PYSEC-1", "PYSEC-2", "CVE-1", "CVE-2", "CVE-3", "GHSA-a", "GHSA-b", "OSV-1"])
FLAWS = st.builds(
    lambda names, summary: {"id": names[0], "aliases": names[1:], "summary": summary, "fixed": ["2.1"]},
    st.lists(NAMES, min_size=1, max_size=4, unique=True),
    st.sampled_from(["one", "two"]),
)


@given(st.lists(FLAWS, max_size=6), st.lists(FLAWS, max_size=3))
def test_the_kernel_counts_names_of_one_vulnerability_as_pip_audit_does(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    known = snapshot(a={"2.0": first}, b={"1": second})
    made = bom(("A", "2.0"), ("b", "1"), ("c", "3"))
    assert known.scan(made) == audit.scan(made, known, "x")


def test_a_bom_without_packages_is_refused() -> None:
    with pytest.raises(Refused, match="BOM_WITHOUT_PACKAGES"):
        audit.scan(bom(), snapshot(), "x")


def test_the_statement_says_who_looked_where_and_when(german: Run) -> None:
    path = "attestations/german-credit/audit.sigstore.json"
    predicate = Statement.open(german.files[path], KEYS, path).predicate
    assert predicate["metadata"] == {"scanStartedOn": "2026-11-22T03:26:23Z", "scanFinishedOn": "2026-11-22T03:26:23Z"}
    assert predicate["scanner"]["uri"].startswith("pkg:pypi/pip-audit@")
    assert predicate["scanner"]["db"]["uri"] == "urn:counterseal:advisories:pypi"
    assert predicate["scanner"]["db"]["version"] == sha256(german.inputs.advisories)
    assert [item["id"] for item in predicate["scanner"]["result"]] == ["PYSEC-2026-1"]
    [unknown] = predicate[EXTENSION]["unknown"]
    assert unknown.startswith("pkg:pypi/rich@")
    assert predicate[EXTENSION]["scanned_components"] > 150
