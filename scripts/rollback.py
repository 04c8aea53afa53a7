"""``counterseal rollback``: propose that a model returns to what served before, byte for byte.

It makes what ``git revert -m 1`` of the promotion makes, from the recorded state itself, so that promotions in between
are no obstacle: the model's files, and the description of its dataset, exactly as they were. Before it is proposed,
the return is judged as the gate and a server would judge it: one that could not serve is refused, and the safe ones
are listed. Approvals still decide: one operator's if it undoes the last promotion, else the tier's quorum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.spec import ModelSpec
from counterseal.documents.trust import OPERATOR
from counterseal.values import instant
from counterseal.values.finding import Refused, Verdict, refuse
from counterseal.verification.returning import targets, weigh
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository.changes import Committer, committer, publish, write_commit, write_tree
from scripts.repository.proposals import PREFIX
from scripts.repository.repository import open_repository
from scripts.signing.keys import find_key
from scripts.signing.people import person_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from counterseal.documents.record import Promotion
    from counterseal.verification.log import Log
    from counterseal.verification.returning import Return
    from scripts.repository.repository import Repository
    from scripts.signing.keys import SshKey


def rollback(  # noqa: PLR0913, PLR0917 (the options of a command)
    model: Annotated[str, typer.Argument(help="The model to take back.")],
    to: Annotated[int | None, typer.Option("--to", help="To which promotion; by default what served before.")] = None,
    retire: Annotated[bool, typer.Option("--retire", help="Propose the model's end instead.")] = False,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why; it stands in the commit.")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Only list where it may return to, and who signs.")] = False,
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
    last = log.last(model)
    if last is None or (retire and last.kind == "retire"):
        raise refuse("NOTHING_LIVE", model, "a model that serves", "none", "see `counterseal history`")
    if plan:
        return show(_plan(model, _weighed(repository, log, model, now())), form)
    chosen = None if retire else _chosen(repository, log, model, to, now())
    target = chosen.target if chosen else None
    branch = f"{PREFIX}{model}-{f'restore-{target.number}' if target else 'retire'}-after-{last.number}"
    commit = propose(repository, model, target, reason, find_key(repository.git, ssh_key))
    publish(repository.git, repository.remote, branch, commit)
    what = f"return to promotion {target.number}" if target else "retire"
    headline = f"{model}: {what} is proposed on {branch}"
    signs = f" ({_signers(chosen.signed_by)} must sign)" if chosen else ""
    notes = (f"Next: `counterseal approve {branch}`{signs}, then `counterseal merge {branch}`.",)
    return show(Report("rollback", headline, Verdict.PASS, notes=notes), form)


def propose(repository: Repository, model: str, target: Promotion | None, reason: str, key: SshKey) -> str:
    """Write the commit that returns a model to a promotion, or retires it; no ref moves."""
    who = committer(repository.git, key, person_of(repository.trust, key))
    what = f"Restore {model} to promotion {target.number}" if target else f"Retire {model}"
    reverted = f"\nThis reverts {model} to commit {target.commit}.\n" if target else ""
    message = "\n".join(part for part in (what, reverted, reason) if part) + "\n"
    return _written(repository, model, target, message, who)


def _written(repository: Repository, model: str, target: Promotion | None, message: str, who: Committer) -> str:
    git, main = repository.git, Tree(repository.git, repository.main)
    then = Tree(git, target.commit) if target else None
    paths = _restored(then, model) if then else places.of_model(model)
    files: dict[str, bytes | None] = dict.fromkeys(main.files(*paths))
    files |= then.contents(*paths) if then else {}
    return write_commit(git, write_tree(git, repository.main, files), [repository.main], message, who)


def _restored(before: Tree, model: str) -> tuple[str, ...]:
    """Return what returns: the model's files, and what its dataset was."""
    path = places.spec(model)
    dataset = ModelSpec.read(before.need(path), path).spec.dataset
    return (*places.of_model(model), f"datasets/{dataset}")


def _weighed(repository: Repository, log: Log, model: str, now: datetime, first: int | None = None) -> Iterator[Return]:
    """Judge each promotion that a model could return to, the one asked for before all others."""
    nobody = Committer("counterseal", "counterseal@localhost")
    for target in sorted(targets(log, model), key=lambda item: item.number != first):
        commit = _written(repository, model, target, "Would return", nobody)
        yield weigh(repository.git, repository.roots, log, repository.main, commit, target, now)


def _chosen(repository: Repository, log: Log, model: str, to: int | None, now: datetime) -> Return:
    """Return the target asked for, or the first that is safe; raise Refused, naming the safe ones, if there is none."""
    weighed: list[Return] = []
    for item in _weighed(repository, log, model, now, to):
        if item and to in (None, item.target.number):
            return item
        weighed.append(item)
    safe = "; ".join(f"--to {item.target.number} (signed by {_signers(item.signed_by)})" for item in weighed if item)
    mend = f"safe: {safe}" if safe else "none is safe: --retire would end the model"
    asked = [item for item in weighed if to in (None, item.target.number)]
    if not asked:
        raise refuse("NO_TARGET", model, "a promotion it can return to", f"{to or 'none'}", mend)
    raise Refused(*(replace(finding, mend=mend) for item in asked for finding in item.against))


def _plan(model: str, weighed: Iterable[Return]) -> Report:
    found = list(weighed)
    safe = [(*_told(item), _today(item), _signers(item.signed_by)) for item in found if item]
    others = [(*_told(item), "; ".join(f"{f.code}: {f.found}" for f in item.against)) for item in found if not item]
    tables = [Table("safe targets", (*_COLUMNS, "today", "must sign"), tuple(safe))]
    tables += [Table("not safe", (*_COLUMNS, "why"), tuple(others))] if others else []
    headline = f"{model} could return to {len(safe)} of {len(found)} promotions"
    notes = () if safe else ("`counterseal rollback --retire` ends the model instead.",)
    return Report("rollback", headline, Verdict.PASS, tables=tuple(tables), notes=notes)


_COLUMNS = ("promotion", "version", "tier", "promoted")


def _told(item: Return) -> tuple[str, ...]:
    target = item.target
    return (str(target.number), str(item.entry.version), item.entry.tier, instant.render(target.time))


def _today(item: Return) -> str:
    return "; ".join(f"{finding.code} {finding.expected}" for finding in item.warnings) or "holds"


def _signers(slots: tuple[str, ...]) -> str:
    return "one operator" if slots == (OPERATOR,) else " and ".join(slots)
