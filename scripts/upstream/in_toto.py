"""For in-toto: the layout, the links under the names it looks for, and the artifacts at their run-scoped paths.

* ``signed.layout`` is the layout as it is committed, for every run of this pipeline. Its paths begin with ``{run}``,
  which in-toto's library fills in and its command does not.
* ``root.layout`` is the same layout for this one run, with an inspection that compares the artifacts beside it with
  the links; signed by the layout key under the id that in-toto's command computes. It is there if that key is at hand.
* An artifact whose bytes main no longer has, or never had because the data is not public, is left out by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.signer import SSlibKey

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import RUN
from counterseal.documents.spec import ModelSpec
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from scripts.upstream.part import Part
from scripts.upstream.promotion import MachineKey
from scripts.upstream.signing import public_pem, sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from counterseal.verification.tree import Tree
    from scripts.upstream.promotion import Verified

FOLDER = "in-toto"
LAYOUT, SIGNED = "root.layout", "signed.layout"
INSPECTION = "artifacts"

Json = dict[str, Any]


@dataclass(frozen=True)
class _Link:
    """A step's link: as it is committed, what it says, and who signed it."""

    step: str
    data: bytes
    says: Json
    by: MachineKey

    @property
    def file(self) -> str:
        """The name under which in-toto looks for it."""
        return f"{self.step}.{self.by.id[:8]}.link"


def part(found: Verified, key: EllipticCurvePrivateKey | None) -> Part:
    """Return what in-toto reads; ``key`` is the layout key."""
    where, run = places.layout(found.entry.materials.layout), found.entry.run
    layout, signer = found.open(found.tree.need(where), where)
    links = [_link(found, step["name"]) for step in layout["steps"]]
    wanted = _recorded(links, run)
    candidates = [item for tree in found.trees for item in _artifacts(tree, found.model).items()]
    candidates.append(("champion", found.champion))
    there = {name: data for name, data in candidates if data is not None and sha256(data) == wanted.get(name)}
    files = {SIGNED: found.tree.need(where), **{link.file: link.data for link in links}}
    files |= {f"{run}/{name}": data for name, data in there.items()}
    gone = tuple(
        f"{FOLDER}/{run[:12]}…/{name}: its bytes are not in the repository" for name in sorted({*wanted} - {*there})
    )
    keys, section = (signer, *(link.by for link in links)), _SECTION.format(signed=signer.file, run=run)
    if key is None:
        return Part(_below(files), section, keys, (f"{FOLDER}/{LAYOUT}: it takes the layout key (--layout-key)", *gone))
    by = MachineKey("layout", public_pem(key))
    files[LAYOUT] = root_layout(layout, run, there, key)
    return Part(_below(files), _COMMAND.format(layout=by.file) + section, (by, *keys), gone)


def root_layout(layout: Json, run: str, artifacts: Iterable[str], key: EllipticCurvePrivateKey) -> bytes:
    """Return the layout of one run, with the inspection of the artifacts that lie beside it, signed."""
    steps = [step | {side: _fill(step[side], run) for side in _SIDES} for step in layout["steps"]]
    payload = strict_json.canonical(layout | {"steps": steps, "inspect": [_inspection(layout, run, artifacts)]})
    return strict_json.pretty(sign(payload, key, own_keyid(public_pem(key))))


def own_keyid(pem: str) -> str:
    """Return the id that in-toto's command gives a key; ours are digests of the PEM text."""
    return str(SSlibKey.from_crypto(load_pem_public_key(pem.encode())).keyid)


_SIDES = ("expected_materials", "expected_products")


def _fill(rules: list[list[str]], run: str) -> list[list[str]]:
    return [[part.replace(RUN, run) for part in rule] for rule in rules]


def _inspection(layout: Json, run: str, artifacts: Iterable[str]) -> Json:
    names = sorted(artifacts)
    rules = [
        *(["REQUIRE", f"{run}/{name}"] for name in names),
        *(["MATCH", f"{run}/{name}", "WITH", *_source(layout["steps"], name)] for name in names),
        *(["ALLOW", name] for name in (LAYOUT, SIGNED)),
        ["DISALLOW", "*"],
    ]
    # in-toto insists on a command; what counts is what it records before it.
    common = {"_type": "inspection", "name": INSPECTION, "run": ["true"]}
    return common | {"expected_materials": rules, "expected_products": []}


def _source(steps: list[Json], artifact: str) -> tuple[str, str, str]:
    """Return the end of an artifact's MATCH rule: its maker's products, else its first user's materials."""
    rule = ["REQUIRE", f"{RUN}/{artifact}"]
    for kind, side in (("PRODUCTS", "expected_products"), ("MATERIALS", "expected_materials")):
        for step in steps:
            if rule in step[side]:
                return kind, "FROM", step["name"]
    raise LookupError(artifact)


def _link(found: Verified, step: str) -> _Link:
    path = places.link(found.model, step)
    data = found.tree.need(path)
    return _Link(step, data, *found.open(data, path))


def _below(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{FOLDER}/{path}": data for path, data in files.items()}


def _recorded(links: Iterable[_Link], run: str) -> dict[str, str]:
    """Return artifact → SHA-256 of everything the links name."""
    sides = [link.says[side] for link in links for side in ("materials", "products")]
    return {path.removeprefix(f"{run}/"): digest["sha256"] for side in sides for path, digest in side.items()}


def _artifacts(tree: Tree, model: str) -> Mapping[str, bytes | None]:
    where = places.spec(model)
    dataset = ModelSpec.read(tree.need(where), where).spec.dataset
    paths = {
        "spec": where,
        "dataset": places.dataset(dataset),
        "data": places.dataset(dataset, _data_file(tree, dataset)),
        "lock": places.LOCK,
        "advisories": places.ADVISORIES,
        "bom": places.bom(model),
        **{name: places.model_file(model, f"{name}.json") for name in ("model", "baseline", "golden")},
        **{name: places.statement(model, step) for name, step in _ATTESTED.items()},
    }
    return {name: tree.read(path) for name, path in paths.items()}


#: The artifacts that are a step's signed Statement.
_ATTESTED = {"validation": "validate", "provenance": "train", "evaluation": "evaluate", "findings": "audit"}


def _data_file(tree: Tree, dataset: str) -> str:
    path = places.dataset(dataset)
    return Dataset.read(tree.need(path), path).spec.file


_COMMAND = """\
## in-toto: this run, and the artifacts of this folder

`in-toto-verify` (PyPI: `in-toto`, 3.1) checks `root.layout`, every link and every artifact below `in-toto/`. It also
leaves a file `artifacts.link` there, and does not look at files called `*.pyc`, `*~`, `*.link*` or `.git`.

```sh
cd in-toto &&
in-toto-verify --layout root.layout --verification-keys ../keys/{layout}
```

"""

_SECTION = """\
## in-toto: the layout as it is committed

`signed.layout` is for every run, its paths begin with `{{run}}`; in-toto's library fills that in, its command cannot.
The artifacts beside it are not looked at.

```sh
cd in-toto && python3 - <<'PY'
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from in_toto.models.metadata import Metadata
from in_toto.verifylib import in_toto_verify
from securesystemslib.signer import SSlibKey

pem = Path("../keys/{signed}").read_bytes()
keyid = sha256(pem).hexdigest()
key = SSlibKey.from_crypto(load_pem_public_key(pem), keyid=keyid).to_dict() | {{"keyid": keyid}}
run = "{run}"
in_toto_verify(Metadata.load("signed.layout"), {{keyid: key}}, substitution_parameters={{"run": run}})
PY
```
"""
