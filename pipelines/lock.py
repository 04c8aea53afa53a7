"""The lock file as values: what is installed here, in which version, from which files.

* Each line pins one version and names the SHA-256 of every file it may come from (LOCK_SYNTAX, LOCK_NO_HASH).
* A pin for other platforms or Pythons does not count; of the rest, each package is pinned once (LOCK_TWICE).
* What is installed in another version than the lock says means another environment (ENVIRONMENT_NOT_LOCKED).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from counterseal.values.digest import is_sha256
from counterseal.values.finding import Finding, Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_HASH = " --hash=sha256:"
_PIN = re.compile(r"==([0-9][0-9A-Za-z.!+]*)")


@dataclass(frozen=True)
class Pin:
    """A package of the lock."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """The package's URL in the scheme of BOMs; it names no host."""
        return f"pkg:pypi/{self.name}@{self.version}"


@dataclass(frozen=True)
class Installed:
    """What is installed of a package: its distribution, and its metadata, read once."""

    distribution: metadata.Distribution
    fields: metadata.PackageMetadata

    @property
    def version(self) -> str:
        """The version that is installed."""
        return self.fields["Version"]

    def values(self, field: str) -> list[str]:
        """Return all values of a metadata field."""
        return self.fields.get_all(field) or []


def read(data: bytes, where: str) -> tuple[Pin, ...]:
    """Read the pins that count on this platform, by name; raise Refused for whatever does not fit."""
    pins = sorted(_pins(data.decode("utf-8", "replace"), where), key=lambda pin: pin.name)
    if not pins:
        raise refuse("LOCK_SYNTAX", where, "at least one pinned package", "none")
    for name, count in Counter(pin.name for pin in pins).items():
        if count > 1:
            raise refuse("LOCK_TWICE", where, f"one pin of {name} for this platform", f"{count}")
    return tuple(pins)


def installed(pin: Pin) -> Installed | None:
    """Return what is installed of a package, if it is."""
    try:
        distribution = metadata.distribution(pin.name)
    except metadata.PackageNotFoundError:
        return None
    return Installed(distribution, distribution.metadata)


def needs(package: Installed | None) -> tuple[str, ...]:
    """Return the packages that an installed package says it needs here, extras aside."""
    wanted = map(Requirement, package.values("Requires-Dist") if package else ())
    here = (item for item in wanted if item.marker is None or item.marker.evaluate({"extra": ""}))
    return tuple(sorted({canonicalize_name(item.name) for item in here}))


def _pins(text: str, where: str) -> Iterator[Pin]:
    number, joined = 0, ""
    for line in text.splitlines():
        number += 1
        if not line.lstrip().startswith("#"):
            joined += line.removesuffix("\\").rstrip() if line.endswith("\\") else line
            if line.endswith("\\"):
                continue
        if joined.strip():
            yield from _pin(joined, f"{where}:{number}")
            joined = ""


def _pin(text: str, where: str) -> Iterator[Pin]:
    specifier, *hashes = re.sub(r"\s+", " ", text).strip().split(_HASH)
    try:
        requirement = Requirement(specifier)
    except InvalidRequirement as error:
        raise refuse("LOCK_SYNTAX", where, "name==version --hash=sha256:…", specifier[:60]) from error
    version = _PIN.fullmatch(str(requirement.specifier))
    if version is None:
        raise refuse("LOCK_SYNTAX", where, f"one exact version of {requirement.name}", str(requirement.specifier)[:60])
    if not hashes or not all(map(is_sha256, hashes)):
        raise refuse("LOCK_NO_HASH", where, f"SHA-256 hashes of {requirement.name}", "none, or others")
    if requirement.marker is None or requirement.marker.evaluate():
        yield Pin(canonicalize_name(requirement.name), version[1], tuple(sorted(set(hashes))))


def check(pins: Sequence[Pin], packages: Mapping[str, Installed | None], where: str) -> None:
    """Raise Refused if the environment is another than the locked one."""
    if findings := tuple(_drifted(pins, packages, where)):
        raise Refused(*findings)


def _drifted(pins: Sequence[Pin], packages: Mapping[str, Installed | None], where: str) -> Iterator[Finding]:
    for pin in pins:
        package = packages[pin.name]
        if package is not None and package.version != pin.version:
            mend = "run it in the locked environment: make install"
            yield Finding("ENVIRONMENT_NOT_LOCKED", where, f"{pin.name} {pin.version}", package.version, mend)
