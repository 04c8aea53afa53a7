"""What a change does, model by model: the chapters of a proposal's page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Refused
from scripts.report.report import Chapter, Table
from scripts.review import champion, data, dependencies, fields, groups, model, numbers, side, slices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from counterseal.verification.ground import Ground
    from scripts.review.side import Side

FIRST = "it is the first of its name, so there is nothing to compare it with"
BEFORE = "before it"


def chapters(ground: Ground) -> tuple[Chapter, ...]:
    """Return a chapter for each model of which a proof was verified."""
    proposed = [side.proposed(ground, name) for name in ground.judgements]
    return tuple(_told(new, ground, side.serving) for new in proposed if new)


def serving(ground: Ground) -> tuple[Chapter, ...]:
    """Return a chapter for each model that serves, beside the one that it replaced; none of what does not hold."""
    found = []
    for name in ground.log.models():
        with suppress(Refused):
            found.append(side.serving(ground, name))
    return tuple(_of_main(_told(new, ground, side.replaced)) for new in found if new)


def _told(new: Side, ground: Ground, find: Callable[[Ground, str], Side | None]) -> Chapter:
    """Compare with the other side; where that cannot be verified any longer, say so instead."""
    try:
        return chapter(new, find(ground, new.name))
    except Refused as refusal:
        reason = refusal.findings[0]
        return replace(chapter(new, None), notes=(f"not compared with what was before: {reason.code}, {reason.where}",))


def chapter(new: Side, old: Side | None) -> Chapter:
    """Return what there is to know of a model beside what serves now."""
    compared = chain(_compared(new, old), (_digests(new, old),)) if old else (_digests(new, None),)
    measured = (*champion.tables(new), *numbers.tables(new, old), *groups.tables(new, old), *slices.tables(new))
    tables = (_facts(new, old), *measured, *model.tables(new, old), *compared)
    says = f"{new.spec.title.rstrip('.')}. {new.spec.purpose}"
    return Chapter(new.name, says, tables, () if old else (FIRST,))


def _of_main(told: Chapter) -> Chapter:
    """Return a chapter in which the new side is what serves."""
    named = {numbers.PROPOSED: numbers.SERVES, numbers.SERVES: BEFORE}
    tables = (replace(item, columns=tuple(named.get(name, name) for name in item.columns)) for item in told.tables)
    return replace(told, tables=tuple(tables))


def _compared(new: Side, old: Side) -> Iterator[Table]:
    yield from data.tables(new, old)
    yield _spec(new, old)
    yield dependencies.table(new, old)


def _facts(new: Side, old: Side | None) -> Table:
    now, then = _glance(new), _glance(old) if old else {}
    says = f"{new.spec.estimator.name}, on {new.spec.dataset}."
    if old is None:
        return Table("At a glance", ("", "is"), tuple(now.items()), says)
    rows = tuple((name, value, then[name]) for name, value in now.items())
    return Table("At a glance", ("", numbers.PROPOSED, numbers.SERVES), rows, says)


def _glance(found: Side) -> dict[str, str]:
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
