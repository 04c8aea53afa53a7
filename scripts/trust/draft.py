"""The next trust version while it is written: plain values, edited in the words of the commands.

* What ends says from which number of the log on: the next one. What was signed before stands.
* A key that is called compromised ends as well, from the number on that the root people say.
* Nothing is judged here but whether an edit makes sense; ``trust_checks`` judges the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.documents.document import validate
from counterseal.documents.trust import OPERATOR, Trust, TrustSpec
from counterseal.values import instant, strict_yaml
from counterseal.values.finding import UsageError, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MACHINES = ("ci", "layout", "promoter")
#: Roles whose old key counts on beside the new one until it is retired.
OVERLAPPING = ("ci", "layout")


@dataclass
class Draft:
    """One version being written; ``number`` is the promotion from which on what ends now counts no more."""

    version: int
    value: dict[str, Any]
    number: int

    @classmethod
    def after(cls, trust: Trust, version: int, number: int) -> Draft:
        """Begin with what a trust says."""
        value = trust.plain()["spec"]
        return cls(version, value | {"version": version}, number)

    @property
    def where(self) -> str:
        """The file it becomes."""
        return places.trust(self.version)

    def read(self) -> Trust:
        """Return it as a trust; raise Refused with every misfit."""
        return Trust.of(str(self.version), validate(TrustSpec, strict_yaml.Source(self.value, self.where, {})))

    # -- people

    def person(self, name: str) -> dict[str, Any]:
        """Return a person who is listed."""
        if name not in self.value["people"]:
            listed = ", ".join(sorted(self.value["people"]))
            raise refuse("NO_PERSON", self.where, f"one of {listed}", name, "add them: `counterseal trust add`")
        found: dict[str, Any] = self.value["people"][name]
        return found

    def enter(self, name: str, title: str | None, *, bot: bool, keys: Iterable[str]) -> None:
        """List a person, or give one who is listed more keys and another title."""
        if name in MACHINES:
            raise UsageError(f"{name} is a machine; name its key with --machine FILE.pem")
        fresh = list(keys)
        if name not in self.value["people"] and not fresh:
            raise UsageError(f"{name} is new; name their public key with --key FILE.pub")
        empty = {"title": title or name.title(), "keys": [], "emails": [], "bot": False}
        person = self.value["people"].setdefault(name, empty)
        person["keys"] = _more(person["keys"], fresh)
        person |= ({"title": title} if title else {}) | ({"bot": True} if bot else {})

    def give(self, name: str, emails: Iterable[str], roles: Iterable[str], *, root: bool) -> None:
        """Give a person addresses, roles, and a root key's duty."""
        person = self.person(name)
        person["emails"] = _more(person["emails"], emails)
        for role in roles:
            self.value["roles"][role] = _more(self.value["roles"].get(role, []), [name])
        if root:
            self.value["root"]["members"] = _more(self.value["root"]["members"], [name])

    def take_role(self, name: str, role: str) -> None:
        """Take a role from a person; refuse it if nobody would be left whom a quorum asks for."""
        left = [other for other in self.value["roles"].get(role, ()) if other != name]
        asking = [quorum for quorum, slots in self.value["quorums"].items() if role in slots]
        if not left and (asking or role == OPERATOR):
            expected = f"somebody who is {role}, for {', '.join(asking) or 'undoing a promotion'}"
            mend = f"first give it to somebody (`counterseal trust add NAME --role {role}`), then do this with --amend"
            raise refuse("QUORUM_UNFILLABLE", self.where, expected, f"nobody after {name}", mend)
        self.value["roles"] = {other: held for other, held in self.value["roles"].items() if other != role}
        self.value["roles"] |= {role: left} if left else {}

    def take_root(self, name: str) -> None:
        """Relieve a person of the root key's duty."""
        root = self.value["root"]
        root["members"] = [other for other in root["members"] if other != name]

    def remove(self, name: str) -> None:
        """Let a person leave: roles, root, and every key."""
        for key in list(self.person(name)["keys"]):
            self.value["retired"][fingerprint(key)] = self.number
        for role in [role for role, people in self.value["roles"].items() if name in people]:
            self.take_role(name, role)
        self.take_root(name)
        del self.value["people"][name]

    # -- keys

    def end_key(self, key: str) -> None:
        """Take a key, by its id, from whoever signs with it; the last one of somebody is not taken."""
        for name, person in self.value["people"].items():
            left = [line for line in person["keys"] if fingerprint(line) != key]
            if len(left) < len(person["keys"]):
                self._check_left(left, name, f"`counterseal trust rotate {name}`, or `trust retire {name}`")
                person["keys"] = left
        for role, items in self.value["machines"].items():
            left = [item for item in items if keyid(item["publicKey"]) != key]
            if len(left) < len(items):
                self._check_left(left, f"the machine {role}", f"bring a new one: `counterseal trust rotate {role}`")
                self.value["machines"][role] = left

    def retire_key(self, key: str) -> None:
        """End a key from the next promotion on."""
        self.end_key(key)
        self.value["retired"].setdefault(key, self.number)

    def compromise(self, key: str, since: int) -> None:
        """End a key, and believe nothing it signed from a promotion on."""
        self.end_key(key)
        self.value["retired"].pop(key, None)
        earlier = self.value["compromised"].get(key, since)
        self.value["compromised"][key] = min(since, earlier)

    def add_machine(self, role: str, pem: str) -> None:
        """List a machine's key before those it has."""
        if role not in MACHINES:
            raise UsageError(f"{role} is no machine; one of {', '.join(MACHINES)}")
        held = [item["publicKey"] for item in self.value["machines"][role]]
        self.value["machines"][role] = [{"publicKey": line} for line in _more([pem], held)]

    def holder(self, key: str) -> str | None:
        """Return the person or machine role that signs with a key; None if nobody does."""
        people = ((name, map(fingerprint, person["keys"])) for name, person in self.value["people"].items())
        machines = (
            (role, (keyid(item["publicKey"]) for item in items)) for role, items in self.value["machines"].items()
        )
        return next((name for name, ids in (*people, *machines) if key in ids), None)

    # -- what is taken back, and terms

    def take_back(self, what: str, numbers: Iterable[int]) -> None:
        """Add promotions to those that are void, or withdrawn."""
        self.value[what] = sorted({*self.value[what], *numbers})

    def renew(self, root_threshold: int | None, expires: datetime | None) -> None:
        """Set how many root people sign, and until when the trust is good."""
        if root_threshold is not None:
            self.value["root"]["threshold"] = root_threshold
        if expires is not None:
            self.value["expires"] = instant.render(expires)

    def _check_left(self, left: list[Any], holder: str, mend: str) -> None:
        if not left:
            raise refuse("LAST_KEY", self.where, f"a key that {holder} goes on with", "none", mend)


def _more(listed: Iterable[str], fresh: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*listed, *fresh]))
