"""What holds for every command that writes a trust version."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.documents.pipeline import Pipeline
from counterseal.values import instant, strict_yaml
from counterseal.verification.git import Git
from scripts.trust.add import trust_add
from tests.support import acts
from tests.support.faults import each_death
from tests.support.trust import Office, rows

if TYPE_CHECKING:
    from pathlib import Path


def test_an_open_proposal_is_gone_on_from_or_begun_again_and_never_overwritten_by_the_way(office: Office) -> None:
    world = office.world
    office.tells("mia", "add", "dora", "--role", "owner")
    said = office.refuses("rita", "add", "dora", "--role", "risk")
    assert "TRUST_PROPOSED" in said
    assert "--amend" in said
    page = office.tells("rita", "add", "dora", "--role", "risk", "--amend")
    assert [row[1] for row in rows(page, "what changes")] == ["owner", "risk"]
    assert page["headline"].endswith("still to sign: rita, rolf"), "what mia wrote is not signed by the way"
    page = office.tells("rita", "add", "dora", "--role", "risk", "--afresh")
    assert [row[1] for row in rows(page, "what changes")] == ["risk"]
    assert page["headline"].endswith("still to sign: rolf")
    assert world.git.is_ancestor(world.main, f"{world.tip('trust/2')}^")


def test_whoever_merges_after_new_rules_makes_the_layout_again_and_signatures_stand(office: Office) -> None:
    world, pem = office.world, office.new_machine("ci-2")
    layout_key = ("--layout-key", "machine-keys/layout.pem")
    office.tells("rita", "rotate", "ci", "--key", str(pem), *layout_key)
    office.tells("rolf", "sign", "--yes")
    pipeline = world.read(places.PIPELINE).replace(b"Fit the estimator", b"Fit it")
    reordered: Any = strict_yaml.load(pipeline, "p").value
    reordered["spec"]["steps"][1]["products"].reverse()
    files: dict[str, bytes | None] = {places.PIPELINE: Pipeline.read(strict_yaml.dumps(reordered), "p").write()}
    world.land(acts.approve_rules(world, acts.propose_rules(world, files), "alice", "bob"))
    assert world.assess("trust/2").findings[0].code == "LAYOUT_MISSING"
    page = office.tells("mia", "add", "--amend", *layout_key)
    assert "signed by enough root people" in page["headline"]
    office.lands(2)
    assert "TRUST_UNCHANGED" in office.refuses("rita", "add")


def test_a_branch_that_somebody_else_filled_is_begun_again(office: Office) -> None:
    world = office.world
    world.commit("trust/2", {"docs/junk.md": b"x"}, by=None)
    assert "MISSING_FILE" in office.refuses("rita", "add", "dora", "--role", "owner", "--amend")
    office.tells("rita", "add", "dora", "--role", "owner", "--afresh")
    office.lands(2, "rolf")
    assert "dora" in world.trust.spec.roles["owner"]


def test_a_trust_that_would_soon_expire_lasts_another_year(office: Office) -> None:
    world = office.world
    until = world.trust.spec.expires
    page = office.tells("rita", "add", "dora", "--role", "owner")
    assert "expires" not in {row[1] for row in rows(page, "what changes")}
    world.now = until - timedelta(days=89)
    page = office.tells("rita", "add", "dora", "--role", "owner", "--afresh")
    found = {row[1]: row[2:] for row in rows(page, "what changes")}["expires"]
    assert found == [instant.render(until), instant.render(world.now + timedelta(days=365))]
    assert "It would have expired within 90 days" in " ".join(page["notes"])
    page = office.tells("rita", "add", "dora", "--role", "owner", "--afresh", "--expires", instant.render(until))
    assert "expires" not in {row[1] for row in rows(page, "what changes")}


def test_a_date_that_comes_of_itself_is_no_reason_for_a_version(office: Office) -> None:
    office.world.now = office.world.trust.spec.expires
    assert "TRUST_UNCHANGED" in office.refuses("rita", "add", "alice", "--role", "owner")
    office.tells("rita", "add", "--expires", "2199-01-01")


def test_a_stranger_proposes_nothing(office: Office) -> None:
    words = ("add", "dora", "--role", "owner", "--ssh-key", str(office.new_key("stranger")))
    assert "NOT_TRUSTED" in office.refuses("rita", *words)


@pytest.mark.whole
def test_whenever_it_dies_the_next_run_finishes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    world, deaths = office.world, 0
    template = world.clone("rita").folder

    def fresh() -> Git:
        git = Git(template.parent / f"rita-{deaths}")
        world.git.run("clone", "--quiet", "--no-hardlinks", str(template), str(git.folder))
        git.run("remote", "set-url", "origin", str(world.forge))
        for name in ("user.signingkey", "user.name", "user.email", "counterseal.roots"):
            git.run("config", name, Git(template).run("config", name))
        if world.has("trust/2"):
            world.git.run("update-ref", "-d", "refs/heads/trust/2")
        return git

    def add(folder: Path, *, afresh: bool = False) -> int:
        return trust_add("dora", role=["owner"], afresh=afresh, repo=folder)

    git = fresh()
    for _ in each_death(monkeypatch, lambda: add(git.folder)):  # noqa: B023 (called before git is another)
        deaths += 1
        assert world.trust.spec.version == 1
        assert add(git.folder, afresh=True) == 0
        assert b"dora" in world.read(places.trust(2), "trust/2")
        assert world.assess("trust/2").findings[0].code == "TRUST_THRESHOLD"
        git = fresh()
    assert deaths > 1
