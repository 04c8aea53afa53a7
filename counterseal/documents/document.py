"""The coat every document wears: ``apiVersion``, ``kind``, ``metadata``, ``spec``.

* Documents are frozen, unknown fields are refused, and ``read(document.write()) == document``.
* A value has the type its field asks for: a text is never a number or a yes, nor 1 a yes, nor 1.0 an integer.
* Whatever does not fit is a finding with file and line, never a traceback.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from counterseal.crypto import sealed
from counterseal.documents import misfit
from counterseal.values import strict_json, strict_yaml
from counterseal.values.finding import Refused
from counterseal.values.names import Name

V = TypeVar("V", bound=BaseModel)
API_VERSION: Literal["counterseal/v1"] = "counterseal/v1"


class Value(BaseModel):
    """A frozen part of a document; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class Metadata(Value):
    """What a document is called; the name is also its file's or folder's."""

    name: Name


class Document(Value):
    """Base of all documents; subclasses fix ``kind`` and give ``spec`` a type."""

    KIND: ClassVar[str]

    apiVersion: Literal["counterseal/v1"]  # noqa: N815 (the document's own spelling)
    kind: str
    metadata: Metadata
    spec: Any

    @classmethod
    def of(cls, name: str, spec: Any) -> Self:  # noqa: ANN401 (each kind's own type)
        """Put a spec into its coat."""
        return cls(apiVersion=API_VERSION, kind=cls.KIND, metadata=Metadata(name=name), spec=spec)

    @classmethod
    def read(cls, data: bytes, where: str) -> Self:
        """Read a YAML document; raise Refused with file and line for whatever does not fit."""
        return validate(cls, strict_yaml.load(data, where))

    @classmethod
    def read_json(cls, data: bytes, where: str) -> Self:
        """Read the same document from JSON (large, machine-written documents)."""
        return validate(cls, strict_yaml.Source(strict_json.loads(data, where), where, {}))

    @classmethod
    def open(cls, data: bytes, where: str) -> tuple[Self, sealed.Sealed]:
        """Read a signed document; its signatures are returned, not yet verified."""
        parts = sealed.open_sealed(data, where)
        return cls.read(parts.body, where), parts

    def write(self) -> bytes:
        """Write the document as YAML."""
        return strict_yaml.dumps(self.plain())

    def write_json(self) -> bytes:
        """Write the document as JSON."""
        return strict_json.pretty(self.plain())

    def plain(self) -> dict[str, Any]:
        """Return the document as plain values, what was left out still left out."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


def validate(cls: type[V], source: strict_yaml.Source) -> V:
    """Turn a plain value into a model of class ``cls``; raise Refused with the line of each misfit."""
    try:
        # From JSON, because from Python's own values strict pydantic takes no list for a tuple.
        return cls.model_validate_json(json.dumps(source.value), strict=True)
    except ValidationError as error:
        raise Refused(*misfit.findings(source, [dict(item) for item in error.errors(include_url=False)])) from error
