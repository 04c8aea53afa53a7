"""What the routes share: the table in force, what happened, and the audit log. Everything here runs on one thread.

* ``table`` is replaced whole, by one assignment; nobody changes one.
* An offer that does not hold leaves the table as it is; the reason is told once, and once more when it is over.
* An answer that cannot be recorded is not given.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from counterseal.values.finding import Refused, refuse
from serving.admission import admit, changes
from serving.events import Event, Events, plain, told
from serving.metrics import Metrics
from serving.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from counterseal.documents.portable.inputs import Cell
    from counterseal.values.finding import Finding
    from serving.audit_log import AuditLog, Head
    from serving.poller import Asked, Offer
    from serving.settings import Settings
    from serving.table import Route

AUDIT_LOG_FAILED = "AUDIT_LOG_FAILED"


class Service:
    """One server's state."""

    def __init__(self, settings: Settings, audit: AuditLog) -> None:
        """Start with an empty table."""
        self.settings, self.audit = settings, audit
        self.table = Table()
        self.events = Events()
        self.metrics = Metrics()
        self.metrics.watch(self)
        self.polled: datetime | None = None
        self._problems: dict[Asked, tuple[Finding, ...]] = {}
        self.recording = True

    def take(self, offer: Offer) -> None:
        """Act on what a poll came to."""
        if offer.reached and offer.asked == "remote":
            self.polled = self.settings.clock()
        if offer.snapshot:
            before, self.table = self.table, admit(offer.snapshot, self.table)
            for change in changes(before, self.table):
                self.note(*change)
        self._told(offer.asked, offer.findings)

    @property
    def problem(self) -> tuple[Finding, ...]:
        """What kept the last offers from being taken."""
        return tuple(finding for findings in self._problems.values() for finding in findings)

    def _told(self, asked: Asked, findings: tuple[Finding, ...]) -> None:
        before, self._problems[asked] = self._problems.get(asked, ()), findings
        for finding in findings:
            if finding not in before:
                self.note(finding.code, finding.where, told(finding))
        if before and not findings:
            self.note("RECOVERED", asked, f"{', '.join(dict.fromkeys(item.code for item in before))} is over")

    def count(self, route: Route, rows: Iterable[Mapping[str, Cell]]) -> None:
        """Count the rows of an accepted request into the model's window, and tell what changes by it."""
        for change in route.watch.add(rows):
            where = f"{route.served.model}.{change.feature}"
            message = f"PSI of {change.feature} is {change.psi or 0:.3f} ({change.before} → {change.after})"
            self.note(f"DRIFT_{change.after.upper()}", where, message)

    def note(self, code: str, where: str, message: str) -> None:
        """Remember that something happened: for people, in the audit log, in the metrics and on the terminal."""
        event = Event(self.settings.clock(), code, plain(where), plain(message))
        self.events.add(event)
        self.metrics.events.labels(code).inc()
        with contextlib.suppress(OSError):  # nobody reads the terminal any more
            self.settings.say(f"{code} {event.where}: {event.message}")
        if code != AUDIT_LOG_FAILED:
            self._try_to_record(event)

    def _try_to_record(self, event: Event) -> None:
        try:
            self.record("event", code=event.code, where=event.where, message=event.message)
        except Refused:
            return  # told by record itself; an event must not stop what serves

    def record(self, event: str, **fields: object) -> Head:
        """Write a line of the audit log; raise Refused if it cannot be written."""
        try:
            head = self.audit.append(event, **fields)
        except (OSError, Refused) as error:
            if self.recording:
                self.recording = False
                self.note(AUDIT_LOG_FAILED, "audit", str(error))
            raise refuse(AUDIT_LOG_FAILED, "audit", "a line that can be written", "a failure", "see /events") from error
        self.recording = True
        return head

    def unready(self) -> tuple[Finding, ...]:
        """Return what keeps this server from answering; none means that it is ready."""
        if not self.recording:
            return refuse(AUDIT_LOG_FAILED, "audit", "a line that can be written", "a failure").findings
        if self.table.routes:
            return ()
        closed = tuple(finding for item in self.table.closed.values() for finding in item.findings)
        nothing = refuse("NOTHING_ADMITTED", "model", "a model that serves", "none", "see /events").findings
        return (*nothing, *self.problem, *closed)

    def warnings(self) -> tuple[Finding, ...]:
        """Return what people should look at although this server answers."""
        closed = tuple(finding for item in self.table.closed.values() if not item.retired for finding in item.findings)
        return tuple(dict.fromkeys((*self.problem, *closed, *self.table.warnings)))
