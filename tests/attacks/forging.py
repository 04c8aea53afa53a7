"""What an attacker makes with what they have: entries that fit other bytes, branches beside the honest one."""

from __future__ import annotations

import base64
import tempfile
from typing import TYPE_CHECKING, Any

from counterseal.documents import entry, places
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.layout import sign_link
from counterseal.documents.statement import Statement
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.verification.evidence import artifact_digests, model_files
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from counterseal.documents.record import Promotion
    from tests.support.world import World

NEXT = f"proposal/{MODEL}-v2"
#: Where the attacker works.
EVIL = "proposal/evil"


def named(files: Mapping[str, bytes], model: str = MODEL, **facts: Any) -> bytes:
    """Return an entry that names these bytes of a proof, as whoever writes it by hand would have it."""
    before = RegistryEntry.read(files[places.entry(model)], "entry").spec
    owned = entry.owned_paths(model, {path: sha256(data) for path, data in files.items()})
    spec = before.model_copy(update={"owned": dict(sorted(owned.items())), **facts})
    return entry.GENERATED + RegistryEntry.of(model, spec).write()


def forged(world: World, files: Mapping[str, bytes | None], base: str = NEXT, **facts: Any) -> dict[str, bytes | None]:
    """Return a change of a branch's proof, with the entry that names what comes of it."""
    proof = model_files(Tree(world.git, world.tip(base)), MODEL)
    whole = {path: data for path, data in {**proof, **files}.items() if data is not None}
    return {**files, places.entry(MODEL): named(whole, **facts)}


def beside(
    world: World, files: Mapping[str, bytes | None], base: str = NEXT, by: str | None = "dana", branch: str = EVIL
) -> str:
    """Put a commit on top of a branch, on a branch of its own; the honest one stays as it is."""
    world.put(branch, world.tip(base))
    world.commit(branch, files, by)
    return branch


def signed_anew(world: World, files: Mapping[str, bytes | None], *people: str, **facts: Any) -> str:
    """Forge a proof beside the honest one and have people countersign it: they were deceived."""
    branch = beside(world, forged(world, files, **facts), by=None)
    return acts.countersign(world, branch, *(people or ("alice", "bob")))


def landed(world: World, branch: str = NEXT) -> tuple[Promotion, ...]:
    """Merge through the gate, and have it recorded."""
    return acts.land(world, branch)


def statement(world: World, step: str, change: Callable[[Any], object], key: str = "ci") -> bytes:
    """Return the Statement of a step on ``NEXT`` with something changed, signed by a machine's key."""
    path = places.statement(MODEL, step)
    value = _payload(strict_json.loads(world.read(path, NEXT), path)["dsseEnvelope"])
    change(value)
    return Statement.parse(value, path).sign(world.signer(key))


def link(world: World, step: str, change: Callable[[Any], object]) -> bytes:
    """Return the link of a step on ``NEXT`` with something changed, signed by CI's key."""
    path = places.link(MODEL, step)
    value = _payload(strict_json.loads(world.read(path, NEXT), path))
    change(value)
    return sign_link(strict_json.canonical(value), world.signer("ci"))


def relinked(world: World, files: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """Return changed files with every link that CI's key signs anew, so that they fit: CI itself was bent."""
    whole = {**model_files(Tree(world.git, world.tip(NEXT)), MODEL), **files}
    found = RegistryEntry.read(whole[places.entry(MODEL)], "entry")
    where = places.dataset(MODEL)
    data = Dataset.read(world.read(where, NEXT), where).spec.fingerprint
    real = artifact_digests(MODEL, whole, data, found)

    def fit(value: Any) -> None:
        for side in ("materials", "products"):
            for name, digest in value[side].items():
                digest["sha256"] = real.get(name.partition("/")[2], digest["sha256"])

    steps = ("validate", "train", "evaluate", "bom", "audit")
    return {**files, **{places.link(MODEL, step): link(world, step, fit) for step in steps}}


def _payload(envelope: dict[str, str]) -> Any:
    return strict_json.loads(base64.b64decode(envelope["payload"]), "payload")


def odd_commit(world: World, mode: str, oid: str, path: str, base: str = NEXT) -> str:
    """Put something that is no plain file onto a branch, by git's own hands; return the branch."""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        world.git.run("read-tree", world.tip(base), environment=index)
        world.git.run("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}", environment=index)
        tree = world.git.run("write-tree", environment=index)
    made = write_commit(world.git, tree, [world.tip(base)], "Odd", world.committer("dana"))
    world.put(EVIL, made)
    return EVIL
