"""``counterseal verify``: was what stands here rightly promoted, does it still hold? Offline, from root keys alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.values import instant
from counterseal.values.finding import Finding, Verdict, refuse, worst
from counterseal.verification.follow import Served, follow
from counterseal.verification.history import verify_history
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.progress import working
from scripts.report import Check, Format, Report, Table, show
from scripts.repository import open_repository
from scripts.tool import check_tool

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.verification.follow import Snapshot, Stopped
    from counterseal.verification.history import Line
    from scripts.repository import Repository


@dataclass(frozen=True)
class Point:
    """A commit of main, and the log as it was then."""

    main: str
    promotions: str | None


def verify(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="Only this model.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="REV", help="As of this commit of main.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Judge every promotion there ever was again.")] = False,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Prove that what stands in the repository was rightly promoted.

    Two questions, never mixed: was it rightly promoted, by the rules, keys and time of then; and does it still hold
    today? Needs no network, nobody's word, and the root keys (--roots).
    """
    repository = open_repository(repo, roots)
    point = _point(repository, at)
    with working("Judging every promotion again" if history else "Judging what serves"):
        report = past(repository, point, model, now()) if history else present(repository, point, model, now())
    return show(report, form)


def present(repository: Repository, point: Point, model: str | None, now: datetime) -> Report:
    """Return how each model stands."""
    if point.promotions is not None:
        check_tool(repository, *repository.log(now))
    snapshot = follow(repository.git, repository.roots, point.main, point.promotions, now)
    chosen = {name: item for name, item in snapshot.models.items() if model in (None, name)}
    if model and not chosen:
        raise refuse("UNKNOWN_MODEL", model, f"one of {', '.join(snapshot.models) or 'no models'}", model)
    findings = tuple(f for item in chosen.values() if _failed(item) for f in item.findings)  # type: ignore[union-attr]
    warnings = (*snapshot.warnings, *(f for item in chosen.values() if isinstance(item, Served) for f in item.warnings))
    verdict = Verdict.FAIL if findings else Verdict.PASS
    notes = (*repository.notes, *map(_warned, warnings), *(f"not checked: {item}" for item in snapshot.unchecked))
    tables = (Table("models", _COLUMNS, tuple(_row(name, item) for name, item in chosen.items())),)
    return Report("verify", _headline(snapshot, chosen, verdict), verdict, (), findings, tables, notes)


def past(repository: Repository, point: Point, model: str | None, now: datetime) -> Report:
    """Return how every promotion was made, and how it stands today."""
    if point.promotions is None:
        raise refuse("NO_LOG", places.PROMOTIONS, "the branch promotions", "none", "fetch it; log: none has no history")
    check_tool(repository, *repository.log(now))
    found = verify_history(repository.git, repository.roots, point.main, point.promotions, now)
    lines = [line for line in found.lines if model in (None, line.model)]
    verdict = worst(line.then for line in lines)
    findings = tuple(f for line in lines if line.then is Verdict.FAIL for f in line.findings)
    later = [f for line in lines if line.then is Verdict.PASS for f in line.findings]
    headline = f"{len(lines)} promotions, {'each rightly made' if verdict is Verdict.PASS else 'not all rightly made'}"
    skipped = [f"not promoted: {_told(line)}; {'; '.join(map(str, line.findings))}" for line in found.skipped]
    checks = tuple(Check(f"promotion {line.number}", line.then, "Rightly promoted?", _told(line)) for line in lines)
    notes = (*repository.notes, *skipped, *map(_warned, later))
    return Report("verify --history", headline, verdict, checks, findings, notes=notes)


_COLUMNS = ("model", "number", "kind", "version", "tier", "approved by", "promoted", "entry")


def _point(repository: Repository, at: str | None) -> Point:
    if at is None:
        return Point(repository.main, repository.promotions)
    main = repository.git.resolve(at)
    if main is None:
        raise refuse("NO_COMMIT", at, "a commit", "none", "fetch it, or correct its name")
    return Point(main, _log_as_of(repository, main))


def _log_as_of(repository: Repository, main: str) -> str | None:
    """Return the commit of the log whose records all speak of commits that ``main`` has."""
    git, tip = repository.git, repository.promotions
    if tip is None:
        return None
    records = read_log(git, tip, repository.main, repository.roots).records
    known = sum(1 for _ in takewhile(lambda item: git.is_ancestor(item.promotion.commit, main), records))
    line = reversed(git.first_parents(None, tip))
    return next((commit for commit in line if len(Tree(git, commit).names("records")) == known), None)


def _failed(item: Served | Stopped) -> bool:
    return not isinstance(item, Served) and not item.retired


def _headline(snapshot: Snapshot, chosen: dict[str, Served | Stopped], verdict: Verdict) -> str:
    serving = sum(isinstance(item, Served) for item in chosen.values())
    upto = f"up to promotion {snapshot.number}" if snapshot.promotions else "by the tree alone (log: none)"
    held = "all rightly promoted" if verdict is Verdict.PASS else "not everything holds"
    return f"{held}: {serving} of {len(chosen)} models may serve, {upto}, trust version {snapshot.trust}"


def _row(name: str, item: Served | Stopped) -> tuple[str, ...]:
    if not isinstance(item, Served):
        state = "retired" if item.retired else "stopped"
        return (name, str(item.number), state, "-", "-", "-", "-", "-")
    people = ", ".join(item.approvers)
    when = instant.render(item.time) if item.number else "-"
    return (name, str(item.number), item.kind, str(item.version), item.tier, people, when, item.entry[:16])


def _told(line: Line) -> str:
    when = f"{instant.render(line.time)}, " if line.time else ""
    today = f", holds today: {line.today.value}" if line.today else ""
    what = line.model or ("merge" if line.number is None else "rules")
    return f"{when}{line.kind} {what} at {line.commit[:12]}{today}"


def _warned(finding: Finding) -> str:
    return f"today: {finding}"
