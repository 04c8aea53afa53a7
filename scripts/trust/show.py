"""``counterseal trust show``: who is trusted with what, as the root people signed it, and how that came about."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.crypto.dsse import keyid
from counterseal.crypto.sealed import open_sealed
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.values import instant
from counterseal.values.finding import Verdict
from counterseal.verification.standing import expired
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import chain_at, trust_at
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository.repository import open_repository
from scripts.trust.checks import warnings
from scripts.trust.diff import sentence
from scripts.trust.signatures import Signing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.trust import Trust


def trust_show(
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]", min=1, help="By default the newest.")] = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Show who is trusted with what, and by whose signatures.

    Checks the chain of trust files from the root keys first.
    """
    repository = open_repository(repo, roots, fetch=True)
    tree = Tree(repository.git, repository.main)
    trust = trust_at(tree, repository.roots, version)
    chain = chain_at(tree, repository.roots)[: trust.spec.version]
    where = places.trust(trust.spec.version)
    headline = f"trust version {trust.spec.version}, signed by {_signed(tree, chain, trust)}"
    notes = (*repository.notes, *(str(item) for item in expired(trust, now())), *warnings(trust))
    tables = (*_tables(trust), Table("versions", ("version", "signed by", "what it changed"), _versions(tree, chain)))
    return show(Report(where, headline, Verdict.PASS, tables=tables, notes=notes), form)


def _versions(tree: Tree, chain: tuple[Trust, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return what each version changed, and whose signatures made it count."""
    changed = ["the beginning", *(sentence(old, new) for old, new in pairwise(chain))]
    return tuple(
        (str(trust.spec.version), _signed(tree, chain, trust), text) for trust, text in zip(chain, changed, strict=True)
    )


def _signed(tree: Tree, chain: tuple[Trust, ...], trust: Trust) -> str:
    """Return the people whose signature counted, before or after."""
    where = places.trust(trust.spec.version)
    before = chain[max(0, trust.spec.version - 2)]
    return ", ".join(Signing(before, trust, open_sealed(tree.need(where), where)).signers())


def _tables(trust: Trust) -> Iterator[Table]:
    spec = trust.spec
    facts = (
        ("log id", spec.log_id),
        ("log", spec.log),
        ("expires", instant.render(spec.expires)),
        ("root", f"{spec.root.threshold} of {', '.join(spec.root.members)}"),
    )
    yield Table("trust", ("", ""), facts)
    yield Table("people", ("person", "title", "roles", "keys"), tuple(_person(trust, name) for name in spec.people))
    quorums = tuple((name, " and ".join(slots)) for name, slots in spec.quorums.items())
    yield Table("quorums", ("for", "signed by different people as"), quorums)
    machines = tuple((role, keyid(pem)) for role in ("ci", "layout", "promoter") for pem in trust.machine_keys(role))
    yield Table("machines", ("role", "key"), machines)
    if rows := tuple(_taken_back(trust)):
        yield Table("taken back", ("what", "which", "from promotion"), rows)


def _person(trust: Trust, name: str) -> tuple[str, ...]:
    person = trust.spec.people[name]
    roles = [role for role, people in trust.spec.roles.items() if name in people]
    roles += ["root"] if name in trust.spec.root.members else []
    keys = ", ".join(fingerprint(key) for key in person.keys)
    return (name, f"{person.title}{' (bot)' if person.bot else ''}", ", ".join(roles), keys)


def _taken_back(trust: Trust) -> Iterator[tuple[str, str, str]]:
    spec = trust.spec
    for what, keys in (("retired key", spec.retired), ("compromised key", spec.compromised)):
        yield from ((what, key, str(number)) for key, number in keys.items())
    for what, numbers in (("void", spec.void), ("withdrawn", spec.withdrawn)):
        yield from ((what, f"promotion {number}", str(number)) for number in numbers)
