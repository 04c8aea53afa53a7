"""Known vulnerabilities of exact package versions, as one committed snapshot.

* A version looked up and found clean has an empty list; one that is not listed is unknown, and unknown is not clean.
* Package names are normalised, as the index spells them; whoever asks may spell them otherwise.
* The snapshot says when it was retrieved, so that a rule can refuse an old one without asking a clock.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from counterseal.documents.document import Document, Value
from counterseal.values.instant import Instant
from counterseal.values.names import Text

PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=200)]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9A-Za-z.!+]*$", max_length=100)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]*$", max_length=100)]


class Advisory(Value):
    """One vulnerability: its id, its other ids, what it is, and the versions that mend it."""

    id: Id
    aliases: tuple[Id, ...] = ()
    summary: Annotated[Text, Field(max_length=400)]
    fixed: tuple[Version, ...] = ()


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


def normalised(name: str) -> str:
    """Return a package's name in the index's one spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()
