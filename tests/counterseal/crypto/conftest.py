"""One key of each type a person may sign with, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.counterseal.crypto.ssh import Key, SoftKey, make_key

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = {
    "ed25519": ("ed25519", 256),
    "ecdsa256": ("ecdsa", 256),
    "ecdsa384": ("ecdsa", 384),
    "ecdsa521": ("ecdsa", 521),
    "rsa2048": ("rsa", 2048),
    "rsa1024": ("rsa", 1024),
    "other": ("ed25519", 256),
}


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Key | SoftKey]:
    folder = tmp_path_factory.mktemp("keys")
    made: dict[str, Key | SoftKey] = {name: make_key(folder / name, *kind) for name, kind in KINDS.items()}
    return made | {"fido-ed25519": SoftKey.make("ed25519"), "fido-ecdsa": SoftKey.make("ecdsa")}
