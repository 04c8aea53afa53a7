"""Keys: people's, which ``ssh-keygen`` uses for us, and machines', which are files on the machine that signs.

* This is the only module that asks ``ssh-keygen`` to sign: with a file, an agent's key or a security key. Private SSH
  keys are never read here.
* A person's key is, in this order: the one named by an option (in a sandbox, a bare word names a persona); git's
  ``user.signingkey``; the agent's first; ``~/.ssh/id_ed25519``.
* A machine's key is a P-256 key in a PEM file that only its owner may read, named by an option, known to a sandbox, or
  named by ``COUNTERSEAL_<ROLE>_KEY``. It never lies in a repository.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from pydantic import TypeAdapter, ValidationError

from counterseal.crypto import dsse, sshsig
from counterseal.values.finding import refuse
from scripts.repository.sandbox import Sandbox

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

    from counterseal.values.finding import Refused
    from counterseal.verification.git import Git

_PUBLIC = TypeAdapter(sshsig.PublicKey)
_LITERAL = "key::"
_BARE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class SshKey:
    """A person's key: its public half, and the file of its private half unless an agent holds that."""

    public: str
    private: Path | None = None

    @property
    def git_flags(self) -> tuple[str, ...]:
        """Options that make git sign with this key."""
        name = str(self.private) if self.private else f"{_LITERAL}{self.public}"
        return ("-c", "gpg.format=ssh", "-c", "gpg.ssh.program=ssh-keygen", "-c", f"user.signingkey={name}")


def find_key(git: Git, named: str | None = None) -> SshKey:
    """Return the key to sign with; raise Refused (NO_KEY) if there is none."""
    configured = git.attempt("config", "--get", "user.signingkey").stdout.decode().strip()
    if named and _BARE.fullmatch(named) and (sandbox := Sandbox.around(git)):
        return read_key(str(sandbox.person(named)))
    if text := named or configured:
        return read_key(text)
    if public := _agent_keys():
        return SshKey(public[0])
    usual = Path("~/.ssh/id_ed25519").expanduser()
    if usual.exists():
        return read_key(str(usual))
    mend = "make one with `ssh-keygen -t ed25519`, or name one: git config user.signingkey FILE"
    raise refuse("NO_KEY", "ssh", "an SSH key to sign with", "none in git's configuration, the agent or ~/.ssh", mend)


def read_key(text: str, folder: Path | None = None) -> SshKey:
    """Read how a key is named: a public key's text, or the path of a private or public key (seen from ``folder``)."""
    text = text.removeprefix(_LITERAL)
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        return SshKey(_public(text, "ssh"))
    path = ((folder or Path()) / Path(text).expanduser()).absolute()
    private = path.with_suffix("") if path.suffix == ".pub" else path
    public = private.with_name(private.name + ".pub")
    found = private if private.is_file() else None
    if public.is_file():
        return SshKey(_public(public.read_text(errors="replace"), str(public)), found)
    if found is None:
        raise refuse("NO_KEY", str(path), "an SSH key", "no such file", "make one with `ssh-keygen -t ed25519`")
    return SshKey(_public(_derived(private), str(private)), found)


def sign(key: SshKey, payload: bytes) -> str:
    """Have ``ssh-keygen`` sign a payload and return the armoured signature, which was checked."""
    with tempfile.TemporaryDirectory() as folder:
        file = key.private or Path(folder) / "key.pub"
        if key.private is None:
            file.write_text(f"{key.public}\n")
        done = _ssh_keygen("-q", "-Y", "sign", "-n", sshsig.NAMESPACE, "-f", str(file), data=payload)
    if done.returncode:
        raise _unsigned(key, done)
    armour = done.stdout.decode()
    try:
        sshsig.verify(armour, payload, [key.public])
    except sshsig.BadSignatureError as error:
        mend = "is the file FILE.pub the public half of FILE?"
        raise refuse(
            "KEY_MISMATCH", str(file), f"a signature by {sshsig.fingerprint(key.public)}", error, mend
        ) from error
    return armour


def can_sign(key: SshKey) -> bool:
    """Say whether the private half of a key is within reach: as a file, or in the agent."""
    return key.private is not None or key.public in _agent_keys()


def load_signer(role: str, path: Path | None = None, option: str = "--key") -> CryptoSigner:
    """Load what signs for a machine role; raise Refused if its key is not there or not a P-256 key."""
    return dsse.signer(load_private(role, path, option))


def load_private(role: str, path: Path | None = None, option: str = "--key") -> ec.EllipticCurvePrivateKey:
    """Load the key of a machine role; raise Refused if it is not there or not a P-256 key."""
    variable = variable_of(role)
    named = path or (Path(os.environ[variable]) if os.environ.get(variable) else None)
    if named is None:
        mend = f"name its PEM file with {option} or {variable}; `counterseal init` made one"
        raise refuse("NO_MACHINE_KEY", role, f"the key of the role {role!r}", "none", mend)
    try:
        private = load_pem_private_key(named.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "something else"
        raise refuse("MACHINE_KEY", str(named), "a P-256 private key in PEM form", reason) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise refuse("MACHINE_KEY", str(named), "a P-256 private key in PEM form", "a key of another kind")
    return private


def variable_of(role: str) -> str:
    """Return the environment variable that names a machine's key."""
    return f"COUNTERSEAL_{role.upper()}_KEY"


def make_machine_key(path: Path) -> None:
    """Write a fresh machine key that only its owner may read; an existing file is left alone."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)


def _agent_keys() -> list[str]:
    if not os.environ.get("SSH_AUTH_SOCK"):
        return []
    done = subprocess.run(["ssh-add", "-L"], capture_output=True, check=False)
    lines = done.stdout.decode(errors="replace").splitlines() if done.returncode == 0 else []
    return [_public(line, "ssh-agent") for line in lines if line.startswith(("ssh-", "ecdsa-", "sk-"))]


def _derived(private: Path) -> str:
    done = _ssh_keygen("-y", "-f", str(private))
    if done.returncode:
        mend = f"put its public half beside it: ssh-keygen -y -f {private} > {private}.pub"
        raise refuse("NO_PUBLIC_KEY", str(private), "a key whose public half is known", "none", mend)
    return done.stdout.decode()


def _ssh_keygen(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen; where a person watches, they see its prompts (a passphrase, a touch)."""
    shown = None if sys.stderr.isatty() else subprocess.PIPE
    try:
        return subprocess.run(["ssh-keygen", *arguments], input=data, stdout=subprocess.PIPE, stderr=shown, check=False)
    except FileNotFoundError as error:
        raise refuse("NO_SSH_KEYGEN", "ssh-keygen", "OpenSSH on this machine", "none", "install OpenSSH") from error


def _public(line: str, where: str) -> str:
    try:
        return _PUBLIC.validate_python(line.strip())
    except ValidationError as error:
        raise refuse("PUBLIC_KEY", where, "an SSH public key like 'ssh-ed25519 AAAA…'", line.strip()[:40]) from error


def _unsigned(key: SshKey, done: subprocess.CompletedProcess[bytes]) -> Refused:
    said = (done.stderr or b"").decode(errors="replace").strip().splitlines()
    mend = "is the key loaded (`ssh-add -l`), its passphrase right, the security key plugged in and touched?"
    found = said[-1] if said else f"exit code {done.returncode}"
    return refuse("NOT_SIGNED", str(key.private or "ssh-agent"), "a signature by ssh-keygen", found, mend)
