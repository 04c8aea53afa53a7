"""The whole of model.json: what may be asked, the predictor, and the row that effects are told against.

* Inputs are the spec's features, with the bounds and categories of dataset.yaml and the spec's words for a reason.
* ``reference`` is the typical row of the training rows (``reference``), which is no record.
* A model over ``MAX_BYTES`` is refused: nobody can read its difference to the last one, and Git would keep them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from counterseal.documents import places
from counterseal.documents.portable.inputs import CategoryInput, NumberInput
from counterseal.documents.portable.model import FORMAT, PortableModel
from counterseal.values.finding import refuse
from pipelines.compiling import family, nodes
from pipelines.reference import reference

if TYPE_CHECKING:
    from counterseal.documents.portable.inputs import Input
    from pipelines.fit import Fitted
    from pipelines.study import Study

MAX_BYTES = 5_000_000


def compiled(fitted: Fitted) -> PortableModel:
    """Return the model as plain data; raise Refused (MODEL_*) if model.json cannot hold it."""
    where = places.spec(fitted.study.model)
    try:
        made = _compiled(fitted)
    except nodes.UnwritableError as error:
        raise refuse("MODEL_TOO_LARGE", where, *error.args) from error
    except ValidationError as error:
        found, mend = str(error.errors()[0]["msg"])[:200], "narrower bounds in dataset.yaml, or another estimator"
        raise refuse("MODEL_UNWRITABLE", where, "what model.json can say", found, mend) from error
    if (size := len(made.write())) > MAX_BYTES:
        expected, told = f"a model of at most {MAX_BYTES / 1e6:g} MB", f"{size / 1e6:.1f} MB, {made.predictor.size}"
        raise refuse("MODEL_TOO_LARGE", where, expected, told, nodes.FEWER)
    return made


def _compiled(fitted: Fitted) -> PortableModel:
    study = fitted.study
    inputs = tuple(_input(study, name) for name in study.spec.features)
    return PortableModel(
        format=FORMAT,
        formatVersion=1,
        model=study.model,
        version=study.spec.version,
        task=study.dataset.target.task,
        classes=study.classes,
        inputs=inputs,
        reference=reference(inputs, study.training.frame),
        predictor=family.predictor(fitted.estimator, fitted.columns),
        threshold=study.spec.threshold if study.task == "binary" else None,
    )


def _input(study: Study, name: str) -> Input:
    column, says = study.dataset.readable[name], study.spec.reasons.get(name)
    if column.type == "category":
        listed = tuple(sorted(column.categories))
        return CategoryInput(name=name, type="category", categories=listed, nullable=column.nullable, says=says)
    low, high = column.minimum, column.maximum
    return NumberInput(name=name, type=column.type, minimum=low, maximum=high, nullable=column.nullable, says=says)
