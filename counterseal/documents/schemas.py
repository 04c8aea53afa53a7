"""JSON Schemas of every kind of document, generated from the classes, for editors and for judges from outside.

* The class is the schema: nothing is written by hand, and the same classes give the same bytes.
* They are JSON Schema 2020-12, one file a kind, and refer to nothing outside themselves.
* A schema knows types, patterns and bounds, not the rules between fields: what it accepts may still be refused.
* Kinds that people sign may carry ``signatures`` beside their ``spec``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from counterseal.documents import places
from counterseal.documents.advisories import Advisories
from counterseal.documents.approval import Approval
from counterseal.documents.baseline import Baseline
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.golden import Golden
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.policy import DriftPolicy, Policy, Sample, Suite, TierPolicy
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.rules import Rules
from counterseal.documents.spec import ModelSpec
from counterseal.documents.trust import Roots, Trust
from counterseal.documents.waiver import Waiver
from counterseal.values import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
UNSIGNED: tuple[type[BaseModel], ...] = (
    Advisories,
    Baseline,
    Dataset,
    DriftPolicy,
    Golden,
    ModelSpec,
    Pipeline,
    Policy,
    PortableModel,
    RegistryEntry,
    Roots,
    Rules,
    Sample,
    Suite,
    TierPolicy,
    Waiver,
)
SIGNED: tuple[type[BaseModel], ...] = (Approval, Trust)


class _Plain(GenerateJsonSchema):
    """Leaves out the titles that repeat each field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 (the library's own signature)
        return False


def all_files() -> dict[str, bytes]:
    """Return every schema: path → content."""
    kinds: Iterable[type[BaseModel]] = (*UNSIGNED, *SIGNED)
    return {path(kind.__name__): strict_json.pretty(schema_of(kind)) for kind in kinds}


def path(kind: str) -> str:
    """Return where a kind's schema stands."""
    return f"{places.SCHEMAS}/{_words(kind)}.schema.json"


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of one kind."""
    schema = kind.model_json_schema(schema_generator=_Plain)
    if kind in SIGNED:
        armours = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
        schema["properties"]["signatures"] = armours
    return {"$schema": DIALECT, "$id": f"urn:counterseal:schema:v1:{_words(kind.__name__)}", **schema}


def _words(kind: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
