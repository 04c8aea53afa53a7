"""For OpenSSH: each approval split into what was signed and the signature, and who may sign with which key.

``allowed_signers`` gives every person of the trusts that judged, for approvals and for commits; a key that is trusted
no longer because it was compromised is not in it, and an approval by nobody in it is left out by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.crypto.sealed import open_sealed
from counterseal.crypto.sshsig import GIT_NAMESPACE, NAMESPACE
from scripts.upstream.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripts.upstream.promotion import Verified

FOLDER, SIGNERS = "approvals", "allowed_signers"


def part(found: Verified) -> Part:
    """Return the approvals, each as a payload and a signature."""
    files = {SIGNERS: allowed_signers(found.people)}
    commands, left_out = [], []
    for name, data in found.approvals.items():
        sealed = open_sealed(data, name)
        stem, person = name.removesuffix(".yaml"), name.partition(".")[0]
        if person not in sealed.signers({person: found.people.get(person, ())}):
            left_out.append(f"{FOLDER}/{stem}: its key is trusted no longer")
            continue
        files |= {f"{stem}.payload": sealed.body, f"{stem}.sig": f"{sealed.signatures[person].strip()}\n".encode()}
        commands.append(_COMMAND.format(person=person, stem=stem))
    section = _SECTION.format(commands=" &&\n".join(commands)) if commands else ""
    return Part({f"{FOLDER}/{path}": content for path, content in files.items()}, section, left_out=tuple(left_out))


def allowed_signers(people: Mapping[str, tuple[str, ...]]) -> bytes:
    """Return the file that tells OpenSSH and git whose signature counts, and for what."""
    namespaces = f'namespaces="{NAMESPACE},{GIT_NAMESPACE}"'
    return "".join(f"{person} {namespaces} {key}\n" for person, keys in people.items() for key in keys).encode()


_COMMAND = "ssh-keygen -Y verify -f allowed_signers -I {person} -n counterseal -s {stem}.sig < {stem}.payload"

_SECTION = """\
## OpenSSH: who countersigned

`ssh-keygen` (OpenSSH 8.2 or newer) checks that the person's key signed the payload. What the payload approves, the
digest of `registry/<model>/entry.yaml` or a return to an earlier promotion, and whether these people are enough, is
not its business. The same file shows git whose commits are signed: in a clone,
`git -c gpg.format=ssh -c gpg.ssh.allowedSignersFile=FILE verify-commit COMMIT`.

```sh
cd approvals &&
{commands}
```
"""
