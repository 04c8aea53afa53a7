"""``counterseal approve``: see the evidence, then countersign it with your own SSH key.

* The proposal is read as Git objects and judged first, by the kernel that the live rules name; what does not hold, or
  could not be verified, is not signed.
* The metrics of a model are recomputed from its data and model.json; others than those signed are not approved.
* What is signed binds digests and nothing else counts for it. Each REVIEW is decided by name.
* The new approval is judged before it is pushed: one that would not count (an author's, a bot's) never leaves.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.values.finding import Refused, UsageError, Verdict, refuse
from counterseal.verification.objects import GitError
from scripts.clock import now
from scripts.options import Form, Key, Proposal, Repo, RootsFile
from scripts.report.page import APPROVALS, judged
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository.changes import committer, publish, write_commit, write_tree
from scripts.repository.proposals import Proposal as Found
from scripts.repository.proposals import find
from scripts.repository.repository import open_repository
from scripts.signing.countersign import Answer, approval, questions, roles_for
from scripts.signing.keys import find_key
from scripts.signing.people import person_of
from scripts.signing.reproduction import reproduce

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from scripts.report.page import Page
    from scripts.repository.repository import Repository
    from scripts.signing.countersign import Question
    from scripts.signing.keys import SshKey

TRIES = 3


@dataclass(frozen=True)
class Wish:
    """What a person said on the command line."""

    yes: bool = False
    reason: str | None = None
    role: str | None = None
    reviews: tuple[str, ...] = ()
    days: int = 14
    restore_to: int | None = None
    retire: bool = False


def approve(  # noqa: PLR0913, PLR0917 (the options of a command)
    proposal: Proposal = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needs --reason and every --reviews id.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it stands in the approval.")] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="In which of your roles; by default the one needed.")
    ] = None,
    reviews: Annotated[list[str] | None, typer.Option("--reviews", metavar="ID", help="A REVIEW you decide.")] = None,
    use_before: Annotated[int, typer.Option("--use-before", min=1, max=365, help="Days it may be merged.")] = 14,
    restore_to: Annotated[int | None, typer.Option("--restore-to", help="Expect a return to this promotion.")] = None,
    retire: Annotated[bool, typer.Option("--retire", help="Expect a model's end.")] = False,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Read the evidence, then countersign it with your SSH key.

    Shows the page that `counterseal status` shows, asks, signs with ssh-keygen, commits the approval on the proposal's
    branch and pushes it. Your working tree is not touched.
    """
    wish = Wish(yes, reason, role, tuple(reviews or ()), use_before, restore_to, retire)
    for last in reversed(range(TRIES)):
        repository = open_repository(repo, roots, fetch=True)
        key = find_key(repository.git, ssh_key)
        try:
            return show(countersign(repository, find(repository, proposal), key, wish, now(), _show_page), form)
        except GitError:  # somebody else signed at the same moment
            if not last:
                raise
    raise AssertionError


def countersign(
    repository: Repository, proposal: Found, key: SshKey, wish: Wish, now: datetime, shown: Callable[[Report], object]
) -> Report:
    """Show what the proposal asks of this person, sign it, and push it; return how the proposal stands then."""
    person = person_of(repository.trust, key)
    page = judged(repository, proposal, now)
    start, seen = proposal.commit, set[str]()
    _check_holds(page)
    _check_known(page, wish)
    while (asked := _next(page, person, seen)) is not None:
        seen.add(asked.name)
        _check_not_author(asked, person)
        again = reproduce(repository, page.assessment.ground, asked.name) if asked.decision == "promote" else None
        if asked.signed_by(person) and not again:
            continue
        shown(again.on(page.reviewed()) if again is not None else page.reviewed())
        answer = replace(_answer(asked, person, page, wish, now), reproduced=bool(again))
        proposal = Found(_commit(repository, proposal, asked, answer, key), proposal.branch)
        page = judged(repository, proposal, now)
        _check_counts(page, asked, person)
    if proposal.commit != start:
        publish(repository.git, repository.remote, proposal.ref.removeprefix("refs/heads/"), proposal.commit)
    return _report(page, person, signed=proposal.commit != start)


def _show_page(report: Report) -> None:
    """Show the page beside the answer, so that the answer alone goes where output goes."""
    show(report, Format.TEXT, sys.stderr)


def _check_holds(page: Page) -> None:
    if page.assessment.verdict is Verdict.FAIL:
        raise Refused(*page.assessment.findings)


def _check_known(page: Page, wish: Wish) -> None:
    """Refuse a REVIEW id that no rule has: whoever typed it meant another. One that is not asked for does no harm."""
    ground = page.assessment.ground
    asked = {name for question in questions(ground) for name in question.reviews}
    rules = {f"{name}/{rule.id}" for name, policy in ground.book.policies.items() for rule in policy.spec.rules}
    if odd := sorted(set(wish.reviews) - asked - rules):
        expected = f"one of {', '.join(sorted(asked))}" if asked else "no REVIEW: none is open"
        raise refuse("REVIEW_UNKNOWN", page.report.subject, expected, ", ".join(odd), "see `counterseal status`")


def _next(page: Page, person: str, seen: Collection[str]) -> Question | None:
    """Return the next decision this person may take; raise Refused if none is theirs to take."""
    roles = page.assessment.ground.trust.spec.roles
    asked = list(questions(page.assessment.ground))
    held = [item for item in asked if roles_for(item, roles, person)]
    if not held:
        slots = ", ".join(dict.fromkeys(role for item in asked for role in item.quorum.slots)) or "nobody's signature"
        raise refuse("ROLE", person, f"somebody who signs as {slots}", "another role", "see `counterseal trust show`")
    return next((item for item in held if item.name not in seen and item.wants(person)), None)


def _check_not_author(asked: Question, person: str) -> None:
    if person in asked.quorum.authors:
        mend = "somebody else must sign"
        raise refuse("SELF_APPROVAL", asked.folder, "an approval that counts", f"{person} wrote part of it", mend)


def _answer(asked: Question, person: str, page: Page, wish: Wish, now: datetime) -> Answer:
    _check_expected(asked, wish)
    held = roles_for(asked, page.assessment.ground.trust.spec.roles, person)
    role = wish.role or held[0]
    if role not in held:
        raise refuse("ROLE", person, f"one of the roles {', '.join(held)}", role)
    decided = _decided(asked, wish)
    reason = wish.reason or (None if wish.yes else typer.prompt("Why do you approve", err=True))
    if not reason:
        msg = "--yes needs --reason"
        raise UsageError(msg)
    if not wish.yes:
        typer.confirm(f"Sign {asked.decision} of {asked.name} as {person} ({role})?", abort=True, err=True)
    return Answer(person, role, reason, now, wish.days, decided)


def _check_expected(asked: Question, wish: Wish) -> None:
    expected = "restore" if wish.restore_to is not None else "retire" if wish.retire else asked.decision
    target = wish.restore_to if wish.restore_to is not None else asked.binds.get("to")
    if (expected, target) != (asked.decision, asked.binds.get("to")):
        found = f"{asked.decision} {asked.binds.get('to') or ''}".strip()
        raise refuse("DECISION", asked.name, f"{expected} {target or ''}".strip(), found, "look at the proposal again")


def _decided(asked: Question, wish: Wish) -> tuple[str, ...]:
    """Return the REVIEW ids that the person decides; all of them, or it is refused."""
    decided = set(wish.reviews)
    if not wish.yes:
        open_ids = [name for name in asked.reviews if name not in decided]
        decided |= {name for name in open_ids if typer.confirm(f"Do you accept the REVIEW {name}?", err=True)}
    if missing := [name for name in asked.reviews if name not in decided]:
        mend = f"decide each by name: {' '.join(f'--reviews {name}' for name in missing)}"
        raise refuse("REVIEW_UNDECIDED", asked.name, "every REVIEW decided", ", ".join(missing), mend)
    return asked.reviews


def _commit(repository: Repository, proposal: Found, asked: Question, answer: Answer, key: SshKey) -> str:
    git = repository.git
    path, data = approval(asked, answer, repository.roots.spec.log_id, key)
    tree = write_tree(git, proposal.commit, {path: data})
    message = f"Approval of {asked.name} ({asked.decision}) by {answer.person}\n\n{answer.reason}\n"
    return write_commit(git, tree, [proposal.commit], message, committer(git, key, answer.person))


def _check_counts(page: Page, asked: Question, person: str) -> None:
    """Refuse an approval that would not count, before anyone sees it."""
    result = page.assessment.ground.quorums.get(asked.name)
    if result is not None and person in result.ignored:
        found = f"{person} {result.ignored[person]}"
        raise refuse("APPROVAL_IGNORED", asked.folder, "an approval that counts", found, "somebody else must sign")
    _check_holds(page)


def _report(page: Page, person: str, *, signed: bool) -> Report:
    report = page.report
    done = f"{person} signed" if signed else f"nothing is left for {person} to sign"
    tables = tuple(item for item in report.tables if item.title.startswith(APPROVALS))
    return Report(report.subject, f"{done}; {report.headline}", Verdict.PASS, tables=tables, notes=report.notes)
