"""``counterseal merge``: merge a proposal into main on a local forge. The forge's gate judges it, nobody here does.

The merge is made as an object: two parents, the tree that ``git merge-tree`` gives, signed by whoever merges. On a
hosted forge use its own button, with merge commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification import diagnosis
from counterseal.verification.objects import GitError
from counterseal.verification.proposal import prospective_merge
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Key, Proposal, Repo, RootsFile
from scripts.report.progress import working
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository.changes import committer, push, write_commit
from scripts.repository.proposals import find
from scripts.repository.repository import open_repository
from scripts.signing.keys import find_key
from scripts.signing.people import person_of

if TYPE_CHECKING:
    from scripts.repository.proposals import Proposal as Found
    from scripts.repository.repository import Repository
    from scripts.signing.keys import SshKey


def merge(
    proposal: Proposal = None,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Merge a proposal into main on a local forge, whose gate judges it.

    Prints what the gate said. A refusal changes nothing.
    """
    repository = open_repository(repo, roots, fetch=True)
    found = find(repository, proposal)
    if repository.git.is_ancestor(found.commit, repository.main):
        _check_not_taken_back(repository, found.commit)
        return show(Report(found.name, f"main has {found.name} already", Verdict.PASS), form)
    said = merged(repository, found, find_key(repository.git, ssh_key))
    return show(Report(found.name, f"{found.name} is merged into main", Verdict.PASS, notes=tuple(said)), form)


def merged(repository: Repository, proposal: Found, key: SshKey) -> list[str]:
    """Merge a proposal and return what the gate said; raise Refused with its words if it refused."""
    git, main = repository.git, repository.main
    who = committer(git, key, person_of(repository.trust, key))
    tree = Tree(git, prospective_merge(git, main, proposal.commit)).root
    commit = write_commit(git, tree, [main, proposal.commit], f"Merge {proposal.name}\n", who)
    try:
        with working("The gate judges"):
            said = push(git, repository.remote, commit, places.MAIN, main)
    except GitError as error:
        lines = [line for line in str(error).splitlines() if line] or ["no reason"]
        raise Refused(*(_finding(line) for line in lines)) from error
    if repository.remote:
        git.attempt("fetch", "--quiet", repository.remote)
        if git.attempt("symbolic-ref", "--quiet", "HEAD").stdout.decode().strip() == places.MAIN:
            git.attempt("merge", "--ff-only", "--quiet", commit)
    return said.splitlines()


def _check_not_taken_back(repository: Repository, commit: str) -> None:
    """Refuse a proposal that main has and whose promotion no longer serves: merging it again would bring nothing."""
    if repository.has_log:
        log, _ = repository.log(now())
        if diagnosis.taken_back(repository.git, log, repository.main, commit):
            raise Refused(diagnosis.already_merged(repository.git, log, repository.main, commit))


def _finding(line: str) -> Finding:
    """Tell a line of the gate's as a finding; its own findings keep their code."""
    where, _, rest = line.removeprefix("refused: ").partition(": ")
    code, _, text = rest.partition(": expected ")
    expected, _, found = text.partition(", found ")
    if line.startswith("refused: ") and found:
        found, _, mend = found.partition(" — ")
        return Finding(code, where, expected, found, mend)
    return Finding("GATE", places.MAIN, "a merge that the forge takes", line)
