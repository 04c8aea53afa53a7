"""in-toto Statements: what a step found, about which bytes, under which scope.

Predicate types: SLSA Provenance v1 (train), test-result v0.1 (validate, evaluate), CycloneDX (bom), vulns v0.2 (audit),
SLSA VSA v1 (promotion records). Every predicate carries a ``Scope`` in the extension field ``counterseal``; the
CycloneDX predicate, whose schema is closed, carries it as properties of its metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from counterseal.crypto import dsse
from counterseal.documents.document import Value, validate
from counterseal.documents.rules import Code
from counterseal.values import strict_json, strict_yaml
from counterseal.values.digest import Sha256
from counterseal.values.finding import refuse
from counterseal.values.names import LogId, Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from securesystemslib.signer import CryptoSigner

STATEMENT_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
EXTENSION = "counterseal"
_PREFIX = "counterseal:"
BUILD_TYPE = "urn:counterseal:pipeline:v1"

PROVENANCE = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CYCLONEDX = "https://cyclonedx.org/bom"
VULNS = "https://in-toto.io/attestation/vulns/v0.2"
SUMMARY = "https://slsa.dev/verification_summary/v1"

#: The predicate type of each step's Statement.
PREDICATES = {
    "validate": TEST_RESULT,
    "train": PROVENANCE,
    "evaluate": TEST_RESULT,
    "bom": CYCLONEDX,
    "audit": VULNS,
}


class Materials(Value):
    """What a run was made from, beside the spec; equal in run, links, Statements, BOM and entry."""

    dataset: Sha256
    code: Code
    layout: Sha256


class Scope(Value):
    """Which model of which log a payload speaks of, so that it cannot be replayed elsewhere."""

    log_id: LogId
    model: Name
    version: Annotated[int, Field(ge=1)]
    step: Name
    run: Sha256
    spec: Sha256
    materials: Materials

    def properties(self) -> list[dict[str, str]]:
        """Return the scope as CycloneDX properties."""
        return [{"name": f"{_PREFIX}{name}", "value": value} for name, value in sorted(self._flat().items())]

    @classmethod
    def from_properties(cls, properties: Any, where: str) -> Self:  # noqa: ANN401 (JSON is any value)
        """Read the scope back from CycloneDX properties; raise Refused if it is not whole."""
        try:
            pairs = [(item["name"], item["value"]) for item in properties if item["name"].startswith(_PREFIX)]
        except (KeyError, TypeError, AttributeError) as error:
            raise refuse("NO_SCOPE", where, "properties that hold the scope", "something else") from error
        flat = {name.removeprefix(_PREFIX): str(value) for name, value in pairs}
        if len(flat) != len(pairs):
            raise refuse("NO_SCOPE", where, "each property of the scope once", "one of them twice")
        code = {name: flat.get(name, "") for name in ("counterseal", "pipelines", "lock")}
        value: dict[str, Any] = {name: flat.get(name, "") for name in ("log_id", "model", "step", "run", "spec")}
        value["version"] = int(flat["version"]) if flat.get("version", "").isdecimal() else None
        value["materials"] = {"dataset": flat.get("dataset", ""), "layout": flat.get("layout", ""), "code": code}
        return validate(cls, strict_yaml.Source(value, where, {}))

    def _flat(self) -> dict[str, str]:
        names = {"log_id": self.log_id, "model": self.model, "version": str(self.version), "step": self.step}
        digests = {"run": self.run, "spec": self.spec, "dataset": self.materials.dataset}
        return names | digests | {"layout": self.materials.layout} | self.materials.code.model_dump()


class DigestSet(Value):
    """Digests of one thing; ours are SHA-256, a Git commit's beside it where there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: Sha256 | None = None
    gitCommit: str | None = None  # noqa: N815 (in-toto's own spelling)


class Subject(Value):
    """One thing a Statement is about: its path in the repository and its digest."""

    name: str
    digest: DigestSet


class Statement(Value):
    """An in-toto Statement v1."""

    type_: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")]
    subject: Annotated[tuple[Subject, ...], Field(min_length=1)]
    predicateType: str  # noqa: N815 (in-toto's own spelling)
    predicate: dict[str, Any]

    @model_validator(mode="after")
    def _each_subject_once(self) -> Self:
        if len(self.digests()) != len(self.subject):
            msg = "each subject once"
            raise ValueError(msg)
        return self

    @classmethod
    def about(cls, subjects: Mapping[str, str], predicate_type: str, predicate: Mapping[str, Any]) -> Self:
        """Make a Statement about files: path → SHA-256."""
        value = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(subjects.items())],
            "predicateType": predicate_type,
            "predicate": dict(predicate),
        }
        return cls.model_validate(value)

    @classmethod
    def open(cls, data: bytes, keys: Iterable[str], where: str) -> Self:
        """Verify a Sigstore bundle with one of ``keys`` (PEM) and read the Statement inside."""
        return cls.parse(dsse.open_bundle(data, keys, where), where)

    @classmethod
    def parse(cls, payload: Any, where: str) -> Self:  # noqa: ANN401 (JSON is any value)
        """Read a Statement from its verified payload; the predicate, which may be any object, is taken as it is."""
        predicate = payload.get("predicate") if isinstance(payload, dict) else None
        if not isinstance(predicate, dict):
            return validate(cls, strict_yaml.Source(payload, where, {}))
        around = validate(cls, strict_yaml.Source({**payload, "predicate": {}}, where, {}))
        return around.model_copy(update={"predicate": predicate})

    def payload(self) -> bytes:
        """Return the bytes that are signed."""
        return strict_json.canonical(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    def sign(self, by: CryptoSigner) -> bytes:
        """Sign the Statement and return its bundle as it is committed."""
        return strict_json.pretty(dsse.bundle(dsse.sign(self.payload(), dsse.STATEMENT, by)))

    def digests(self) -> dict[str, str | None]:
        """Return subject → SHA-256."""
        return {item.name: item.digest.sha256 for item in self.subject}

    def scope(self, where: str) -> Scope:
        """Return the scope of this Statement; raise Refused if it has none."""
        if self.predicateType == CYCLONEDX:
            metadata = self.predicate.get("metadata")
            return Scope.from_properties(metadata.get("properties") if isinstance(metadata, dict) else None, where)
        found = self.predicate.get(EXTENSION)
        if not isinstance(found, dict) or "scope" not in found:
            raise refuse("NO_SCOPE", where, f"{EXTENSION}.scope in the predicate", "none")
        return validate(Scope, strict_yaml.Source(found["scope"], where, {}))
