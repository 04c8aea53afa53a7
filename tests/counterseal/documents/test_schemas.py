import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from counterseal.documents import places, schemas
from counterseal.values import strict_json, strict_yaml
from scripts.github import schemas as writer

ROOT = Path(__file__).resolve().parents[3]
PATTERNS = (
    "policies/**/*.yaml",
    "policies/advisories/*.json",
    "model_specs/*.yaml",
    "datasets/*/dataset.yaml",
    "pipelines/model.yaml",
    "registry/**/*.yaml",
    "registry/*/model/*.json",
)
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for pattern in PATTERNS for path in ROOT.glob(pattern))
SPEC = "model_specs/german-credit.yaml"


def read(path: str) -> Any:
    data = (ROOT / path).read_bytes()
    return strict_json.loads(data, path) if path.endswith(".json") else strict_yaml.load(data, path).value


def validator(value: Any) -> jsonschema.Draft202012Validator:
    kind = value.get("kind", "PortableModel")
    schema = json.loads((ROOT / schemas.path(kind)).read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schemas_are_current() -> None:
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / places.SCHEMAS).iterdir()}
    assert found == schemas.all_files(), "run `python -m scripts.github.schemas`"


def test_the_writer_writes_them_and_removes_others(tmp_path: Path) -> None:
    stale = tmp_path / places.SCHEMAS / "old.schema.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    assert writer.main(tmp_path) == 0
    assert {path.name for path in stale.parent.iterdir()} == {Path(path).name for path in schemas.all_files()}
    assert (tmp_path / schemas.path("ModelSpec")).read_bytes() == (ROOT / schemas.path("ModelSpec")).read_bytes()


def test_there_are_documents() -> None:
    kinds = {read(path)["kind"] for path in DOCUMENTS if path.endswith(".yaml")}
    assert kinds >= {"Policy", "TierPolicy", "DriftPolicy", "Suite", "Sample", "Pipeline"}


def test_the_repositorys_documents_are_accepted() -> None:
    for path in DOCUMENTS:
        value = read(path)
        errors = [error.message for error in validator(value).iter_errors(value)]
        assert errors == [], path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "ModelSpec", "metadata": {"name": "Not A Name"}}, "does not match"),
        ({"kind": "ModelSpec", "more": 1}, "Additional properties"),
        ({"kind": "ModelSpec", "spec": {"version": 0}}, "less than the minimum"),
        ({"kind": "ModelSpec", "spec": {"facts": {"personal_data": True}}}, "required property"),
        ({"kind": "ModelSpec", "apiVersion": "counterseal/v2"}, "was expected"),
    ],
)
def test_a_bad_document_is_refused(change: dict[str, Any], message: str) -> None:
    value = read(SPEC)
    value |= {**change, "spec": {**value["spec"], **change.get("spec", {})}}
    assert any(message in error.message for error in validator(value).iter_errors(value))


@pytest.mark.parametrize("kind", ["Approval", "Trust"])
def test_what_people_sign_may_carry_signatures(kind: str) -> None:
    schema = json.loads((ROOT / schemas.path(kind)).read_bytes())
    assert "signatures" in schema["properties"]
    assert "signatures" not in schema["required"]


def test_no_other_kind_may() -> None:
    value = {**read(SPEC), "signatures": {"dana": "-----BEGIN SSH SIGNATURE-----"}}
    assert not validator(value).is_valid(value)


def test_a_schema_refers_to_nothing_outside() -> None:
    for content in schemas.all_files().values():
        assert b'"$ref": "#/$defs/' in content or b'"$ref"' not in content
        assert content.count(b"//") == content.count(b"https://json-schema.org/")
