"""A second evaluator, from the JSON of a model and the text of its semantics alone; slow, and as plain as it can be."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]
Plain = dict[str, Any]


def answer(model: Plain, row: Row) -> tuple[list[float], str | None]:
    """Return the outputs and the decision."""
    found = outputs(model["predictor"], row)
    if model["task"] == "regression":
        return found, None
    found = [min(1.0, max(0.0, output)) for output in found]
    if model["task"] == "binary":
        return found, model["classes"][1 if found[0] >= model["threshold"] else 0]
    best = 0
    for place, output in enumerate(found):
        if output > found[best]:
            best = place
    return found, model["classes"][best]


def outputs(predictor: Plain, row: Row) -> list[float]:
    return linked(predictor.get("link", "identity"), scores(predictor, row))


def scores(predictor: Plain, row: Row) -> list[float]:
    return KINDS[predictor["kind"]](predictor, row)


def linked(link: str, found: list[float]) -> list[float]:
    if link == "softmax":
        return evenly([math.exp(max(score - max(found), -709)) for score in found])
    if link == "ovr":
        return evenly([logistic(score) for score in found])
    if link == "exp":
        return [math.exp(min(709, max(-709, score))) for score in found]
    return [logistic(found[0])] if link == "logit" else found


def logistic(score: float) -> float:
    if score < 0:
        return math.exp(max(score, -709)) / (1 + math.exp(max(score, -709)))
    return 1 / (1 + math.exp(-min(score, 709)))


def evenly(parts: list[float]) -> list[float]:
    total = 0.0
    for part in parts:
        total += part
    return [part / total if total else 1 / len(parts) for part in parts]


def place(cuts: list[float], value: float) -> int:
    return sum(1 for cut in cuts if cut <= value)


def column(item: Plain, row: Row) -> float:
    if item["kind"] == "product":
        return column(item["of"][0], row) * column(item["of"][1], row)
    value, nan = row[item["input"]], float("nan")
    if item["kind"] == "number":
        value = item["impute"] if value is None else value
        return nan if value is None else (float(value) - item["center"]) / item["scale"]
    if value is None:
        found = item["missing"]
    elif item["kind"] == "bin":
        found = item["values"][place(item["cuts"], float(value))]
    else:
        found = item["codes"].get(value, item["unseen"])
    return nan if found is None else float(found)


def share(term: Plain, row: Row) -> float:
    if term["kind"] == "product":
        return column(term["of"][0], row) * column(term["of"][1], row) * float(term["weight"])
    value = row[term["input"]]
    if term["kind"] == "bins":
        return float(term["missing"] if value is None else term["weights"][place(term["cuts"], float(value))])
    value = term["impute"] if value is None else value
    if term["kind"] == "category":
        return float(term["weights"].get(value, term["unseen"]))
    z: float = (float(value) - term["center"]) / term["scale"]
    return z * z * float(term["weight"]) if term["kind"] == "squared" else z * float(term["weight"])


def additive(predictor: Plain, row: Row) -> list[float]:
    found = []
    for score in predictor["scores"]:
        total = float(score["intercept"])
        for term in score["terms"]:
            total = total + share(term, row)
        found.append(total)
    return found


def as_float32(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def leaf(tree: Plain, numbers: list[float]) -> int:
    """Return which of the leaves is reached, counted in the order of the nodes."""
    splits = [node for node, at in enumerate(tree["feature"]) if at >= 0]
    leaves = [node for node, at in enumerate(tree["feature"]) if at < 0]
    node = 0
    while node in splits:
        split, value = splits.index(node), numbers[tree["feature"][node]]
        if math.isnan(value):
            goes_left = node in tree["missing_left"]
        elif str(node) in tree["codes"]:
            goes_left = value in tree["codes"][str(node)]
        else:
            goes_left = value <= tree["threshold"][split]
        node = tree["left"][split] if goes_left else tree["right"][split]
    return leaves.index(node)


def trees(predictor: Plain, row: Row) -> list[float]:
    numbers = [column(item, row) for item in predictor["columns"]]
    if predictor["cast"] == "float32":
        numbers = [as_float32(number) for number in numbers]
    base, mean = [float(number) for number in predictor["base"]], predictor["aggregate"] == "mean"
    totals, added = [0.0 if mean else number for number in base], [0 for _ in base]
    for tree in predictor["trees"]:
        reached = leaf(tree, numbers)
        for output in range(len(base)):
            if tree["output"] in (None, output):
                width = len(base) if tree["output"] is None else 1
                totals[output] += tree["value"][reached * width + (output if width > 1 else 0)]
                added[output] += 1
    return [total / (n or 1) + b for total, n, b in zip(totals, added, base, strict=True)] if mean else totals


def average(predictor: Plain, row: Row) -> list[float]:
    totals = [0.0] * len(outputs(predictor["members"][0], row))
    for member, weight in zip(predictor["members"], predictor["weights"], strict=True):
        for at, output in enumerate(outputs(member, row)):
            totals[at] = totals[at] + weight * output
    return totals


def calibrated(predictor: Plain, row: Row) -> list[float]:
    pairs = zip(predictor["maps"], outputs(predictor["member"], row), strict=True)
    found = [mapped(item, output) for item, output in pairs]
    return evenly(found) if len(found) > 1 else found


def mapped(item: Plain, output: float) -> float:
    if item["kind"] == "sigmoid":
        return logistic(-(item["a"] * output + item["b"]))
    x, y = item["x"], item["y"]
    if output <= x[0]:
        return float(y[0])
    if output >= x[-1]:
        return float(y[-1])
    at = next(at for at, point in enumerate(x) if point >= output)
    return float((y[at] - y[at - 1]) / (x[at] - x[at - 1]) * (output - x[at - 1]) + y[at - 1])


KINDS: dict[str, Callable[[Plain, Row], list[float]]] = {
    "additive": additive,
    "trees": trees,
    "average": average,
    "calibrated": calibrated,
}


def shapley(score: Callable[[Row], float], row: Row, reference: Row) -> Mapping[str, float]:
    """Return each input's Shapley value, by the definition: over all sets of the other inputs."""
    found, names, n = {}, list(reference), len(reference)
    for name in names:
        others, total = [other for other in names if other != name], 0.0
        for size in range(n):
            weight = Fraction(math.factorial(size) * math.factorial(n - size - 1), math.factorial(n))
            for chosen in combinations(others, size):
                without = {**reference, **{other: row[other] for other in chosen}}
                total += float(weight) * (score({**without, name: row[name]}) - score(without))
        found[name] = total
    return found
