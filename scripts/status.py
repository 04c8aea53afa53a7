"""``counterseal status``: may it merge, and who must act? The page that a pull request shows."""

from __future__ import annotations

from scripts.clock import now
from scripts.options import Form, Proposal, Repo, RootsFile
from scripts.report.page import judged, judged_alone
from scripts.report.progress import working
from scripts.report.show import Format, show
from scripts.repository.proposals import find
from scripts.repository.repository import open_repository


def status(proposal: Proposal = None, repo: Repo = None, roots: RootsFile = None, form: Form = Format.TEXT) -> int:
    """Say what a proposal still lacks, and who must act.

    Reads the proposal as Git objects and judges the merge that would be made, as the gate would. Exit code 0 only if it
    may be merged as it is.
    """
    repository = open_repository(repo, roots, fetch=True)
    found = find(repository, proposal)
    with working(f"Judging {found.name}"):
        report = judged(repository, found, now()).report if repository.has_log else judged_alone(repository, found)
    return show(report, form)
