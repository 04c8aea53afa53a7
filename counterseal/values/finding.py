"""What was found and what follows: findings for people, verdicts for programs.

The rules:

* A verdict is PASS, REVIEW or FAIL; the worst of several stands, and none at all is FAIL.
* A finding says where, a stable code, what was expected, what was found and how to mend it, each in one printable
  line, whatever the document held: no text of somebody else's steers a terminal or breaks a log.
* ``Refused`` carries findings; it is the only exception a user's input may raise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(StrEnum):
    """The outcome of a judgement."""

    PASS = "PASS"  # noqa: S105 (a verdict, not a password)
    REVIEW = "REVIEW"
    FAIL = "FAIL"


_ORDER = (Verdict.PASS, Verdict.REVIEW, Verdict.FAIL)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; an empty judgement is FAIL."""
    return max(verdicts, key=_ORDER.index, default=Verdict.FAIL)


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold, told so that its reader can mend it."""

    code: str
    where: str
    expected: str
    found: str
    mend: str = ""

    def __post_init__(self) -> None:
        """Make each text one printable line."""
        for name in ("where", "expected", "found", "mend"):
            object.__setattr__(self, name, _line(getattr(self, name)))

    def __str__(self) -> str:
        """Return the finding as one line, in the form compilers use."""
        mend = f" — {self.mend}" if self.mend else ""
        return f"{self.where}: {self.code}: expected {self.expected}, found {self.found}{mend}"


def _line(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() else ascii(letter)[1:-1] for letter in text
    )


class CountersealError(Exception):
    """Base of every error this project raises on purpose."""


class Refused(CountersealError):  # noqa: N818 (a refusal is an answer, not an accident)
    """A document, signature, change or record that does not hold."""

    def __init__(self, *findings: Finding) -> None:
        """Refuse for the given findings; at least one is needed."""
        if not findings:
            msg = "a refusal needs a finding"
            raise AssertionError(msg)
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings

    def __reduce__(self) -> tuple[type[Refused], tuple[Finding, ...]]:
        """Let another process be told of it: it is made again from its findings."""
        return type(self), self.findings

    @property
    def code(self) -> str:
        """The code of the first finding."""
        return self.findings[0].code


class UsageError(CountersealError):
    """The command was called in a way it does not understand (exit code 2)."""


def refuse(code: str, where: str, expected: str, found: object, mend: str = "") -> Refused:
    """Return a refusal with a single finding, ready to be raised."""
    return Refused(Finding(code, where, expected, str(found), mend))
