"""``counterseal trust sign``: a root person sees what a trust version changes, then signs it.

* What is shown is computed from the file on the branch against main's trust; what does not hold is not signed.
* The signature is over the file's very bytes; those of others that hold stay, those that do not go.
* What comes of it is judged before it is pushed. A newcomer among the root people may sign as well.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.crypto.sealed import seal
from counterseal.documents import places
from counterseal.documents.trust import open_version
from counterseal.values.finding import refuse
from counterseal.verification.git import GitError
from counterseal.verification.tree import Tree
from scripts.approve import TRIES
from scripts.changes import committer, publish, write_commit, write_tree
from scripts.clock import now
from scripts.keys import find_key, sign
from scripts.options import Form, Key, Repo, RootsFile
from scripts.proposals import Proposal, find
from scripts.report import Format, Report, show
from scripts.repository import open_repository
from scripts.trust_proposal import branch_name, check_ready, report
from scripts.trust_signatures import Signing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scripts.keys import SshKey
    from scripts.repository import Repository


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

    Works with a key file, an agent, and a security key that you touch. Prints who still has to sign.
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
    log, _ = repository.log(now)
    where = places.trust(old.spec.version + 1)
    new, sealed = open_version(Tree(git, proposal.commit).need(where), where)
    signing = Signing(old, new, sealed)
    person = _root_person(signing, key, where)
    if person in signing.signers():
        return report(repository, log, old, proposal, done=f"{person} signed already")
    asked(report(repository, log, old, proposal), f"Sign trust version {new.spec.version} as {person}?")
    data = seal(sealed.body, signing.signers() | {person: sign(key, sealed.body)})
    who = committer(git, key, person)
    message = f"Signature of {person} under trust version {new.spec.version}\n"
    commit = write_commit(git, write_tree(git, proposal.commit, {where: data}), [proposal.commit], message, who)
    signed = Proposal(commit, proposal.branch)
    check_ready(repository, commit, proposal.name, now)
    publish(git, repository.remote, signed.ref.removeprefix("refs/heads/"), commit)
    page = report(repository, log, old, signed, done=f"{person} signed")
    return replace(page, tables=page.tables[-1:])


def _root_person(signing: Signing, key: SshKey, where: str) -> str:
    """Return the root person whose key this is, before or after."""
    for trust in (signing.old, signing.new):
        for name, keys in trust.roots().spec.keys.items():
            if key.public in keys:
                return name
    members = ", ".join(sorted({*signing.old.spec.root.members, *signing.new.spec.root.members}))
    raise refuse("NOT_ROOT", where, f"the key of a root person: {members}", "another key", "name yours: --ssh-key")


def _show(page: Report, _question: str) -> None:
    show(page, Format.TEXT, sys.stderr)


def _ask(page: Report, question: str) -> None:
    _show(page, question)
    typer.confirm(question, abort=True, err=True)
