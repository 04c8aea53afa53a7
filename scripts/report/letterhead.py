"""What stands at the head of every page: that this is a sandbox, if it is one.

Whoever opens a repository says what it is; ``show`` heads each report with it, so that no command can forget to.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.report.report import Report

SANDBOX = "SANDBOX"
_sandbox: ContextVar[bool] = ContextVar("sandbox", default=False)


def put(*, sandbox: bool) -> None:
    """Say whether the repository that this command works on is a sandbox."""
    _sandbox.set(sandbox)


def headed(report: Report) -> Report:
    """Return a report as it is shown: marked, and saying so in its headline, if it comes from a sandbox."""
    if not _sandbox.get():
        return report
    return replace(report, headline=f"{SANDBOX}: {report.headline}", sandbox=True)
