"""One trust version against another, in words: what each of them says, and where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import fingerprint
from counterseal.values import instant
from scripts.report.report import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from counterseal.documents.trust import Person, Trust, TrustSpec

Said = dict[tuple[str, str], str]
NOTHING = "-"


def table(old: Trust, new: Trust) -> Table:
    """Return what changes between two versions."""
    columns = ("what", "which", f"version {old.spec.version}", f"version {new.spec.version}")
    return Table("what changes", columns, tuple(differences(old, new)))


def differences(old: Trust, new: Trust) -> Iterator[tuple[str, str, str, str]]:
    """Yield (what, which, before, after) for each difference."""
    before, after = _said(old.spec), _said(new.spec)
    for what, which in dict.fromkeys([*after, *before]):
        was, is_now = before.get((what, which), NOTHING), after.get((what, which), NOTHING)
        if was != is_now:
            yield what, which, was, is_now


def sentence(old: Trust, new: Trust) -> str:
    """Return what changes in a line."""
    whats = [f"{what} {which}".strip() for what, which, _, _ in differences(old, new)]
    return ", ".join(whats) or "nothing"


def _said(spec: TrustSpec) -> Said:
    """Return everything a version says but its number: (what, which) → text."""
    root = {"threshold": f"{spec.root.threshold}", "members": ", ".join(sorted(set(spec.root.members)))}
    machines = {role: ", ".join(keyid(item.publicKey) for item in items) for role, items in spec.machines}
    parts: dict[str, Mapping[str, str]] = {
        "trust": {"log": spec.log, "expires": instant.render(spec.expires)},
        "root": root,
        "person": {name: _person(person) for name, person in spec.people.items()},
        "keys of": {name: ", ".join(map(fingerprint, person.keys)) for name, person in spec.people.items()},
        "role": {role: ", ".join(sorted(set(people))) for role, people in spec.roles.items()},
        "quorum": {name: " and ".join(slots) for name, slots in spec.quorums.items()},
        "machine": machines,
        "retired": {key: f"from promotion {number} on" for key, number in spec.retired.items()},
        "compromised": {key: f"from promotion {number} on" for key, number in spec.compromised.items()},
        "void": {f"promotion {number}": "counts as never made" for number in sorted(set(spec.void))},
        "withdrawn": {f"promotion {number}": "may not serve" for number in sorted(set(spec.withdrawn))},
    }
    return {(what, which): text for what, said in parts.items() for which, text in said.items()}


def _person(person: Person) -> str:
    emails = f" <{', '.join(person.emails)}>" if person.emails else ""
    return f"{person.title}{' (bot)' if person.bot else ''}{emails}"
