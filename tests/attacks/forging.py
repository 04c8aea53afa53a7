"""What an attacker makes with what they have: entries that fit other bytes, branches beside the honest one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import entry, places
from counterseal.documents.entry import RegistryEntry
from counterseal.values.digest import sha256
from counterseal.verification.evidence import model_files
from counterseal.verification.tree import Tree
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

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
