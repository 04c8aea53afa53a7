"""What each Statement of a real export says, against the published specifications, field by field.

The tables are transcribed from the specifications (in-toto attestation framework v1.2, SLSA v1.2); a field that none of
them names is ours, and there are two of those. CycloneDX brings its own schema.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft202012Validator

from counterseal.documents.statement import (
    CYCLONEDX,
    EXTENSION,
    PREDICATES,
    PROVENANCE,
    STATEMENT_TYPE,
    SUMMARY,
    TEST_RESULT,
    VULNS,
)

if TYPE_CHECKING:
    from tests.upstream.folder import Folder

Json = dict[str, Any]

#: RFC 3986, and lower case where case does not matter: ResourceURI and TypeURI.
URI = {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+$"}
#: RFC 3339 in UTC: Timestamp.
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
TEXT = {"type": "string", "minLength": 1}
OURS = {EXTENSION: {"type": "object"}}


def record(required: Json, optional: Json | None = None) -> Json:
    """Return the schema of an object that has these fields and no others."""
    return {
        "type": "object",
        "required": [*required],
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }


def listed(item: Json, **bounds: int) -> Json:
    return {"type": "array", "items": item, **bounds}


def mapped(item: Json) -> Json:
    return {"type": "object", "additionalProperties": item}


ALGORITHMS = {"sha256": r"^[0-9a-f]{64}$", "gitCommit": r"^([0-9a-f]{40}|[0-9a-f]{64})$"}
DIGESTS = {
    **record({}, {name: {"type": "string", "pattern": pattern} for name, pattern in ALGORITHMS.items()}),
    "minProperties": 1,
}
#: A ResourceDescriptor has a uri, a digest or content.
RESOURCE = {
    **record(
        {},
        {
            "name": TEXT,
            "uri": URI,
            "digest": DIGESTS,
            "content": TEXT,
            "downloadLocation": URI,
            "mediaType": TEXT,
            "annotations": {"type": "object"},
        },
    ),
    "anyOf": [{"required": [field]} for field in ("uri", "digest", "content")],
}
ANYTHING = {"type": "object"}

SPECIFICATIONS: dict[str, Json] = {
    TEST_RESULT: record(
        {"result": {"enum": ["PASSED", "WARNED", "FAILED"]}, "configuration": listed(RESOURCE)},
        {"url": URI, **{f"{kind}Tests": listed(TEXT) for kind in ("passed", "warned", "failed")}, **OURS},
    ),
    PROVENANCE: record(
        {
            "buildDefinition": record(
                {"buildType": URI, "externalParameters": ANYTHING},
                {"internalParameters": ANYTHING, "resolvedDependencies": listed(RESOURCE)},
            ),
            "runDetails": record(
                {"builder": record({"id": URI}, {"version": mapped(TEXT), "builderDependencies": listed(RESOURCE)})},
                {
                    "metadata": record({}, {"invocationId": TEXT, "startedOn": TIME, "finishedOn": TIME}),
                    "byproducts": listed(RESOURCE),
                },
            ),
        },
        OURS,
    ),
    VULNS: record(
        {
            "scanner": record(
                {
                    "uri": URI,
                    "db": record({"lastUpdate": TIME}, {"uri": URI, "version": TEXT}),
                    "result": listed(
                        record(
                            {"id": TEXT, "severity": listed(record({"method": TEXT, "score": TEXT}))},
                            {"annotations": listed(ANYTHING), "component": URI},
                        )
                    ),
                },
                {"version": TEXT},
            ),
            "metadata": record({"scanStartedOn": TIME, "scanFinishedOn": TIME}),
        },
        OURS,
    ),
    SUMMARY: record(
        {
            "verifier": record({"id": URI}, {"version": mapped(TEXT)}),
            "resourceUri": URI,
            "policy": {**RESOURCE, "required": ["uri"]},
            "verificationResult": {"enum": ["PASSED", "FAILED"]},
            "verifiedLevels": listed(TEXT),
        },
        {
            "timeVerified": TIME,
            "inputAttestations": listed({**RESOURCE, "required": ["digest"]}),
            "dependencyLevels": mapped({"type": "integer"}),
            "slsaVersion": {"type": "string", "pattern": r"^\d+\.\d+$"},
            **OURS,
        },
    ),
}
STATEMENT = record(
    {
        "_type": {"const": STATEMENT_TYPE},
        "subject": listed({**RESOURCE, "required": ["digest"]}, minItems=1),
        "predicateType": URI,
        "predicate": ANYTHING,
    }
)
BUNDLES = {**PREDICATES, "promotion-000001": SUMMARY}


def statement(export: Folder, name: str) -> Json:
    envelope = json.loads((export.path / "bundles" / f"{name}.sigstore.json").read_bytes())["dsseEnvelope"]
    return dict(json.loads(b64decode(envelope["payload"])))


def problems(schema: Json, value: Json) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_statement_is_what_its_specification_says(export: Folder, name: str) -> None:
    found = statement(export, name)
    assert problems(STATEMENT, found) == []
    assert found["predicateType"] == BUNDLES[name]
    if name == "bom":
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(found["predicate"])) is None
    else:
        assert problems(SPECIFICATIONS[BUNDLES[name]], found["predicate"]) == []


def test_every_predicate_type_has_a_specification_here() -> None:
    assert {*SPECIFICATIONS, CYCLONEDX} == set(BUNDLES.values())


def test_a_field_too_few_or_of_another_kind_would_be_found(export: Folder) -> None:
    for name, kind in BUNDLES.items():
        if name != "bom":
            predicate = statement(export, name)["predicate"]
            for field in SPECIFICATIONS[kind]["required"]:
                assert problems(SPECIFICATIONS[kind], {**predicate, field: None}), f"{kind}: {field}"
                assert problems(SPECIFICATIONS[kind], {k: v for k, v in predicate.items() if k != field})
    assert problems(URI, "asked of somebody, in words")  # type: ignore[arg-type]
    assert problems(TIME, "2026-11-22 05:41:49")  # type: ignore[arg-type]
    assert re.match(str(URI["pattern"]), "urn:counterseal:advisories:pypi")


def test_a_summary_claims_no_level_of_slsa(export: Folder) -> None:
    """A promotion says that people and policies agreed; which build level CI reaches is for others to say."""
    assert statement(export, "promotion-000001")["predicate"]["verifiedLevels"] == []
