"""Ask the package index for the known vulnerabilities of everything a lock pins, and write the snapshot.

``python -I -m scripts.github.advisories [LOCK] [SNAPSHOT]``, with network. The rules:

* pip-audit's own service asks, for each pinned version. Where an index has no answer for a version, it is asked for the
  package, and that answer counts only if its latest release is the pinned one.
* What was not answered is left out, which is unknown, and to the judge unknown is not clean. It is listed on screen.
* The same answers at the same time give the same bytes. Addresses are cut from summaries, and none is written anywhere.
* If nothing was answered, nothing is written.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version
from pip_audit._service.interface import ResolvedDependency, ServiceError, VulnerabilityService
from pip_audit._service.pypi import PyPIService
from requests import RequestException, Response, Session

from counterseal.documents import places
from counterseal.documents.advisories import Advisories, AdvisoriesSpec, Advisory, normalised
from counterseal.values.finding import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pip_audit._service.interface import VulnerabilityResult

THREADS = 8
SECONDS = 30
SUMMARY = 300
NAME = "pypi"

Pin: TypeAlias = tuple[str, str]
Answers: TypeAlias = "Mapping[Pin, tuple[Advisory, ...] | None]"

_ADDRESS = re.compile(r"\S*(?://|www\.)\S*")


class LatestToo:
    """A session that falls back, from a page about a version, to the package's page if that is about this version."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get(self, url: str, timeout: float | None = None) -> Response:
        """Get a page about this version that lists vulnerabilities, none or more; or what the index said instead."""
        package, version, page = url.rsplit("/", 2)
        for address in (url, f"{package}/{page}"):
            answer = self.session.get(address, timeout=timeout)
            if answer.status_code >= 500 or (answer.ok and _is_about(answer.json(), version)):  # noqa: PLR2004 (ill)
                return answer
        nothing = Response()
        nothing.status_code = 404
        return nothing


def _is_about(page: Any, version: str) -> bool:  # noqa: ANN401 (JSON is any value)
    try:
        about = Version(page["info"]["version"]) == Version(version)
        return bool(about) and isinstance(page["vulnerabilities"], list)
    except (KeyError, TypeError, InvalidVersion):
        return False


def pins(lock: str) -> tuple[Pin, ...]:
    """Return each name and version that a lock pins, sorted; raise Refused if there are none."""
    text = re.sub(r"(?m)^ *#.*\n", "", lock).replace("\\\n", "")
    requirements = [Requirement(line.split(" --hash=")[0]) for line in text.splitlines() if line.strip()]
    found = {(normalised(item.name), str(item.specifier).removeprefix("==")) for item in requirements}
    if not found:
        raise refuse("EMPTY_LOCK", places.LOCK, "pinned packages", "none", "run `make lock`")
    return tuple(sorted(found))


def ask_all(service: PyPIService, wanted: tuple[Pin, ...]) -> dict[Pin, tuple[Advisory, ...] | None]:
    """Return what the index knows of each version, asking for several at a time."""
    service.session = cast("Session", LatestToo(service.session))
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(wanted, pool.map(lambda pin: ask(service, pin), wanted), strict=True))


def ask(service: VulnerabilityService, pin: Pin) -> tuple[Advisory, ...] | None:
    """Return what the index knows of one version; None if it gave no answer about that version."""
    name, version = pin
    try:
        dependency, results = service.query(ResolvedDependency(name, Version(version)))
    except (ServiceError, RequestException, ValueError):
        return None
    return None if dependency.is_skipped() else tuple(_unique(map(_advisory, results)))


def snapshot(answers: Answers, retrieved: datetime) -> Advisories:
    """Put the answers into a document; raise Refused if there are none."""
    packages: dict[str, dict[str, tuple[Advisory, ...]]] = {}
    for (name, version), found in sorted(answers.items()):
        if found is not None:
            packages.setdefault(name, {})[version] = found
    if not packages:
        raise refuse("NO_ADVISORIES", places.ADVISORIES, "an answer from the index", "none", "is there a network?")
    source = f"the package index's JSON API, asked through pip-audit {installed('pip-audit')}"
    return Advisories.of(NAME, AdvisoriesSpec(source=source, retrieved=retrieved, packages=packages))


def refresh(lock: Path, target: Path, service: PyPIService, now: datetime) -> Answers:
    """Write the snapshot of a lock's packages; raise Refused, and write nothing, if nothing was answered."""
    if not lock.is_file():
        raise refuse("NO_LOCK", str(lock), "a lock file", "none", "run this in the repository, or name the lock")
    answers = ask_all(service, pins(lock.read_text(encoding="utf-8")))
    _replace(target, snapshot(answers, now).write_json())
    return answers


def main(arguments: list[str]) -> int:
    """Refresh the snapshot and tell what was found and what stayed unknown."""
    parser = ArgumentParser(prog="python -m scripts.github.advisories", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lock", nargs="?", type=Path, default=Path(places.LOCK))
    parser.add_argument("snapshot", nargs="?", type=Path, default=Path(places.ADVISORIES))
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as cache:
        answers = refresh(given.lock, given.snapshot, PyPIService(Path(cache), SECONDS), datetime.now(UTC))
    sys.stdout.writelines(f"{line}\n" for line in told(answers))
    return 0


def told(answers: Answers) -> Iterable[str]:
    """Say what was found and what was not, a line each."""
    for (name, version), found in sorted(answers.items()):
        if found is None:
            yield f"unknown     {name} {version}: no answer about this version"
        for advisory in found or ():
            mend = f"fixed in {', '.join(advisory.fixed)}" if advisory.fixed else "no fixed version"
            yield f"vulnerable  {name} {version}: {advisory.id}, {mend}"
    clean = sum(1 for found in answers.values() if found == ())
    yield f"{len(answers)} versions: {clean} clean, {sum(1 for found in answers.values() if found is None)} unknown"


def _advisory(result: VulnerabilityResult) -> Advisory:
    plain = " ".join(_ADDRESS.sub("", result.description).split())
    summary = plain if len(plain) <= SUMMARY else f"{plain[:SUMMARY].rsplit(' ', 1)[0]} …"
    return Advisory(
        id=result.id,
        aliases=tuple(sorted(result.aliases)),
        summary=summary or "no summary",
        fixed=tuple(map(str, sorted(result.fix_versions))),
    )


def _unique(advisories: Iterable[Advisory]) -> Iterable[Advisory]:
    """Leave out what is told a second time under another id."""
    seen: set[str] = set()
    for advisory in sorted(advisories, key=lambda item: (not item.id.startswith("PYSEC"), item.id)):
        if not seen & {advisory.id, *advisory.aliases}:
            yield advisory
        seen |= {advisory.id, *advisory.aliases}


def _replace(target: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.write_bytes(content)
    os.replace(part, target)  # noqa: PTH105 (a rename that replaces)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refused:
        sys.exit(str(refused))
