"""Promotion records and the head: the order in which main's proposals went live, and how far it goes.

A record is an SLSA Verification Summary v1 about one entry, chained by digest to the one before; it names only records
before it. Record 0 (genesis) carries SSH signatures by the root people over its payload; all others, and the head,
carry the promoter's DSSE signature.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from counterseal.crypto import dsse
from counterseal.crypto.sealed import Sealed
from counterseal.documents import places
from counterseal.documents.document import API_VERSION, Value, validate
from counterseal.documents.statement import EXTENSION, STATEMENT_TYPE, SUMMARY, Statement
from counterseal.values import instant, strict_json, strict_yaml
from counterseal.values.digest import GitOid, Sha256, sha256
from counterseal.values.finding import refuse
from counterseal.values.instant import Instant
from counterseal.values.names import LogId, Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.trust import Roots

Kind = Literal["genesis", "rules", "promote", "restore", "retire"]
Number = Annotated[int, Field(ge=0)]


class Promotion(Value):
    """What one record says; everything but number, previous and time follows from the merge itself."""

    log_id: LogId
    number: Number
    previous: Sha256 | None = None
    kind: Kind
    model: Name | None = None
    entry: Sha256 | None = None
    approvals: tuple[Sha256, ...] = ()
    commit: GitOid
    tree: GitOid
    trust: Annotated[int, Field(ge=1)]
    rules: Number
    restores: Number | None = None
    time: Instant

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        about_model = self.kind in ("promote", "restore", "retire")
        fits = (
            (self.model is not None) == about_model
            and (self.entry is not None) == (self.kind != "retire")
            and (self.restores is not None) == (self.kind == "restore")
            and (self.previous is None) == (self.number == 0) == (self.kind == "genesis")
            and (self.restores is None or self.restores < self.number)
            and (self.rules < self.number or self.rules == self.number == 0)
        )
        if not fits:
            msg = f"the fields of a record of kind {self.kind!r}"
            raise ValueError(msg)
        return self

    def statement(self) -> Statement:
        """Return the record as a Verification Summary."""
        what = places.entry(self.model) if self.model else places.RULES
        subjects = [{"name": "main", "digest": {"gitCommit": self.commit}}]
        if self.entry:
            subjects.append({"name": what, "digest": {"sha256": self.entry}})
        predicate = {
            "verifier": {"id": f"urn:counterseal:log:{self.log_id}"},
            "timeVerified": instant.render(self.time),
            "resourceUri": f"urn:counterseal:log:{self.log_id}:{self.model or 'rules'}",
            "policy": {"uri": f"urn:counterseal:log:{self.log_id}:record:{self.rules}"},
            "verificationResult": "PASSED",
            "verifiedLevels": [],
            EXTENSION: self.model_dump(mode="json", exclude_none=True),
        }
        value = {
            "_type": STATEMENT_TYPE,
            "subject": subjects,
            "predicateType": SUMMARY,
            "predicate": predicate,
        }
        return Statement.parse(value, "record")

    def sign(self, by: CryptoSigner) -> bytes:
        """Sign the record as the promoter."""
        return self.statement().sign(by)


def read_promotion(payload: Any, where: str) -> Promotion:  # noqa: ANN401 (JSON is any value)
    """Read a record's verified payload; raise Refused unless the summary says what the record says."""
    statement = Statement.parse(payload, where)
    found = validate(Promotion, strict_yaml.Source(statement.predicate.get(EXTENSION), where, {}))
    if found.statement() != statement:
        raise refuse("RECORD_FORM", where, "a summary that repeats the record", "one that says something else")
    return found


def seal_genesis(promotion: Promotion, signatures: Mapping[str, str]) -> bytes:
    """Put the root people's SSH signatures beside the genesis record's payload."""
    payload = base64.b64encode(promotion.statement().payload()).decode()
    signed = {"payloadType": dsse.STATEMENT, "payload": payload, "sshSignatures": dict(signatures)}
    return strict_json.pretty(signed)


def open_genesis(data: bytes, roots: Roots, where: str) -> Promotion:
    """Verify and read record 0."""
    value = strict_json.loads(data, where)
    try:
        payload = base64.b64decode(value["payload"], validate=True)
        sealed = Sealed(payload, {str(k): str(v) for k, v in value["sshSignatures"].items()}, where)
        form = (value["payloadType"], len(value))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise refuse("RECORD_FORM", where, "a payload and SSH signatures over it", "something else") from error
    if form != (dsse.STATEMENT, 3):
        raise refuse("RECORD_FORM", where, f"a payload of type {dsse.STATEMENT}", "another, or something beside it")
    if not roots.enough(sealed):
        expected = f"{roots.spec.threshold} signatures by {', '.join(roots.spec.keys)}"
        raise refuse("GENESIS_SIGNATURE", where, expected, "fewer that hold", "are these the right root keys?")
    found = read_promotion(strict_json.loads(payload, where), where)
    if found.log_id != roots.spec.log_id:
        raise refuse("LOG_ID", where, f"log id {roots.spec.log_id}", found.log_id, "this is another repository")
    return found


class Head(Value):
    """The highest number, so that whoever is shown an old branch can tell; replaced by the promoter on a timer."""

    apiVersion: Literal["counterseal/v1"] = API_VERSION  # noqa: N815 (the document's own spelling)
    kind: Literal["Head"] = "Head"
    log_id: LogId
    number: Number
    record: Sha256
    trust: Annotated[int, Field(ge=1)]
    time: Instant

    def sign(self, by: CryptoSigner) -> bytes:
        """Sign the head as the promoter."""
        payload = strict_json.canonical(self.model_dump(mode="json"))
        return strict_json.pretty(dsse.bundle(dsse.sign(payload, dsse.HEAD, by)))

    @classmethod
    def open(cls, data: bytes, keys: tuple[str, ...], where: str) -> Self:
        """Verify and read a head."""
        payload = dsse.open_bundle(data, keys, where, dsse.HEAD)
        return validate(cls, strict_yaml.Source(payload, where, {}))


def digest_of(record: bytes) -> str:
    """Return the digest by which the next record names this one: that of the file's bytes."""
    return sha256(record)
