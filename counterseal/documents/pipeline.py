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
    "champion",
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
    def _in_order(self) -> Self:
        products = [name for step in self.steps for name in step.products]
        if twice := sorted({name for name in products if products.count(name) > 1}):
            msg = f"one step for each product; {', '.join(twice)} is made twice"
            raise ValueError(msg)
        if len({step.name for step in self.steps}) != len(self.steps):
            msg = "each step once"
            raise ValueError(msg)
        later = set(products)
        for step in self.steps:
            if early := sorted(later & set(step.materials)):
                msg = f"materials that an earlier step made; {step.name} takes {', '.join(early)} too early"
                raise ValueError(msg)
            later -= set(step.products)
        return self

    def maker(self, artifact: str) -> str | None:
        """Return the step that makes an artifact; None for one that comes from outside."""
        return next((step.name for step in self.steps if artifact in step.products), None)


class Pipeline(Document):
    """pipelines/model.yaml."""

    KIND: ClassVar[str] = "Pipeline"
    kind: Literal["Pipeline"]
    spec: PipelineSpec
