"""docs/TRUST.md is typed as it stands, in one company, from the first line to the last; its roster founds another."""

from __future__ import annotations

import re
import shlex
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.verification.git import Git
from scripts.init import initialise
from scripts.main import main
from scripts.repository.template import copy_template
from tests.support import acts
from tests.support.world import CHECKOUT, MODEL, START, World, spec

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (CHECKOUT / "docs/TRUST.md").read_text()
LINES = [
    (person, words)
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for person, words in re.findall(r"^(\w+)\$ (.+)$", block, re.MULTILINE)
]
ROSTER = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def types(world: World, person: str, line: str) -> None:
    """Type a line as its person does, in the company's folder."""
    words = shlex.split(line)
    if words[0] != "counterseal":
        words += ["-q", "-N", ""] if words[0] == "ssh-keygen" else []
        subprocess.run(words, check=True, capture_output=True)
    elif person == "ops":
        assert main(words[1:]) == 0, line
    else:
        asked = ["--yes"] if words[1:3] == ["trust", "sign"] else []
        assert world.types(person, *words[1:], *asked) == 0, line


@pytest.mark.whole
def test_the_runbook_is_typed_as_it_stands(promoted: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(promoted.folder)
    for person, line in LINES:
        if "promoter.pem --since 2" in line:
            acts.write_record(promoted, kind="promote", model=MODEL, entry="0" * 64, commit=promoted.main)
        if "--withdraw 1" in line:
            assert acts.served(promoted).number == 1
        types(promoted, person, line)
    trust = promoted.trust.spec
    assert trust.version == 10 == sum("merge trust/" in line for _, line in LINES) + 1
    assert ("nina" in trust.people, "anna" in trust.people) == (True, False)
    assert set(trust.root.members) == {"rolf", "mia"}
    assert acts.stopped(promoted).number == 1
    history = acts.history(promoted)
    assert bool(history)
    assert history.lines[2].findings[0].code == "VOID"


def small_team(folder: Path, cache: Path) -> World:
    """Found a company with the page's roster."""
    (people := folder / "people").mkdir(parents=True)
    for person in ("ann", "ben", "cat"):
        acts.make_key(people / person)
    (folder / "roster.yaml").write_text(ROSTER)
    template = folder / "template"
    template.mkdir()
    copy_template(Git(CHECKOUT), template)
    world = World(folder, cache=cache)
    initialise(Git(template), folder / "roster.yaml", world.keys, world.forge, START)
    return world


@pytest.mark.whole
def test_three_people_bring_a_model_from_init_to_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(small_team(tmp_path / "team", tmp_path)) as world:
        monkeypatch.setenv("COUNTERSEAL_CI_KEY", str(world.keys / "ci.pem"))
        branch, ann = f"proposal/{MODEL}-v1", world.clone("ann")
        path = ann.folder / places.spec(MODEL)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(spec(1))
        assert world.types("ann", "propose", MODEL) == 0
        assert world.types("ann", "run", MODEL, "--push") == 0
        said = ["--yes", "--reason", "Seen and understood."]
        said += [word for name in world.reviews(branch) for word in ("--reviews", name)]
        assert world.types("ann", "approve", branch, *said) == 1, "who wrote it does not approve it"
        assert world.types("ben", "approve", branch, *said) == 0
        assert world.types("cat", "merge", branch) == 1, "one person is too few"
        assert world.types("cat", "approve", branch, *said) == 0
        assert world.types("cat", "merge", branch) == 0
        assert acts.served(world).approvers == ("ben", "cat")
        assert bool(acts.history(world))
