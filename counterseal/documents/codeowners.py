"""CODEOWNERS, generated from the trust: one fact, one place.

It informs the forge whom to ask; what counts is the quorum that ``admit`` finds. The last matching line of the file
decides, so the catch-all stands first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places

if TYPE_CHECKING:
    from counterseal.documents.trust import Trust

_HEADER = "# Generated from policies/trust; `counterseal check` refuses drift. Do not edit.\n"


def render(trust: Trust) -> bytes:
    """Return the file that a trust gives."""
    spec = trust.spec
    everyone = sorted(set(spec.root.members))
    lines = [("*", _holders(trust, "code") or everyone)]
    models = sorted({person for tier in ("low", "medium", "high") for person in _holders(trust, tier)})
    lines += [(f"/{folder}/", models or everyone) for folder in places.MODEL_AREAS]
    lines += [("/policies/", _holders(trust, "rules") or everyone)]
    lines += [(f"/{places.WAIVERS}/", _holders(trust, "waivers") or everyone)]
    lines += [(f"/{path}/", everyone) for path in (places.TRUST_FOLDER, places.LAYOUTS)]
    width = max(len(pattern) for pattern, _ in lines)
    text = "".join(f"{pattern:<{width}} {' '.join('@' + name for name in people)}\n" for pattern, people in lines)
    return (_HEADER + text).encode()


def _holders(trust: Trust, quorum: str) -> list[str]:
    roles = trust.spec.quorums[quorum]  # type: ignore[index]
    return sorted({person for role in roles for person in trust.spec.roles[role]})
