"""Which person of the trust a key belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import places
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from counterseal.documents.trust import Trust
    from scripts.signing.keys import SshKey


def person_of(trust: Trust, key: SshKey) -> str:
    """Return the person whose key this is; raise Refused if the trust lists it for nobody."""
    for name, person in trust.spec.people.items():
        if key.public in person.keys:
            return name
    where = places.trust(trust.spec.version)
    mend = "sign with the key that the trust lists for you (--ssh-key), or have the root people add this one"
    raise refuse("NOT_TRUSTED", where, "a key of somebody the trust lists", fingerprint(key.public), mend)
