from __future__ import annotations

import shutil
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterseal.crypto import published
from counterseal.documents import places
from counterseal.values import strict_yaml
from counterseal.values.finding import Refused
from counterseal.verification.follow import follow
from counterseal.verification.git import Git
from counterseal.verification.log import read_head, read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from scripts.init import initialise
from scripts.main import main
from tests.support.faults import each_death
from tests.support.world import CHECKOUT, PEOPLE, QUORUMS, START, roster

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.forge.genesis import Genesis


PUBLISHED = published.person("dave").public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
_EXAMPLE = b"what the template ships\n"


class Start:
    """A clone of the template, a roster and people with keys: what whoever runs init has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = Git(folder / "repository")
        self.keys, self.forge = folder / "keys", folder / "forge.git"
        self.roster = folder / "roster.yaml"

    def init(self, keys: Path | None = None) -> Genesis:
        return initialise(self.git, self.roster, keys or self.keys, self.forge, START)

    def write(self, **changes: Any) -> None:
        value = roster()
        value["spec"] |= changes
        self.roster.write_bytes(strict_yaml.dumps(value))

    def state(self) -> tuple[str, ...]:
        refs = self.git.run("for-each-ref", "--format=%(refname) %(objectname)")
        return refs, self.git.run("status", "--porcelain"), *sorted(path.name for path in self.folder.iterdir())


@pytest.fixture(scope="module")
def _start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a template of what init reads and takes away; of the code it reads digests only, so a little will do."""
    folder = tmp_path_factory.mktemp("start")
    for name in ("policies", "datasets", "model_specs"):
        ignored = shutil.ignore_patterns("trust", "layouts")
        shutil.copytree(CHECKOUT / name, folder / "repository" / name, ignore=ignored)
    for name in ("counterseal/__init__.py", "pipelines/model.yaml", "requirements-uv.lock", "LICENSE"):
        (folder / "repository" / name).parent.mkdir(exist_ok=True)
        shutil.copy2(CHECKOUT / name, folder / "repository" / name)
    (folder / "repository" / "requirements-uv.lock").rename(folder / "repository" / places.LOCK)
    for path in ("registry/old/entry.yaml", "policies/trust/1.yaml", "docs/example-roots.yaml"):
        (folder / "repository" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "repository" / path).write_bytes(_EXAMPLE)
    git = Git(folder / "repository")
    git.run("init", "--quiet", "--initial-branch=main")
    git.run("add", "--all")
    git.run("-c", "user.name=t", "-c", "user.email=t@x", "-c", "commit.gpgsign=false", "commit", "-qm", "template")
    (folder / "people").mkdir()
    for person in PEOPLE:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "people" / person)]
        subprocess.run(command, check=True)
    return folder


@pytest.fixture
def start(_start: Path, tmp_path: Path) -> Start:
    made = Start(tmp_path / "start")
    shutil.copytree(_start, made.folder)
    made.write()
    return made


def test_what_init_makes_verifies_from_the_root_keys_alone(start: Start) -> None:
    made = start.init()
    forge = Git(start.forge)
    main_tip, tip = forge.run("rev-parse", places.MAIN), forge.run("rev-parse", places.PROMOTIONS)
    assert (main_tip, tip) == (made.main, made.promotions)
    found = follow(forge, made.roots, main_tip, tip, START)
    assert (found.number, found.trust, dict(found.models), found.warnings) == (0, 1, {}, ())
    log = read_log(forge, tip, main_tip, made.roots)
    trust = trust_at(Tree(forge, main_tip), made.roots)
    assert read_head(forge, tip, log, trust).number == 0
    assert trust.spec.log == "required"


def test_the_example_goes_and_its_datasets_stay(start: Start) -> None:
    start.init()
    tree = Tree(start.git, start.git.run("rev-parse", "HEAD"))
    assert (
        tree.files("model_specs", "registry", "attestations", "sbom", "policies/approvals", "docs/example-roots.yaml")
        == {}
    )
    assert tree.names("datasets")
    assert tree.names(places.TRUST_FOLDER) == ["1.yaml"]
    assert len(tree.names(places.LAYOUTS)) == 1


def test_the_clone_is_left_clean_on_main_with_the_forge_as_origin(start: Start) -> None:
    start.git.run("remote", "add", "origin", "https://example.org/template.git")
    start.init()
    assert start.git.run("status", "--porcelain", "--branch") == "## main...origin/main"
    assert start.git.run("remote", "get-url", "origin") == str(start.forge)
    assert start.git.run("remote", "get-url", "template") == "https://example.org/template.git"
    assert start.git.run("config", "counterseal.roots") == str(start.keys / "roots.yaml")


def test_machine_keys_are_their_owners_alone_and_outside_the_repository(start: Start) -> None:
    start.init()
    assert stat.S_IMODE(start.keys.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in start.keys.glob("*.pem"))
    assert len(list(start.keys.glob("*.pem"))) == 3
    with pytest.raises(Refused) as refused:
        start.init(keys=start.git.folder / "keys")
    assert refused.value.code == "KEYS_INSIDE"


def test_a_root_person_out_of_reach_is_named_and_nothing_changes(start: Start) -> None:
    (start.folder / "people" / "rolf").unlink()
    before = start.state()
    with pytest.raises(Refused) as refused:
        start.init()
    assert refused.value.code == "ROOT_SIGNATURES"
    assert "rolf" in refused.value.findings[0].found
    assert "rita" not in refused.value.findings[0].found
    assert start.state() == before


def test_one_of_two_root_people_is_enough_if_the_roster_says_so(start: Start) -> None:
    (start.folder / "people" / "rolf").unlink()
    start.write(root={"members": ["rita", "rolf"], "threshold": 1})
    assert start.init().roots.spec.threshold == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"root": {"members": ["rita"], "threshold": 2}}, "INVALID_VALUE"),
        ({"root": {"members": ["nobody"], "threshold": 1}}, "INVALID_VALUE"),
        ({"quorums": {"low": ["owner"]}}, "INVALID_VALUE"),
        ({"quorums": dict.fromkeys(QUORUMS, ["owner"] * 9)}, "QUORUM_UNFILLABLE"),
        ({"colour": "red"}, "UNKNOWN_FIELD"),
        ({"people": {"rita": {"title": "Rita", "keys": ["people/none"]}}}, "NO_KEY"),
        ({"people": roster()["spec"]["people"] | {"dave": {"title": "Dave", "keys": [PUBLISHED]}}}, "SANDBOX_KEY"),
        ({"sandbox": True}, "SANDBOX_KEY"),
    ],
)
def test_a_roster_that_makes_no_sense_changes_nothing(start: Start, changes: dict[str, Any], code: str) -> None:
    start.write(**changes)
    before = start.state()
    with pytest.raises(Refused) as refused:
        start.init()
    assert refused.value.code == code
    assert start.state() == before


def test_uncommitted_changes_are_refused(start: Start) -> None:
    (start.git.folder / "LICENSE").write_text("mine")
    with pytest.raises(Refused) as refused:
        start.init()
    assert refused.value.code == "DIRTY_TREE"
    assert not start.keys.exists()


def test_a_second_run_changes_nothing_and_another_log_is_refused(start: Start) -> None:
    made, before = start.init(), start.state()
    assert start.init() == made
    assert start.state() == before
    with pytest.raises(Refused) as refused:
        start.init(keys=start.folder / "other-keys")
    assert refused.value.code == "ALREADY_FOUNDED"


def test_a_folder_that_holds_something_else_is_refused(start: Start) -> None:
    start.keys.mkdir()
    (start.keys / "thesis.txt").write_text("mine")
    with pytest.raises(Refused) as refused:
        start.init()
    assert refused.value.code == "KEYS_FOLDER"
    assert (start.keys / "thesis.txt").read_text() == "mine"
    start.forge.mkdir()
    with pytest.raises(Refused) as refused:
        start.init(keys=start.folder / "fresh")
    assert refused.value.code == "FORGE_SETTINGS"


@pytest.mark.whole
def test_whenever_it_dies_the_next_run_finishes(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deaths, folder = 0, tmp_path / "again"

    def fresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(start.folder, folder, symlinks=True)

    fresh()
    for _ in each_death(monkeypatch, lambda: Start(folder).init()):
        deaths += 1
        again = Start(folder)
        made = again.init()
        forge = Git(again.forge)
        main_tip, tip = forge.run("rev-parse", places.MAIN), forge.run("rev-parse", places.PROMOTIONS)
        assert follow(forge, made.roots, main_tip, tip, START).number == 0
        assert again.git.run("status", "--porcelain", "--branch") == "## main...origin/main"
        fresh()
    assert deaths > 6


def test_the_command_says_what_it_made(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--repo", str(start.git.folder), "--roster", str(start.roster), "--keys", str(start.keys)]
    assert main(["init", *words, "--forge", str(start.forge)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("PASS  log ")
    assert str(start.keys / "roots.yaml") in said
