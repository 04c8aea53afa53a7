from __future__ import annotations

from counterseal.documents import codeowners, places
from tests.support import acts
from tests.support.trust import Office
from tests.support.world import MODEL


def test_whoever_leaves_is_gone_from_everything_and_what_they_signed_stands(busy: Office) -> None:
    world, key = busy.world, busy.id_of("alice")
    busy.tells("rita", "retire", "alice")
    busy.lands(2, "rolf")
    spec = world.trust.spec
    assert "alice" not in spec.people
    assert spec.roles["owner"] == ("anna", "robo")
    assert spec.retired == {key: 2}
    assert world.read(places.CODEOWNERS) == codeowners.render(world.trust)
    assert acts.served(world, MODEL).approvers == ("alice", "bob")
    assert bool(acts.history(world))


def test_a_role_or_the_root_key_alone_is_given_back(office: Office) -> None:
    office.tells("rita", "add", "mia", "--root")
    office.lands(2, "rolf")
    office.tells("rita", "retire", "mia", "--root")
    office.tells("rita", "retire", "alice", "--role", "owner", "--amend")
    office.lands(3, "rita", "rolf")
    spec = office.world.trust.spec
    assert (spec.root.members, spec.roles["owner"]) == (("rita", "rolf"), ("anna", "robo"))
    assert {"mia", "alice"} < set(spec.people)


def test_a_root_person_leaves_with_a_lower_threshold_in_the_same_version(office: Office) -> None:
    assert "a root threshold of at most 1" in office.refuses("rita", "retire", "rolf")
    office.tells("rita", "retire", "rolf", "--root-threshold", "1")
    office.lands(2, "rolf")
    assert office.world.trust.spec.root.members == ("rita",)


def test_nobody_leaves_whom_a_quorum_cannot_do_without(office: Office) -> None:
    said = office.refuses("rita", "retire", "mia")
    assert "QUORUM_UNFILLABLE" in said
    assert "somebody who is maintainer, for code" in said
    assert "for undoing a promotion" in office.refuses("rita", "retire", "olga")
    office.tells("rita", "retire", "alice")
    said = office.refuses("rita", "retire", "anna", "--amend")
    assert "QUORUM_UNFILLABLE" in said, "robo is a bot"
    office.tells("rita", "add", "dora", "--role", "maintainer", "--afresh")
    office.tells("rita", "retire", "mia", "--amend")
    assert office.world.assess("trust/2").verdict == "REVIEW"


def test_one_of_two_keys_ends_and_the_last_one_does_not(office: Office) -> None:
    old = office.id_of("bob")
    assert "LAST_KEY" in office.refuses("rita", "retire", old)
    assert "LAST_KEY" in office.refuses("rita", "retire", office.machine("ci"))
    office.tells("rita", "add", "bob", "--key", f"{office.new_key('second')}.pub")
    office.tells("rita", "retire", old, "--amend")
    office.lands(2, "rita", "rolf")
    assert office.world.trust.spec.retired == {old: 1}
    assert "NO_SUCH_KEY" in office.refuses("rita", "retire", old), "it is retired already"
    assert "NO_SUCH_KEY" in office.refuses("rita", "retire", "nobody")
    assert "ROLE" in office.refuses("rita", "retire", "bob", "--role", "owner")
