"""record: the model card, its figures, and the registry entry. No step of the layout: everything here is derived.

The card is a function of the documents and the Statements, the figures of the evaluate Statement, the entry of all of
it; whoever verifies makes the card and the entry again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import entry, places
from counterseal.documents.card import card
from counterseal.values.digest import sha256
from pipelines.figures import figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.baseline import Baseline
    from counterseal.documents.dataset import Dataset
    from counterseal.documents.spec import ModelSpec
    from counterseal.documents.statement import Scope
    from pipelines.step import Inputs

TITLE = "Write the card, draw its figures, and name every byte in the registry entry."


def papers(
    spec: ModelSpec, dataset: Dataset, measures: Mapping[str, Any], bom: Mapping[str, Any], baseline: Baseline
) -> dict[str, bytes]:
    """Return the card and its figures: path → bytes."""
    model = spec.metadata.name
    pictures = figures.draw(dataset.spec, measures, baseline.spec)
    drawn = {places.figure(model, name): picture for name, picture in pictures.items()}
    return {places.card(model): card.render(spec, dataset, measures, bom), **drawn}


def registry_entry(inputs: Inputs, scope: Scope, measures: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """Return the entry that names the spec and all files of the run."""
    everything = {**files, places.spec(scope.model): inputs.spec}
    owned = entry.owned_paths(scope.model, {path: sha256(content) for path, content in everything.items()})
    return entry.build(scope, inputs.tier, inputs.replaces, measures, owned)
