"""``counterseal rollback``: propose that a model returns to what served before, byte for byte.

It makes what ``git revert -m 1`` of the promotion makes, from the recorded state itself, so that promotions in between
are no obstacle: the model's files, and the description of its dataset, exactly as they were. Approvals still decide:
one operator's if it undoes the last promotion, else the tier's quorum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.spec import ModelSpec
from counterseal.values import instant
from counterseal.values.finding import Verdict, refuse
from counterseal.verification.tree import Tree
from scripts.changes import committer, publish, write_commit, write_tree
from scripts.clock import now
from scripts.keys import find_key
from scripts.options import Form, Key, Repo, RootsFile
from scripts.people import person_of
from scripts.proposals import PREFIX
from scripts.report import Format, Report, Table, show
from scripts.repository import open_repository

if TYPE_CHECKING:
    from counterseal.documents.record import Promotion
    from counterseal.verification.log import Log
    from scripts.keys import SshKey
    from scripts.repository import Repository


def rollback(  # noqa: PLR0913, PLR0917 (the options of a command)
    model: Annotated[str, typer.Argument(help="The model to take back.")],
    to: Annotated[int | None, typer.Option("--to", help="To which promotion; by default what served before.")] = None,
    retire: Annotated[bool, typer.Option("--retire", help="Propose the model's end instead.")] = False,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why; it stands in the commit.")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Only list the promotions it could return to.")] = False,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Propose to take a promotion back: the revert, as a proposal.

    The branch says what returns; `counterseal approve` on it signs the restore, `counterseal merge` makes it so.
    """
    repository = open_repository(repo, roots, fetch=True)
    log, _ = repository.log(now())
    live = log.live(model)
    if live is None:
        raise refuse("NOTHING_LIVE", model, "a model that serves", "none", "see `counterseal history`")
    found = targets(repository, log, model)
    if plan:
        return show(_plan(repository, model, found), form)
    target = None if retire else _target(found, model, to)
    branch = f"{PREFIX}{model}-{f'restore-{target.number}' if target else 'retire'}-after-{live.number}"
    commit = propose(repository, model, target, reason, find_key(repository.git, ssh_key))
    publish(repository.git, repository.remote, branch, commit)
    what = f"return to promotion {target.number}" if target else "retire"
    headline = f"{model}: {what} is proposed on {branch}"
    notes = (f"Next: `counterseal approve {branch}`, then `counterseal merge {branch}`.",)
    return show(Report("rollback", headline, Verdict.PASS, notes=notes), form)


def targets(repository: Repository, log: Log, model: str) -> list[Promotion]:
    """Return the promotions a model could return to, newest first: recorded, not taken back, not what serves."""
    live = log.live(model)
    gone = {*repository.trust.spec.void, *repository.trust.spec.withdrawn}
    serving = {live.number, log.origin(live).number} if live else set()
    return [p for p in reversed(log.of(model)) if p.kind == "promote" and p.number not in gone | serving]


def propose(repository: Repository, model: str, target: Promotion | None, reason: str, key: SshKey) -> str:
    """Write the commit that returns a model to a promotion, or retires it; no ref moves."""
    git, main = repository.git, Tree(repository.git, repository.main)
    who = committer(git, key, person_of(repository.trust, key))
    files: dict[str, bytes | None] = dict.fromkeys(main.files(*places.of_model(model)))
    if target:
        files |= Tree(git, target.commit).contents(*_restored(Tree(git, target.commit), model))
    what = f"Restore {model} to promotion {target.number}" if target else f"Retire {model}"
    reverted = f"\nThis reverts {model} to commit {target.commit}.\n" if target else ""
    message = "\n".join(part for part in (what, reverted, reason) if part) + "\n"
    return write_commit(git, write_tree(git, repository.main, files), [repository.main], message, who)


def _restored(before: Tree, model: str) -> tuple[str, ...]:
    """Return what returns: the model's files, and what its dataset was."""
    path = places.spec(model)
    dataset = ModelSpec.read(before.need(path), path).spec.dataset
    return (*places.of_model(model), f"datasets/{dataset}")


def _target(found: list[Promotion], model: str, to: int | None) -> Promotion:
    chosen = next((item for item in found if to in (None, item.number)), None)
    if chosen is None:
        there = ", ".join(str(item.number) for item in found) or "none: --retire would end the model"
        raise refuse("NO_TARGET", model, "a promotion it can return to", f"{to or 'none'}", f"there is {there}")
    return chosen


def _plan(repository: Repository, model: str, found: list[Promotion]) -> Report:
    path = places.entry(model)
    rows = []
    for item in found:
        spec = RegistryEntry.read(Tree(repository.git, item.commit).need(path), path).spec
        rows.append((str(item.number), str(spec.version), spec.tier, instant.render(item.time)))
    table = Table("safe targets", ("promotion", "version", "tier", "promoted"), tuple(rows))
    return Report("rollback", f"{model} could return to {len(rows)} promotions", Verdict.PASS, tables=(table,))
