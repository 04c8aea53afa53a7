"""The rules in force: which policies judge, which pipeline builds, and which code's evidence counts."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from counterseal.documents.document import Document, Value
from counterseal.values.digest import Sha256, of_parts
from counterseal.values.names import LogId, Name


class Code(Value):
    """The code that made, or may make, evidence: digests of its folders and of the lock file."""

    counterseal: Sha256
    pipelines: Sha256
    lock: Sha256

    def parts(self) -> tuple[str, str, str]:
        """Return the digests in the order in which a run hashes them."""
        return (self.counterseal, self.pipelines, self.lock)


class RulesSpec(Value):
    """Everything that judges; a change to any of it is a new version, approved by the quorum ``rules``."""

    log_id: LogId
    version: Annotated[int, Field(ge=1)]
    replaces: Annotated[int, Field(ge=0)]
    rules: Annotated[dict[Name, Sha256], Field(min_length=1)]
    pipeline: Sha256
    code: Annotated[tuple[Code, ...], Field(min_length=1)]


class Rules(Document):
    """policies/entry.yaml."""

    KIND: ClassVar[str] = "Rules"
    kind: Literal["Rules"]
    spec: RulesSpec


def run_id(spec: str, dataset: str, code: Code) -> str:
    """Return the id of a run: the SHA-256 of spec#, dataset# and the code's three digests, a line each."""
    return of_parts((spec, dataset, *code.parts()))
