"""OpenSSF Model Signing itself, as a process, on the model of a real export."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import pytest

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.values import strict_json
from tests.support.world import MODEL
from tests.upstream.folder import Folder, flip
from tests.upstream.readme import MODEL_SIGNING, sh, typed

if TYPE_CHECKING:
    from collections.abc import Callable


def accepted(export: Folder) -> bool:
    return typed(export.path, MODEL_SIGNING).returncode == 0


def test_the_export_is_accepted_wherever_it_lies(export: Folder) -> None:
    assert {path.name for path in (export.path / "model").iterdir()} == set(places.MODEL_FILES)
    moved = export.path.rename(export.path.with_name("moved"))
    assert typed(moved, MODEL_SIGNING).returncode == 0


def test_it_covers_the_files_that_serve_and_names_the_model(export: Folder) -> None:
    value = json.loads((export.path / "model.sig").read_bytes())
    statement = json.loads(b64decode(value["dsseEnvelope"]["payload"]))
    assert statement["subject"][0]["name"] == MODEL
    assert [item["name"] for item in statement["predicate"]["resources"]] == sorted(places.MODEL_FILES)
    for name in places.MODEL_FILES:
        served = export.world.read(places.model_file(MODEL, name))
        assert (export.path / "model" / name).read_bytes() == served


def changed(export: Folder) -> None:
    flip(export.path / "model" / "model.json")


def missing(export: Folder) -> None:
    (export.path / "model" / "golden.json").unlink()


def extra(export: Folder) -> None:
    (export.path / "model" / "extra.json").write_text("{}")


def swapped(export: Folder) -> None:
    model = export.path / "model"
    model.joinpath("golden.json").rename(model / "kept")
    model.joinpath("baseline.json").rename(model / "golden.json")
    model.joinpath("kept").rename(model / "baseline.json")


def linked(export: Folder) -> None:
    path = export.path / "model" / "model.json"
    path.rename(export.path / "elsewhere.json")
    path.symlink_to(export.path / "elsewhere.json")


def signature_byte(export: Folder) -> None:
    path = export.path / "model.sig"
    value = json.loads(path.read_bytes())
    (signature,) = value["dsseEnvelope"]["signatures"]
    sig = bytearray(b64decode(signature["sig"]))
    sig[-1] ^= 1
    signature["sig"] = b64encode(bytes(sig)).decode()
    path.write_text(json.dumps(value))


def signed_by_another(export: Folder) -> None:
    path = export.path / "model.sig"
    body = b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])
    envelope = dsse.sign(body, dsse.STATEMENT, export.world.signer("promoter"))
    path.write_bytes(strict_json.pretty(dsse.bundle(envelope)))


def statement_of_a_step(export: Folder) -> None:
    shutil.copy(export.path / "bundles" / "train.sigstore.json", export.path / "model.sig")


ATTACKS = (changed, extra)
MORE = (missing, swapped, linked, signature_byte, signed_by_another, statement_of_a_step)


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_is_refused(export: Folder, attack: Callable[[Folder], None]) -> None:
    attack(export)
    assert not accepted(export)


@pytest.mark.whole
@pytest.mark.parametrize("attack", MORE)
def test_all_other_tampering_is_refused(export: Folder, attack: Callable[[Folder], None]) -> None:
    attack(export)
    assert not accepted(export)


@pytest.mark.whole
def test_gap_files_that_are_never_looked_at(export: Folder) -> None:
    """Upstream passes over what it takes for git's; a server of ours never looks into a folder at all."""
    (export.path / "model" / ".gitignore").write_text("boo")
    assert accepted(export)
    (key,) = (export.path / "keys").glob("ci-*.pem")
    strict = f"model_signing verify key --no-ignore-git-paths --public_key {key} --signature model.sig model"
    assert sh(strict, export.path).returncode != 0
