"""Who is trusted: people and their keys, machines and their keys, roles, quorums, and what was taken back.

The rules of the chain (``follow`` applies them in order; the idea is TUF's root rotation, spec §5.3):

* version N carries the signatures of threshold(root N-1) and of threshold(root N);
* version 1 is signed by the root keys that whoever verifies brought along;
* the log id never changes; ``log: none`` may become ``required``, never back;
* what is void, withdrawn, compromised or retired stays so;
* a key belongs to one person or machine role for ever, and once it has left it does not come back, in whatever
  spelling: nobody inherits what somebody else signed, and one private key never counts as two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from counterseal.crypto import dsse, sshsig
from counterseal.crypto.dsse import MachineKey, keyid
from counterseal.crypto.sealed import Sealed, open_sealed
from counterseal.crypto.sshsig import PublicKey, fingerprint
from counterseal.documents.document import Document, Value
from counterseal.values.digest import Sha256
from counterseal.values.finding import Refused, refuse
from counterseal.values.instant import Instant
from counterseal.values.names import LogId, Name, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    def enough(self, sealed: Sealed) -> bool:
        """Say whether the threshold of these roots signed the document; a private key counts once."""
        signed = sealed.signers(self.spec.keys)
        return len({sshsig.material(key) for key in signed.values()}) >= self.spec.threshold


def open_version(data: bytes, where: str) -> tuple[Trust, Sealed]:
    """Read a version that nobody may have signed yet; its signatures are returned, not yet verified."""
    try:
        parts = open_sealed(data, where)
    except Refused as refusal:
        if refusal.code != "UNSIGNED":
            raise
        parts = Sealed(data, {}, where)
    return Trust.read(parts.body, where), parts


def follow(versions: Iterable[tuple[str, bytes]], roots: Roots) -> tuple[Trust, ...]:
    """Follow the chain of trust files (path, content), oldest first; raise Refused at the first break.

    Returns every version, oldest first; an empty chain is refused.
    """
    chain: list[Trust] = []
    for where, data in versions:
        trust, sealed = open_version(data, where)
        check_step(chain, trust, roots, where)
        for signers in (chain[-1].roots() if chain else roots, trust.roots()):
            if not signers.enough(sealed):
                expected = f"{signers.spec.threshold} signatures by {', '.join(signers.spec.keys)}"
                mend = "root people sign it: `counterseal trust sign`"
                raise refuse("TRUST_THRESHOLD", where, expected, f"signatures by {_names(sealed)}", mend)
        chain.append(trust)
    if not chain:
        raise refuse("NO_TRUST", "policies/trust/1.yaml", "a trust file", "none", "run `counterseal init`")
    return tuple(chain)


def _names(sealed: Sealed) -> str:
    return ", ".join(sorted(sealed.signatures)) or "nobody"


def check_step(chain: Sequence[Trust], trust: Trust, roots: Roots, where: str) -> None:
    """Refuse a version that may not follow a chain, whoever signed it."""
    version = len(chain) + 1
    if trust.spec.version != version or trust.metadata.name != str(version):
        raise refuse("TRUST_VERSION", where, f"version {version}", f"version {trust.spec.version}")
    if trust.spec.log_id != roots.spec.log_id:
        raise refuse("LOG_ID", where, f"log id {roots.spec.log_id}", trust.spec.log_id, "this is another repository")
    if chain:
        _check_kept(chain[-1].spec, trust.spec, where)
        _check_keys(chain, trust.spec, where)


def _check_kept(old: TrustSpec, new: TrustSpec, where: str) -> None:
    if old.log == "required" and new.log == "none":
        raise refuse("TRUST_LOG_MODE", where, "log: required, which is for ever", "log: none")
    for name in ("void", "withdrawn"):
        if lost := set(getattr(old, name)) - set(getattr(new, name)):
            raise refuse("TRUST_TAKEN_BACK", where, f"{name} numbers stay {name}", f"{sorted(lost)} gone")
    if any(new.compromised.get(key, number + 1) > number for key, number in old.compromised.items()):
        raise refuse("TRUST_TAKEN_BACK", where, "compromised keys stay so, from the same number on", "fewer")
    kept = dict.fromkeys(new.compromised) | new.retired
    if any(kept.get(key, -1) not in (number, None) for key, number in old.retired.items()):
        raise refuse("TRUST_TAKEN_BACK", where, "retired keys stay so, from the same number on", "fewer, or others")


def _check_keys(chain: Sequence[Trust], new: TrustSpec, where: str) -> None:
    """Refuse a key that goes from one holder to another, or that comes back."""
    known = [item for version in chain for item in version.spec.holdings()]
    first = {item.material: item for item in reversed(known)}
    stays = {item.material for item in chain[-1].spec.holdings()}
    stays -= {item.material for item in known if item.id in new.retired or item.id in new.compromised}
    for item in new.holdings():
        before = first.get(item.material)
        if before is None:
            continue
        if before.holder != item.holder:
            found = f"{item.id}, which was {before.holder}'s, listed for {item.holder}"
            raise refuse("TRUST_KEY_MOVED", where, "a key that stays with its first holder", found, _FRESH)
        if item.material not in stays:
            found = f"{item.id} of {item.holder}, which had left"
            raise refuse("TRUST_KEY_RETURNED", where, "a key that is new, or was never gone", found, _FRESH)


_FRESH = "make a new key: ssh-keygen -t ed25519 for a person"
