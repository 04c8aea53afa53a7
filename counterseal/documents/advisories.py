"""Known vulnerabilities of exact package versions, as one committed snapshot.

* A version looked up and found clean has an empty list; one that is not listed is unknown, and unknown is not clean.
* Package names are normalised, as the index spells them; whoever asks may spell them otherwise.
* The snapshot says when it was retrieved, so that a rule can refuse an old one without asking a clock.
* ``scan`` looks up a whole bill of materials, as the audit step's scanner does: several names of one vulnerability are
  one. What a server asks today is then what CI would find today.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field, StringConstraints

from counterseal.documents.document import Document, Value
from counterseal.values.instant import Instant
from counterseal.values.names import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=200)]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9A-Za-z.!+]*$", max_length=100)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]*$", max_length=100)]


class Advisory(Value):
    """One vulnerability: its id, its other ids, what it is, and the versions that mend it."""

    id: Id
    aliases: tuple[Id, ...] = ()
    summary: Annotated[Text, Field(max_length=400)]
    fixed: tuple[Version, ...] = ()


class Scan(NamedTuple):
    """What a lookup of a whole bill of materials gave: findings, the purls nothing is known of, how many were asked."""

    result: list[dict[str, Any]]
    unknown: list[str]
    components: int


class AdvisoriesSpec(Value):
    """The advisories of each version of each package; ``source`` says who was asked, in words."""

    source: Text
    retrieved: Instant
    packages: dict[PackageName, dict[Version, tuple[Advisory, ...]]]


class Advisories(Document):
    """policies/advisories/pypi.json."""

    KIND: ClassVar[str] = "Advisories"
    kind: Literal["Advisories"]
    spec: AdvisoriesSpec

    def lookup(self, name: str, version: str) -> tuple[Advisory, ...] | None:
        """Return what is known of a version: empty for a clean one, None for one nobody looked up."""
        return self.spec.packages.get(normalised(name), {}).get(version)

    def scan(self, bom: Mapping[str, Any]) -> Scan:
        """Look up every library of a bill of materials."""
        packages = {item["name"]: item for item in bom.get("components", ()) if item.get("type") == "library"}
        known = {name: self.lookup(name, item.get("version", "")) for name, item in packages.items()}
        purl = {name: item.get("purl", name) for name, item in packages.items()}
        found = [_told(purl[name], item) for name, listed in known.items() for item in _merged(listed or ())]
        unknown = sorted(purl[name] for name, listed in known.items() if listed is None)
        return Scan(sorted(found, key=lambda item: (item["component"], item["id"])), unknown, len(packages))


def normalised(name: str) -> str:
    """Return a package's name in the index's one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _Flaw(NamedTuple):
    """One vulnerability under all its names."""

    id: str
    aliases: frozenset[str]
    advisory: Advisory

    @property
    def names(self) -> frozenset[str]:
        return self.aliases | {self.id}

    def joined(self, other: _Flaw) -> _Flaw:
        return self._replace(aliases=self.aliases | other.aliases - {self.id})


def _merged(advisories: Iterable[Advisory]) -> list[_Flaw]:
    """Tell what has several names once: under its PYSEC id if it has one, else under the name told first."""
    flaws = [_flaw(item) for item in advisories]
    found = [flaw for flaw in flaws if _rank(flaw.id) == 0]
    seen = {name for flaw in found for name in flaw.names}
    for flaw in flaws:
        if seen.isdisjoint(flaw.names):
            seen |= flaw.names
            found.append(flaw)
        else:
            place = next(place for place, item in enumerate(found) if not item.names.isdisjoint(flaw.names))
            found[place] = found[place].joined(flaw)
    return found


def _flaw(advisory: Advisory) -> _Flaw:
    first, *others = sorted((advisory.id, *advisory.aliases), key=_rank)
    return _Flaw(first, frozenset(others), advisory)


def _rank(name: str) -> int:
    return 0 if name.startswith("PYSEC") else 1 if name.startswith("CVE") else 2


def _told(purl: str, flaw: _Flaw) -> dict[str, Any]:
    told = {"aliases": sorted(flaw.aliases), "summary": flaw.advisory.summary, "fixed": list(flaw.advisory.fixed)}
    return {"id": flaw.id, "component": purl, "severity": [], "annotations": [told]}
