"""What one row costs in a model as plain data, in this process: ``python -m benchmarks.predict``.

The models are drawn, not fitted: what counts is how many terms there are, how many trees, and how large these are.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from benchmarks.cost import cost, tell
from counterseal.documents.portable.model import PortableModel
from counterseal.values import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    Plain = dict[str, Any]

NUMBERS, CATEGORIES, TREES, ROWS, TIMES = 6, 8, 100, 200, 5
NAMES = [f"x{place}" for place in range(NUMBERS + CATEGORIES)]
LISTED = [f"c{place}" for place in range(8)]


def main() -> None:
    """Say what reading a model, checking and predicting a row, and explaining it cost."""
    measure("logistic regression, 14 terms", additive())
    measure(f"boosting, {TREES} trees of 31 leaves", trees(31, "none", "sum", "logit"))
    measure(f"forest, {TREES} trees of 500 leaves", trees(500, "float32", "mean", "identity"))
    scores = trees(31, "none", "sum", "identity")
    sigmoid = {"kind": "sigmoid", "a": -1.0, "b": 0.0}
    measure("the boosting, calibrated", {"kind": "calibrated", "member": scores, "maps": [sigmoid]})


def measure(what: str, predictor: Plain) -> None:
    """Print one model's costs per row, the least of several turns."""
    data = PortableModel.read(strict_json.canonical(plain(predictor)), "model.json").write()
    reading = least(lambda: PortableModel.read(data, "model.json").predict(row(random.Random(0))), 3)
    model = PortableModel.read(data, "model.json")
    rows = [row(random.Random(place)) for place in range(ROWS)]
    predicted = least(lambda: [model.predict(item) for item in rows]) / ROWS
    checked = least(lambda: [model.checked(item) for item in rows]) / ROWS
    explained = least(lambda: [model.effects(item) for item in rows[:20]], 3) / 20
    costs = f"{1e6 * predicted:.1f} us a row, {1e6 * checked:.1f} with the check, {1e3 * explained:.2f} ms explained"
    tell(f"{what}: {costs}; {len(data) / 1e6:.2f} MB, read and compiled in {1e3 * reading:.0f} ms")


def least(call: Callable[[], object], times: int = TIMES) -> float:
    """Return the least CPU seconds that a call took."""
    call()
    return min(cost(call).own for _ in range(times))


def plain(predictor: Plain) -> Plain:
    """Return the JSON of a model."""
    numbers = [{"name": name, "type": "number", "minimum": -9, "maximum": 9, "nullable": True} for name in NAMES]
    categories = [{"name": n, "type": "category", "categories": LISTED, "nullable": False} for n in NAMES[NUMBERS:]]
    return {
        "format": "counterseal/portable-model",
        "formatVersion": 1,
        "model": "drawn",
        "version": 1,
        "task": "binary",
        "classes": ["no", "yes"],
        "inputs": [*numbers[:NUMBERS], *categories],
        "reference": dict.fromkeys(NAMES[:NUMBERS], 0) | dict.fromkeys(NAMES[NUMBERS:], LISTED[0]),
        "threshold": 0.5,
        "predictor": predictor,
    }


def row(draw: random.Random) -> Plain:
    """Return a row; one number in ten is missing."""
    numbers = {name: None if draw.random() < 0.1 else draw.gauss(0, 1) for name in NAMES[:NUMBERS]}
    return numbers | {name: draw.choice(LISTED) for name in NAMES[NUMBERS:]}


def additive() -> Plain:
    """Return a logistic regression."""
    draw = random.Random(1)
    linear = {"kind": "linear", "impute": 0.5, "center": 0.25, "scale": 1.5}
    category = {"kind": "category", "impute": None, "unseen": 0.0}
    terms = [{**linear, "input": name, "weight": draw.gauss(0, 1)} for name in NAMES[:NUMBERS]]
    terms += [{**category, "input": n, "weights": {c: draw.gauss(0, 1) for c in LISTED}} for n in NAMES[NUMBERS:]]
    return {"kind": "additive", "link": "logit", "scores": [{"intercept": 0.1, "terms": terms}]}


def trees(leaves: int, cast: str, aggregate: str, link: str) -> Plain:
    """Return trees over the numbers and over the codes of the categories."""
    draw = random.Random(2)
    codes = {category: float(place) for place, category in enumerate(LISTED)}
    number: Plain = {"kind": "number", "impute": None, "center": 0.0, "scale": 1.0}
    code: Plain = {"kind": "code", "codes": codes, "unseen": None, "missing": None}
    columns = [{**number, "input": name} for name in NAMES[:NUMBERS]]
    columns += [{**code, "input": name} for name in NAMES[NUMBERS:]]
    each = [tree(draw, leaves) for _ in range(TREES)]
    kind = {"kind": "trees", "cast": cast, "base": [0.0], "aggregate": aggregate, "link": link}
    return {**kind, "columns": columns, "trees": each}


def tree(draw: random.Random, leaves: int) -> Plain:
    """Return a tree that was grown by splitting one of its shallowest leaves again and again."""
    children: dict[int, int] = {}
    open_leaves = [0]
    while len(open_leaves) < leaves:
        node = open_leaves.pop(draw.randrange(max(1, len(open_leaves) // 2)))
        children[node] = 2 * len(children) + 1
        open_leaves += [children[node], children[node] + 1]
    splits = sorted(children)
    features = {node: draw.randrange(len(NAMES)) for node in splits}
    coded = [node for node in splits if features[node] >= NUMBERS]
    return {
        "feature": [features.get(node, -1) for node in range(2 * leaves - 1)],
        "threshold": [0.0 if node in coded else round(draw.gauss(0, 1), 9) for node in splits],
        "left": [children[node] for node in splits],
        "right": [children[node] + 1 for node in splits],
        "missing_left": [node for node in splits if draw.random() < 0.5],
        "codes": {str(node): sorted(draw.sample(range(8), 3)) for node in coded},
        "value": [round(draw.random(), 10) for _ in range(leaves)],
    }


if __name__ == "__main__":
    main()
