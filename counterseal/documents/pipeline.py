"""The steps of a pipeline: their order, what each takes and makes, and the machine role that signs each."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Document, Value
from counterseal.values.names import Name, Text

Artifact = Literal[
    "spec",
    "dataset",
    "data",
    "lock",
    "advisories",
    "baseline",
    "validation",
    "model",
    "golden",
    "provenance",
    "evaluation",
    "bom",
    "findings",
]


class PipelineStep(Value):
    """One step, its signer, and what goes in and out; ``from`` is implied: an artifact has one maker."""

    name: Name
    title: Text
    role: Literal["ci"] = "ci"
    materials: Annotated[tuple[Artifact, ...], Field(min_length=1)]
    products: tuple[Artifact, ...] = ()


class PipelineSpec(Value):
    """The steps in order."""

    steps: Annotated[tuple[PipelineStep, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_maker(self) -> Self:
        made: set[str] = set()
        for step in self.steps:
            if twice := made & set(step.products):
                msg = f"one step for each product; {', '.join(sorted(twice))} is made twice"
                raise ValueError(msg)
            made |= set(step.products)
        return self

    def maker(self, artifact: str) -> str | None:
        """Return the step that makes an artifact; None for one that comes from outside."""
        return next((step.name for step in self.steps if artifact in step.products), None)


class Pipeline(Document):
    """pipelines/model.yaml."""

    KIND: ClassVar[str] = "Pipeline"
    kind: Literal["Pipeline"]
    spec: PipelineSpec
