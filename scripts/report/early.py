"""What a proposal's documents say for themselves, told before what ``admit`` says: with file and line, as CI does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict
from counterseal.verification.tree import Tree
from scripts.report.page import counted
from scripts.repository import documents

if TYPE_CHECKING:
    from counterseal.values.finding import Finding
    from scripts.report.report import Report
    from scripts.repository.proposals import Proposal
    from scripts.repository.repository import Repository


def told_early(repository: Repository, proposal: Proposal, report: Report) -> Report:
    """Return a report in which a changed document that does not hold is told where it does not, and nowhere else."""
    early = _early(repository, proposal, proven=report.verdict is not Verdict.FAIL)
    if not early:
        return report
    places = {item.where.partition(":")[0] for item in early}
    rest = tuple(item for item in report.findings if item.where.partition(":")[0] not in places)
    headline = f"{proposal.name}: may not be merged: {counted((*early, *rest))}"
    return replace(report, headline=headline, verdict=Verdict.FAIL, findings=(*early, *rest))


def _early(repository: Repository, proposal: Proposal, *, proven: bool) -> tuple[Finding, ...]:
    """Return what the changed documents say for themselves; a model whose proof holds was read closer than that."""
    git, tree = repository.git, Tree(repository.git, proposal.commit)
    base = git.run("merge-base", repository.main, proposal.commit)
    paths = [change.path for change in git.changes(base, proposal.commit)]
    read = [path for path in paths if not (proven and path.startswith(("model_specs/", "datasets/")))]
    found = documents.findings(tree.read, read)
    if any(path.startswith("policies/trust/") for path in paths):
        return found  # admit compares CODEOWNERS with the new trust
    return (*found, *documents.drift(tree.read, repository.trust))
