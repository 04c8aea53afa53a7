"""``counterseal verify``: was what stands here rightly promoted, does it still hold? Offline, from root keys alone.

A clone that lacks what it takes is refused by name: shallow, of a single branch, partial. With ``--history`` each
record is a row, in JSON an object, of the table "promotions", and each merge that main has without a record one of
"merges without a record"; the columns are ``HISTORY`` and ``SKIPPED``, every value is text, "-" is none. ``then`` says
how it was made by the rules, keys and time of then, ``today`` whether it still holds; the exit code follows ``then``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.values import instant
from counterseal.values.finding import Finding, Verdict, refuse, worst
from counterseal.verification.follow import Served, follow
from counterseal.verification.history import UNCHECKED, verify_history
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.report.progress import working
from scripts.report.report import Check, Report, Table
from scripts.report.show import Format, show
from scripts.repository.repository import check_whole, open_git, open_repository
from scripts.repository.tool import check_tool

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.verification.follow import Snapshot, Stopped
    from counterseal.verification.history import Line
    from scripts.repository.repository import Repository


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
    check_whole(open_git(repo))
    repository = open_repository(repo, roots)
    if repository.promotions is None and (history or repository.has_log):
        raise repository.no_log()
    point = _point(repository, at)
    with working("Judging every promotion again" if history else "Judging what serves"):
        report = past(repository, point, model, now()) if history else present(repository, point, model, now())
    if history and form in (Format.TEXT, Format.MARKDOWN):
        report = replace(report, checks=())  # the table says the same
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
        raise repository.no_log()
    check_tool(repository, *repository.log(now))
    found = verify_history(repository.git, repository.roots, point.main, point.promotions, now)
    lines = [line for line in found.lines if model in (None, line.model)]
    if not lines:
        raise refuse("UNKNOWN_MODEL", model or "", f"one of {', '.join(found.log.models()) or 'no models'}", "another")
    verdict = worst(line.then for line in lines)
    findings = tuple(f for line in lines if line.then is Verdict.FAIL for f in line.findings)
    later = [f for line in lines if line.then is Verdict.PASS for f in line.findings]
    skipped = [line for line in found.skipped if line.model in {None, model} or model is None]
    checks = tuple(Check(f"promotion {line.number}", line.then, "Rightly promoted?", _told(line)) for line in lines)
    tables = [Table("promotions", HISTORY, tuple(map(_record_row, lines)))]
    tables += [Table("merges without a record", SKIPPED, tuple(map(_skipped_row, skipped)))] if skipped else []
    notes = (*repository.notes, *map(_warned, later), *(f"not checked: {item}" for item in (*UNCHECKED, _TOOL)))
    return Report("verify --history", _summary(lines, verdict), verdict, checks, findings, tuple(tables), notes)


HISTORY = ("number", "kind", "model", "version", "approved by", "when", "then", "today", "commit", "why")
SKIPPED = ("commit", "kind", "model", "then", "why")
_TOOL = "the tool beyond its kernel, and the libraries under it: the kernel is the one that the rules name"
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


def _summary(lines: list[Line], verdict: Verdict) -> str:
    """Say whether each was rightly made, and whether what each model came to holds today."""
    last = {line.model: line for line in lines if line.model and not line.void and line.then is Verdict.PASS}
    serving = [line for line in last.values() if line.today]
    held = sum(line.today is not Verdict.FAIL for line in serving)
    made = "each rightly made" if verdict is Verdict.PASS else "not all rightly made"
    return f"{len(lines)} promotions, {made}; {held} of {len(serving)} that should serve hold today"


def _record_row(line: Line) -> tuple[str, ...]:
    kind = line.kind if line.restores is None else f"{line.kind} of {line.restores}"
    return (
        f"{line.number}{' (void)' if line.void else ''}",
        kind,
        line.model or "-",
        str(line.version or "-"),
        ", ".join(line.approvers) or "-",
        instant.render(line.time) if line.time else "-",
        line.then.value,
        line.today.value if line.today else "-",
        line.commit[:12],
        _why(line),
    )


def _skipped_row(line: Line) -> tuple[str, ...]:
    return (line.commit[:12], line.kind, line.model or "-", line.then.value, _why(line))


def _why(line: Line) -> str:
    return "; ".join(f"{item.code}: {item.found}" for item in line.findings) or "-"


def _told(line: Line) -> str:
    when = f"{instant.render(line.time)}, " if line.time else ""
    today = f", holds today: {line.today.value}" if line.today else ""
    what = line.model or ("merge" if line.number is None else "rules")
    return f"{when}{line.kind} {what} at {line.commit[:12]}{today}"


def _warned(finding: Finding) -> str:
    return f"today: {finding}"
