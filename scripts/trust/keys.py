"""How a person names a key that the trust lists, or should list.

* A person's key: the text of a public key, or the path of one or of its private half (``keys.read_key``).
* A machine's key: the path of a PEM file, public or private; only the public half is taken from it.
* A key the trust knows: also its id as ``counterseal trust show`` prints it, or a beginning that fits one key only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import TypeAdapter

from counterseal.crypto import dsse
from counterseal.crypto.sshsig import fingerprint
from counterseal.values.finding import Refused, refuse
from scripts.signing.keys import read_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counterseal.documents.trust import Trust

_PEM = TypeAdapter(dsse.MachineKey)
_SHORTEST = 12


def machine_key(path: Path) -> str:
    """Return the public half of a machine key's PEM file; raise Refused if there is none on P-256."""
    expected = "a P-256 key in PEM form"
    try:
        data = path.read_bytes()
        return _PEM.validate_python(_public(data))
    except OSError as error:
        raise refuse("MACHINE_KEY", str(path), expected, error.strerror or "no file") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        mend = "make one: openssl ecparam -name prime256v1 -genkey -noout -out FILE.pem"
        raise refuse("MACHINE_KEY", str(path), expected, "something else", mend) from error


def _public(data: bytes) -> str:
    if b"PRIVATE KEY" in data:
        public = load_pem_private_key(data, password=None).public_key()
    else:
        public = load_pem_public_key(data)
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_id(text: str, chain: Sequence[Trust]) -> str | None:
    """Return the id of a key that some version of the trust knows; None if the text names no key."""
    known = {item.id for trust in chain for item in trust.spec.holdings()}
    known |= {key for trust in chain for key in (*trust.spec.retired, *trust.spec.compromised)}
    found = {key for key in known if key == text or (len(text) >= _SHORTEST and key.startswith(text))}
    if not found and (there := _read(text)):
        found = {there} & known
    if len(found) > 1:
        raise refuse("KEY_UNCLEAR", text, "one key", ", ".join(sorted(found)), "write more of it")
    return next(iter(found), None)


def _read(text: str) -> str | None:
    try:
        if text.endswith(".pem"):
            return dsse.keyid(machine_key(Path(text)))
        return fingerprint(read_key(text).public)
    except Refused:
        return None
