"""Small made-up worlds for each task, and every estimator that has a form for it."""

from __future__ import annotations

import copy
import math
from functools import cache
from random import Random
from typing import Any

from pipelines import fit
from pipelines.estimators import ESTIMATORS
from pipelines.fit import Fitted
from tests.pipelines.world import DATASET, HEADER, World

TASKS = ("binary", "multiclass", "regression")
TARGETS: dict[str, dict[str, Any]] = {
    "binary": DATASET["spec"]["target"],
    "multiclass": {
        "column": "outcome",
        "meaning": "How it ended",
        "task": "multiclass",
        "classes": [{"value": value, "label": value.upper()} for value in ("low", "middle", "high")],
    },
    "regression": {
        "column": "outcome",
        "meaning": "What it cost",
        "task": "regression",
        "unit": "EUR",
        "minimum": 0,
        "maximum": 100_000,
    },
}
SMALL: dict[str, dict[str, Any]] = {
    "random-forest": {"n_estimators": 7},
    "extra-trees": {"n_estimators": 7},
    "gradient-boosting": {"n_estimators": 8},
    "histogram-gradient-boosting": {"max_iter": 8, "min_samples_leaf": 5},
}
NATIVE = {
    "numeric": {"impute": "none", "scale": "none"},
    "categorical": {"impute": "none", "encode": "native"},
}


def estimator(name: str, **parameters: object) -> dict[str, Any]:
    """Return an estimator of the list, small."""
    return {"name": name, "parameters": SMALL.get(name, {}) | parameters}


def listed(task: str) -> list[dict[str, Any]]:
    """Return an estimator of each name that has a form for a task."""
    alone = [name for name, allowed in ESTIMATORS.items() if allowed.form(task) and name not in COMBINED]
    some = ("ridge", "random-forest") if task == "regression" else ("logistic-regression", "random-forest")
    made: list[dict[str, Any]] = [estimator(name) for name in alone]
    made.append({"name": "voting", "members": [estimator(name) for name in some], "parameters": {"weights": [1, 2]}})
    if task != "regression":
        made += [calibrated(name, method) for name in some for method in ("sigmoid", "isotonic")]
    return made


COMBINED = ("calibrated", "voting")


def calibrated(name: str, method: str) -> dict[str, Any]:
    """Return a calibrated estimator."""
    return {"name": "calibrated", "of": estimator(name), "parameters": {"method": method, "cv": 3}}


def case(item: dict[str, Any]) -> str:
    """Return what a test of an estimator is called."""
    return "-".join([item["name"], *(part["name"] for part in [*item.get("members", []), item.get("of", {})] if part)])


@cache
def world(task: str, rows: int = 260, seed: int = 1) -> World:
    """Make rows whose outcome depends on income, town and age; yew is a town where nobody lives."""
    random = Random(seed)
    dataset = copy.deepcopy(DATASET)
    dataset["spec"]["target"] = TARGETS[task]
    dataset["spec"]["columns"]["town"]["categories"] = {"elm": "Elm", "ash": "Ash", "oak": "Oak", "yew": "Yew"}
    lines = [HEADER]
    for number in range(rows):
        income, age = round(random.uniform(0, 100), 2), random.randint(18, 90)
        town, job = random.choice(["ash", "elm", "elm", "oak"]), random.choice(["j1", "j2"])
        truth = (income < 40) * 1.5 - 0.75 + 0.5 * (town == "oak") + 0.02 * (age - 50) + random.gauss(0, 0.7)
        shown = "" if random.random() < 0.1 else str(income)
        lives = "?" if random.random() < 0.05 else town
        lines.append(f"{number},{shown},{age},{lives},{job},{_outcome(task, truth)}")
    return World(dataset=dataset, lines=tuple(lines))


def preparation(item: dict[str, Any]) -> dict[str, Any]:
    """Return how features must be prepared for an estimator."""
    return {"numeric": {"bins": 4}} if item["name"] == "bernoulli-naive-bayes" else {}


def fitted(task: str, proposed: dict[str, Any], rows: int = 260, **changes: object) -> Fitted:
    """Fit an estimator to a world."""
    return fit.fit(
        world(task, rows)
        .specified(**{"estimator": proposed, "preprocessing": preparation(proposed), **changes})
        .study()
    )


def _outcome(task: str, truth: float) -> str:
    if task == "binary":
        return "yes" if truth > 0 else "no"
    if task == "multiclass":
        return "low" if truth < -0.5 else "middle" if truth < 0.6 else "high"
    return f"{math.exp(truth) * 10:.2f}"
