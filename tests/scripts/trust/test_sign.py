from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from counterseal.crypto.sealed import open_sealed, seal
from counterseal.documents import places
from counterseal.documents.trust_chain import open_version
from scripts.main import main
from scripts.signing.keys import sign
from tests.support.trust import Office, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The security key in software that OpenSSH tests itself with; Debian ships it in openssh-tests.
DUMMY = Path(os.environ.get("COUNTERSEAL_SK_DUMMY", "/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so"))


def signers(office: Office, version: int = 2) -> set[str]:
    return set(open_sealed(office.world.read(places.trust(version), f"trust/{version}"), "x").signatures)


def test_what_is_signed_was_shown_first(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tells("mia", "add", "dora", "--role", "owner")
    asked: list[str] = []

    def confirm(question: str, **_: object) -> None:
        asked.append(office.capsys.readouterr().err + question)

    monkeypatch.setattr("typer.confirm", confirm)
    page = office.tells("rita", "sign")
    assert "alice, anna, dora, robo" in asked[0]
    assert asked[0].endswith("Sign trust version 2 as rita?")
    assert page["headline"] == "rita signed; still to sign: rolf"
    assert office.tells("rita", "sign", "--yes")["headline"] == "rita signed already; still to sign: rolf"
    assert office.tells("rolf", "sign", "trust/2", "--yes")["headline"].startswith("rolf signed; signed by enough")
    assert signers(office) == {"rita", "rolf"}


def test_whoever_says_no_signs_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tells("mia", "add", "dora", "--role", "owner")

    def no(_question: str, **_: object) -> None:
        raise typer.Abort

    monkeypatch.setattr("typer.confirm", no)
    before = office.world.tip("trust/2")
    assert office.world.types("rita", "trust", "sign") == 1
    assert office.world.tip("trust/2") == before


def test_two_who_sign_at_the_same_moment_both_count(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.tells("mia", "add", "dora", "--role", "owner")
    questions = []

    def meanwhile(question: str, **_: object) -> None:
        questions.append(question)
        if len(questions) == 1:
            office.tells("rita", "sign", "--yes")

    monkeypatch.setattr("typer.confirm", meanwhile)
    assert office.tells("rolf", "sign")["headline"].startswith("rolf signed; signed by enough")
    assert (len(questions), signers(office)) == (2, {"rita", "rolf"})


def test_only_root_people_sign_and_only_what_is_there(office: Office) -> None:
    assert "no proposal 'trust/2'" in office.refuses("rita", "sign", "--yes", code=2)
    office.tells("mia", "add", "dora", "--role", "owner")
    assert "NOT_ROOT" in office.refuses("mia", "sign", "--yes")


@pytest.mark.parametrize("bent", ["codeowners", "layout", "version", "mixed", "taken back"])
def test_what_does_not_hold_is_not_signed(office: Office, bent: str) -> None:
    world = office.world
    office.tells("mia", "add", "dora", "--role", "owner")
    layout = next(iter(world.git.run("ls-tree", "-r", "--name-only", world.main, places.LAYOUTS).split()))
    plain, _ = open_version(world.read(places.trust(2), "trust/2"), "x")
    higher = plain.model_copy(update={"metadata": plain.metadata.model_copy(update={"name": "3"})})
    files: dict[str, tuple[dict[str, bytes | None], str]] = {
        "codeowners": ({places.CODEOWNERS: b"* @mallory\n"}, "CODEOWNERS_DRIFT"),
        "layout": ({layout: b"{}"}, "TRUST_REMOVED"),
        "version": ({places.trust(2): higher.write()}, "TRUST_VERSION"),
        "mixed": ({places.RULES: b"x"}, "MIXED_AREAS"),
        "taken back": ({places.trust(2): plain.write().replace(b"log: required", b"log: none")}, "TRUST_LOG_MODE"),
    }
    world.commit("trust/2", files[bent][0], "mia")
    assert files[bent][1] in office.refuses("rita", "sign", "--yes")


def test_a_signature_falls_with_the_text_it_was_given_for(office: Office) -> None:
    office.tells("rita", "add", "dora", "--role", "owner")
    office.tells("mia", "add", "dora", "--role", "risk", "--amend")
    page = office.tells("rolf", "sign", "--yes")
    assert page["headline"] == "rolf signed; still to sign: rita"
    assert signers(office) == {"rolf"}


def test_somebody_elses_signature_under_ones_name_is_thrown_out(office: Office) -> None:
    world = office.world
    office.tells("mia", "add", "dora", "--role", "owner")
    body = world.read(places.trust(2), "trust/2")
    forged = seal(body, dict.fromkeys(("rita", "mia"), sign(world.key("mia"), body)))
    world.commit("trust/2", {places.trust(2): forged}, "mia")
    assert office.tells("rolf", "sign", "--yes")["headline"] == "rolf signed; still to sign: rita"
    assert signers(office) == {"rolf"}


@pytest.fixture
def agent(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An agent that holds rita's key, whose file is gone; yields the public half's text."""
    socket, key = office.world.folder / "agent", office.world.folder / "people" / "rita"
    done = subprocess.run(["ssh-agent", "-s", "-a", str(socket)], capture_output=True, text=True, check=True)
    found = re.search(r"SSH_AGENT_PID=(\d+)", done.stdout)
    assert found is not None
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)
    key.unlink()
    yield key.with_suffix(".pub").read_text().strip()
    os.kill(int(found[1]), 15)


def test_an_agent_signs_what_has_no_file(office: Office, agent: str) -> None:
    office.tells("mia", "add", "dora", "--role", "owner")
    rita = office.world.clone("rita")
    rita.run("config", "user.signingkey", f"key::{agent}")
    assert main(["trust", "sign", "--yes", "--repo", str(rita.folder)]) == 0
    office.capsys.readouterr()
    office.lands(2, "rolf")
    assert signers(office) == {"rita", "rolf"}


@pytest.mark.skipif(not DUMMY.is_file(), reason="no security key in software: install Debian's openssh-tests")
@pytest.mark.parametrize("kind", ["ed25519-sk", "ecdsa-sk"])
def test_a_security_key_signs_for_a_root_person(office: Office, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    key = office.world.folder / "token"
    make = ["ssh-keygen", "-q", "-t", kind, "-w", str(DUMMY), "-N", "", "-C", "token", "-f", str(key)]
    subprocess.run(make, check=True, capture_output=True)
    assert key.with_suffix(".pub").read_text().startswith("sk-")
    office.tells("rita", "add", "mia", "--key", f"{key}.pub", "--root", "--root-threshold", "3")
    office.tells("rolf", "sign", "--yes")
    assert "NOT_SIGNED" in office.refuses("mia", "sign", "--yes", "--ssh-key", str(key)), "nobody plugged it in"
    monkeypatch.setenv("SSH_SK_PROVIDER", str(DUMMY))
    office.tells("mia", "sign", "--yes", "--ssh-key", str(key))
    office.lands(2)
    assert rows(office.tells("mia", "show"), "versions")[1][1] == "mia, rita, rolf"
    office.tells("mia", "add", "dora", "--role", "owner", "--ssh-key", str(key))
    office.lands(3, "rita", "rolf")
