"""How one version of the trust follows another, from the root keys that whoever verifies brought along.

In order (``follow`` applies them to each version; the idea is TUF's root rotation, spec §5.3):

* version N is the next one, and of the same log;
* a sandbox's trust follows from a sandbox's root keys, and no other does: its keys are published, nobody else's are;
* ``log: none`` may become ``required``, never back; what is void, withdrawn, compromised or retired stays so;
* a key belongs to one person or machine role for ever, and once it has left it does not come back, in whatever
  spelling: nobody inherits what somebody else signed, and one private key never counts as two;
* it carries the signatures of threshold(root N-1), of the roots brought along for version 1, and of threshold(root N).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.crypto.sealed import Sealed, open_sealed
from counterseal.documents.trust import Trust, check_published
from counterseal.values.finding import Refused, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from counterseal.documents.trust import Roots, TrustSpec


def open_version(data: bytes, where: str) -> tuple[Trust, Sealed]:
    """Read a version that nobody may have signed yet; its signatures are returned, not yet verified."""
    try:
        parts = open_sealed(data, where)
    except Refused as refusal:
        if refusal.code != "UNSIGNED":
            raise
        parts = Sealed(data, {}, where)
    return Trust.read(parts.body, where), parts


def follow(versions: Iterable[tuple[str, bytes]], roots: Roots) -> tuple[Trust, ...]:
    """Follow the chain of trust files (path, content), oldest first; raise Refused at the first break.

    Returns every version, oldest first; an empty chain is refused.
    """
    chain: list[Trust] = []
    for where, data in versions:
        trust, sealed = open_version(data, where)
        check_step(chain, trust, roots, where)
        for signers in (chain[-1].roots() if chain else roots, trust.roots()):
            if not signers.enough(sealed):
                expected = f"{signers.spec.threshold} signatures by {', '.join(signers.spec.keys)}"
                mend = "root people sign it: `counterseal trust sign`"
                raise refuse("TRUST_THRESHOLD", where, expected, f"signatures by {_names(sealed)}", mend)
        chain.append(trust)
    if not chain:
        raise refuse("NO_TRUST", "policies/trust/1.yaml", "a trust file", "none", "run `counterseal init`")
    return tuple(chain)


def _names(sealed: Sealed) -> str:
    return ", ".join(sorted(sealed.signatures)) or "nobody"


def check_step(chain: Sequence[Trust], trust: Trust, roots: Roots, where: str) -> None:
    """Refuse a version that may not follow a chain, whoever signed it."""
    version = len(chain) + 1
    if trust.spec.version != version or trust.metadata.name != str(version):
        raise refuse("TRUST_VERSION", where, f"version {version}", f"version {trust.spec.version}")
    if trust.spec.log_id != roots.spec.log_id:
        raise refuse("LOG_ID", where, f"log id {roots.spec.log_id}", trust.spec.log_id, "this is another repository")
    check_published(trust.spec, where)
    if bool(trust.spec.sandbox) != roots.sandbox:
        expected, found = ("a sandbox's trust", "another") if roots.sandbox else ("no sandbox's trust", "a sandbox's")
        raise refuse("SANDBOX", where, f"{expected}, as the root keys are", found, "a sandbox begins and ends as one")
    if chain:
        _check_kept(chain[-1].spec, trust.spec, where)
        _check_keys(chain, trust.spec, where)


def _check_kept(old: TrustSpec, new: TrustSpec, where: str) -> None:
    if old.log == "required" and new.log == "none":
        raise refuse("TRUST_LOG_MODE", where, "log: required, which is for ever", "log: none")
    for name in ("void", "withdrawn"):
        if lost := set(getattr(old, name)) - set(getattr(new, name)):
            raise refuse("TRUST_TAKEN_BACK", where, f"{name} numbers stay {name}", f"{sorted(lost)} gone")
    if any(new.compromised.get(key, number + 1) > number for key, number in old.compromised.items()):
        raise refuse("TRUST_TAKEN_BACK", where, "compromised keys stay so, from the same number on", "fewer")
    kept = dict.fromkeys(new.compromised) | new.retired
    if any(kept.get(key, -1) not in (number, None) for key, number in old.retired.items()):
        raise refuse("TRUST_TAKEN_BACK", where, "retired keys stay so, from the same number on", "fewer, or others")


def _check_keys(chain: Sequence[Trust], new: TrustSpec, where: str) -> None:
    """Refuse a key that goes from one holder to another, or that comes back."""
    known = [item for version in chain for item in version.spec.holdings()]
    first = {item.material: item for item in reversed(known)}
    stays = {item.material for item in chain[-1].spec.holdings()}
    stays -= {item.material for item in known if item.id in new.retired or item.id in new.compromised}
    for item in new.holdings():
        before = first.get(item.material)
        if before is None:
            continue
        if before.holder != item.holder:
            found = f"{item.id}, which was {before.holder}'s, listed for {item.holder}"
            raise refuse("TRUST_KEY_MOVED", where, "a key that stays with its first holder", found, _FRESH)
        if item.material not in stays:
            found = f"{item.id} of {item.holder}, which had left"
            raise refuse("TRUST_KEY_RETURNED", where, "a key that is new, or was never gone", found, _FRESH)


_FRESH = "make a new key: ssh-keygen -t ed25519 for a person"
