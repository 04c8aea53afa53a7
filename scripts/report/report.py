"""What a judging command tells: a verdict, and everything that led to it; the exit code follows from the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from counterseal.values.finding import Verdict

if TYPE_CHECKING:
    from counterseal.values.finding import Finding


@dataclass(frozen=True)
class Check:
    """One question and its answer; ``carried`` says how people took it on: it is "waived", or "decided"."""

    id: str
    verdict: Verdict
    says: str
    found: str = ""
    mend: str = ""
    carried: str = ""


@dataclass(frozen=True)
class Number:
    """A number, and the interval it lies in with 95 % confidence, where one was measured."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None

    def __str__(self) -> str:
        """Return the number with its interval."""
        interval = "" if self.low is None or self.high is None else f" ({_digits(self.low)} to {_digits(self.high)})"
        return f"{_digits(self.value)}{interval}"


def _digits(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004 (what fits in a column)


Cell: TypeAlias = "str | Number"


@dataclass(frozen=True)
class Table:
    """Some rows under a title; ``says`` stands above them, or in their stead where there are none.

    Numbers in one row are shown on one scale, and with ``shared`` all numbers of the table are. What is ``folded`` is
    detail: a page folds it away, plain text leaves it out.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    says: str = ""
    shared: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Chapter:
    """What there is to know of one thing, a model for instance."""

    title: str
    says: str
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


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
    chapters: tuple[Chapter, ...] = ()

    @property
    def code(self) -> int:
        """The exit code: 0 only if everything held."""
        return 0 if self.verdict is Verdict.PASS else 1
