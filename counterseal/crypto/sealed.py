"""Documents that people sign: readable YAML with the SSH signatures inside.

The signed bytes are everything before the line ``signatures:``; below it stands, per person, one armoured signature
over them. So ``sed '/^signatures:$/,$d'`` and ``ssh-keygen -Y verify`` are enough to check one by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.crypto.sshsig import BadSignatureError, verify
from counterseal.values import strict_yaml
from counterseal.values.finding import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MARK = b"signatures:\n"


@dataclass(frozen=True)
class Sealed:
    """A document's signed bytes and the signatures over them, none of them verified yet."""

    body: bytes
    signatures: Mapping[str, str]
    where: str

    def signers(self, keys: Mapping[str, Iterable[str]]) -> dict[str, str]:
        """Return person → key for each person of ``keys`` whose signature over the body holds."""
        found = {}
        for person, armour in self.signatures.items():
            try:
                found[person] = verify(armour, self.body, keys.get(person, ()))
            except BadSignatureError:
                continue
        return found


def open_sealed(data: bytes, where: str) -> Sealed:
    """Split a document into its signed bytes and its signatures; raise Refused if it has no such form."""
    if len(data) > strict_yaml.MAX_BYTES:
        raise refuse("YAML_TOO_LARGE", where, f"at most {strict_yaml.MAX_BYTES} bytes", f"{len(data)} bytes")
    body, mark, tail = data.partition(b"\n" + _MARK)
    if not mark:
        raise refuse("UNSIGNED", where, "signatures at the end", "none", "sign it with the counterseal command")
    above = b"\n" * (body.count(b"\n") + 1)  # so that a finding names the file's own line
    signatures = strict_yaml.load(above + _MARK + tail, where).value
    texts = isinstance(signatures, dict) and isinstance(signatures["signatures"], dict)
    if not texts or len(signatures) != 1 or not all(isinstance(v, str) for v in signatures["signatures"].values()):
        raise refuse("SIGNATURES_FORM", where, "signatures: person → armoured text", "something else")
    return Sealed(body + b"\n", signatures["signatures"], where)


def seal(body: bytes, signatures: Mapping[str, str]) -> bytes:
    """Put signatures below a document; the inverse of ``open_sealed``."""
    if not body.endswith(b"\n") or b"\n" + _MARK in body:
        raise Refused(*refuse("SIGNATURES_FORM", "document", "an unsigned document", "a signed one").findings)
    return body + strict_yaml.dumps({"signatures": dict(sorted(signatures.items()))})
