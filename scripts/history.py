"""``counterseal history``: what was promoted, in order, by whose approval. Only the chain is checked here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.values import instant
from counterseal.values.finding import Verdict
from counterseal.verification.history import approvers
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository.repository import open_repository

if TYPE_CHECKING:
    from counterseal.documents.record import Promotion
    from counterseal.verification.git import Git
    from counterseal.verification.log import Record
    from scripts.repository.repository import Repository

COLUMNS = ("number", "time", "kind", "model", "version", "tier", "approved by", "commit")


def history(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="Only this model; by default everything.")
    ] = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """List what was promoted, by whose approval, and when.

    Checks signatures and chain of the log. To judge every promotion again, use `counterseal verify --history`.
    """
    repository = open_repository(repo, roots, fetch=True)
    log, skipped = repository.log(now())
    chosen = [item for item in log.records if model in (None, item.promotion.model)]
    table = Table("promotions", COLUMNS, tuple(_row(repository, item) for item in chosen))
    notes = [f"main holds a merge that is not promoted: {oid[:12]}: {why}" for oid, why in skipped.items()]
    headline = f"{len(chosen)} promotions{f' of {model}' if model else ''}"
    return show(Report("history", headline, Verdict.PASS, tables=(table,), notes=(*repository.notes, *notes)), form)


def _row(repository: Repository, item: Record) -> tuple[str, ...]:
    promotion, git = item.promotion, repository.git
    kind = promotion.kind if promotion.restores is None else f"restore of {promotion.restores}"
    state = " (void)" if item.void else " (not recorded yet)" if item.provisional else ""
    return (
        f"{promotion.number}{state}",
        instant.render(promotion.time),
        kind,
        promotion.model or "-",
        *_entry(git, promotion),
        ", ".join(approvers(git, repository.roots, promotion)) or "-",
        promotion.commit[:12],
    )


def _entry(git: Git, promotion: Promotion) -> tuple[str, str]:
    path = places.entry(promotion.model or "")
    data = Tree(git, promotion.commit).read(path) if promotion.model else None
    if data is None:
        return "-", "-"
    spec = RegistryEntry.read(data, path).spec
    return str(spec.version), spec.tier
