"""For Sigstore: each step's Statement and the promotion's records, as the bundles they are committed as.

A bundle names its key by hint, the SHA-256 of the PEM text; ``verify.mjs`` hands ``@sigstore/verify`` the keys of the
role that must have signed, and no others.
"""

from __future__ import annotations

from importlib.resources import files as package_files
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.statement import PREDICATES
from counterseal.values import strict_json
from scripts.upstream.part import Part

if TYPE_CHECKING:
    from scripts.upstream.promotion import Verified

FOLDER, SCRIPT = "bundles", "verify.mjs"
VERSIONS = "@sigstore/verify@3.1.1 @sigstore/bundle@4.0.0"


def part(found: Verified) -> Part:
    """Return the bundles, and the script that verifies them."""
    bundles = {step: found.tree.need(places.statement(found.model, step)) for step in PREDICATES}
    bundles |= {f"promotion-{number:06d}": data for number, data in found.records.items()}
    keys = [found.signer(strict_json.loads(data, name)["dsseEnvelope"], name) for name, data in bundles.items()]
    files = {f"{FOLDER}/{name}.sigstore.json": data for name, data in bundles.items()}
    files[f"{FOLDER}/{SCRIPT}"] = package_files("scripts.upstream").joinpath(SCRIPT).read_bytes()
    return Part(files, _SECTION.format(versions=VERSIONS), tuple(keys))


_SECTION = """\
## Sigstore: what was found, and what was promoted

`@sigstore/verify` (npm, 3.1, with Node 20 or newer) checks the signature of each bundle with the keys of its role.
There is no transparency log to ask: what a bundle says, and about which bytes, is left to whoever reads it.

```sh
bundles="$PWD/bundles" && cd "$(mktemp -d)" &&
npm install --silent {versions} &&
node "$bundles/verify.mjs"
```
"""
