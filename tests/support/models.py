"""Portable models that differ a little from another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents.portable.additive import Additive

if TYPE_CHECKING:
    from counterseal.documents.portable.additive import Score
    from counterseal.documents.portable.model import PortableModel


def score(model: PortableModel) -> Score:
    """Return the only score of an additive model."""
    assert isinstance(model.predictor, Additive)
    (only,) = model.predictor.scores
    return only


def with_score(model: PortableModel, **changed: Any) -> PortableModel:
    """Change an additive model's only score, in memory: nothing looks at whether it still holds together."""
    scores = (score(model).model_copy(update=changed),)
    return model.model_copy(update={"predictor": model.predictor.model_copy(update={"scores": scores})})


def shifted(model: PortableModel, by: float) -> PortableModel:
    """Add to an additive model's intercept."""
    return with_score(model, intercept=score(model).intercept + by)
