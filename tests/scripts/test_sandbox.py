"""One person lives the whole flow as everybody in turn, every page says so, and nothing of it counts elsewhere."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.crypto import published
from counterseal.documents import places
from counterseal.documents.trust import Roots
from counterseal.values.finding import Refused
from counterseal.verification.follow import follow
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from pipelines.step import Silent
from scripts.clock import now
from scripts.main import main
from scripts.repository.repository import open_repository
from scripts.repository.sandbox import Sandbox
from scripts.repository.template import copy_template
from scripts.sandbox import PAGE, PERSONAS, found
from serving.server import check_host
from tests.support import acts
from tests.support.faults import Died, dying_after
from tests.support.world import CHECKOUT, MODEL, spec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.trust import Office
    from tests.support.world import World


def make(folder: Path, source: Path = CHECKOUT) -> Sandbox:
    made = Sandbox(folder)
    found(made, Git(source), now(), Silent())
    return made


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A sandbox that stays as it was founded."""
    return make(tmp_path_factory.mktemp("box") / "box")


@pytest.fixture
def lived(tmp_path: Path) -> Sandbox:
    """A sandbox to live in."""
    return make(tmp_path / "lived")


def types(made: Sandbox, *words: str) -> int:
    return main([*words, "--repo", str(made.work)])


def roots(made: Sandbox) -> Roots:
    return Roots.read(made.roots.read_bytes(), "roots")


def trust(made: Sandbox) -> Any:
    return open_repository(made.work, fetch=True).trust.spec


def test_it_is_the_real_thing_but_for_its_keys(box: Sandbox) -> None:
    forge, brought = Git(box.forge), roots(box)
    tips = forge.run("rev-parse", places.MAIN), forge.run("rev-parse", places.PROMOTIONS)
    snapshot = follow(forge, brought, *tips, now())
    assert [finding.code for finding in snapshot.warnings] == ["SANDBOX"]
    assert (snapshot.number, brought.sandbox, trust(box).log) == (0, True, "required")
    assert set(trust(box).people) == set(PERSONAS)
    tree = Tree(forge, tips[0])
    assert tree.files("model_specs", "registry", "attestations", "sbom") == {}
    assert tree.names("datasets")
    assert Git(box.work).run("status", "--porcelain", "--branch") == "## main...origin/main"


def test_its_private_keys_are_its_owners_alone_and_in_no_commit(box: Sandbox) -> None:
    secret = [path for path in box.keys.iterdir() if path.suffix in ("", ".pem")]
    assert len(secret) == len(published.PEOPLE) + len(published.MACHINES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert not any(b"PRIVATE" in data for data in Tree(Git(box.work), "HEAD").contents("policies", "docs").values())


def test_the_command_says_what_to_type_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sandbox", str(tmp_path / "box"), "--repo", str(CHECKOUT)]
    assert main(words) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"PASS  SANDBOX: {tmp_path / 'box'} stands")
    assert f"cd {tmp_path / 'box' / 'work'}" in said.out
    assert [line.split()[0] for line in said.err.splitlines()] == ["keys", "clone", "log"]
    assert main(words) == 0
    assert capsys.readouterr().out == said.out, "a second run changes nothing"


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("command", ["history", "verify", "trust show", "policy test", "record"])
def test_every_page_says_sandbox(box: Sandbox, command: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert types(box, *command.split(), "--format", form) == 0
    said = capsys.readouterr().out
    assert "SANDBOX" in (json.loads(said)["headline"] if form == "json" else said.splitlines()[0])


def test_a_clone_of_it_says_so_too_and_another_repository_does_not(
    box: Sandbox, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Git(tmp_path).run("clone", "--quiet", str(box.forge), "clone")
    assert main(["trust", "show", "--repo", str(tmp_path / "clone")]) == 0
    assert capsys.readouterr().out.startswith("PASS  SANDBOX: ")
    assert world.types("rita", "trust", "show") == 0
    assert "SANDBOX" not in capsys.readouterr().out


def test_whoever_is_named_signs_and_whoever_is_not_is_alice(lived: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    path = lived.work / places.spec(MODEL)
    path.parent.mkdir()
    path.write_bytes(spec(1))
    assert types(lived, "propose", MODEL) == 0
    path.write_bytes(spec(2))
    assert types(lived, "propose", MODEL, "--as", "bob") == 0
    assert capsys.readouterr().out.count("SANDBOX: ") == 2
    authors = Git(lived.work).run("log", "--format=%an <%ae>", "-2", f"proposal/{MODEL}-v2").splitlines()
    assert authors == ["bob <bob@sandbox.example>", "alice <alice@sandbox.example>"]
    assert types(lived, "propose", MODEL, "--as", "eve") == 1
    assert "NO_PERSONA" in capsys.readouterr().err
    assert types(lived, "check") == 1
    assert "FAIL  SANDBOX: " in capsys.readouterr().out


@pytest.mark.whole
def test_trust_changes_among_published_keys_alone(
    lived: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dave, ci = str(lived.keys / "dave.pub"), str(lived.keys / "ci-2.pem")
    assert types(lived, "trust", "add", "dave", "--key", dave, "--role", "risk", "--as", "bob") == 0
    assert types(lived, "trust", "sign", "--yes", "--as", "carol") == 0
    assert types(lived, "merge", "trust/2") == 0
    assert types(lived, "trust", "rotate", "ci", "--key", ci, "--as", "bob") == 0, "the layout key was found"
    assert types(lived, "trust", "sign", "--yes", "--as", "dave") == 1
    assert types(lived, "trust", "sign", "--yes", "--as", "carol") == 0
    assert types(lived, "merge", "trust/3", "--as", "dave") == 0
    assert (trust(lived).version, trust(lived).sandbox, trust(lived).roles["risk"]) == (3, True, ("carol", "dave"))
    capsys.readouterr()
    acts.make_key(tmp_path / "own")
    assert types(lived, "trust", "add", "eve", "--key", str(tmp_path / "own.pub"), "--as", "bob") == 1
    assert "SANDBOX_KEY" in capsys.readouterr().err


def test_its_keys_are_refused_elsewhere(box: Sandbox, office: Office) -> None:
    said = office.refuses("rita", "add", "dave", "--key", str(box.keys / "dave.pub"), "--role", "owner")
    assert "SANDBOX_KEY" in said
    own = ("--layout-key", str(office.world.keys / "layout.pem"))
    assert "SANDBOX_KEY" in office.refuses("rita", "add", "ci", "--machine", str(box.machine("ci")), *own)
    bob = ("--ssh-key", str(box.person("bob")))
    assert "NOT_TRUSTED" in office.refuses("rita", "add", "dora", "--role", "owner", *bob)


def test_neither_is_followed_with_the_roots_of_the_other(box: Sandbox, world: World) -> None:
    for forge, brought in ((box.forge, world.roots), (world.forge, roots(box))):
        git = Git(forge)
        tips = git.run("rev-parse", places.MAIN), git.run("rev-parse", places.PROMOTIONS)
        with pytest.raises(Refused) as refused:
            follow(git, brought, *tips, now())
        assert refused.value.code == "LOG_ID"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])  # noqa: S104 (what is refused)
def test_no_other_machine_is_answered_from_it(box: Sandbox, world: World, host: str) -> None:
    with pytest.raises(Refused) as refused:
        check_host(host, roots(box))
    assert refused.value.code == "SANDBOX_HOST"
    check_host(host, world.roots)
    for here in ("127.0.0.1", "::1", "localhost"):
        check_host(here, roots(box))


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Refused) as refused:
        make(tmp_path)
    assert refused.value.code == "SANDBOX_FOLDER"
    assert "thesis.txt" in refused.value.findings[0].found
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_it_is_not_founded_in_the_checkout_it_comes_from() -> None:
    with pytest.raises(Refused) as refused:
        make(CHECKOUT / "box")
    assert refused.value.code == "SANDBOX_INSIDE"
    assert not (CHECKOUT / "box").exists()


def test_a_template_must_be_one_and_of_this_very_code(tmp_path: Path) -> None:
    for name in ("other", "changed"):
        (tmp_path / name).mkdir()
    Git(tmp_path / "other").run("init", "--quiet")
    copy_template(Git(CHECKOUT), tmp_path / "changed")
    with (tmp_path / "changed" / "scripts" / "clock.py").open("a") as file:
        file.write("# changed\n")
    for name, code in (("other", "NO_TEMPLATE"), ("changed", "TOOL_IS_CHANGED")):
        with pytest.raises(Refused) as refused:
            make(tmp_path / "box", tmp_path / name)
        assert refused.value.code == code
        assert not (tmp_path / "box" / "work").exists()


@pytest.mark.whole
def test_wherever_it_dies_the_next_run_finishes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Die at every third step: what ``init`` does in between has its own test."""
    with monkeypatch.context() as patch:
        steps = dying_after(1000, patch)
        make(tmp_path / "counted")
    for last in range(0, len(steps.taken), 3):
        with monkeypatch.context() as patch:
            dying_after(last, patch)
            with pytest.raises(Died):
                make(tmp_path / f"{last}")
        made = make(tmp_path / f"{last}")
        assert Git(made.work).run("config", "user.signingkey") == str(made.person("alice"))
        assert types(made, "history") == 0
        left = {path.name for path in made.folder.iterdir()}
        assert left == {PAGE, "forge.git", "keys", "roster.yaml", "work"}, "nothing half done"
