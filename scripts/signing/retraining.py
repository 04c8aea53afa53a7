"""Whether a model in the working tree is the one that training gives: ``run --verify`` asks it, no key is needed.

In order: the train step's Statement opens with CI's key and is about this model.json, spec and dataset.yaml; the tool
is the code that made it; then it is trained again in a fresh process (``pipelines.again``), and the page says how the
two compare, and where each was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import Statement
from counterseal.values.finding import Verdict, refuse
from pipelines.data import material
from scripts.report.progress import working
from scripts.report.report import Report, Table
from scripts.repository import worktree
from scripts.repository.tool import check_builder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pipelines.again import Again
    from pipelines.data.material import Material
    from scripts.repository.repository import Repository

_PLATFORM = ("python", "implementation", "system", "machine", "libraries")


def retrained(repository: Repository, models: Iterable[str], now: datetime) -> Report:
    """Train each model again; raise Refused for one that is another model now."""
    rows = []
    for model in models:
        statement = _statement(repository, model)
        with working(f"Training {model} again in a fresh process"):
            again = _again(repository, model, statement, now)
        recorded = statement.predicate["buildDefinition"]["internalParameters"]
        rows.append((model, again.result, _measured(again), _where(recorded, again.platform)))
    columns = ("model", "trained again", "outputs compared", "platform")
    headline = f"training again gives {', '.join(row[0] for row in rows) or 'nothing: no model is named or changed'}"
    return Report("run", headline, Verdict.PASS, tables=(Table("models", columns, tuple(rows)),), notes=_notes())


def _statement(repository: Repository, model: str) -> Statement:
    where = places.statement(model, "train")
    data = worktree.read(repository.git.folder, where)
    return Statement.open(data, repository.trust.machine_keys("ci"), where)


def _again(repository: Repository, model: str, statement: Statement, now: datetime) -> Again:
    from pipelines.again import train_again  # it loads the libraries that fit, which takes a second

    where = places.statement(model, "train")
    scope, made = statement.scope(where), places.model_file(model, "model.json")
    materials = _materials(repository, model)
    found = worktree.read(repository.git.folder, made)
    bound = {made: statement.digests().get(made), places.spec(model): scope.spec, "dataset": scope.materials.dataset}
    real = {made: found, places.spec(model): materials["spec"], "dataset": materials["dataset"]}
    for name, digest in bound.items():
        if material.digest(real[name]) != digest:
            mend = "make the proof first: `counterseal run`"
            raise refuse("NOT_REPRODUCED", where, f"a Statement about the {name} that is here", "about another", mend)
    check_builder(scope.materials.code)
    return train_again(scope, materials, found, now)


def _materials(repository: Repository, model: str) -> dict[str, Material]:
    top = repository.git.folder
    spec = worktree.read(top, places.spec(model))
    name = ModelSpec.read(spec, places.spec(model)).spec.dataset
    dataset = worktree.read(top, places.dataset(name))
    file = Dataset.read(dataset, places.dataset(name)).spec.file
    return {"spec": spec, "dataset": dataset, "data": worktree.data(top, places.dataset(name, file))}


def _measured(again: Again) -> str:
    return f"{again.rows} rows, largest difference {again.largest:.1e}" if again.rows else "none, the bytes are equal"


def _where(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    odd = [name for name in _PLATFORM if recorded.get(name) != here.get(name)]
    return f"another one: {', '.join(odd)}" if odd else "the one recorded"


def _notes() -> tuple[str, ...]:
    from pipelines.again import METHOD

    return (METHOD,)
