"""npm's ``@sigstore/verify`` on every bundle of a real export; .ci/run installs it and asks for these tests.

There is no transparency log and no certificate: trust material is the public keys by hint, each for its role.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.crypto import dsse
from counterseal.documents.statement import PREDICATES, SUMMARY
from counterseal.values import strict_json
from scripts.upstream.sigstore import VERSIONS
from tests.upstream.folder import Folder
from tests.upstream.readme import SIGSTORE, commands

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent / "sigstore"
BUNDLES = (*PREDICATES, "promotion-000001")


def test_the_readme_names_the_versions_that_are_tested(export: Folder) -> None:
    locked = json.loads((HERE / "package-lock.json").read_bytes())["packages"]
    pinned = json.loads((HERE / "package.json").read_bytes())["dependencies"]
    assert {f"{name}@{version}" for name, version in pinned.items()} == set(VERSIONS.split())
    assert all(locked[f"node_modules/{name}"]["version"] == version for name, version in pinned.items())
    assert VERSIONS in commands(export.path)[SIGSTORE]


def test_the_lock_names_hashes_and_no_address() -> None:
    text = (HERE / "package-lock.json").read_text()
    packages = [item for name, item in json.loads(text)["packages"].items() if name]
    assert packages
    assert all(item["integrity"].startswith("sha512-") for item in packages)
    assert "://" not in text
    assert "resolved" not in text


def node(export: Folder) -> subprocess.CompletedProcess[str]:
    """Run the export's own script where the packages are installed."""
    if not (HERE / "node_modules").is_dir():
        pytest.fail(f"no packages: npm ci --prefix {HERE}")
    script = export.path / "bundles" / "verify.mjs"
    return subprocess.run(["node", script], cwd=HERE, capture_output=True, text=True, check=False)


@pytest.mark.node
def test_every_statement_and_record_is_taken(export: Folder) -> None:
    done = node(export)
    assert done.returncode == 0, done.stdout + done.stderr
    types = {**PREDICATES, "promotion-000001": SUMMARY}
    assert done.stdout.splitlines() == sorted(
        f"verified {name}.sigstore.json: {predicate}" for name, predicate in types.items()
    )


def payload_byte(export: Folder, name: str) -> None:
    def change(value: dict[str, Any]) -> None:
        value["payload"] = b64encode(b64decode(str(value["payload"])).replace(b'"step"', b'"Step"', 1) + b" ").decode()

    _edit(export, name, change)


def signature_byte(export: Folder, name: str) -> None:
    def change(value: dict[str, Any]) -> None:
        (signature,) = value["signatures"]
        sig = bytearray(b64decode(signature["sig"]))
        sig[-1] ^= 1
        signature["sig"] = b64encode(bytes(sig)).decode()

    _edit(export, name, change)


def another_type(export: Folder, name: str) -> None:
    _edit(export, name, lambda value: value.update(payloadType="application/json"))


def two_signatures(export: Folder, name: str) -> None:
    _edit(export, name, lambda value: value.update(signatures=value["signatures"] * 2))


def by_the_other_role(export: Folder, name: str) -> None:
    path = _bundle(export, name)
    body = b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])
    role = "ci" if name.startswith("promotion") else "promoter"
    path.write_bytes(strict_json.pretty(dsse.bundle(dsse.sign(body, dsse.STATEMENT, export.world.signer(role)))))


def key_gone(export: Folder, name: str) -> None:
    role = "promoter" if name.startswith("promotion") else "ci"
    for path in (export.path / "keys").glob(f"{role}-*.pem"):
        path.unlink()


def _bundle(export: Folder, name: str) -> Path:
    return export.path / "bundles" / f"{name}.sigstore.json"


def _edit(export: Folder, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads(_bundle(export, name).read_bytes())
    change(value["dsseEnvelope"])
    _bundle(export, name).write_text(json.dumps(value))


@pytest.mark.node
@pytest.mark.parametrize(
    "attack", [payload_byte, signature_byte, another_type, two_signatures, by_the_other_role, key_gone]
)
@pytest.mark.parametrize("name", BUNDLES)
def test_tampering_is_refused_and_named(export: Folder, name: str, attack: Callable[[Folder, str], None]) -> None:
    attack(export, name)
    done = node(export)
    assert done.returncode == 1, done.stdout
    assert f"REFUSED {name}.sigstore.json: " in done.stdout
    if attack is not key_gone:
        assert done.stdout.count("verified ") == len(BUNDLES) - 1, done.stdout


@pytest.mark.node
def test_an_empty_folder_is_no_proof(export: Folder) -> None:
    for path in (export.path / "bundles").glob("*.json"):
        path.unlink()
    assert node(export).returncode == 1


@pytest.mark.node
def test_the_signature_of_the_model_is_a_bundle_too(export: Folder) -> None:
    shutil.copy(export.path / "model.sig", _bundle(export, "model"))
    done = node(export)
    assert done.returncode == 0
    assert "verified model.sigstore.json: https://model_signing/signature/v1.0" in done.stdout
