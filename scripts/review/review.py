"""What a change does, model by model: the chapters of a proposal's page."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from counterseal.documents import places
from scripts.report.report import Chapter, Table
from scripts.review import champion, data, dependencies, fields, groups, model, numbers, side, slices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.verification.ground import Ground
    from scripts.review.side import Side

FIRST = "it is the first of its name, so there is nothing to compare it with"
BEFORE = "before it"


def chapters(ground: Ground) -> tuple[Chapter, ...]:
    """Return a chapter for each model of which a proof was verified."""
    sides = ((side.proposed(ground, name), side.serving(ground, name)) for name in ground.judgements)
    return tuple(chapter(new, old) for new, old in sides if new)


def chapter(new: Side, old: Side | None) -> Chapter:
    """Return what there is to know of a model beside what serves now."""
    compared = chain(_compared(new, old), (_digests(new, old),)) if old else (_digests(new, None),)
    measured = (*champion.tables(new), *numbers.tables(new, old), *groups.tables(new, old), *slices.tables(new))
    tables = (_facts(new, old), *measured, *model.tables(new, old), *compared)
    says = f"{new.spec.title} {new.spec.purpose}"
    return Chapter(new.proof.entry.metadata.name, says, tables, () if old else (FIRST,))


def of_main(new: Side, old: Side | None) -> Chapter:
    """Return what there is to know of a model that serves, beside the one that it replaced."""
    told = chapter(new, old)
    named = {numbers.PROPOSED: numbers.SERVES, numbers.SERVES: BEFORE}
    tables = (replace(item, columns=tuple(named.get(name, name) for name in item.columns)) for item in told.tables)
    return replace(told, tables=tuple(tables))


def _compared(new: Side, old: Side) -> Iterator[Table]:
    yield from data.tables(new, old)
    yield _spec(new, old)
    yield dependencies.table(new, old)


def _facts(new: Side, old: Side | None) -> Table:
    now, then = _told(new), _told(old) if old else {}
    says = f"{new.spec.estimator.name}, on {new.spec.dataset}."
    if old is None:
        return Table("At a glance", ("", "is"), tuple(now.items()), says)
    rows = tuple((name, value, then[name]) for name, value in now.items())
    return Table("At a glance", ("", numbers.PROPOSED, numbers.SERVES), rows, says)


def _told(found: Side) -> dict[str, str]:
    entry = found.proof.entry.spec
    return {
        "version": str(entry.version),
        "tier": entry.tier,
        "replaces": f"promotion {entry.replaces}" if entry.replaces else "nothing",
    }


def _spec(new: Side, old: Side) -> Table:
    was, is_ = (found.proof.spec.plain()["spec"] for found in (old, new))
    rows = tuple(fields.differences(was, is_))
    return Table("Spec", data.HEADS, rows, "" if rows else "Word for word as before.")


def _digests(new: Side, old: Side | None) -> Table:
    now, then = _named(new), _named(old) if old else {}
    rows = tuple((name, digest, _beside(digest, then.get(name))) for name, digest in now.items())
    return Table("Digests, for the sceptic", ("SHA-256 of", numbers.PROPOSED, numbers.SERVES), rows, folded=True)


def _beside(digest: str, before: str | None) -> str:
    return "-" if before is None else "the same" if before == digest else before


def _named(found: Side) -> dict[str, str]:
    entry = found.proof.entry.spec
    made = entry.materials
    above = {"the entry": found.proof.digest, "the run": entry.run, places.dataset(found.spec.dataset): made.dataset}
    code = {f"the code: {name}": digest for name, digest in made.code.model_dump().items()}
    return above | {"the data": found.dataset.fingerprint, **code, "the layout": made.layout} | entry.owned
