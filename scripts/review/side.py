"""One side of a comparison: a model as it is proposed, or as it serves now.

* The new side is the proof that ``admit`` just verified; a return to an earlier promotion is that promotion's proof.
* The old side is the proof behind the model's live record, verified again by the trust and the rules of its own time.
* Files are read as Git objects of the commit that the proof was found in, never from a checkout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.verification.as_of import proof_as_of
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.portable.model import PortableModel
    from counterseal.documents.record import Promotion
    from counterseal.documents.spec import ModelSpecSpec
    from counterseal.verification.evidence import Proof
    from counterseal.verification.ground import Ground


@dataclass(frozen=True)
class Side:
    """A verified proof, and the tree that it was found in."""

    proof: Proof
    tree: Tree

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.proof.entry.metadata.name

    @property
    def spec(self) -> ModelSpecSpec:
        """What was asked for."""
        return self.proof.spec.spec

    @property
    def dataset(self) -> DatasetSpec:
        """The description of the data."""
        return self.proof.dataset.spec

    @property
    def model(self) -> PortableModel:
        """The model as plain data."""
        return self.proof.model

    @property
    def measures(self) -> Mapping[str, Any]:
        """What the evaluate step found."""
        return self.proof.evidence["evaluation"]  # type: ignore[no-any-return]

    @property
    def validation(self) -> Mapping[str, Any]:
        """What the validate step counted."""
        return self.proof.evidence["validation"]  # type: ignore[no-any-return]

    @property
    def bom(self) -> Mapping[str, Any]:
        """What it is made of."""
        return self.proof.evidence["bom"]  # type: ignore[no-any-return]

    @property
    def findings(self) -> Mapping[str, Any]:
        """What the audit step found."""
        return self.proof.evidence["findings"]  # type: ignore[no-any-return]

    @property
    def data(self) -> str | None:
        """The id of the data's blob; None unless the dataset is public and its file is in the tree."""
        path = places.dataset(self.spec.dataset, self.dataset.file)
        return self.tree.blob(path) if self.dataset.public else None


def proposed(ground: Ground, model: str) -> Side | None:
    """Return a model as the change would have it; None where nothing of it was verified, and where it ends."""
    if model in ground.proofs:
        return Side(ground.proofs[model], ground.after)
    entry = ground.after.read(places.entry(model))
    digest = sha256(entry) if entry else None
    earlier = [record for record in ground.log.of(model) if record.entry and record.entry == digest]
    return _recorded(ground, earlier[-1]) if earlier and model in ground.judgements else None


def serving(ground: Ground, model: str) -> Side | None:
    """Return a model as it serves now; None if it does not."""
    live = ground.log.live(model)
    return _recorded(ground, live) if live else None


def replaced(ground: Ground, model: str) -> Side | None:
    """Return the model that what serves now replaced; None if it was the first, or began anew after an end."""
    live = ground.log.live(model)
    number = ground.log.replaced_by(live) if live else 0
    return _recorded(ground, ground.log.records[number].promotion) if number else None


def _recorded(ground: Ground, record: Promotion) -> Side:
    origin = ground.log.origin(record)
    return Side(proof_as_of(ground, ground.log, origin), Tree(ground.git, origin.commit))
