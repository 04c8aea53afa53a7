"""``counterseal model new``: the spec of a first model of a dataset, for a person to complete.

Its features are the columns that a model can read and may use: numbers and categories, known before the outcome,
neither sensitive nor personal nor a key. Its estimator is a linear one, or boosted trees where there are rows enough.
What it is for, and what follows from its answers, is asked: the facts decide who must sign.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.document import API_VERSION
from counterseal.documents.spec import ModelSpec
from counterseal.values import strict_yaml
from counterseal.values.finding import UsageError, Verdict, refuse
from scripts.options import Form, Repo
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository import worktree
from scripts.repository.drafts import commented, questions
from scripts.repository.names import checked_name
from scripts.repository.repository import open_git

if TYPE_CHECKING:
    from counterseal.documents.dataset import DatasetSpec

MANY = 10_000
SIMPLE = {"binary": "logistic-regression", "multiclass": "logistic-regression", "regression": "ridge"}
BOOSTED = "histogram-gradient-boosting"
QUESTIONS = {
    "purpose": "FILL IN: what it is for, who uses its answers, and what it is not for",
    "contact": "FILL IN: an address at which somebody answers for it",
    "licence": "FILL IN: the model's licence, as SPDX spells it, such as Apache-2.0",
}
FACTS = {
    "personal_data": "FILL IN: true or false, does it read data about people",
    "decision": "FILL IN: none, informs, assists or automates, what its answers are to a decision",
    "significant_effect": "FILL IN: true or false, can a decision with it change somebody's life",
}


def model_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the model is called.")],
    dataset: Annotated[str, typer.Option("--dataset", metavar="DATASET", help="What it learns from.")],
    estimator: Annotated[
        str | None, typer.Option("--estimator", metavar="NAME", help="By default one that fits task and rows.")
    ] = None,
    repo: Repo = None,
    form: Form = Format.TEXT,
) -> int:
    """Write the spec of a first model of a dataset, for you to complete.

    It writes model_specs/NAME.yaml. The dataset must be described: answer what its dataset.yaml asks first.
    """
    top = open_git(repo).folder
    where, described = places.spec(checked_name(name, "NAME")), places.dataset(checked_name(dataset, "--dataset"))
    if (top / where).exists():
        raise refuse("MODEL_EXISTS", where, "a model that is not there yet", "one of this name", "take another name")
    spec = Dataset.read(worktree.read(top, described), described).spec
    chosen = _chosen(estimator) or _fitting(spec, top / places.dataset(dataset, spec.file))
    features, others = _features(spec)
    if not features:
        mend = f"describe a number or a category that is known before the outcome in {described}"
        raise refuse("NO_FEATURES", described, "columns that a model may use", "none", mend)
    written = _draft(name, dataset, spec, chosen, features, others)
    asked = questions(ModelSpec, written, where)
    worktree.write(top, {where: written}, [], last=where)
    return show(_report(where, chosen, features, others, asked), form)


def _chosen(estimator: str | None) -> str | None:
    from pipelines.estimators import ESTIMATORS

    if estimator is not None and estimator not in ESTIMATORS:
        msg = f"--estimator {estimator}: expected one of {', '.join(sorted(ESTIMATORS))}"
        raise UsageError(msg)
    return estimator


def _fitting(spec: DatasetSpec, file: Path) -> str:
    """Return an estimator that fits the task, and the number of rows where the file is at hand."""
    import polars as pl

    if not file.is_file():
        return SIMPLE[spec.target.task]
    scanned = pl.scan_parquet(file, glob=False) if spec.format == "parquet" else pl.scan_csv(file, glob=False)
    rows = int(scanned.select(pl.len()).collect(engine="streaming").item())
    return SIMPLE[spec.target.task] if rows < MANY else BOOSTED


def _features(spec: DatasetSpec) -> tuple[list[str], dict[str, str]]:
    """Return the columns to learn from, and why each other one is left out."""
    others = {}
    by = {*spec.key, *spec.split.key}
    for name, column in spec.columns.items():
        why = {
            f"of type {column.type}": name not in spec.readable,
            "known only after the outcome": column.known == "after",
            "sensitive": column.sensitive,
            "personal": column.personal,
            "rows are known by it": name in by,
        }
        if told := next((words for words, holds in why.items() if holds), None):
            others[name] = told
    return [name for name in spec.columns if name not in others], others


def _draft(
    name: str, dataset: str, spec: DatasetSpec, estimator: str, features: list[str], others: dict[str, str]
) -> bytes:
    wanted: dict[str, Any] = {
        "version": 1,
        "title": spec.target.meaning,
        **QUESTIONS,
        "dataset": dataset,
        "features": features,
        "facts": FACTS,
        "estimator": {"name": estimator},
        **({"threshold": 0.5} if spec.target.task == "binary" else {}),
    }
    document = {"apiVersion": API_VERSION, "kind": "ModelSpec", "metadata": {"name": name}, "spec": wanted}
    left = "; ".join(f"{name} ({why})" for name, why in others.items())
    comments = {
        "features": f"What it learns from. Left out: {left or 'nothing'}.",
        "facts": "What is true of its use. The tier, and so who must sign, follows from these three.",
    }
    head = f"# What {name} should be. Answer each line that says FILL IN: until then nothing that reads this goes on.\n"
    return (head + commented(strict_yaml.dumps(document).decode(), comments)).encode()


def _report(where: str, estimator: str, features: list[str], others: dict[str, str], asked: list[str]) -> Report:
    rows = [("estimator", estimator), ("features", ", ".join(features))]
    rows += [("left out", "; ".join(f"{name} ({why})" for name, why in others.items()))] if others else []
    lines = ", ".join(place.rpartition(":")[2] for place in asked)
    name = Path(where).stem
    notes = (
        f"{where} asks {len(asked)} questions (FILL IN, lines {lines}); nothing goes on before they are answered.",
        f"Next: answer them, then `counterseal propose {name}`.",
    )
    headline = f"{where} wants a {estimator} of {len(features)} features; a draft, for you to complete"
    return Report("model new", headline, Verdict.PASS, tables=(Table("chosen", ("", ""), tuple(rows)),), notes=notes)
