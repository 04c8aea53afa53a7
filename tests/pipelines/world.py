"""A small made-up dataset with everything in it: missing values, a sensitive number, a dropped column."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

from counterseal.documents.dataset import Dataset
from counterseal.documents.spec import ModelSpec
from counterseal.values import strict_yaml
from counterseal.values.digest import sha256
from pipelines import study

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelines.study import Study

MODEL = "toy"
DATA = "datasets/toy/toy.csv"
NOW = datetime(2026, 11, 22, 3, 26, 23, tzinfo=UTC)
HEADER = "id,income,age,town,job,outcome"

DATASET: dict[str, Any] = {
    "apiVersion": "counterseal/v1",
    "kind": "Dataset",
    "metadata": {"name": "toy"},
    "spec": {
        "title": "Toy",
        "source": {"title": "made up", "licence": "CC0-1.0", "attribution": "nobody", "reference": "nowhere"},
        "public": True,
        "file": "toy.csv",
        "format": "csv",
        "fingerprint": "",
        "missing": ["", "?"],
        "target": {
            "column": "outcome",
            "meaning": "What became of it",
            "task": "binary",
            "positive": {"value": "yes", "label": "bad"},
            "negative": {"value": "no", "label": "good"},
        },
        "columns": {
            "income": {"type": "number", "meaning": "Income", "minimum": 0, "maximum": 100, "nullable": True},
            "age": {"type": "integer", "meaning": "Age", "minimum": 18, "maximum": 90, "groups": [40, 60]},
            "town": {
                "type": "category",
                "meaning": "Town",
                "categories": {"ash": "Ash", "elm": "Elm", "oak": "Oak"},
                "nullable": True,
            },
            "job": {"type": "category", "meaning": "Job", "categories": {"j1": "none", "j2": "some"}},
        },
        "dropped": {"id": "It names a row"},
    },
}
SPEC: dict[str, Any] = {
    "apiVersion": "counterseal/v1",
    "kind": "ModelSpec",
    "metadata": {"name": MODEL},
    "spec": {
        "version": 1,
        "title": "Toy",
        "purpose": "To be tested",
        "contact": "toys@example.org",
        "licence": "Apache-2.0",
        "dataset": "toy",
        "features": ["income", "town", "age", "job"],
        "facts": {"personal_data": False, "decision": "none", "significant_effect": False},
        "estimator": {"name": "logistic-regression"},
    },
}


@dataclass(frozen=True)
class World:
    """Documents as plain values and the lines of a CSV file; each change gives another world."""

    spec: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(SPEC))
    dataset: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(DATASET))
    lines: tuple[str, ...] = ()
    fingerprint: str | None = None

    def specified(self, **changes: object) -> World:
        return replace(self, spec=_changed(self.spec, changes))

    def described(self, **changes: object) -> World:
        return replace(self, dataset=_changed(self.dataset, changes))

    def column(self, column: str, **changes: object) -> World:
        columns = copy.deepcopy(self.dataset["spec"]["columns"])
        columns[column] |= changes
        return self.described(columns=columns)

    def line(self, number: int, change: Callable[[str], str]) -> World:
        lines = list(self.lines)
        lines[number - 1] = change(lines[number - 1])
        return replace(self, lines=tuple(lines))

    def materials(self, data: bytes | None = None) -> dict[str, bytes]:
        data = "".join(f"{line}\n" for line in self.lines).encode() if data is None else data
        dataset = copy.deepcopy(self.dataset)
        dataset["spec"]["fingerprint"] = self.fingerprint or sha256(data)
        return {
            "spec": strict_yaml.dumps(self.spec),
            "dataset": strict_yaml.dumps(dataset),
            "data": data,
        }

    def study(self) -> Study:
        return study.read(self.materials(), MODEL)


def _changed(document: dict[str, Any], changes: dict[str, object]) -> dict[str, Any]:
    return {**document, "spec": {**document["spec"], **changes}}


def world(rows: int = 300, seed: int = 1) -> World:
    """Make rows whose outcome depends on income and town."""
    random = Random(seed)
    lines = [HEADER]
    for number in range(rows):
        income, age = random.uniform(0, 100), random.randint(18, 90)
        town, job = random.choice(["ash", "elm", "elm", "oak"]), random.choice(["j1", "j2"])
        bad = random.random() < 0.15 + 0.6 * (income < 40) + 0.15 * (town == "oak")
        shown = "" if random.random() < 0.1 else f"{income:.2f}"
        lines.append(f"{number},{shown},{age},{'?' if random.random() < 0.05 else town},{job},{'yes' if bad else 'no'}")
    return World(lines=tuple(lines))


def read(made: World) -> tuple[ModelSpec, Dataset]:
    """Read a world's documents."""
    materials = made.materials()
    return ModelSpec.read(materials["spec"], "spec"), Dataset.read(materials["dataset"], "dataset")
