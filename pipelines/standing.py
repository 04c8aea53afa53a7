"""Steps that stand: what an earlier run made from the same materials is taken over as it is, not made again.

A step stands only if everything of it holds, in this order; whatever does not hold is no error, the step is run:

* its link opens with the key that signs now, is of that step and of this run, and each of its materials has the digest
  that the material has now;
* its Statement opens with the same key, is of the step's predicate type and has the very scope of now: spec, dataset,
  code and layout;
* each product has the digest that the link gives it.

So nothing is kept but what this signer said of these very bytes: there is no cache that somebody could poison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import layout, places
from counterseal.documents.statement import PREDICATES, Statement
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from counterseal.documents.pipeline import PipelineStep
    from counterseal.documents.statement import Scope


@dataclass(frozen=True)
class Stands:
    """A step that is taken over: its products by artifact, its Statement, and both signed files by path."""

    products: Mapping[str, bytes]
    statement: Statement
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Earlier:
    """What an earlier run left: path → bytes; ``keys`` (PEM) are those that sign now, ``path`` finds an artifact."""

    files: Mapping[str, bytes]
    keys: tuple[str, ...]
    path: Callable[[str, PipelineStep], str]

    def step(self, step: PipelineStep, scope: Scope, went_in: Mapping[str, str]) -> Stands | None:
        """Return a step that stands, given its scope and the digests of what goes in; None if it has to be run."""
        at = (places.link(scope.model, step.name), places.statement(scope.model, step.name))
        if not set(at) <= set(self.files):
            return None
        try:
            link = layout.open_link(self.files[at[0]], self.keys, at[0], step.name)
            statement = Statement.open(self.files[at[1]], self.keys, at[1])
            same_scope = statement.predicateType == PREDICATES[step.name] and statement.scope(at[1]) == scope
        except Refused:
            return None
        made = self._products(step)
        came_out = {name: sha256(content) for name, content in made.items()}
        if not same_scope or (layout.materials(link, scope.run), layout.products(link, scope.run)) != (
            went_in,
            came_out,
        ):
            return None
        return Stands(made, statement, {path: self.files[path] for path in at})

    def _products(self, step: PipelineStep) -> dict[str, bytes]:
        at: dict[str, str] = {name: self.path(name, step) for name in step.products}
        return {name: self.files[path] for name, path in at.items() if path in self.files}
