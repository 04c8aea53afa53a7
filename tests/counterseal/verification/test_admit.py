"""What may merge, area by area; models have a file of their own (test_models.py)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from counterseal.crypto.sealed import seal
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.documents.codeowners import render
from counterseal.documents.pipeline import Pipeline
from counterseal.values import instant, strict_yaml
from counterseal.values.finding import Refused
from counterseal.verification import rulebook
from counterseal.verification.admit import fold
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from scripts.repository.changes import write_commit, write_tree
from scripts.signing.keys import sign
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.verification.git import Change
    from tests.support.world import World

DOC = {"docs/HOWTO.md": b"How to.\n"}
KERNEL = {"counterseal/extra.py": b'"""More."""\n'}


def judged(world: World, branch: str) -> Any:
    return world.admit(world.merge_of(branch))


def approved_doc(world: World, branch: str = "docs") -> str:
    world.commit(branch, {**DOC}, "dana")
    return acts.approve_change(world, branch, "mia")


# -- the shape of a merge


def test_a_direct_push_is_refused_and_the_same_as_a_merge_is_not(world: World) -> None:
    branch = approved_doc(world)
    with refused("NOT_A_MERGE"):
        world.push(places.MAIN, world.tip(branch))
    assert world.push(places.MAIN, world.merge_of(branch))


def test_a_merge_has_two_parents(world: World) -> None:
    approved_doc(world)
    world.commit("other", {"docs/OTHER.md": b"other"}, "dana")
    merge, git = world.merge_of("docs"), world.git
    parents = [world.main, world.tip("docs"), world.tip("other")]
    octopus = write_commit(git, Tree(git, merge).root, parents, "Octopus", world.committer("alice"))
    with refused("NOT_A_MERGE"):
        world.admit(octopus)


def test_a_merge_holds_what_git_makes_of_its_parents(world: World) -> None:
    merge = world.merge_of(approved_doc(world))
    world.admit(merge)
    tree = write_tree(world.git, merge, {"docs/HOWTO.md": b"How to, as nobody saw it.\n"})
    evil = write_commit(world.git, tree, [world.main, world.tip("docs")], "Merge", world.committer("alice"))
    with refused("EVIL_MERGE"):
        world.admit(evil)


def test_a_conflict_is_no_merge(world: World) -> None:
    base = world.main
    world.land(approved_doc(world))
    world.commit("late", {"docs/HOWTO.md": b"Another how to.\n"}, "dana", base=base)
    tree = Tree(world.git, world.main).root
    forced = write_commit(world.git, tree, [world.main, world.tip("late")], "Ours", world.committer("alice"))
    with refused("CONFLICT"):
        world.admit(forced)


def test_one_area_at_a_time(world: World) -> None:
    world.commit("both", {**DOC, **acts.loans()}, "dana")
    with refused("MIXED_AREAS"):
        judged(world, "both")


@pytest.mark.parametrize("mode", ["120000", "160000"])
def test_links_and_submodules_are_refused_whatever_gitmodules_says(world: World, mode: str) -> None:
    world.git.run("config", "submodule.docs/x.ignore", "all")
    world.git.run("config", "submodule.docs/x.path", "docs/x")
    git, oid = world.git, world.main if mode == "160000" else world.git.run("hash-object", "-w", "--stdin", data=b"/")
    line = f"{mode} {oid}\tdocs/x\n".encode()
    index = {"GIT_INDEX_FILE": str(world.folder / "index")}
    git.run("read-tree", world.main, environment=index)
    git.run("update-index", "--index-info", data=line, environment=index)
    tree = git.run("write-tree", environment=index)
    world.put("odd", write_commit(git, tree, [world.main], "Odd", world.committer("dana")))
    with refused("FILE_MODE"):
        judged(world, "odd")


@pytest.mark.parametrize("path", ["docs/howto.md", "docs/deep/Er/x.md", "makefile"])
def test_names_that_differ_by_case_alone_are_refused_in_every_folder(world: World, path: str) -> None:
    files = {"docs/HOWTO.md": b"x", "docs/deep/er/y.md": b"y"}
    world.commit("first", files, "dana")
    world.land(acts.approve_change(world, "first", "mia"))
    world.commit("second", {path: b"x"}, "dana")
    with refused("CASE_COLLISION"):
        judged(world, acts.approve_change(world, "second", "mia"))


# -- who wrote it


def test_every_commit_of_a_person_is_signed_by_one_the_trust_lists(world: World) -> None:
    world.commit("unsigned", {**DOC}, by=None)
    acts.approve_change(world, "unsigned", "mia")
    with refused("UNSIGNED_COMMIT"):
        judged(world, "unsigned")
    stranger = world.folder / "people" / "stranger"
    acts.make_key(stranger)
    world.commit("strange", {**DOC}, "stranger")
    acts.approve_change(world, "strange", "mia")
    with refused("UNSIGNED_COMMIT"):
        judged(world, "strange")
    assert judged(world, approved_doc(world)).area == "code"


def test_a_commit_undone_later_was_brought_all_the_same(world: World) -> None:
    world.commit("docs", {"docs/secret.md": b"x"}, by=None)
    world.commit("docs", {"docs/secret.md": None}, "dana")
    with refused("UNSIGNED_COMMIT"):
        judged(world, approved_doc(world))


# -- code


def test_nobody_approves_their_own_code(world: World) -> None:
    world.commit("docs", {**DOC}, "mia")
    acts.approve_change(world, "docs", "mia")
    with refused("SELF_APPROVAL"):
        judged(world, "docs")


def test_code_beside_the_rules_needs_the_maintainers_too(world: World) -> None:
    branch = acts.propose_rules(world, {**KERNEL, **DOC}, by="dana")
    acts.approve_rules(world, branch, "alice", "bob")
    with refused("QUORUM"):
        judged(world, branch)

    def unnamed(change: Change) -> bool:
        return change.path.startswith("docs/")

    acts.approve_change(world, branch, "mia", only=unnamed)
    assert set(judged(world, branch).quorums) == {"rules", "code"}


# -- rules


def test_rules_need_their_quorum(world: World) -> None:
    branch = acts.propose_rules(world, acts.limit(world, "quality", "auc", 0.6))
    with refused("QUORUM"):
        judged(world, branch)
    with refused("QUORUM"):
        judged(world, acts.approve_rules(world, branch, "alice"))
    assert judged(world, acts.approve_rules(world, branch, "bob")).promotions[0].kind == "rules"


def test_a_rule_that_the_entry_does_not_name_is_refused(world: World) -> None:
    world.commit("rules/next", acts.limit(world, "quality", "auc", 0.1), "mia")
    with refused("RULE_DIGEST"):
        judged(world, "rules/next")


@pytest.mark.parametrize("bent", [{"replaces": 7}, {"version": 1}, {"log_id": "0" * 32}])
def test_rules_only_go_forward(world: World, bent: dict[str, Any]) -> None:
    branch = acts.propose_rules(world, acts.limit(world, "quality", "auc", 0.6), **bent)
    with refused("RULES_REPLACES"):
        judged(world, acts.approve_rules(world, branch, "alice", "bob"))


def test_rules_pushed_round_the_gate_judge_nothing(live: World) -> None:
    files = acts.limit(live, "quality", "auc", 0.1)
    live.force(acts.propose_rules(live, files))
    assert acts.served(live).version == 1
    branch = acts.ready(live, 2)
    with refused("RULES_NOT_LIVE"):
        judged(live, branch)
    live.force(acts.revert(live, live.main, "back", "mia"))
    assert judged(live, acts.ready(live, 2, branch="again")).promotions


def test_later_proposals_are_judged_by_the_new_rules(live: World) -> None:
    branch = acts.propose_rules(live, acts.limit(live, "quality", "auc", 0.99))
    acts.land(live, acts.approve_rules(live, branch, "alice", "bob"))
    assert acts.served(live).version == 1
    with refused("RULE_FAIL") as refusal:
        judged(live, acts.ready(live, 2))
    assert "quality/auc" in str(refusal.value)


def test_a_new_pipeline_needs_its_layout(world: World) -> None:
    pipeline = world.read(places.PIPELINE).replace(b"Fit the estimator", b"Fit it")
    branch = acts.propose_rules(world, {places.PIPELINE: pipeline})
    acts.land(world, acts.approve_rules(world, branch, "alice", "bob"))
    reordered: Any = strict_yaml.load(world.read(places.PIPELINE), "p").value
    reordered["spec"]["steps"][1]["products"].reverse()
    other = Pipeline.read(strict_yaml.dumps(reordered), "p").write()
    branch = acts.propose_rules(world, {places.PIPELINE: other}, branch="rules/other")
    world.commit(branch, dict.fromkeys(fresh_layouts(world, branch)), "mia")
    with refused("LAYOUT_MISSING"):
        judged(world, acts.approve_rules(world, branch, "alice", "bob"))


def layouts(world: World, branch: str = "main") -> list[str]:
    return list(Tree(world.git, world.tip(branch)).files(places.LAYOUTS))


def fresh_layouts(world: World, branch: str) -> set[str]:
    found = set(layouts(world, branch)) - set(layouts(world))
    assert found
    return found


# -- trust


def add_owner(spec: acts.Edit) -> None:
    spec["roles"]["owner"] = [*spec["roles"]["owner"], "dora"]


def test_trust_is_signed_by_enough_roots(world: World) -> None:
    with refused("TRUST_THRESHOLD"):
        judged(world, acts.propose_trust(world, add_owner, branch="one", signers=["rita"]))
    with refused("TRUST_THRESHOLD"):
        judged(world, acts.propose_trust(world, add_owner, branch="none", signers=["alice", "bob"]))
    world.land(acts.propose_trust(world, add_owner))
    assert "dora" in world.trust.spec.roles["owner"]


def alone(world: World, change: acts.SpecChange, branch: str) -> str:
    """Propose what rita would like to do without rolf: she signs for both."""
    trust = acts.changed_trust(world, change)
    body = trust.write()
    armour = sign(world.key("rita"), body)
    files = {places.trust(2): seal(body, {"rita": armour, "rolf": armour}), places.CODEOWNERS: render(trust)}
    world.commit(branch, files, "rita")
    return branch


def test_one_root_person_does_nothing_that_takes_two(world: World) -> None:
    second = acts.make_key(world.folder / "second")

    def become_rolf(spec: acts.Edit) -> None:
        spec["people"]["rolf"]["keys"] = [second]

    tries: list[acts.SpecChange] = [
        add_owner,
        {"root": {"members": ["rita"], "threshold": 1}},
        {"root": {"members": ["rita", "rolf"], "threshold": 1}},
        become_rolf,
        {"void": [0]},
        {"expires": "2199-01-01T00:00:00Z"},
    ]
    for number, change in enumerate(tries):
        with refused("TRUST_THRESHOLD"):
            judged(world, alone(world, change, f"try-{number}"))


def test_both_root_people_together_cannot_undo_what_is_for_ever(world: World) -> None:
    lost, fresh = world.trust.spec.people["dana"].keys[0], acts.make_key(world.folder / "fresh")

    def take(spec: acts.Edit) -> None:
        spec["people"]["dana"]["keys"] = [fresh]
        spec["retired"] = {fingerprint(lost): 1}

    def give_to_dora(spec: acts.Edit) -> None:
        spec["people"]["dora"]["keys"].append(lost)
        spec["retired"] = {}

    def give_back(spec: acts.Edit) -> None:
        spec["people"]["dana"]["keys"].append(lost)

    def exchange(spec: acts.Edit) -> None:
        people = spec["people"]
        people["anna"]["keys"], people["bob"]["keys"] = people["bob"]["keys"], people["anna"]["keys"]

    with refused("TRUST_KEY_MOVED"):
        judged(world, acts.propose_trust(world, exchange, branch="exchange"))
    with refused("LOG_ID"):
        judged(world, acts.propose_trust(world, {"log_id": "f" * 32}, branch="other-log"))
    world.land(acts.propose_trust(world, take, branch="take"))
    for change, code in (({"retired": {}}, "TRUST_TAKEN_BACK"), (give_to_dora, "TRUST_TAKEN_BACK")):
        with refused(code):
            judged(world, acts.propose_trust(world, change, branch=f"trust/{id(change)}"))
    with pytest.raises(ValidationError, match="no retired or compromised key in use"):
        acts.changed_trust(world, give_back)


def test_a_new_owner_counts_from_the_next_merge_on(world: World) -> None:
    branch = acts.ready(world, 1, "dora", "bob", role="owner")
    with refused("QUORUM"):
        judged(world, branch)
    world.land(acts.propose_trust(world, add_owner))
    assert judged(world, branch).promotions


def test_codeowners_and_layout_ride_along(world: World) -> None:
    branch = acts.propose_trust(world, add_owner, branch="drift")
    world.commit(branch, {places.CODEOWNERS: world.read(places.CODEOWNERS)}, "rita")
    with refused("CODEOWNERS_DRIFT"):
        judged(world, branch)
    other = acts.machine_key(world, "ci-2")
    branch = acts.propose_trust(world, lambda spec: spec["machines"]["ci"].append(other), branch="rotate")
    layout = next(
        path for path in Tree(world.git, world.tip(branch)).files(places.LAYOUTS) if path not in layouts(world)
    )
    world.commit(branch, {layout: None}, "rita")
    with refused("LAYOUT_MISSING"):
        judged(world, branch)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({places.trust(1): b"other\n"}, "TRUST_REMOVED"),
        ({places.trust(1): None}, "TRUST_REMOVED"),
        ({places.trust(3): b"x\n"}, "TRUST_STEP"),
        ({"policies/trust/notes.yaml": b"x\n"}, "TRUST_STEP"),
    ],
)
def test_trust_goes_up_by_one_and_nothing_of_it_goes_away(world: World, change: Any, code: str) -> None:
    world.commit("trust/next", change, "rita")
    with refused(code):
        judged(world, "trust/next")


def test_a_layout_is_kept_for_ever(world: World) -> None:
    branch = acts.propose_trust(world, add_owner)
    world.commit(branch, {layouts(world)[0]: None}, "rita")
    with refused("TRUST_REMOVED"):
        judged(world, branch)


def test_required_is_for_ever(world: World) -> None:
    with refused("TRUST_LOG_MODE"):
        judged(world, acts.propose_trust(world, {"log": "none"}))


# -- waivers and advisories


def waiver(world: World) -> dict[str, bytes | None]:
    spec = {
        "rule": "vulnerability/known",
        "model": MODEL,
        "found": "[a CVE]",
        "reason": "not reachable",
        "owner": "bob",
        "issued": "2026-01-01T00:00:00Z",
        "expires": "2026-02-01T00:00:00Z",
    }
    coat = {"apiVersion": "counterseal/v1", "kind": "Waiver", "metadata": {"name": "one"}, "spec": spec}
    return {f"{places.WAIVERS}/one.yaml": strict_yaml.dumps(coat)}


def test_waivers_need_their_quorum(world: World) -> None:
    world.commit("waive", waiver(world), "dana")
    with refused("QUORUM"):
        judged(world, "waive")
    assert judged(world, acts.approve_change(world, "waive", "bob", "waivers")).area == "waivers"


def advisories(world: World, retrieved: str) -> dict[str, bytes | None]:
    plain = json.loads(world.read(places.ADVISORIES))
    plain["spec"]["retrieved"] = retrieved
    return {places.ADVISORIES: json.dumps(plain).encode()}


def test_advisories_only_get_younger(world: World) -> None:
    world.commit("fresh", advisories(world, instant.render(world.now)), "dana")
    assert judged(world, "fresh").area == "advisories"
    now = json.loads(world.read(places.ADVISORIES))["spec"]["retrieved"]
    for branch, when in (("same", now), ("old", "2020-01-01T00:00:00Z"), ("early", "2199-01-01T00:00:00Z")):
        world.commit(branch, advisories(world, when), "dana")
        with refused("ADVISORIES_DATE"):
            judged(world, branch)


def test_nothing_rides_along_with_advisories_or_layouts(world: World) -> None:
    world.commit("junk", {**advisories(world, instant.render(world.now)), "policies/advisories/x.json": b"{}"}, "dana")
    with refused("UNKNOWN_PATH"):
        judged(world, "junk")


# -- what main has and the log does not


def test_merges_without_a_record_are_folded_in_and_bad_ones_skipped(live: World) -> None:
    log = read_log(live.git, live.promotions, live.main, live.roots)
    good = acts.merge(live, acts.ready_loans(live))
    bad = live.force(live.propose(3))
    folded, skipped = fold(live.git, live.roots, log, live.main, live.now)
    assert [promotion.commit for promotion in folded.standing[2:]] == [good]
    assert {oid: refusal.code for oid, refusal in skipped.items()} == {bad: "TREE_NOT_LIVE"}


def test_code_stays_merged_after_its_approvals_lapsed(world: World) -> None:
    acts.merge(world, approved_doc(world))
    world.later(days=400)
    log = read_log(world.git, world.promotions, world.main, world.roots)
    assert fold(world.git, world.roots, log, world.main, world.now)[1] == {}
    assert acts.history(world).skipped == ()


def test_a_lapsed_approval_of_code_does_not_merge(world: World) -> None:
    branch = approved_doc(world)
    world.later(days=15)
    with refused("QUORUM") as refusal:
        judged(world, branch)
    assert "lapsed" in str(refusal.value)


def test_the_refusal_is_the_only_exception(world: World) -> None:
    world.commit("broken", {places.RULES: b"{"}, "mia")
    with pytest.raises(Refused):
        judged(world, "broken")
    assert rulebook.load(Tree(world.git, world.main)).rules.spec.version == 1
