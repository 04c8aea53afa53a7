"""What a proof costs without us: the same library calls on the same bytes, and nothing around them.

* hashing: SHA-256 of every file once;
* parsing: ``yaml.load`` with libyaml for each YAML file, ``json.loads`` for each JSON file and each signed payload, and
  pydantic's reading of what becomes a typed value;
* signatures: one ``verify`` of the cryptography library for each envelope and approval, with keys that are loaded.

Not in it, though any verifier needs them: reading the objects from git, in-toto's link rules, CEL, rendering the card,
and comparing anything with anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key
from pydantic import BaseModel

from counterseal.crypto import sshsig
from counterseal.crypto.sealed import open_sealed
from counterseal.documents.approval import Approval
from counterseal.documents.baseline import Baseline
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.golden import Golden
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.spec import ModelSpec
from counterseal.values import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.world import World

_KINDS: dict[str, type[BaseModel]] = {
    "model_specs/": ModelSpec,
    "dataset.yaml": Dataset,
    "entry.yaml": RegistryEntry,
    "approvals/": Approval,
    "/model/model.json": PortableModel,
    "/model/baseline.json": Baseline,
    "/model/golden.json": Golden,
}


@dataclass(frozen=True)
class Signature:
    """A signature, what it is over, and the key that made it, all as the library takes them."""

    key: Any
    value: bytes
    over: bytes
    how: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Bare:
    """The bytes of one proof, laid out so that only library calls are left to make."""

    files: tuple[bytes, ...]
    yamls: tuple[bytes, ...]
    jsons: tuple[bytes, ...]
    typed: tuple[tuple[type[BaseModel], bytes], ...]
    signatures: tuple[Signature, ...]

    @classmethod
    def of(cls, world: World, files: Mapping[str, bytes]) -> Bare:
        """Lay out a proof's files, approvals and the dataset's description among them."""
        key = load_pem_public_key(str(world.signer("ci").public_key.keyval["public"]).encode())
        bundles = [json.loads(data) for path, data in files.items() if path.startswith("attestations/")]
        envelopes = [bundle.get("dsseEnvelope", bundle) for bundle in bundles]
        jsons = [data for path, data in files.items() if path.endswith((".json", ".link"))]
        return cls(
            tuple(files.values()),
            tuple(data for path, data in files.items() if path.endswith(".yaml")),
            (*jsons, *(base64.b64decode(envelope["payload"]) for envelope in envelopes)),
            tuple(_typed(files)),
            (*(_dsse(key, envelope) for envelope in envelopes), *_sealed(world, files)),
        )

    def do(self) -> None:
        """Make the calls."""
        for data in self.files:
            hashlib.sha256(data).hexdigest()
        for data in self.yamls:
            yaml.load(data, Loader=yaml.CSafeLoader)
        for data in self.jsons:
            json.loads(data)
        for kind, data in self.typed:
            kind.model_validate_json(data, strict=True)
        for item in self.signatures:
            item.key.verify(item.value, item.over, *item.how)


def _typed(files: Mapping[str, bytes]) -> Iterator[tuple[type[BaseModel], bytes]]:
    """Return what becomes a typed value, as JSON: pydantic reads no YAML."""
    for path, data in files.items():
        kind = next((kind for part, kind in _KINDS.items() if part in path), None)
        if kind and path.endswith(".yaml"):
            body = open_sealed(data, path).body if kind is Approval else data
            yield kind, json.dumps(strict_yaml.load(body, path).value).encode()
        elif kind:
            yield kind, data


def _dsse(key: Any, envelope: Mapping[str, Any]) -> Signature:
    kind, payload = str(envelope["payloadType"]).encode(), base64.b64decode(envelope["payload"])
    over = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    return Signature(key, base64.b64decode(envelope["signatures"][0]["sig"]), over, (ec.ECDSA(hashes.SHA256()),))


def _sealed(world: World, files: Mapping[str, bytes]) -> Iterator[Signature]:
    for path, data in files.items():
        if "/approvals/" in path:
            sealed = open_sealed(data, path)
            [(person, armour)] = sealed.signatures.items()
            found = sshsig._parse(armour)
            yield Signature(
                load_ssh_public_key(world.key(person).public.encode()), found.value, found.signed(sealed.body)
            )
