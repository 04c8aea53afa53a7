"""A verified promotion: everything there is to export of a model, read only after it held.

* The model is followed from the root keys to its bytes, as ``counterseal verify`` does; whatever stops it from serving
  refuses the export, and so does a kernel other than the one the live rules name.
* Keys are those of the trusts that judged: machines' of any version on main, people's of the versions before each
  merge, less those that today's trust calls compromised.
* Approvals are those that the records count; a record that restores brings along the one it restores.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.crypto.dsse import keyid, open_envelope
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.documents.approval import file_name
from counterseal.documents.entry import RegistryEntry
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, refuse
from counterseal.verification.champion import champion
from counterseal.verification.commit import read_commit
from counterseal.verification.follow import Served, follow
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import chain_at, trust_at
from scripts.repository.tool import check_tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from counterseal.documents.entry import EntrySpec
    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Trust
    from counterseal.verification.log import Log
    from scripts.repository.repository import Repository


@dataclass(frozen=True)
class MachineKey:
    """A machine's public key, the role that made it count, and what became of it since."""

    role: str
    pem: str
    since: str = ""

    @property
    def id(self) -> str:
        """The key's id, by which signatures name it."""
        return keyid(self.pem)

    @property
    def file(self) -> str:
        """The name of the file it is exported as."""
        return f"{self.role}-{self.id[:8]}.pem"


@dataclass(frozen=True)
class Verified:
    """What a promotion serves, and by whose keys it was believed.

    ``trees`` are main at the merge that promoted it, and the proposal: what went into its run is in one of them, but
    for the ``champion``, the model that it was compared with.
    """

    model: str
    number: int
    trees: tuple[Tree, ...]
    entry: EntrySpec
    approvals: Mapping[str, bytes]
    people: Mapping[str, tuple[str, ...]]
    machines: Mapping[str, MachineKey]
    records: Mapping[int, bytes]
    champion: bytes

    @property
    def tree(self) -> Tree:
        """Main as the promotion made it."""
        return self.trees[0]

    def signer(self, envelope: Any, where: str) -> MachineKey:  # noqa: ANN401 (JSON is any value)
        """Return the machine key that signed an envelope, and raise Refused if none did."""
        open_envelope(envelope, [key.pem for key in self.machines.values()], where)
        return self.machines[envelope["signatures"][0]["keyid"]]

    def open(self, data: bytes, where: str) -> tuple[dict[str, Any], MachineKey]:
        """Return an envelope's payload and the machine key that signed it."""
        envelope = strict_json.loads(data, where)
        by = self.signer(envelope, where)
        return dict(open_envelope(envelope, [by.pem], where)), by


def verified(repository: Repository, model: str, now: datetime) -> Verified:
    """Verify what serves of a model and return it; raise Refused if it may not serve."""
    if repository.promotions is not None:
        check_tool(repository, *repository.log(now))
    snapshot = follow(repository.git, repository.roots, repository.main, repository.promotions, now)
    found = snapshot.models.get(model)
    if found is None:
        raise refuse("UNKNOWN_MODEL", model, f"one of {', '.join(snapshot.models) or 'no models'}", model)
    if not isinstance(found, Served):
        raise Refused(*found.findings)
    return _alone(repository, found) if found.number == 0 else _recorded(repository, found)


def _alone(repository: Repository, found: Served) -> Verified:
    """Return what a tree proves by itself, under ``log: none``."""
    tree = Tree(repository.git, found.commit)
    folder, names = places.approvals(found.model), [file_name(person, "promote") for person in found.approvers]
    approvals = {name: tree.need(f"{folder}/{name}") for name in names}
    return _verified(repository, found, (tree,), approvals, [trust_at(tree, repository.roots)], {}, None)


def _recorded(repository: Repository, found: Served) -> Verified:
    git, promotions = repository.git, repository.promotions or ""
    log = read_log(git, promotions, repository.main, repository.roots)
    live = log.records[found.number].promotion
    origin = log.origin(live)
    both = {item.number: item for item in (origin, live)}
    judges = [trust_at(Tree(git, read_commit(git, item.commit).parents[0]), repository.roots) for item in both.values()]
    approvals = {name: data for item in both.values() for name, data in _counted(Tree(git, item.commit), item)}
    records = {number: Tree(git, promotions).need(places.record(number)) for number in both}
    trees = tuple(Tree(git, commit) for commit in (origin.commit, read_commit(git, origin.commit).parents[1]))
    return _verified(repository, found, trees, approvals, judges, records, log)


def _counted(tree: Tree, promotion: Promotion) -> Iterable[tuple[str, bytes]]:
    files = tree.contents(places.approvals(promotion.model or ""))
    return [(path.rpartition("/")[2], data) for path, data in files.items() if sha256(data) in promotion.approvals]


def _verified(
    repository: Repository,
    found: Served,
    trees: tuple[Tree, ...],
    approvals: Mapping[str, bytes],
    judges: Iterable[Trust],
    records: Mapping[int, bytes],
    log: Log | None,
) -> Verified:
    path = places.entry(found.model)
    entry = RegistryEntry.read(trees[0].need(path), path).spec
    return Verified(
        model=found.model,
        number=found.number,
        trees=trees,
        entry=entry,
        approvals=dict(sorted(approvals.items())),
        people=_people(judges, repository.trust.spec.compromised),
        machines=_machines(chain_at(Tree(repository.git, repository.main), repository.roots)),
        records=records,
        champion=champion(repository.git, log, found.model, entry.replaces) if log else b"",
    )


def _people(judges: Iterable[Trust], compromised: Iterable[str]) -> dict[str, tuple[str, ...]]:
    keys: dict[str, set[str]] = defaultdict(set)
    for trust in judges:
        for name, person in trust.spec.people.items():
            keys[name] |= {key for key in person.keys if fingerprint(key) not in compromised}
    return {name: tuple(sorted(keys[name])) for name in sorted(keys)}


def _machines(chain: tuple[Trust, ...]) -> dict[str, MachineKey]:
    found: dict[str, MachineKey] = {}
    for trust in chain:
        for role in ("ci", "layout", "promoter"):
            found |= {keyid(pem): MachineKey(role, pem, _since(pem, chain[-1])) for pem in trust.machine_keys(role)}
    return found


def _since(pem: str, today: Trust) -> str:
    """Return what today's trust says of a key that it trusts no longer."""
    kinds = {"retired": today.spec.retired, "compromised": today.spec.compromised}
    said = [f"{kind} since promotion {numbers[keyid(pem)]}" for kind, numbers in kinds.items() if keyid(pem) in numbers]
    return ", ".join(said)
