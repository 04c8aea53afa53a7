"""The models of the vectors: small, made by hand, and between them every kind, link, cast and edge of the format."""

from __future__ import annotations

import copy
import math
from typing import Any

Plain = dict[str, Any]

AGE: Plain = {"name": "age", "type": "integer", "minimum": 18, "maximum": 90, "nullable": False}
PAY: Plain = {"name": "pay", "type": "number", "minimum": -1000.0, "maximum": 1e300, "nullable": True}
TOWN: Plain = {"name": "town", "type": "category", "categories": ["ash", "elm", "ösp"], "nullable": True}
INPUTS = [AGE, PAY, TOWN]
REFERENCE: Plain = {"age": 40, "pay": 2000.0, "town": "ash"}

LINEAR: Plain = {"kind": "linear", "input": "age", "impute": None, "center": 40.0, "scale": 7.5, "weight": 0.3}
SQUARED: Plain = {"kind": "squared", "input": "pay", "impute": 10.0, "center": 1e3, "scale": 1e290, "weight": -1e-21}
BINS: Plain = {
    "kind": "bins",
    "input": "pay",
    "cuts": [0.0, 0.1, 5e3],
    "weights": [-2.0, 0.5, 1.5, 4.0],
    "missing": 0.25,
}
CATEGORY: Plain = {
    "kind": "category",
    "input": "town",
    "impute": "elm",
    "weights": {"ash": -1.25, "elm": 0.75},
    "unseen": 0.1,
}
PRODUCT: Plain = {
    "kind": "product",
    "of": [
        {"kind": "number", "input": "age", "impute": None, "center": 18.0, "scale": 72.0},
        {"kind": "code", "input": "town", "codes": {"ash": 1.0}, "unseen": 0.0, "missing": -1.0},
    ],
    "weight": 2.0,
}


def score(intercept: float, *terms: Plain) -> Plain:
    """Return one sum."""
    return {"intercept": intercept, "terms": list(terms)}


def additive(link: str, *scores: Plain) -> Plain:
    """Return sums under a link."""
    return {"kind": "additive", "scores": list(scores), "link": link}


def tree(feature: list[int], threshold: list[float], value: list[float], **more: object) -> Plain:
    """Return a tree whose children follow in the order of the nodes."""
    children = list(range(1, len(feature)))
    plain = {"feature": feature, "threshold": threshold, "left": children[::2], "right": children[1::2]}
    return {**plain, "missing_left": [], "codes": {}, "value": value, "output": 0, **more}


COLUMNS: list[Plain] = [
    {"kind": "number", "input": "age", "impute": None, "center": 0.0, "scale": 1.0},
    {"kind": "number", "input": "pay", "impute": None, "center": 0.0, "scale": 1.0},
    {"kind": "code", "input": "town", "codes": {"ash": 0.0, "elm": 1.0}, "unseen": 2.0, "missing": None},
    {"kind": "bin", "input": "pay", "cuts": [0.0], "values": [0.0, 1.0], "missing": 7.0},
]


def trees(link: str, base: list[float], *grown: Plain, cast: str = "none", aggregate: str = "sum") -> Plain:
    """Return trees over ``COLUMNS``."""
    plain = {"kind": "trees", "columns": COLUMNS, "cast": cast, "base": base, "aggregate": aggregate}
    return {**plain, "link": link, "trees": list(grown)}


#: 0.1 as a 32-bit float lies above 0.1, so the two casts part at a pay of 0.1.
AT_PAY = tree([1, -1, -1], [0.1], [-1.5, 2.5])
MISSING_LEFT = tree([1, 0, -1, -1, -1], [50.0, 39.0], [0.25, -0.5, 0.125], missing_left=[0])
BY_TOWN = tree([2, -1, -1], [0.0], [1.0, -1.0], codes={"0": [1, 2]}, missing_left=[0])
BY_BIN = tree([3, -1, -1], [0.5], [0.03125, -0.0625])
SHARES = tree([0, -1, -1], [40.0], [0.5, 0.25, 0.25, 0.0, 0.125, 0.875], output=None)
LEAF = tree([-1], [], [1.0, 0.0, 0.0], output=None)

LOGIT = additive("logit", score(-0.5, LINEAR, BINS, CATEGORY, PRODUCT))
HALVES = additive("identity", score(0.25), score(0.5), score(0.25))


def model(says: str, task: str, predictor: Plain, **more: object) -> Plain:
    """Return a model's document and what it shows."""
    classes = {"binary": ["no", "yes"], "multiclass": ["a", "b", "c"], "regression": []}[task]
    plain = {"format": "counterseal/portable-model", "formatVersion": 1, "model": "toy", "version": 1, "task": task}
    threshold = 0.5 if task == "binary" else None
    document = {**plain, "classes": classes, "inputs": INPUTS, "reference": REFERENCE, "predictor": predictor}
    return {"says": says, "model": {**document, "threshold": threshold, **more}}


MODELS: dict[str, Plain] = {
    "additive-logit": model("every term, one sum, a probability", "binary", LOGIT),
    "additive-softmax": model(
        "a sum for each class", "multiclass", additive("softmax", score(0.0, LINEAR), score(0.5, BINS), score(-1.0))
    ),
    "additive-softmax-ties": model("of equal ones the first", "multiclass", additive("softmax", *[score(1.0)] * 3)),
    "additive-ovr": model(
        "one against the rest", "multiclass", additive("ovr", score(0.0, LINEAR), score(0.5, BINS), score(-1.0))
    ),
    "additive-ovr-nothing": model(
        "an exponent beyond 709 is taken as 709: no sum is 0",
        "multiclass",
        additive("ovr", *[score(-1e6)] * 3),
    ),
    "additive-exp": model("a rate", "regression", additive("exp", score(0.1, LINEAR, CATEGORY))),
    "additive-squared": model(
        "large squares of very large values", "regression", additive("identity", score(0.0, SQUARED))
    ),
    "additive-threshold": model(
        "exactly at the threshold the decision is the second class",
        "binary",
        additive("logit", score(0.0, {**LINEAR, "center": 18.0, "weight": -1.0})),
    ),
    "trees-logit": model(
        "boosted trees in 64 bits", "binary", trees("logit", [-0.25], AT_PAY, MISSING_LEFT, BY_TOWN, BY_BIN)
    ),
    "trees-float32": model(
        "columns rounded to 32 bits, too large ones to infinity",
        "binary",
        trees("logit", [0.0], AT_PAY, MISSING_LEFT, cast="float32"),
    ),
    "trees-mean": model(
        "a forest: shares of classes",
        "multiclass",
        trees("identity", [0.0] * 3, SHARES, LEAF, aggregate="mean"),
    ),
    "trees-output": model(
        "a tree for each class",
        "multiclass",
        trees("softmax", [0.0, 0.5, 0.0], AT_PAY, {**BY_TOWN, "output": 1}, {**MISSING_LEFT, "output": 2}),
    ),
    "trees-exp": model("a rate by trees", "regression", trees("exp", [0.5], MISSING_LEFT)),
    "average": model(
        "two members, weighted",
        "binary",
        {"kind": "average", "members": [LOGIT, trees("logit", [0.0], AT_PAY)], "weights": [0.25, 0.75]},
    ),
    "calibrated-sigmoid": model(
        "a score, calibrated",
        "binary",
        {
            "kind": "calibrated",
            "member": additive("identity", score(-0.5, LINEAR, CATEGORY)),
            "maps": [{"kind": "sigmoid", "a": -1.75, "b": 0.125}],
        },
    ),
    "calibrated-isotonic": model(
        "three outputs by straight lines, then shared",
        "multiclass",
        {
            "kind": "calibrated",
            "member": additive("identity", score(0.0, LINEAR), score(0.0, CATEGORY), score(-3.0, CATEGORY)),
            "maps": [{"kind": "isotonic", "x": [-1.0, -0.25, 0.75, 2.0], "y": [0.0, 0.125, 0.125, 1.0]}] * 3,
        },
    ),
    "nested": model(
        "an average of calibrated predictors: cross-validated calibration",
        "multiclass",
        {
            "kind": "average",
            "members": [
                {"kind": "calibrated", "member": HALVES, "maps": [{"kind": "sigmoid", "a": -1.0, "b": 0.0}] * 3},
                trees("identity", [0.0] * 3, SHARES, aggregate="mean"),
            ],
            "weights": [0.5, 0.5],
        },
    ),
}

_ABOVE = math.nextafter(0.1, 1)
_BELOW = math.nextafter(0.1, 0)

ROWS: list[Plain] = [
    {"age": age, "pay": pay, "town": town}
    for age in (18, 39, 40, 41.0, 90)
    for pay, town in (
        (None, None),
        (-1000.0, "ash"),
        (-0.0, "ösp"),
        (0.1, "elm"),
        (_ABOVE, "elm"),
        (_BELOW, "elm"),
        (50, "ash"),
        (5e3, None),
        (1e300, "ösp"),
    )
]

REFUSED: list[Any] = [
    {"age": 40, "pay": 1.0},
    {"age": 40, "pay": 1.0, "town": "ash", "sex": "f"},
    {"age": None, "pay": 1.0, "town": "ash"},
    {"age": 40.5, "pay": 1.0, "town": "ash"},
    {"age": 17, "pay": 1.0, "town": "ash"},
    {"age": 91, "pay": 1.0, "town": "ash"},
    {"age": "40", "pay": 1.0, "town": "ash"},
    {"age": True, "pay": 1.0, "town": "ash"},
    {"age": 40, "pay": "1", "town": "ash"},
    {"age": 40, "pay": 1.0, "town": "oak"},
    {"age": 40, "pay": 1.0, "town": 1},
]


def changed(**changes: object) -> Plain:
    """Return the first model with fields replaced."""
    return {**copy.deepcopy(MODELS["additive-logit"]["model"]), **changes}


def _grown(grown: Plain) -> Plain:
    return changed(predictor=trees("logit", [0.0], grown))


def _term(**changes: object) -> Plain:
    return changed(predictor=additive("logit", score(0.0, {**LINEAR, **changes})))


#: Documents that are to be refused, by the reason.
INVALID: dict[str, Plain] = {
    "another format version": changed(formatVersion=2),
    "another format": changed(format="onnx"),
    "an unknown field": changed(note="hello"),
    "an unknown task": changed(task="ranking"),
    "a threshold of 1": changed(threshold=1.0),
    "no threshold": changed(threshold=None),
    "one class twice": changed(classes=["no", "no"]),
    "three classes for two": changed(classes=["no", "yes", "perhaps"]),
    "an input twice": changed(inputs=[*INPUTS, AGE]),
    "a reference that is no row": changed(reference={**REFERENCE, "age": 17}),
    "an unknown predictor": changed(predictor={**LOGIT, "kind": "network"}),
    "an unknown link": changed(predictor={**LOGIT, "link": "probit"}),
    "a link for several scores over one": changed(predictor={**LOGIT, "link": "softmax"}),
    "a value that is no probability": changed(predictor={**LOGIT, "link": "identity"}),
    "an unknown term": _term(kind="cubic"),
    "a term over no input": _term(input="height"),
    "a linear term over a category": _term(input="town"),
    "a scale of 0": _term(scale=0.0),
    "a null under a term without a substitute": _term(input="pay", scale=1e300),
    "a sum that overflows": _term(weight=1e308, scale=1e-3),
    "cuts that do not rise": changed(predictor=additive("logit", score(0.0, {**BINS, "cuts": [0.0, 0.0, 5e3]}))),
    "a weight too few": changed(predictor=additive("logit", score(0.0, {**BINS, "weights": [1.0]}))),
    "a child before its parent": _grown({**AT_PAY, "left": [0]}),
    "a child of two": _grown({**AT_PAY, "left": [2]}),
    "a column that is not there": _grown(tree([9, -1, -1], [0.0], [1.0, 2.0])),
    "an output that is not there": _grown({**AT_PAY, "output": 1}),
    "a leaf without a value": _grown({**AT_PAY, "value": [1.0]}),
    "codes at a number": _grown({**AT_PAY, "threshold": [0.0], "codes": {"0": [1]}}),
    "weights that are not 1": changed(predictor={"kind": "average", "members": [LOGIT, LOGIT], "weights": [0.5, 0.6]}),
    "a map too many": changed(
        predictor={"kind": "calibrated", "member": LOGIT, "maps": [{"kind": "sigmoid", "a": 1.0, "b": 0.0}] * 2}
    ),
    "x that does not rise": changed(
        predictor={
            "kind": "calibrated",
            "member": LOGIT,
            "maps": [{"kind": "isotonic", "x": [1.0, 0.0], "y": [0.0, 1.0]}],
        }
    ),
}
