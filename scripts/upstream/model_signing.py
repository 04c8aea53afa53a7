"""For OpenSSF Model Signing: the model's files, and a signature over them that ``model_signing verify key`` takes.

The format is that of model-signing 1.1: a Sigstore bundle with a Statement of the type ``TYPE``, whose subject is the
SHA-256 over the files' digests in the order of their names. CI's key signs, so the signature is there only where that
key is at hand. It covers registry/<model>/model/ and nothing else: who approved, and why, stands in the log.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.documents.statement import STATEMENT_TYPE
from counterseal.values import strict_json
from scripts.upstream.part import Part
from scripts.upstream.promotion import MachineKey
from scripts.upstream.signing import public_pem, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from scripts.upstream.promotion import Verified

FOLDER, SIGNATURE = "model", "model.sig"
TYPE = "https://model_signing/signature/v1.0"


def part(found: Verified, key: EllipticCurvePrivateKey | None) -> Part:
    """Return the model's files and their signature; ``key`` is CI's."""
    files = {name: found.tree.need(places.model_file(found.model, name)) for name in places.MODEL_FILES}
    placed = {f"{FOLDER}/{name}": data for name, data in files.items()}
    if key is None:
        return Part(placed, "", left_out=(f"{SIGNATURE}: it takes CI's key (--key)",))
    by = MachineKey("ci", public_pem(key))
    return Part(placed | {SIGNATURE: signature(found.model, files, key)}, _SECTION.format(ci=by.file), (by,))


def signature(model: str, files: Mapping[str, bytes], key: EllipticCurvePrivateKey) -> bytes:
    """Return the signature over a folder's files: name → bytes."""
    payload = strict_json.canonical(_statement(model, files))
    envelope = sign(payload, key, dsse.keyid(public_pem(key)))
    return strict_json.pretty(dsse.bundle(envelope))


def _statement(model: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    digests = {name: sha256(files[name]) for name in sorted(files)}
    whole = sha256(b"".join(digest.digest() for digest in digests.values())).hexdigest()
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": model, "digest": {"sha256": whole}}],
        "predicateType": TYPE,
        "predicate": {
            "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": []},
            "resources": [
                {"name": name, "algorithm": "sha256", "digest": digest.hexdigest()} for name, digest in digests.items()
            ],
        },
    }


_SECTION = """\
## OpenSSF Model Signing: the bytes that serve

`model_signing` (PyPI: `model-signing`, 1.1) refuses a changed, missing or extra file in `model/`. It does not look at
files called `.git`, `.gitignore`, `.gitattributes` or `.github`.

```sh
model_signing verify key --public_key keys/{ci} --signature model.sig model
```
"""
