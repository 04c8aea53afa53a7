"""``counterseal trust sign``: a root person sees what a trust version changes, then signs it.

* What is shown is computed from the file on the branch against main's trust; what does not hold is not signed.
* The signature is over the file's very bytes; those of others that hold stay, those that do not go.
* What comes of it is judged before it is pushed. A newcomer among the root people may sign as well.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.crypto.sealed import seal
from counterseal.values.finding import Verdict, refuse
from counterseal.verification.objects import GitError
from scripts.approve import TRIES
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository.changes import committer, publish, write_commit, write_tree
from scripts.repository.proposals import Proposal, find
from scripts.repository.repository import open_repository
from scripts.signing.keys import find_key, sign
from scripts.trust.proposal import branch_name, check_ready, next_step, report, signing_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from counterseal.documents.trust import Trust
    from scripts.repository.repository import Repository
    from scripts.signing.keys import SshKey
    from scripts.trust.signatures import Signing


def trust_sign(
    proposal: Annotated[
        str | None, typer.Argument(metavar="[PROPOSAL]", help="By default the next version, trust/N.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """See what a trust version changes, then sign it as a root person.

    Works with a key file, an agent, and a security key that you touch; says who still has to sign. Your working tree
    stays as it is.

    Example: counterseal trust sign trust/2
    """
    for last in reversed(range(TRIES)):
        repository = open_repository(repo, roots, fetch=True)
        found = find(repository, proposal or branch_name(repository.trust.spec.version + 1))
        key = find_key(repository.git, ssh_key)
        try:
            return show(countersign(repository, found, key, now(), _ask if not yes else _show), form)
        except GitError:  # somebody else signed at the same moment
            if not last:
                raise
    raise AssertionError


def countersign(
    repository: Repository, proposal: Proposal, key: SshKey, now: datetime, asked: Callable[[Report, str], object]
) -> Report:
    """Show the version, sign it, judge it, push it; return how it stands then."""
    git, old = repository.git, repository.trust
    check_ready(repository, proposal.commit, proposal.name, now)
    signing = signing_of(repository, old, proposal)
    person = _root_person(signing, key)
    if person in signing.signers():
        return _report(repository, old, proposal, f"{person} signed already")
    log, _ = repository.log(now)
    asked(report(repository, log, old, proposal), f"Sign trust version {signing.new.spec.version} as {person}?")
    body = signing.sealed.body
    files = {signing.sealed.where: seal(body, signing.signers() | {person: sign(key, body)})}
    message = f"Signature of {person} under trust version {signing.new.spec.version}\n"
    tree, who = write_tree(git, proposal.commit, files), committer(git, key, person)
    signed = Proposal(write_commit(git, tree, [proposal.commit], message, who), proposal.branch)
    check_ready(repository, signed.commit, signed.name, now)
    publish(git, repository.remote, signed.ref.removeprefix("refs/heads/"), signed.commit)
    return _report(repository, old, signed, f"{person} signed")


def _report(repository: Repository, old: Trust, proposal: Proposal, done: str) -> Report:
    signing = signing_of(repository, old, proposal)
    notes = (*repository.notes, next_step(signing, proposal))
    headline = f"{done}; {signing.sentence()}"
    return Report(proposal.name, headline, Verdict.PASS, tables=(signing.table(),), notes=notes)


def _root_person(signing: Signing, key: SshKey) -> str:
    """Return the root person whose key this is, before or after."""
    for trust in (signing.old, signing.new):
        for name, keys in trust.roots().spec.keys.items():
            if key.public in keys:
                return name
    members = ", ".join(sorted({*signing.old.spec.root.members, *signing.new.spec.root.members}))
    expected = f"the key of a root person: {members}"
    raise refuse("NOT_ROOT", signing.sealed.where, expected, "another key", "name yours: --ssh-key")


def _show(page: Report, _question: str) -> None:
    show(page, Format.TEXT, sys.stderr)


def _ask(page: Report, question: str) -> None:
    _show(page, question)
    typer.confirm(question, abort=True, err=True)
