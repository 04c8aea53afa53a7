"""Who answers what, at one point of main: built whole, never changed, swapped by one assignment.

A request that holds a table, or a route of one, finishes on it whatever is swapped in meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding, Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.verification.follow import Served
    from serving.drift import Watch


@dataclass(frozen=True)
class Route:
    """A model that answers: what was admitted, and the watch over what it is asked."""

    served: Served
    watch: Watch


@dataclass(frozen=True)
class Closed:
    """A model that is known and does not answer."""

    model: str
    number: int
    retired: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Table:
    """Every route, open or closed, and what the log stood at; the empty one is what a server starts with."""

    main: str = ""
    promotions: str | None = None
    number: int = 0
    trust: int = 0
    routes: Mapping[str, Route] = field(default_factory=dict)
    closed: Mapping[str, Closed] = field(default_factory=dict)
    warnings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Return every model's name, sorted."""
        return sorted((*self.routes, *self.closed))

    def route(self, model: str | None) -> Route:
        """Return the route of a model, or of the only one; raise Refused if it does not answer."""
        if not self.main:
            raise refuse("NOTHING_ADMITTED", "model", "a model that was admitted", "none yet", "see /events")
        name = self._only() if model is None else model
        if name in self.closed:
            finding = Finding("MODEL_CLOSED", name, "a model that serves", "one that does not")
            raise Refused(finding, *self.closed[name].findings)
        if name not in self.routes:
            mend = "GET /model lists the names"
            raise refuse("UNKNOWN_MODEL", "model", "a model that was promoted", "no model of that name", mend)
        return self.routes[name]

    def _only(self) -> str:
        names = self.names()
        if len(names) != 1:
            mend = "GET /model lists the names"
            raise refuse("WHICH_MODEL", "model", "the model's name in the path", f"none, and {len(names)} models", mend)
        return names[0]
