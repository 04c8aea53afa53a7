"""Who wrote it: signers and everyone named, less what proves itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.verification.authorship import Authorship
from counterseal.verification.tree import Tree
from scripts.repository.changes import Committer, write_commit, write_tree
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World


def authors(world: World, branch: str, old: str = "") -> set[str]:
    return set(Authorship(world.git, world.trust, world.log()).of_range(old or world.main, world.tip(branch)))


def test_signers_and_whoever_is_named_wrote_it(world: World) -> None:
    world.commit("b", {"docs/x.md": b"x"}, "dana", "Write\n\nCo-Authored-By: Mia <mia@acme.example>")
    world.commit("b", {"docs/y.md": b"y"}, "dora")
    assert authors(world, "b") == {"dana", "dora", "mia"}


@pytest.mark.parametrize(
    ("trailer", "named"),
    [
        ("Co-authored-by: Mia <mia@acme.example>", True),
        ("co-authored-BY : MIA <MIA@ACME.example>", True),
        ("  Co-authored-by: Mia < mia@acme.example >", True),
        ("Co-authored-by: Mia\n  <mia@acme.example>", True),
        ("Co-authored-by: mia@acme.example", True),
        ("Co-authored-by: Dora <dora@elsewhere.example>, Mia <mia@acme.example>", True),
        ("Co-authored-by: Mia <mia@acme.example>\r", True),
        ("Thanks to Mia <mia@acme.example>", False),
        ("Co-authored-by: Mia <mia@acme.example.org>", False),
        ("Co-authored-by: Mia <xmia@acme.example>", False),
    ],
)
def test_a_co_author_is_named_however_the_line_is_written(world: World, trailer: str, *, named: bool) -> None:
    world.commit("b", {"docs/x.md": b"x"}, "dana", f"Write\n\n{trailer}")
    assert authors(world, "b") == ({"dana", "mia"} if named else {"dana"})


def test_a_key_that_ended_excuses_nobody_from_what_it_wrote(world: World) -> None:
    stranger = Committer("x", "x@elsewhere.example", world.key("dana"))
    wrote = write_commit(world.git, write_tree(world.git, world.main, {"docs/x.md": b"x"}), [world.main], "x", stranger)
    old, lost = world.trust, fingerprint(world.key("dana").public)
    fresh = acts.new_key(world, "dana")
    world.land(acts.propose_trust(world, lambda spec: spec["people"]["dana"].update(keys=[fresh])))
    forgetful = Authorship(world.git, world.trust, world.log())
    judge = Authorship(world.git, world.trust, world.log(), (old,))
    assert lost not in {fingerprint(key) for key in world.trust.spec.people["dana"].keys}
    assert judge.since(f"{wrote}^", wrote, ["docs"]) == {"dana"}
    assert forgetful.since(f"{wrote}^", wrote, ["docs"]) == frozenset()
    with refused("UNSIGNED_COMMIT"):
        judge.of_range(f"{wrote}^", wrote)


def test_a_signature_under_a_trust_version_needs_no_trusted_commit(world: World) -> None:
    world.commit("b", {places.trust(2): b"x"}, by=None)
    assert authors(world, "b") == set()
    world.commit("b", {places.trust(2): b"y", places.CODEOWNERS: b"y"}, by=None)
    with refused("UNSIGNED_COMMIT"):
        authors(world, "b")


def test_an_address_excuses_nobody(world: World) -> None:
    mask = Committer("mia", "mia@acme.example", world.key("dana"))
    tree = write_tree(world.git, world.main, {"docs/x.md": b"x"})
    world.put("b", write_commit(world.git, tree, [world.main], "x", mask))
    assert authors(world, "b") == {"dana", "mia"}


def test_what_machines_make_needs_no_signature_and_has_no_author(world: World) -> None:
    world.commit("b", {f"registry/{MODEL}/entry.yaml": b"x", f"sbom/{MODEL}.cdx.json": b"x"}, by=None)
    assert authors(world, "b") == set()
    world.commit("b", {f"registry/{MODEL}/entry.yaml": b"y", places.spec(MODEL): b"y"}, by=None)
    with refused("UNSIGNED_COMMIT"):
        authors(world, "b")


def test_ones_own_approval_makes_no_author_and_anothers_does(world: World) -> None:
    folder = places.approvals(MODEL)
    world.commit("b", {f"{folder}/alice.yaml": b"x", f"{folder}/alice.retire.yaml": b"x"}, "alice")
    assert authors(world, "b") == set()
    world.commit("b", {f"{folder}/bob.yaml": b"x"}, "alice")
    assert authors(world, "b") == {"alice"}


def test_a_folder_that_only_looks_like_approvals_makes_an_author(world: World) -> None:
    world.commit("b", {f"registry/{MODEL}/model/approvals/alice.yaml": b"x"}, "alice")
    assert authors(world, "b") == {"alice"}


def test_a_clean_merge_proves_itself_and_another_does_not(world: World) -> None:
    world.commit("one", {"docs/x.md": b"x"}, "dana")
    world.commit("two", {"docs/y.md": b"y"}, "dora")
    clean = world.git.merged_tree(world.tip("one"), world.tip("two"))
    assert clean
    nobody = Committer("forge", "noreply@forge.example")
    parents = [world.tip("one"), world.tip("two")]
    world.put("b", write_commit(world.git, clean, parents, "merge", nobody))
    assert authors(world, "b") == {"dana", "dora"}
    more = write_tree(world.git, world.tip("b"), {"docs/z.md": b"z"})
    world.put("b", write_commit(world.git, more, parents, "merge and more", nobody))
    with refused("UNSIGNED_COMMIT"):
        authors(world, "b")


def test_an_unsigned_revert_to_a_recorded_state_proves_itself(replaced: World) -> None:
    back = acts.revert(replaced, replaced.main, "back")
    assert authors(replaced, back) == set()
    replaced.commit("odd", {places.spec(MODEL): replaced.read(places.spec(MODEL)) + b"\n"}, by=None)
    with refused("UNSIGNED_COMMIT"):
        authors(replaced, "odd")


def test_an_unsigned_return_to_a_state_that_only_failed_is_refused(live: World) -> None:
    bad = live.force(acts.ready(live, 2, "bob"))
    live.force(acts.revert(live, bad, "back"))
    again = acts.revert(live, live.main, "again")
    with refused("UNSIGNED_COMMIT"):
        authors(live, again)


def test_an_unsigned_end_of_a_model_the_log_knows_proves_itself(live: World) -> None:
    assert authors(live, acts.revert(live, live.main, "end")) == set()
    files = {places.spec("ghost"): b"x"}
    base = live.commit("ghost", {**files}, "dana")
    live.put("gone", base)
    live.commit("gone", {places.spec("ghost"): None}, by=None)
    with refused("UNSIGNED_COMMIT"):
        authors(live, "gone", base)


def test_a_history_of_its_own_is_read_from_its_root(world: World) -> None:
    tree = Tree(world.git, world.main).root
    world.put("b", write_commit(world.git, tree, [], "Another root", world.committer("dana")))
    assert authors(world, "b") == {"dana"}
    world.put("b", write_commit(world.git, tree, [], "Another root", Committer("x", "x@example.org")))
    with refused("UNSIGNED_COMMIT"):
        authors(world, "b")


def test_since_a_commit_counts_what_touches_the_paths(live: World) -> None:
    start = live.main
    live.commit("b", {places.spec(MODEL): b"1"}, "dana")
    live.commit("b", {places.spec("loans"): b"1"}, "dora")
    live.commit("b", {places.spec(MODEL): b"2"}, by=None)
    judge = Authorship(live.git, live.trust, live.log())
    assert judge.since(start, live.tip("b"), places.of_model(MODEL)) == {"dana"}
    assert judge.since(start, live.tip("b"), places.of_model("loans")) == {"dora"}


def test_since_a_commit_counts_whoever_resolved_a_conflict(live: World) -> None:
    start, path = live.main, places.spec(MODEL)
    live.commit("one", {path: b"1"}, "dana")
    live.commit("two", {path: b"2"}, "dora")
    parents = [live.tip("one"), live.tip("two")]
    resolved = write_tree(live.git, parents[0], {path: b"3"})
    live.put("b", write_commit(live.git, resolved, parents, "Resolve", live.committer("alice")))
    judge = Authorship(live.git, live.trust, live.log())
    assert judge.since(start, live.tip("b"), [path]) == {"dana", "dora", "alice"}
    live.commit("three", {"docs/x.md": b"x"}, "dora", base=start)
    clean = live.git.merged_tree(live.tip("one"), live.tip("three"))
    assert clean
    live.put("c", write_commit(live.git, clean, [live.tip("one"), live.tip("three")], "m", live.committer("alice")))
    assert judge.since(start, live.tip("c"), [path]) == {"dana"}
