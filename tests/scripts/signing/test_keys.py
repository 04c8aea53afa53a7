from __future__ import annotations

import os
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from counterseal.crypto import dsse, sshsig
from counterseal.values.finding import Refused
from counterseal.verification.git import Git
from scripts.signing import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for role in ("CI", "PROMOTER"):
        monkeypatch.delenv(f"COUNTERSEAL_{role}_KEY", raising=False)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    made = Git(tmp_path / "repository")
    made.folder.mkdir()
    made.run("init", "--quiet")
    return made


def make(path: Path, passphrase: str = "", kind: str = "ed25519") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = ["-b", "2048"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", "someone", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    done = subprocess.run(["ssh-agent", "-s", "-a", str(tmp_path / "a")], capture_output=True, text=True, check=True)
    found = re.search(r"SSH_AGENT_PID=(\d+)", done.stdout)
    assert found is not None
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "a"))
    key = make(tmp_path / "in-agent")
    subprocess.run(["ssh-add", "-q", str(key)], check=True, capture_output=True)
    key.unlink()
    yield key
    os.kill(int(found[1]), 15)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_file_signs_and_the_signature_holds(tmp_path: Path, kind: str) -> None:
    key = keys.read_key(str(make(tmp_path / "key", kind=kind)))
    assert sshsig.verify(keys.sign(key, b"payload"), b"payload", [key.public]) == key.public


def test_an_agent_signs_what_has_no_file(agent: Path, git: Git) -> None:
    key = keys.find_key(git)
    assert key.private is None
    assert keys.can_sign(key)
    assert sshsig.verify(keys.sign(key, b"payload"), b"payload", [key.public])


def test_the_key_named_comes_before_gits_before_the_agents_before_the_usual(
    agent: Path, git: Git, tmp_path: Path
) -> None:
    usual = make(tmp_path / "home" / ".ssh" / "id_ed25519")
    configured, named = make(tmp_path / "configured"), make(tmp_path / "named")
    assert keys.find_key(git).public == keys.read_key(f"{agent}.pub").public
    git.run("config", "user.signingkey", str(configured))
    assert keys.find_key(git).private == configured
    assert keys.find_key(git, str(named)).private == named
    assert keys.read_key(str(usual)).private == usual


def test_the_usual_key_is_the_last_resort(git: Git, tmp_path: Path) -> None:
    with pytest.raises(Refused) as nothing:
        keys.find_key(git)
    assert nothing.value.code == "NO_KEY"
    usual = make(tmp_path / "home" / ".ssh" / "id_ed25519")
    assert keys.find_key(git).private == usual


def test_a_key_may_be_named_by_its_text_its_public_or_its_private_file(tmp_path: Path) -> None:
    path = make(tmp_path / "key")
    text = (tmp_path / "key.pub").read_text()
    found = [keys.read_key(name) for name in (text, f"key::{text}", str(path), f"{path}.pub")]
    assert len({key.public for key in found}) == 1
    assert [key.private for key in found] == [None, None, path, path]
    assert keys.read_key("key", tmp_path).private == path


def test_a_private_key_without_its_public_half_is_asked_for_it(tmp_path: Path) -> None:
    path = make(tmp_path / "key")
    expected = keys.read_key(str(path)).public
    (tmp_path / "key.pub").unlink()
    assert keys.read_key(str(path)).public == expected


def test_a_passphrase_that_nobody_types_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/false")
    monkeypatch.setenv("DISPLAY", "none")
    with pytest.raises(Refused) as refused:
        keys.sign(keys.read_key(str(make(tmp_path / "key", passphrase="a secret"))), b"payload")
    assert refused.value.code == "NOT_SIGNED"


def test_a_public_half_that_belongs_to_another_key_is_a_finding(tmp_path: Path) -> None:
    path, other = make(tmp_path / "key"), make(tmp_path / "other")
    key = keys.SshKey(keys.read_key(str(other)).public, path)
    with pytest.raises(Refused) as refused:
        keys.sign(key, b"payload")
    assert refused.value.code == "KEY_MISMATCH"


@pytest.mark.parametrize("text", ["nowhere", "ssh-ed25519 not-base64", "ssh-ed25519"])
def test_what_is_no_key_is_a_finding(text: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        keys.read_key(text, tmp_path)
    assert refused.value.code in ("NO_KEY", "PUBLIC_KEY")


def test_a_public_key_alone_cannot_sign(tmp_path: Path) -> None:
    make(tmp_path / "key")
    (tmp_path / "key").unlink()
    assert not keys.can_sign(keys.read_key(str(tmp_path / "key.pub")))


def test_a_machine_key_is_for_its_owner_alone_and_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "ci.pem"
    keys.make_machine_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        keys.make_machine_key(path)
    signer = keys.load_signer("ci", path)
    pem = str(signer.public_key.keyval["public"])
    envelope = dsse.sign(b'{"a":1}', dsse.STATEMENT, signer)
    assert dsse.open_envelope(envelope, [pem], "envelope") == {"a": 1}


def test_a_machine_key_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as nothing:
        keys.load_signer("ci")
    assert nothing.value.code == "NO_MACHINE_KEY"
    keys.make_machine_key(tmp_path / "ci.pem")
    monkeypatch.setenv("COUNTERSEAL_CI_KEY", str(tmp_path / "ci.pem"))
    assert keys.load_signer("ci").public_key.keyid == keys.load_signer("ci", tmp_path / "ci.pem").public_key.keyid


def test_what_is_no_machine_key_is_a_finding(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / "p384").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "text").write_text("no key")
    for name in ("p384", "text", "missing", "."):
        with pytest.raises(Refused) as refused:
            keys.load_signer("ci", tmp_path / name)
        assert refused.value.code == "MACHINE_KEY"
