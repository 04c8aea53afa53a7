"""Whatever is flipped, cut, dropped, swapped or replayed in whatever is signed or digested: nothing of it is admitted.

The judges are the product's own, over real objects; a tree that is admitted must say what the honest one says, which
leaves whoever tampers the spelling around a signature and nothing inside it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.trust import Trust
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.verification import plain_tree
from counterseal.verification.evidence import model_files
from counterseal.verification.log import read_head, read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import chain_at
from tests.attacks.forging import EVIL, NEXT, named
from tests.attacks.loose import Loose
from tests.support import acts
from tests.support.world import MODEL, World, found, once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CASES = 10_000
LONG = (pytest.mark.whole, pytest.mark.timeout(1200))
#: Where the bytes around a signature may be spelled otherwise; what is signed may not.
SEALED = (
    "policies/trust/",
    "policies/layouts/",
    "policies/approvals/",
    f"{places.approvals(MODEL)}/",
    places.HEAD_FILE,
)
Part = Literal["model", "agreed", "trusted", "ruled"]
PARTS: tuple[Part, ...] = ("model", "model", "model", "agreed", "trusted", "ruled")
KINDS = ("flip", "cut", "drop", "double", "insert", "empty", "swap", "replay")


@dataclass(frozen=True)
class Damage:
    """One change of one file; ``forged`` also writes the entry that fits."""

    kind: str
    part: Part
    path: int
    where: float
    value: int
    forged: bool


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    kind = draw(st.sampled_from(KINDS))
    where = draw(st.integers(0, 2**20 - 1)) / 2**20
    path, value = draw(st.integers(0, 2**16)), draw(st.integers(0, 2**16))
    return Damage(kind, draw(st.sampled_from(PARTS)), path, where, value, draw(st.booleans()))


class Bench:
    """An honest state, everything it could be tampered with, and the judges."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.git, self.loose = world.git, Loose(world.git)
        self.roots = world.roots

    @cached_property
    def tree(self) -> str:
        """The honest main, squashed under a trust that keeps no log: judged by itself."""
        spec = self.world.trust.spec.model_copy(update={"log": "none"})
        trust = acts.seal_trust(self.world, Trust.of("1", spec), ["rita", "rolf"])
        rules = sha256(self.world.read(places.RULES))
        approvals = {
            f"{places.RULES_APPROVALS}/{person}.yaml": acts.approval(self.world, person, "rules", entry=rules)
            for person in ("alice", "bob")
        }
        return self.loose.commit(self.world.main, {places.trust(1): trust, **approvals})

    @cached_property
    def proof(self) -> dict[str, bytes]:
        """Every file that the verdict on the tree rests on."""
        owned = places.of_model(MODEL)
        policies = (places.TRUST_FOLDER, places.RULES, places.RULE_FOLDER, places.LAYOUTS, places.RULES_APPROVALS)
        other = (places.dataset(MODEL), places.PIPELINE, places.CODEOWNERS)
        return Tree(self.git, self.tree).contents(*owned, *policies, *other)

    def part(self, name: Part) -> dict[str, bytes]:
        """Return the files of one part of the proof; what belongs nowhere else is of the rules."""
        parts = {
            "model": places.of_model(MODEL),
            "agreed": (places.approvals(MODEL), places.RULES_APPROVALS),
            "trusted": (places.TRUST_FOLDER, places.LAYOUTS, places.CODEOWNERS),
        }
        chosen = {part: set(Tree(self.git, self.tree).files(*below)) for part, below in parts.items()}
        chosen["model"] -= chosen["agreed"]
        chosen["ruled"] = set(self.proof).difference(*chosen.values())
        return {path: self.proof[path] for path in chosen[name]}

    @cached_property
    def log(self) -> dict[str, bytes]:
        """Every file of the log."""
        return Tree(self.git, self.world.promotions).contents("records", places.HEAD_FILE)

    @cached_property
    def pool(self) -> list[bytes]:
        """What could be replayed: every file of here, of the next version, of another model, and older heads."""
        later = model_files(Tree(self.world.git, self.world.tip(NEXT)), MODEL)
        other = model_files(Tree(self.world.git, self.world.tip("proposal/loans")), "loans")
        heads = [
            Tree(self.world.git, oid).need(places.HEAD_FILE)
            for oid in self.world.git.first_parents(None, self.world.promotions)
        ]
        renamed = [data.replace(b"loans", MODEL.encode()) for data in other.values()]
        return [*self.proof.values(), *self.log.values(), *later.values(), *other.values(), *renamed, *heads]

    def verdict(self, changed: Mapping[str, bytes | None]) -> Any:
        """Judge the tree with a change: what it says, everything a server would take from it."""
        tree = Tree(self.git, self.loose.commit(self.tree, changed))
        trust, book = plain_tree.check_trust(tree, self.roots)
        proof, judged, approvals = plain_tree.check_model(tree, MODEL, trust, book)
        return trust, book, proof, judged, [(item.person, item.spec) for item in approvals.counted]

    def order(self, changed: Mapping[str, bytes | None]) -> Any:
        """Judge the log with a change: what it says."""
        promotions = self.loose.commit(self.world.promotions, changed)
        log = read_log(self.git, promotions, self.world.main, self.roots)
        return log, read_head(self.git, promotions, log, *chain_at(Tree(self.git, self.world.main), self.roots))

    def damaged(self, files: Mapping[str, bytes], damage: Damage) -> dict[str, bytes | None]:
        """Return what a damage makes of some files; nothing if it changes nothing."""
        paths = sorted(files)
        path, other = paths[damage.path % len(paths)], paths[damage.value % len(paths)]
        data = files[path]
        at = int(damage.where * len(data))
        byte = damage.value % 256
        made: dict[str, bytes | None] = {
            "flip": data[:at] + bytes([data[at] ^ (byte or 1)]) + data[at + 1 :] if data else b"x",
            "cut": data[:at],
            "drop": None,
            "double": data[:at] + data[at:] * 2,
            "insert": data[:at] + bytes([byte]) + data[at:],
            "empty": b"",
            "swap": files[other],
            "replay": self.pool[damage.value % len(self.pool)],
        }
        changed = {path: made[damage.kind]} | ({other: data} if damage.kind == "swap" else {})
        return {path: data for path, data in changed.items() if data != files.get(path)}

    def forged(self, changed: dict[str, bytes | None]) -> dict[str, bytes | None]:
        """Return a change with the entry that names its bytes, where an entry names them at all."""
        owned = RegistryEntry.read(self.proof[places.entry(MODEL)], "entry").spec.owned
        if not changed or not set(changed) <= set(owned):
            return changed
        proof = model_files(Tree(self.git, self.tree), MODEL)
        whole = {path: data for path, data in {**proof, **changed}.items() if data is not None}
        return {**changed, places.entry(MODEL): named(whole)}


@pytest.fixture(scope="module")
def bench(companies: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Version 1 serves as promotion 1; version 2 and another model wait, and lend their files."""

    def make(folder: Path) -> World:
        fresh = once(companies, "founded", found).copy_to(folder)
        acts.promote(fresh, 1)
        acts.ready(fresh, 2)
        acts.ready_loans(fresh)
        return fresh

    folder = tmp_path_factory.mktemp("damage") / "company"
    with closing(once(companies, "damaged", make).copy_to(folder)) as company:
        yield Bench(company)


def check(judge: Any, honest: Any, changed: dict[str, bytes | None]) -> list[str]:
    """Return the codes of the refusal; none where only the spelling around a signature changed, and nothing said."""
    try:
        said = judge(changed)
    except Refused as refusal:
        return [finding.code for finding in refusal.findings]
    assert said == honest
    assert all(path.startswith(SEALED) for path in changed), sorted(changed)
    return []


def test_the_honest_state_is_admitted(bench: Bench) -> None:
    assert bench.verdict({})[2].entry.spec.version == 1
    assert [record.promotion.kind for record in bench.order({})[0].records] == ["genesis", "promote"]
    assert bench.forged({places.card(MODEL): b"x"}).keys() == {places.card(MODEL), places.entry(MODEL)}


@pytest.mark.parametrize("cases", [400, pytest.param(CASES, marks=LONG)])
def test_nothing_tampered_is_admitted(bench: Bench, cases: int) -> None:
    honest, seen = bench.verdict({}), Counter[str]()

    @settings(max_examples=cases)
    @given(damage=damages())
    def tamper(damage: Damage) -> None:
        assume(changed := bench.damaged(bench.part(damage.part), damage))
        codes = check(bench.verdict, honest, bench.forged(changed) if damage.forged else changed)
        seen.update(codes[:1] or ["the honest verdict"])

    tamper()
    assert seen.total() >= cases
    assert {"BAD_SIGNATURE", "DIGEST", "QUORUM", "RULE_DIGEST"} <= set(seen), seen
    assert len(seen) > 15, seen


@pytest.mark.parametrize("cases", [200, pytest.param(CASES // 5, marks=LONG)])
def test_no_tampered_log_is_read(bench: Bench, cases: int) -> None:
    honest = bench.order({})

    @settings(max_examples=cases)
    @given(damage=damages())
    def tamper(damage: Damage) -> None:
        assume(changed := bench.damaged(bench.log, damage))
        check(bench.order, honest, changed)

    tamper()


@pytest.mark.whole
def test_the_gate_refuses_damage_too(bench: Bench) -> None:
    world = bench.world
    proof = model_files(Tree(world.git, world.tip(NEXT)), MODEL)
    assert world.assess(NEXT).admission

    @settings(max_examples=60)
    @given(damage=damages())
    def tamper(damage: Damage) -> None:
        assume(changed := bench.damaged(proof, damage))
        world.put(EVIL, world.tip(NEXT))
        world.commit(EVIL, changed, "dora")
        with pytest.raises(Refused):
            acts.merge(world, EVIL)

    tamper()
