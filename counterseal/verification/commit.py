"""Commits as signed objects: who signed one, and who may have written it.

* Identity is the SSH signature; author, committer and co-author addresses only ever add people, they excuse nobody.
* Git's dates are chosen by whoever commits; nothing here reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.crypto.sshsig import GIT_NAMESPACE, BadSignatureError, verify
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from counterseal.documents.trust import Trust
    from counterseal.verification.git import Git

_BRACKETED = re.compile(r"<([^<>\n]+)>")
_BETWEEN = re.compile(r"[\s<>()\[\],;:\"']+")
#: As git reads trailers, and more: indented, with a space before the colon, folded over lines.
_CO_AUTHOR = re.compile(r"^[ \t]*co-authored-by[ \t]*:.*(?:\n[ \t]+.*)*", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Commit:
    """A commit's tree, parents, signature and the bytes signed."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    signature: str | None
    signed: bytes
    addresses: frozenset[str]

    def signer(self, trust: Trust) -> str | None:
        """Return the person whose key signed the commit; None if nobody trusted did."""
        if self.signature is None:
            return None
        for person, listed in trust.spec.people.items():
            try:
                verify(self.signature, self.signed, listed.keys, namespace=GIT_NAMESPACE)
            except BadSignatureError:
                continue
            return person
        return None

    def writers(self, trust: Trust) -> frozenset[str]:
        """Return everyone who may have written the commit: its signer, and whoever its addresses belong to."""
        named = {
            person
            for person, listed in trust.spec.people.items()
            if self.addresses & {address.lower() for address in listed.emails}
        }
        signer = self.signer(trust)
        return frozenset(named | ({signer} if signer else set()))


def read_commit(git: Git, oid: str) -> Commit:
    """Read a commit; raise Refused if there is none."""
    found = git.object(oid)
    if found is None or found[0] != "commit":
        raise refuse("NO_COMMIT", oid[:12], "a commit", "none", "fetch the whole history")
    lines, signature = _split(found[1])
    head = [line.partition(b" ") for line in b"\n".join(lines).partition(b"\n\n")[0].split(b"\n")]
    tree = next(value for name, _, value in head if name == b"tree").decode()
    parents = tuple(value.decode() for name, _, value in head if name == b"parent")
    text = b"\n".join(lines).decode(errors="replace")
    people = [value.decode(errors="replace") for name, _, value in head if name in (b"author", b"committer")]
    named = "\n".join([*people, *_CO_AUTHOR.findall(text)])
    bare = [word for word in _BETWEEN.split(named) if "@" in word]
    addresses = {address.strip().lower() for address in [*_BRACKETED.findall(named), *bare]}
    return Commit(oid, tree, parents, signature, b"\n".join(lines), frozenset(addresses))


def _split(raw: bytes) -> tuple[list[bytes], str | None]:
    """Part a raw commit into the lines that are signed and the signature."""
    head, mark, body = raw.partition(b"\n\n")
    signed: list[bytes] = []
    signature: list[bytes] = []
    inside = False
    for line in head.split(b"\n"):
        if line.startswith(b"gpgsig "):
            inside, line = True, line.removeprefix(b"gpgsig")  # noqa: PLW2901 (the header's first line)
        elif not line.startswith(b" "):
            inside = False
        (signature if inside else signed).append(line[1:] if inside else line)
    text = b"\n".join(signature).decode(errors="replace") if signature else None
    return (b"\n".join(signed) + mark + body).split(b"\n"), text
