"""Training again: what a fresh process makes of the same spec, dataset and data, beside the model.json that is there.

* *bit-equal*: the very bytes. That is what the platform recorded in the provenance gives.
* *equivalent*: another processor or library rounds another way. On every held-out row, and at every edge of what may be
  asked, no output differs by more than ``TOLERANCE`` (relative, where it is above 1) and every decision is the same.
* Anything else is another model, and refused (NOT_REPRODUCED).
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from counterseal.documents import places
from counterseal.documents.portable.model import PortableModel
from counterseal.values.finding import refuse
from pipelines import parity, study, train
from pipelines.step import Task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from counterseal.documents.statement import Scope
    from pipelines.data.material import Material

TOLERANCE = 1e-9
METHOD = f"trained again in a fresh process; equivalent: no output off by more than {TOLERANCE:g}, every decision equal"


@dataclass(frozen=True)
class Again:
    """How the model that training again gives compares: ``rows`` were compared, ``platform`` is what made it."""

    result: Literal["bit-equal", "equivalent"]
    rows: int
    largest: float
    platform: Mapping[str, Any]


def train_again(scope: Scope, materials: Mapping[str, Material], model: bytes, now: datetime) -> Again:
    """Train in a fresh process and compare; raise Refused for another model, or for materials that do not fit.

    ``materials`` are those of the step train; ``model`` is the model.json to compare with.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        fresh, platform = pool.submit(_train, scope, dict(materials), now).result()
    if fresh == model:
        return Again("bit-equal", 0, 0.0, platform)
    return _compared(materials, scope.model, model, fresh, platform)


def _train(scope: Scope, materials: Mapping[str, Material], now: datetime) -> tuple[bytes, dict[str, Any]]:
    made = train.run(Task(scope, materials, now, (), _unwatched))
    return made.files["model"], made.predicate["buildDefinition"]["internalParameters"]


def _unwatched(done: float) -> None:
    """Tell nobody: the process that trains again has no screen."""


def _compared(
    materials: Mapping[str, Material], name: str, model: bytes, fresh: bytes, platform: Mapping[str, Any]
) -> Again:
    where = places.model_file(name, "model.json")
    old, new = PortableModel.read(model, where), PortableModel.read(fresh, "the model trained again")
    if (old.task, old.inputs, old.classes) != (new.task, new.inputs, new.classes):
        raise _other(where, "a model of another task, other inputs or classes")
    probed = parity.probe(old, study.read(materials, name).holdout.frame)
    answers = [(old.predict(row), new.predict(row)) for row in probed.iter_rows(named=True)]
    largest = max(_off(*pair) for one, two in answers for pair in zip(one.outputs, two.outputs, strict=True))
    differ = sum(one.decision != two.decision for one, two in answers)
    if largest > TOLERANCE or differ:
        raise _other(where, f"a difference of {largest:.3g}, {differ} of {len(answers)} decisions")
    return Again("equivalent", len(answers), largest, platform)


def _off(one: float, two: float) -> float:
    """Return how far two outputs are apart; of large ones, in relation to their size."""
    return abs(one - two) / max(1.0, abs(one))


def _other(where: str, found: str) -> Exception:
    mend = "ask who made it, and where; the provenance names the platform it was made on"
    return refuse("NOT_REPRODUCED", where, f"the model that training again gives ({METHOD})", found, mend)
