"""``counterseal status``: may it merge, and who must act? The page that a pull request shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Ground
from scripts.clock import now
from scripts.options import Form, Proposal, Repo, RootsFile
from scripts.report.early import told_early
from scripts.report.page import judged, judged_alone
from scripts.report.progress import working
from scripts.report.show import Format, answer
from scripts.repository.proposals import find
from scripts.repository.repository import open_repository
from scripts.review.review import serving
from scripts.verify import Point, present

if TYPE_CHECKING:
    from datetime import datetime

    from scripts.report.report import Report
    from scripts.repository.proposals import Proposal as Found
    from scripts.repository.repository import Repository


def status(proposal: Proposal = None, repo: Repo = None, roots: RootsFile = None, form: Form = Format.TEXT) -> int:
    """Say what a proposal still lacks, and who must act.

    Reads the proposal as Git objects and judges the merge that would be made, as the gate would; of main, says what
    serves. ``--format html`` is a page of its own, for a browser. Exit code 0 only if it may be merged as it is.
    """
    repository = open_repository(repo, roots, fetch=True)
    found = find(repository, proposal)
    with working(f"Judging {found.name}"):
        return answer(found.name, lambda: stands(repository, found, now()), form)


def stands(repository: Repository, proposal: Found, now: datetime) -> Report:
    """Return how a proposal stands, or main."""
    if not repository.has_log:
        return judged_alone(repository, proposal)
    if proposal.commit == repository.main:
        return standing(repository, now)
    return told_early(repository, proposal, judged(repository, proposal, now).reviewed())


def standing(repository: Repository, now: datetime) -> Report:
    """Return what main serves, and each model beside the one that it replaced."""
    report = present(repository, Point(repository.main, repository.promotions), None, now)
    log, _ = repository.log(now)
    ground = Ground(repository.git, repository.roots, log, read_commit(repository.git, repository.main), now)
    return replace(report, subject="main", headline=f"main: {report.headline}", chapters=serving(ground))
