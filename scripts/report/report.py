"""What a judging command tells: a verdict, and everything that led to it; the exit code follows from the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict

if TYPE_CHECKING:
    from counterseal.values.finding import Finding


@dataclass(frozen=True)
class Check:
    """One question and its answer."""

    id: str
    verdict: Verdict
    says: str
    found: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Table:
    """Some rows under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Report:
    """A verdict, and everything that led to it."""

    subject: str
    headline: str
    verdict: Verdict
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    sandbox: bool = False

    @property
    def code(self) -> int:
        """The exit code: 0 only if everything held."""
        return 0 if self.verdict is Verdict.PASS else 1
