"""audit: look up known vulnerabilities of everything the bill of materials names.

* pip-audit does the matching, over the committed snapshot instead of a network.
* A version the snapshot does not know is *unknown*; it is listed as such, and never counted as clean.
* The scan's time is the run's, the database's that of the snapshot; its version is the snapshot's SHA-256.
* A BOM without packages is refused: an empty scan finds nothing, and means nothing.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version
from pip_audit._audit import Auditor
from pip_audit._dependency_source import DependencySource
from pip_audit._service import ResolvedDependency, SkippedDependency, VulnerabilityService
from pip_audit._service.interface import VulnerabilityID, VulnerabilityResult

from counterseal.documents import places
from counterseal.documents.advisories import Advisories
from counterseal.values import instant, strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from pipelines.step import Made, Task

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pip_audit._fix import ResolvedFixVersion
    from pip_audit._service import Dependency

    from counterseal.documents.advisories import Advisory

SCANNER = "pip-audit"
#: The specification wants a URI here; who was asked, in words, stands in the advisories themselves.
DATABASE = "urn:counterseal:advisories:pypi"


class Packages(DependencySource):
    """The packages of a BOM: name → version, as the BOM spells it."""

    def __init__(self, versions: Mapping[str, str]) -> None:
        """Offer these packages."""
        self._versions = versions

    def collect(self) -> Iterator[Dependency]:
        """See ``DependencySource.collect``."""
        for name, text in self._versions.items():
            try:
                yield ResolvedDependency(name, Version(text))
            except InvalidVersion:
                yield SkippedDependency(name, f"{text} is not a version")

    def fix(self, fix_version: ResolvedFixVersion) -> None:
        """See ``DependencySource.fix``; a BOM is evidence, nobody mends it in place."""
        raise NotImplementedError(fix_version)


class Snapshot(VulnerabilityService):
    """Answers from the committed snapshot; what it does not know, it skips with a reason."""

    def __init__(self, advisories: Advisories, versions: Mapping[str, str]) -> None:
        """Answer from these advisories, for these spellings of versions."""
        self._advisories = advisories
        self._versions = versions

    def query(self, spec: Dependency) -> tuple[Dependency, list[VulnerabilityResult]]:
        """See ``VulnerabilityService.query``."""
        found = None if spec.is_skipped() else self._advisories.lookup(spec.name, self._versions[spec.name])
        if found is None:
            return SkippedDependency(spec.name, "not in the snapshot"), []
        return spec, [_result(item) for item in found]


def run(task: Task) -> Made:
    """Scan the BOM."""
    where = places.bom(task.scope.model)
    bom = strict_json.loads(task.document("bom"), where)
    advisories = Advisories.read_json(task.document("advisories"), places.ADVISORIES)
    found, unknown, scanned = scan(bom, advisories, where)
    predicate = {
        "scanner": {
            "uri": f"pkg:pypi/{SCANNER}@{version(SCANNER)}",
            "version": version(SCANNER),
            "db": {
                "uri": DATABASE,
                "version": sha256(task.document("advisories")),
                "lastUpdate": instant.render(advisories.spec.retrieved),
            },
            "result": found,
        },
        "metadata": {"scanStartedOn": instant.render(task.now), "scanFinishedOn": instant.render(task.now)},
        **task.extension(unknown=unknown, scanned_components=scanned),
    }
    says = f"{len(found)} known vulnerabilities in {scanned} packages, {len(unknown)} packages unknown to the snapshot"
    return Made(predicate, about=("bom",), says=says)


def scan(bom: Mapping[str, Any], advisories: Advisories, where: str) -> tuple[list[dict[str, Any]], list[str], int]:
    """Return what was found, the purls nothing is known about, and how many packages were asked for."""
    packages = {item["name"]: item for item in bom.get("components", ()) if item.get("type") == "library"}
    if not packages:
        raise refuse("BOM_WITHOUT_PACKAGES", where, "packages to look up", "none")
    versions = {name: item.get("version", "") for name, item in sorted(packages.items())}
    answers = list(Auditor(Snapshot(advisories, versions)).audit(Packages(versions)))
    purl = {name: item.get("purl", name) for name, item in packages.items()}
    found = [_found(purl[answer.name], result) for answer, results in answers for result in results]
    unknown = sorted(purl[answer.name] for answer, _ in answers if answer.is_skipped())
    return sorted(found, key=lambda item: (item["component"], item["id"])), unknown, len(packages)


def _result(item: Advisory) -> VulnerabilityResult:
    ids = [VulnerabilityID(text) for text in (item.id, *item.aliases)]
    return VulnerabilityResult.create(ids, item.summary, [Version(text) for text in item.fixed], None)


def _found(purl: str, result: VulnerabilityResult) -> dict[str, Any]:
    told = {
        "aliases": sorted(result.aliases),
        "summary": result.description,
        "fixed": [str(fixed) for fixed in result.fix_versions],
    }
    return {"id": str(result.id), "component": purl, "severity": [], "annotations": [told]}
