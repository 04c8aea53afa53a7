"""``counterseal check``: judge a proposal as CI and the gate would, with file and line of what does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Proposal, Repo, RootsFile
from scripts.report.page import counted, judged, judged_alone
from scripts.report.progress import working
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository import documents
from scripts.repository.proposals import find
from scripts.repository.repository import open_repository

if TYPE_CHECKING:
    from datetime import datetime

    from counterseal.values.finding import Finding
    from scripts.repository.proposals import Proposal as Found
    from scripts.repository.repository import Repository


def check(proposal: Proposal = None, repo: Repo = None, roots: RootsFile = None, form: Form = Format.TEXT) -> int:
    """Judge a proposal as CI and the gate would, and say whether it may merge.

    Reads commits, never the working tree: commit first. Works from the first commit on, also before the pipeline ran.
    """
    repository = open_repository(repo, roots, fetch=True)
    found = find(repository, proposal)
    with working(f"Judging {found.name}"):
        report = checked(repository, found, now())
    return show(report, form)


def checked(repository: Repository, proposal: Found, now: datetime) -> Report:
    """Return what the documents say for themselves, then what ``admit`` says of the merge."""
    if not repository.has_log:
        return judged_alone(repository, proposal)
    report = judged(repository, proposal, now).report
    early = _early(repository, proposal, proven=report.verdict is not Verdict.FAIL)
    if not early:
        return report
    places = {item.where.partition(":")[0] for item in early}
    rest = tuple(item for item in report.findings if item.where.partition(":")[0] not in places)
    headline = f"{proposal.name}: may not be merged: {counted((*early, *rest))}"
    return replace(report, headline=headline, verdict=Verdict.FAIL, findings=(*early, *rest))


def _early(repository: Repository, proposal: Found, *, proven: bool) -> tuple[Finding, ...]:
    """Return what the changed documents say for themselves; a model whose proof holds was read closer than that."""
    git, tree = repository.git, Tree(repository.git, proposal.commit)
    base = git.run("merge-base", repository.main, proposal.commit)
    paths = [change.path for change in git.changes(base, proposal.commit)]
    read = [path for path in paths if not (proven and path.startswith(("model_specs/", "datasets/")))]
    found = documents.findings(tree.read, read)
    if any(path.startswith("policies/trust/") for path in paths):
        return found  # admit compares CODEOWNERS with the new trust
    return (*found, *documents.drift(tree.read, repository.trust))
