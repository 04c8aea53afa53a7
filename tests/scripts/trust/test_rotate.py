from __future__ import annotations

from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.verification.tree import Tree
from scripts.trust.rotate import trust_rotate
from tests.support.trust import Office, rows
from tests.support.world import MODEL


def test_a_persons_key_is_replaced_and_the_old_one_retired_from_the_next_promotion_on(busy: Office) -> None:
    world, old, key = busy.world, busy.id_of("alice"), busy.new_key("fresh")
    page = busy.tells("rita", "rotate", "alice", "--key", f"{key}.pub")
    assert ["retired", old, "-", "from promotion 2 on"] in rows(page, "what changes")
    assert "what will happen" not in page["tables"], "what a retired key signed stands"
    busy.lands(2, "rolf")
    assert [fingerprint(line) for line in world.trust.spec.people["alice"].keys] != [old]
    assert world.assess(world.propose(2, threshold=0.45)).ground.trust.spec.version == 2
    assert world.log().live(MODEL) is not None


def test_the_new_key_is_by_default_the_one_git_uses(office: Office) -> None:
    key = office.new_key("fresh")
    rita = office.world.clone("rita")
    rita.run("config", "user.signingkey", str(key))
    assert trust_rotate("dora", ssh_key="people/rita", repo=rita.folder) == 0
    office.capsys.readouterr()
    office.lands(2, "rolf")
    assert office.world.trust.spec.people["dora"].keys == (" ".join(key.with_suffix(".pub").read_text().split()[:2]),)


def test_a_root_person_who_must_sign_before_and_after_keeps_both_keys_for_a_version(office: Office) -> None:
    world, old, key = office.world, office.id_of("rita"), office.new_key("rita-2")
    page = office.tells("rita", "rotate", "rita", "--key", f"{key}.pub")
    assert f"both keys count until `counterseal trust retire {old}`" in " ".join(page["notes"])
    office.lands(2, "rolf")
    assert len(world.trust.spec.people["rita"].keys) == 2
    office.tells("rita", "retire", old, "--ssh-key", str(key))
    office.lands(3, "rolf")
    assert [fingerprint(line) for line in world.trust.spec.people["rita"].keys] != [old]
    assert world.trust.spec.retired == {old: 1}


def test_a_root_person_whom_the_others_can_do_without_changes_at_once(office: Office) -> None:
    office.tells("rita", "add", "mia", "--root")
    office.lands(2, "rolf")
    key = office.new_key("rita-2")
    page = office.tells("rolf", "rotate", "rita", "--key", f"{key}.pub")
    assert page["headline"].endswith("still to sign: 1 of mia, rita")
    office.lands(3, "mia")
    assert len(office.world.trust.spec.people["rita"].keys) == 1


def test_ci_keys_overlap_so_that_an_open_proposal_stays_good(busy: Office) -> None:
    world, pem = busy.world, busy.new_machine("ci-2")
    branch = world.propose(2, threshold=0.45)
    world.prove(branch)
    world.approve(branch, "anna", "bill")
    old = busy.machine("ci")
    page = busy.tells("rita", "rotate", "ci", "--key", str(pem), "--layout-key", "machine-keys/layout.pem")
    assert f"counterseal trust retire {old}" in " ".join(page["notes"])
    busy.lands(2, "rolf")
    assert world.assess(branch).admission
    busy.tells("rita", "retire", old[:16], "--layout-key", "machine-keys/layout.pem")
    busy.lands(3, "rolf")
    assert world.assess(branch).findings[0].code in ("UNKNOWN_KEY", "LAYOUT_NOT_OF_JUDGE")
    assert world.trust.spec.retired == {old: 2}


def test_the_promoters_key_is_replaced(busy: Office) -> None:
    world, pem, old = busy.world, busy.new_machine("promoter-2"), busy.machine("promoter")
    busy.tells("rita", "rotate", "promoter", "--key", str(pem))
    busy.lands(2, "rolf", promoter=pem)
    assert world.trust.spec.retired == {old: 2}
    assert world.log().records[1].void is False
    world.promoted(2, "anna", "bill", threshold=0.45)
    assert world.log().live(MODEL).number == 2  # type: ignore[union-attr]


def test_a_layout_key_stays_beside_the_new_one_while_a_layout_bears_its_signature(office: Office) -> None:
    world, pem, old = office.world, office.new_machine("layout-2"), office.machine("layout")
    office.tells("rita", "rotate", "layout", "--key", str(pem))
    office.lands(2, "rolf")
    assert Tree(world.git, world.main).names(places.LAYOUTS) == Tree(world.git, f"{world.main}^").names(places.LAYOUTS)
    assert "UNKNOWN_KEY" in office.refuses("rita", "retire", old)
    ci = office.new_machine("ci-2")
    office.tells("rita", "rotate", "ci", "--key", str(ci), "--layout-key", str(pem))
    office.tells("rita", "retire", old, "--amend", "--layout-key", str(pem))
    office.lands(3, "rita", "rolf")
    assert world.trust.spec.retired == {old: 1}


def test_which_of_several_keys_goes_must_be_said(office: Office) -> None:
    office.tells("rita", "add", "bob", "--key", f"{office.new_key('second')}.pub")
    office.lands(2, "rolf")
    third = f"{office.new_key('third')}.pub"
    assert "--old" in office.refuses("rita", "rotate", "bob", "--key", third, code=2)
    assert "NO_SUCH_KEY" in office.refuses("rita", "rotate", "bob", "--key", third, "--old", "people/dana.pub")
    office.tells("rita", "rotate", "bob", "--key", third, "--old", "second.pub")
    assert "TRUST_PROPOSED" in office.refuses("rita", "rotate", "bob", "--key", third)


def test_a_key_that_somebody_has_had_is_no_new_key(office: Office) -> None:
    key = office.new_key("fresh")
    assert "TRUST_UNCHANGED" in office.refuses("rita", "rotate", "bob", "--key", "people/bob.pub")
    old = (office.world.folder / "people" / "bob.pub").read_text()
    office.tells("rita", "rotate", "bob", "--key", f"{key}.pub")
    office.lands(2, "rolf")
    assert "no retired or compromised key in use" in office.refuses("rita", "rotate", "bob", "--key", old)
    assert "no retired or compromised key in use" in office.refuses("rita", "add", "dora", "--key", old)
    assert "NO_PERSON" in office.refuses("rita", "rotate", "nobody", "--key", old)
