"""From the kernel's snapshot to the next table.

* A model that serves gets a route; the same promotion of the same bytes keeps its window.
* A stopped or retired model's route is closed, by name and with the findings, and so is one that disappeared.
* A version whose baseline does not fit its inputs is warned of, and whatever served before goes on.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from counterseal.documents.baseline import SCORE, CategoryBins
from counterseal.documents.portable.inputs import CategoryInput
from counterseal.values.finding import Refused, refuse
from counterseal.verification.follow import Stopped
from serving.drift import Watch
from serving.table import Closed, Route, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.values.finding import Finding
    from counterseal.verification.follow import Served, Snapshot


class Change(NamedTuple):
    """Something that a swap changed, in words for /events and the audit log."""

    code: str
    where: str
    message: str


class _Answer(NamedTuple):
    answer: Route | Closed
    warnings: tuple[Finding, ...] = ()


def admit(snapshot: Snapshot, before: Table) -> Table:
    """Build the table that a snapshot stands for."""
    found = {model: _answer(item, before.routes.get(model)) for model, item in snapshot.models.items()}
    found |= {model: _Answer(_gone(model, before)) for model in before.names() if model not in snapshot.models}
    warnings = [warning for item in found.values() for warning in item.warnings]
    return Table(
        main=snapshot.main,
        promotions=snapshot.promotions,
        number=snapshot.number,
        trust=snapshot.trust,
        routes=MappingProxyType({name: item.answer for name, item in found.items() if isinstance(item.answer, Route)}),
        closed=MappingProxyType({name: item.answer for name, item in found.items() if isinstance(item.answer, Closed)}),
        warnings=tuple(dict.fromkeys((*snapshot.warnings, *warnings))),
        unchecked=snapshot.unchecked,
    )


def changes(before: Table, after: Table) -> Iterator[Change]:
    """Tell what differs between two tables: routes, then closed routes, then warnings that are new, or over."""
    for model, route in after.routes.items():
        old = before.routes.get(model)
        if old is None or _identity(old.served) != _identity(route.served):
            yield Change("SWAPPED" if old else "ADMITTED", model, _told(route.served, old))
    for model, closed in after.closed.items():
        if before.closed.get(model) != closed:
            yield Change("RETIRED" if closed.retired else "CLOSED", model, "; ".join(map(str, closed.findings)))
    for finding in after.warnings:
        if finding not in before.warnings:
            yield Change(finding.code, finding.where, str(finding))
    still = {_about(finding) for finding in after.warnings}
    for finding in before.warnings:
        if _about(finding) not in still:
            yield Change("WARNING_OVER", finding.where, f"{finding.code} is over: {finding.expected}")


def _about(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.where, finding.expected


def check_fit(served: Served) -> None:
    """Raise Refused unless the baseline has bins for each input, of its type, and for the score, and no others."""
    expected = [(item.name, isinstance(item, CategoryInput)) for item in served.portable.inputs] + [(SCORE, False)]
    found = [(name, isinstance(item, CategoryBins)) for name, item in served.baseline.spec.features.items()]
    if sorted(found) != sorted(expected):
        odd = sorted(set(found) ^ set(expected)) or [(SCORE, False)]
        where = f"{served.model}: baseline.json"
        raise refuse("BASELINE_MISFIT", where, "bins for each input and for the score", f"a misfit at {odd[0][0]}")


def _answer(found: Served | Stopped, before: Route | None) -> _Answer:
    if isinstance(found, Stopped):
        return _Answer(Closed(found.model, found.number, found.retired, found.findings))
    try:
        check_fit(found)
    except Refused as refusal:
        closed = Closed(found.model, found.number, retired=False, findings=refusal.findings)
        return _Answer(before or closed, refusal.findings)
    return _Answer(Route(found, _watch(found, before)), found.warnings)


def _watch(served: Served, before: Route | None) -> Watch:
    if before and (_identity(before.served), before.served.drift) == (_identity(served), served.drift):
        return before.watch
    return Watch(served.baseline, served.drift)


def _gone(model: str, before: Table) -> Closed:
    if model in before.closed:
        return before.closed[model]
    found = refuse("MODEL_GONE", model, "a model that the log or the tree names", "none of that name any more").findings
    return Closed(model, before.routes[model].served.number, retired=False, findings=found)


def _identity(served: Served) -> tuple[str, int]:
    return served.entry, served.number


def _told(served: Served, before: Route | None) -> str:
    number = f"promotion {served.number}" if served.number else "the tree, without a log"
    replaced = f", in place of version {before.served.version}" if before else ""
    people = ", ".join(served.approvers) or "nobody"
    return f"version {served.version} by {number}{replaced}; approved by {people}; entry {served.entry[:12]}"
