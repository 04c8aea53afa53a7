"""Who is trusted: people and their keys, machines and their keys, roles, quorums, and what was taken back.

* A quorum asks for roles that exist, a role names people who are listed, and no bot holds a root key.
* A key stands in one place only, in whatever spelling, and one that is retired or compromised stands nowhere.
* A sandbox says that it is one, and its keys are the published ones; nobody else's are (``check_published``).

How one version follows another is told by ``trust_chain``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from counterseal.crypto import dsse, sshsig
from counterseal.crypto.dsse import MachineKey, keyid
from counterseal.crypto.published import is_published
from counterseal.crypto.sshsig import PublicKey, fingerprint
from counterseal.documents.document import Document, Value
from counterseal.values.digest import Sha256
from counterseal.values.finding import refuse
from counterseal.values.instant import Instant
from counterseal.values.names import LogId, Name, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from counterseal.crypto.sealed import Sealed

Tier = Literal["low", "medium", "high"]
Quorum = Literal["low", "medium", "high", "rules", "code", "waivers"]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
KeyId = Fingerprint | Sha256
Number = Annotated[int, Field(ge=0)]

OPERATOR = "operator"
ROOT = "root"


class Person(Value):
    """Someone, or a bot, who signs; e-mail addresses only ever add authors, they prove nothing."""

    title: Text
    keys: Annotated[tuple[PublicKey, ...], Field(min_length=1)]
    emails: tuple[Text, ...] = ()
    bot: bool = False


class Root(Value):
    """The people who sign the next trust version, and how many of them it takes."""

    members: Annotated[tuple[Name, ...], Field(min_length=1)]
    threshold: Annotated[int, Field(ge=1)]


class Machine(Value):
    """One key of a machine."""

    publicKey: MachineKey  # noqa: N815


class Machines(Value):
    """The keys of each machine role; ``ci`` may hold several, so that rotation can overlap."""

    ci: Annotated[tuple[Machine, ...], Field(min_length=1)]
    layout: Annotated[tuple[Machine, ...], Field(min_length=1)]
    promoter: Annotated[tuple[Machine, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Holding:
    """A key that counts: whose it is, its id, and the private half behind it."""

    holder: str
    id: str
    material: bytes


class TrustSpec(Value):
    """One version of the trust."""

    version: Annotated[int, Field(ge=1)]
    log_id: LogId
    log: Literal["required", "none"]
    sandbox: Literal[True] | None = None
    expires: Instant
    root: Root
    people: dict[Name, Person]
    roles: dict[Name, Annotated[tuple[Name, ...], Field(min_length=1)]]
    quorums: dict[Quorum, Annotated[tuple[Name, ...], Field(min_length=1)]]
    machines: Machines
    retired: dict[KeyId, Number] = {}
    compromised: dict[KeyId, Number] = {}
    void: tuple[Number, ...] = ()
    withdrawn: tuple[Number, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def holdings(self) -> tuple[Holding, ...]:
        """Return every key that people and machines sign with."""
        people = [
            Holding(name, fingerprint(key), sshsig.material(key))
            for name, person in self.people.items()
            for key in person.keys
        ]
        machines = [
            Holding(f"the machine {role}", keyid(item.publicKey), dsse.material(item.publicKey))
            for role, items in self.machines
            for item in items
        ]
        return (*people, *machines)

    def _problems(self) -> Iterable[str]:
        if missing := set(_QUORUMS) - set(self.quorums):
            yield f"a quorum for each of {', '.join(_QUORUMS)}; missing: {', '.join(sorted(missing))}"
        if unknown := {role for slots in self.quorums.values() for role in slots} - set(self.roles):
            yield f"quorums of roles that exist; unknown: {', '.join(sorted(unknown))}"
        if OPERATOR not in self.roles:
            yield "a role 'operator', who may undo a promotion alone"
        named = {person for people in self.roles.values() for person in people} | set(self.root.members)
        if unknown := named - set(self.people):
            yield f"roles of people who are listed; unknown: {', '.join(sorted(unknown))}"
        if self.root.threshold > len(set(self.root.members)):
            yield f"a root threshold of at most {len(set(self.root.members))}, the number of its members"
        if bots := {name for name in self.root.members if name in self.people and self.people[name].bot}:
            yield f"root members who are people; bots: {', '.join(sorted(bots))}"
        holdings = self.holdings()
        if len({item.material for item in holdings}) != len(holdings):
            yield "each key in one place only"
        gone = set(self.retired) | set(self.compromised)
        if active := gone & {item.id for item in holdings}:
            yield f"no retired or compromised key in use; found {', '.join(sorted(active))}"


_QUORUMS = ("low", "medium", "high", "rules", "code", "waivers")


class Trust(Document):
    """policies/trust/N.yaml."""

    KIND: ClassVar[str] = "Trust"
    kind: Literal["Trust"]
    spec: TrustSpec

    def keys_of(self, people: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return person → SSH keys for the people named."""
        return {name: self.spec.people[name].keys for name in people if name in self.spec.people}

    def machine_keys(self, role: str) -> tuple[str, ...]:
        """Return the PEM keys of a machine role; none for a role that does not exist."""
        return tuple(item.publicKey for item in getattr(self.spec.machines, role, ()))

    def compromised_at(self, number: int) -> frozenset[str]:
        """Return the ids of the keys that were compromised when promotion ``number`` was made."""
        return frozenset(key for key, since in self.spec.compromised.items() if number >= since)

    def without(self, keyids: frozenset[str]) -> Trust:
        """Return this trust less some keys (SSH fingerprints, machine key ids), for judging only, never for writing."""
        if not keyids:
            return self
        people = {
            name: person.model_copy(update={"keys": tuple(k for k in person.keys if fingerprint(k) not in keyids)})
            for name, person in self.spec.people.items()
        }
        machines = self.spec.machines.model_copy(
            update={
                role: tuple(item for item in items if keyid(item.publicKey) not in keyids)
                for role, items in self.spec.machines
            }
        )
        return self.model_copy(update={"spec": self.spec.model_copy(update={"people": people, "machines": machines})})

    def roots(self) -> Roots:
        """Return what signs the next version."""
        keys = {name: self.spec.people[name].keys for name in sorted(set(self.spec.root.members))}
        spec = RootsSpec(log_id=self.spec.log_id, threshold=self.spec.root.threshold, keys=keys)
        return Roots.of("roots", spec)


class RootsSpec(Value):
    """The root public keys and the log id: all that a verifier has to bring along."""

    log_id: LogId
    threshold: Annotated[int, Field(ge=1)]
    keys: Annotated[dict[Name, tuple[PublicKey, ...]], Field(min_length=1)]


class Roots(Document):
    """What whoever deploys a server gives it, from elsewhere than the repository."""

    KIND: ClassVar[str] = "Roots"
    kind: Literal["Roots"]
    spec: RootsSpec

    @property
    def sandbox(self) -> bool:
        """Whether anybody can sign as one of them: whatever follows from these roots is a sandbox's."""
        return any(is_published(sshsig.material(key)) for keys in self.spec.keys.values() for key in keys)

    def enough(self, sealed: Sealed) -> bool:
        """Say whether the threshold of these roots signed the document; a private key counts once."""
        signed = sealed.signers(self.spec.keys)
        return len({sshsig.material(key) for key in signed.values()}) >= self.spec.threshold


def check_published(spec: TrustSpec, where: str) -> None:
    """Refuse a published key in a trust that is no sandbox's, and any other key in one that is."""
    for item in spec.holdings():
        if is_published(item.material) == bool(spec.sandbox):
            continue
        if spec.sandbox:
            expected, found = "a sandbox's keys, which everybody has, and no others", "which only its holder has"
            mend = "take one from the sandbox's folder keys; for keys of your own: `counterseal init`"
        else:
            expected, found = "keys that only their holders have", "a sandbox's, which everybody has"
            mend = f"{item.holder} makes a key of their own"
        raise refuse("SANDBOX_KEY", where, expected, f"{item.id} of {item.holder}, {found}", mend)
