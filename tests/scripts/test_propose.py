from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.values import strict_yaml
from counterseal.values.finding import Refused
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from scripts.main import main
from scripts.propose import propose
from tests.support import acts
from tests.support.faults import each_death
from tests.support.world import MODEL, spec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

SPEC, DATASET = places.spec(MODEL), places.dataset(MODEL)


def write(git: Git, version: int = 1, model: str = MODEL, **changes: Any) -> Path:
    path = git.folder / places.spec(model)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(spec(version, model, **changes))
    return path


def run(git: Git, *words: str) -> int:
    return main(["propose", "--repo", str(git.folder), *words])


def test_a_spec_becomes_a_signed_commit_on_a_branch_of_its_own(world: World) -> None:
    dana = world.clone("dana")
    write(dana)
    assert run(dana, "-m", "A first model") == 0
    branch = f"proposal/{MODEL}-v1"
    assert world.git.changes(world.main, world.tip(branch))[0].path == SPEC
    assert world.assess(branch).ground.authors == {"dana"}
    assert dana.run("status", "--porcelain", "--branch") == f"## {branch}"
    assert dana.run("log", "-1", "--format=%s %ae") == "A first model dana@acme.example"


def test_a_branch_that_was_taken_back_is_not_taken_up_again(
    replaced: World, capsys: pytest.CaptureFixture[str]
) -> None:
    acts.land(replaced, acts.restore(replaced, acts.revert(replaced, replaced.main, "back"), "olga", to=1))
    dana = replaced.clone("dana")
    write(dana, 2, threshold=0.4)
    assert run(dana) == 1
    said = capsys.readouterr().err
    assert "STALE_BRANCH" in said
    assert "set version: 3" in said
    write(dana, 3, threshold=0.4)
    assert run(dana) == 0
    assert replaced.has(f"proposal/{MODEL}-v3")


def test_proposing_again_continues_the_branch_and_clears_approvals(promoted: World) -> None:
    branch = promoted.propose(2, threshold=0.45)
    promoted.prove(branch)
    promoted.approve(branch, "alice")
    dana = promoted.clone("dana")
    dana.run("switch", "--quiet", branch)
    write(dana, 2, threshold=0.4)
    assert run(dana) == 0
    tree = Tree(promoted.git, promoted.tip(branch))
    assert tree.names(places.approvals(MODEL)) == []
    assert promoted.git.is_ancestor(dana.run("rev-parse", "HEAD^"), promoted.tip(branch))
    assert run(dana) == 0, "nothing new to say is fine"
    assert promoted.tip(branch) == dana.run("rev-parse", "HEAD")


def test_other_changes_stay_where_they_are(world: World) -> None:
    dana = world.clone("dana")
    write(dana)
    (dana.folder / "LICENSE").write_text("mine\n")
    (dana.folder / "notes.txt").write_text("mine\n")
    assert run(dana) == 0
    assert dana.run("status", "--porcelain").split("\n") == [" M LICENSE", "?? notes.txt"]
    assert [change.path for change in world.git.changes(world.main, world.tip(f"proposal/{MODEL}-v1"))] == [SPEC]


def changed(path: Path, **changes: Any) -> None:
    value = strict_yaml.load(path.read_bytes(), "spec").value
    value["spec"] |= changes
    path.write_bytes(strict_yaml.dumps(value))


BAD = {
    "an unknown field": ({"colour": "red"}, "UNKNOWN_FIELD"),
    "a column that does not exist": ({"features": ["shoe_size"]}, "COLUMN_UNKNOWN"),
    "an estimator outside the list": ({"estimator": {"name": "pickle"}}, "ESTIMATOR_NOT_ALLOWED"),
    "a parameter outside the list": (
        {"estimator": {"name": "logistic-regression", "parameters": {"n_jobs": 2}}},
        "PARAMETER_UNKNOWN",
    ),
    "a dataset that does not exist": ({"dataset": "nowhere"}, "MISSING_FILE"),
    "a dataset outside": ({"dataset": "../../etc"}, "INVALID_VALUE"),
}


@pytest.mark.parametrize(("changes", "code"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_refused_with_its_line_and_nothing_happens(
    world: World, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], code: str
) -> None:
    dana = world.clone("dana")
    changed(write(dana), **changes)
    before = world.git.run("for-each-ref"), dana.run("for-each-ref"), dana.run("status", "--porcelain", "--branch")
    assert run(dana, MODEL) == 1
    said = capsys.readouterr().err
    assert code in said
    assert f"{SPEC}:" in said
    assert (world.git.run("for-each-ref"), dana.run("for-each-ref"), dana.run("status", "-sb", "--porcelain")) == before


YAML = {
    "duplicate keys": (b"kind: ModelSpec\nkind: ModelSpec\n", "YAML_DUPLICATE_KEY"),
    "a tag": (b"kind: !!python/object:os.system x\n", "YAML_TAG"),
    "an anchor": (b"a: &a 1\nb: *a\n", "YAML_ANCHOR"),
    "nesting": (b"[" * 100_000, "YAML_TOO_DEEP"),
    "10 MB": (b"a: " + b"x" * 10_000_000, "YAML_TOO_LARGE"),
    "no YAML": (b"\t:\n", "YAML_SYNTAX"),
    "broken UTF-8": (b"a: \xff\n", "YAML_NOT_UTF8"),
}


@pytest.mark.parametrize(("data", "code"), YAML.values(), ids=YAML)
def test_hostile_yaml_is_a_finding(world: World, capsys: pytest.CaptureFixture[str], data: bytes, code: str) -> None:
    dana = world.clone("dana")
    write(dana).write_bytes(data)
    assert run(dana, MODEL) == 1
    assert code in capsys.readouterr().err


def test_a_spec_that_is_a_link_is_refused(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    dana = world.clone("dana")
    path = write(dana)
    path.unlink()
    (tmp_path / "outside.yaml").write_bytes(spec(1))
    path.symlink_to(tmp_path / "outside.yaml")
    assert run(dana, MODEL) == 1
    assert "FILE_MODE" in capsys.readouterr().err


def test_a_data_file_that_leaves_the_repository_is_refused(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    dana = world.clone("dana")
    write(dana)
    changed(dana.folder / DATASET, file="../../../etc/passwd")
    assert run(dana, MODEL) == 1
    assert "INVALID_VALUE" in capsys.readouterr().err


def test_a_version_that_serves_already_is_refused(promoted: World, capsys: pytest.CaptureFixture[str]) -> None:
    dana = promoted.clone("dana")
    write(dana, 1, threshold=0.4)
    assert run(dana) == 1
    assert "VERSION_NOT_NEW" in capsys.readouterr().err


def test_a_key_the_trust_does_not_list_proposes_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = world.clone("dana")
    write(stranger)
    key = (world.folder / "people" / "dana.pub").read_text()
    broken = key.replace(key.split()[1][-8:], "AAAAAAAA")
    assert run(stranger, "--ssh-key", broken) == 1
    assert "NOT_TRUSTED" in capsys.readouterr().err


def test_without_a_changed_model_one_must_be_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    dana = world.clone("dana")
    assert run(dana) == 2
    assert "no spec differs from main; write one: `counterseal model new`" in capsys.readouterr().err
    for model in ("one", "two"):
        write(dana, model=model)
    assert run(dana) == 2
    assert "changed here: one, two" in capsys.readouterr().err


def test_several_models_are_one_change(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    dana = world.clone("dana")
    for model in ("two", "one"):
        write(dana, model=model)
    assert run(dana, "two", "one") == 0
    assert "two version 1, one version 1 are proposed on proposal/two-v1" in capsys.readouterr().out
    brought = [change.path for change in world.git.changes(world.main, world.tip("proposal/two-v1"))]
    assert brought == [places.spec("one"), places.spec("two")]


def test_of_several_models_every_misfit_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    dana = world.clone("dana")
    for model in ("one", "two"):
        write(dana, model=model, dataset="nowhere")
    assert run(dana, "one", "two") == 1
    said = capsys.readouterr().err
    assert places.spec("one") in said
    assert places.spec("two") in said


def test_another_model_begins_at_main_and_brings_no_other_proposal_along(world: World) -> None:
    dana = world.clone("dana")
    for model in ("one", "two"):
        write(dana, model=model)
        assert run(dana, model) == 0
    brought = [change.path for change in world.git.changes(world.main, world.tip("proposal/two-v1"))]
    assert brought == [places.spec("two")]


def test_the_next_version_goes_on_from_the_one_before(world: World) -> None:
    dana = world.clone("dana")
    write(dana, 1)
    assert run(dana) == 0
    write(dana, 2, threshold=0.4)
    assert run(dana) == 0
    assert world.git.is_ancestor(world.tip(f"proposal/{MODEL}-v1"), world.tip(f"proposal/{MODEL}-v2"))


@pytest.mark.whole
def test_whenever_it_dies_the_next_run_finishes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    branch, number = f"proposal/{MODEL}-v1", 0
    template = world.clone("dana").folder

    def fresh() -> Git:
        nonlocal number
        number += 1
        git = Git(template.parent / f"dana-{number}")
        world.git.run("clone", "--quiet", "--no-hardlinks", str(template), str(git.folder))
        git.run("remote", "set-url", "origin", str(world.forge))
        for name in ("user.signingkey", "user.name", "user.email"):
            git.run("config", name, Git(template).run("config", name))
        write(git)
        if world.has(branch):
            world.git.run("update-ref", "-d", f"refs/heads/{branch}")
        return git

    git = fresh()
    for _ in each_death(monkeypatch, lambda: propose(repo=git.folder)):  # noqa: B023 (called before git is another)
        assert propose(repo=git.folder) == 0
        assert world.tip(branch) == git.run("rev-parse", "HEAD")
        assert world.assess(branch).ground.authors == {"dana"}
        git = fresh()
    assert number > 5


def test_a_refusal_is_raised_to_whoever_calls_it(world: World) -> None:
    dana = world.clone("dana")
    write(dana).write_bytes(b"{}\n")
    with pytest.raises(Refused):
        propose([MODEL], repo=dana.folder)
