"""``counterseal check``: judge a proposal as CI and the gate would, with file and line of what does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.clock import now
from scripts.options import Form, Proposal, Repo, RootsFile
from scripts.report.early import told_early
from scripts.report.page import judged, judged_alone
from scripts.report.progress import working
from scripts.report.show import Format, answer
from scripts.repository.proposals import find
from scripts.repository.repository import open_repository

if TYPE_CHECKING:
    from datetime import datetime

    from scripts.report.report import Report
    from scripts.repository.proposals import Proposal as Found
    from scripts.repository.repository import Repository


def check(proposal: Proposal = None, repo: Repo = None, roots: RootsFile = None, form: Form = Format.TEXT) -> int:
    """Judge a proposal as CI and the gate would, and say whether it may merge.

    Reads commits, never the working tree: commit first. Works from the first commit on, also before the pipeline ran.
    """
    repository = open_repository(repo, roots, fetch=True)
    found = find(repository, proposal)
    with working(f"Judging {found.name}"):
        return answer(found.name, lambda: checked(repository, found, now()), form)


def checked(repository: Repository, proposal: Found, now: datetime) -> Report:
    """Return what the documents say for themselves, then what ``admit`` says of the merge."""
    if not repository.has_log:
        return judged_alone(repository, proposal)
    return told_early(repository, proposal, judged(repository, proposal, now).report)
