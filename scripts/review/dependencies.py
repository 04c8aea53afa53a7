"""What a model is made of, old against new: packages, their licences, and the weaknesses that are known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.report.report import Table
from scripts.review.fields import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scripts.review.side import Side

LICENCE, UNKNOWN = "counterseal:licence", "unknown"


def table(new: Side, old: Side) -> Table:
    """Return what changed among the components, and among what the audit found of them."""
    now, then = components(new.bom), components(old.bom)
    rows = (*_packages(now, then), *_weaknesses(new.findings, old.findings))
    says = f"{len(now)} packages" + ("." if rows else ", the same as before.")
    return Table("Dependencies", ("what", "was", "is", "licence"), rows, says)


def components(bom: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return name → (version, licence) of each package."""
    return {item["name"]: (item["version"], _licence(item)) for item in bom["components"] if item["type"] == "library"}


def _licence(component: Mapping[str, Any]) -> str:
    found = {item["name"]: item["value"] for item in component.get("properties", ())}
    return str(found.get(LICENCE, UNKNOWN))


def _packages(now: Mapping[str, tuple[str, str]], then: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    gone = (NONE, NONE)
    for name in sorted({*now, *then}):
        (is_, licence), (was, before) = now.get(name, gone), then.get(name, gone)
        if (is_, licence) != (was, before):
            told = licence if before in {licence, NONE} or licence == NONE else f"{before} → {licence}"
            yield name, was, is_, before if licence == NONE else told


def _weaknesses(now: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    new, old = set(vulnerabilities(now)), set(vulnerabilities(then))
    yield from ((f"{id_} in {package}", NONE, "vulnerable", NONE) for package, id_ in sorted(new - old))
    yield from ((f"{id_} in {package}", "vulnerable", NONE, NONE) for package, id_ in sorted(old - new))


def vulnerabilities(findings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (package, id) of each weakness that the audit step knew of."""
    for item in findings["result"]:
        yield item["component"].removeprefix("pkg:pypi/"), item["id"]
