"""What a step is: a module that takes the materials its line in model.yaml names, and makes its products.

* A step sees its declared materials and nothing else, so that its link tells the truth.
* It makes all its products, or raises Refused and nothing is made.
* How far it is, it tells to a ``Progress``; what came of it, it says in a few words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from counterseal.documents.statement import EXTENSION
from pipelines.data.material import content, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from counterseal.documents.rules import Code
    from counterseal.documents.statement import Scope
    from counterseal.documents.trust import Tier
    from pipelines.data.material import Material


@dataclass(frozen=True)
class Inputs:
    """Everything a run starts from; ``spec`` to ``champion`` are the files' bytes, ``layout`` is a digest.

    ``champion`` is the model.json that serves, empty if nothing does. ``earlier`` is what an earlier run left, path →
    bytes: steps of it that stand are not run again.
    """

    model: str
    spec: bytes
    dataset: bytes
    data: Material
    lock: bytes
    advisories: bytes
    champion: bytes
    code: Code
    layout: str
    log_id: str
    replaces: int
    tier: Tier
    earlier: Mapping[str, bytes] = field(default_factory=dict)


class Progress(Protocol):
    """Who watches a run; the door draws bars with it."""

    def begin(self, step: str, title: str) -> None:
        """Take note that a step begins."""

    def fraction(self, done: float) -> None:
        """Take note of how much of the step is done, from 0 to 1."""

    def end(self, says: str) -> None:
        """Take note that the step is done, and what came of it."""


class Silent:
    """Watches, and says nothing."""

    def begin(self, step: str, title: str) -> None:
        """See ``Progress.begin``."""

    def fraction(self, done: float) -> None:
        """See ``Progress.fraction``."""

    def end(self, says: str) -> None:
        """See ``Progress.end``."""


@dataclass(frozen=True)
class Task:
    """What a step is given; ``keys`` (PEM) are those that signed the Statements among its materials."""

    scope: Scope
    materials: Mapping[str, Material]
    now: datetime
    keys: tuple[str, ...]
    fraction: Callable[[float], None]

    def descriptors(self, paths: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return in-toto ResourceDescriptors of materials: artifact → path."""
        return [descriptor(path, digest(self.materials[artifact])) for artifact, path in paths.items()]

    def document(self, artifact: str) -> bytes:
        """Return the bytes of a material that is no data file."""
        return content(self.materials[artifact])

    def extension(self, **fields: object) -> dict[str, Any]:
        """Return the part of a predicate that is ours: the scope, and some fields."""
        return {EXTENSION: {"scope": self.scope.model_dump(mode="json"), **fields}}


def descriptor(name: str, digest: str) -> dict[str, Any]:
    """Return an in-toto ResourceDescriptor."""
    return {"name": name, "digest": {"sha256": digest}}


@dataclass(frozen=True)
class Made:
    """What a step made: files by artifact, and a predicate about the artifacts named in ``about``."""

    predicate: dict[str, Any]
    about: tuple[str, ...]
    says: str
    files: Mapping[str, bytes] = field(default_factory=dict)


class Step(Protocol):
    """A module of this package that is a step."""

    def run(self, task: Task) -> Made:
        """Make the step's products, or raise Refused."""
