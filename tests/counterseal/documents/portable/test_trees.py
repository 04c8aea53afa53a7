"""Trees: the rules at their edges, and what no array may make of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.documents.portable.model import MAX_PARTS, PortableModel
from counterseal.documents.portable.tree import MAX_DEPTH
from counterseal.values import strict_json
from counterseal.values.finding import Refused

if TYPE_CHECKING:
    from tests.counterseal.documents.portable.drawn import Plain

STUMP: Plain = {
    "feature": [0, -1, -1],
    "threshold": [0.5],
    "left": [1],
    "right": [2],
    "missing_left": [],
    "codes": {},
    "value": [10.0, 20.0],
    "output": 0,
}
X: Plain = {"kind": "number", "input": "x", "impute": None, "center": 0.0, "scale": 1.0}
C: Plain = {"kind": "code", "input": "c", "codes": {"a": 0, "b": 1}, "unseen": None, "missing": None}
INPUTS: list[Plain] = [
    {"name": "x", "type": "number", "minimum": -1e300, "maximum": 1e300, "nullable": True},
    {"name": "c", "type": "category", "categories": ["a", "b", "z"], "nullable": True},
]
ROW: dict[str, Any] = {"x": 0.0, "c": "a"}


def plain(*trees: Plain, **changed: Any) -> Plain:
    predictor = {
        "kind": "trees",
        "columns": [X, C],
        "cast": "none",
        "base": [0],
        "aggregate": "sum",
        "link": "identity",
    }
    return {
        "format": "counterseal/portable-model",
        "formatVersion": 1,
        "model": "trees",
        "version": 1,
        "task": "regression",
        "classes": [],
        "inputs": INPUTS,
        "reference": ROW,
        "threshold": None,
        "predictor": predictor | {"trees": trees} | changed,
    }


def read(value: Plain) -> PortableModel:
    return PortableModel.read(strict_json.canonical(value), "model.json")


def value(model: PortableModel, **row: Any) -> float:
    (output,) = model.checked(ROW | row).outputs
    return output


def stump(**changed: Any) -> Plain:
    return STUMP | changed


def chain(depth: int) -> Plain:
    """Return a tree whose every right child splits again."""
    inner = list(range(0, 2 * depth, 2))
    return {
        "feature": [0, -1] * depth + [-1],
        "threshold": [float(node) for node in range(depth)],
        "left": [node + 1 for node in inner],
        "right": [node + 2 for node in inner],
        "value": [float(node) for node in range(depth + 1)],
    }


def test_at_the_threshold_a_row_goes_left() -> None:
    model = read(plain(STUMP))
    assert [value(model, x=x) for x in (0.5, math.nextafter(0.5, 1), -0.0)] == [10.0, 20.0, 10.0]


@given(st.floats(allow_nan=False, width=64))
def test_the_cast_is_numpys(x: float) -> None:
    x = max(-1e300, min(1e300, x))
    with np.errstate(over="ignore"):
        cast = float(np.float32(x))
    threshold = cast if math.isfinite(cast) else math.copysign(1e300, cast)
    model = read(plain(stump(threshold=[threshold]), cast="float32"))
    assert value(model, x=x) == (10.0 if cast <= threshold else 20.0)


def test_the_cast_moves_what_stands_just_above_the_threshold() -> None:
    above = math.nextafter(0.5, 1)
    assert value(read(plain(STUMP, cast="float32")), x=above) == 10.0
    assert value(read(plain(STUMP, cast="none")), x=above) == 20.0


def test_an_integer_becomes_the_nearest_float_before_it_is_compared() -> None:
    model = read(plain(stump(threshold=[2.0**53])))
    assert value(model, x=2**53 + 1) == 10.0
    assert value(model, x=2**53 + 2) == 20.0


def test_missing_goes_where_it_is_sent_and_an_imputed_value_where_it_belongs() -> None:
    assert value(read(plain(STUMP)), x=None) == 20.0
    assert value(read(plain(stump(missing_left=[0]))), x=None) == 10.0
    assert value(read(plain(STUMP, columns=[X | {"impute": 0.25}, C])), x=None) == 10.0


@pytest.mark.parametrize("cast", ["float32", "none"])
def test_codes_go_left_and_no_other_does(cast: str) -> None:
    coded = stump(feature=[1, -1, -1], threshold=[0.0], codes={"0": [1]})
    right = read(plain(coded, cast=cast))
    left = read(plain(coded | {"missing_left": [0]}, cast=cast))
    assert [value(right, c=c) for c in ("a", "b", "z", None)] == [20.0, 10.0, 20.0, 20.0]
    assert [value(left, c=c) for c in ("a", "b", "z", None)] == [20.0, 10.0, 10.0, 10.0]


def test_trees_are_added_in_the_order_written() -> None:
    leaves = [{**stump(feature=[-1], threshold=[], left=[], right=[]), "value": [v]} for v in (1e16, 1.0, -1e16)]
    assert value(read(plain(*leaves))) == 0.0
    assert value(read(plain(leaves[0], leaves[2], leaves[1]))) == 1.0
    assert value(read(plain(leaves[0], leaves[2], leaves[1], base=[5], aggregate="mean"))) == 5 + 1 / 3


def test_a_tree_may_have_a_value_for_each_output_or_name_one() -> None:
    all_of_them = stump(value=[0.7, 0.2, 0.1, 0.0, 0.5, 0.5], output=None)
    one = stump(value=[0.0, 0.25], output=2)
    three = {"task": "multiclass", "classes": ["l", "m", "h"]}
    model = read(plain(all_of_them, one, base=[0, 0, 0], aggregate="mean") | three)
    answer = model.checked(ROW | {"x": 1.0})
    assert (answer.outputs, answer.decision) == ((0.0, 0.5, 0.375), "m")
    assert model.checked(ROW).outputs == (0.7, 0.2, 0.05)


def test_the_first_of_the_largest_is_decided_for() -> None:
    even = stump(value=[0.2, 0.4, 0.4, 0.4, 0.2, 0.4], output=None)
    three = {"task": "multiclass", "classes": ["l", "m", "h"]}
    model = read(plain(even, base=[0, 0, 0], aggregate="mean") | three)
    assert [model.checked(ROW | {"x": x}).decision for x in (0, 1)] == ["m", "l"]


def test_a_deep_tree_reaches_its_last_leaf() -> None:
    model = read(plain(chain(MAX_DEPTH)))
    assert [value(model, x=x) for x in (-1, 0, 0.5, 63, 64)] == [0.0, 0.0, 1.0, 63.0, 64.0]


BAD: list[tuple[Plain, str]] = [
    (stump(left=[0]), "the child of one node"),
    (stump(left=[2]), "the child of one node"),
    (stump(left=[3]), "the child of one node"),
    (stump(right=[-1]), "right"),
    (stump(feature=[0, 0, -1, -1, -1], threshold=[0, 0], left=[1, 3], right=[2, 3]), "the child of one node"),
    (stump(feature=[0, -1, 0], threshold=[0, 0], left=[1, 2], right=[2, 1]), "the child of one node"),
    (stump(feature=[0, 0, 0, -1, -1], threshold=[0, 0, 0], left=[3, 1, 2], right=[4, 2, 1]), "the child of one node"),
    (
        stump(feature=[0, -1, -1, 0, 0, -1, -1], threshold=[0] * 3, left=[1, 5, 3], right=[2, 4, 6]),
        "after their parents",
    ),
    (stump(feature=[]), "feature"),
    (stump(feature=[-2, -1, -1]), "feature"),
    (stump(feature=[2, -1, -1]), "columns that are there"),
    (stump(feature=[True, -1, -1]), "feature"),
    (stump(feature=[0.0, -1, -1]), "feature"),
    (stump(threshold=[]), "a threshold"),
    (stump(threshold=[0.5, 0.5]), "a threshold"),
    (stump(threshold=["0.5"]), "threshold"),
    (stump(value=[1.0]), "a value for each leaf"),
    (stump(value=[1.0] * 3), "a value for each leaf"),
    (stump(value=[1.0, 1e308 * 1.7]) | {"more": 1}, "more"),
    (stump(output=1), "each of the outputs"),
    (stump(output=None), "each of the outputs"),
    (stump(output=-1), "output"),
    (stump(missing_left=[1]), "nodes that split"),
    (stump(missing_left=[7]), "nodes that split"),
    (stump(codes={"0": [1]}), "the threshold 0"),
    (stump(codes={"0": [1]}, threshold=[0.0]), "only where the column is a code"),
    (stump(codes={"00": [1]}, threshold=[0.0]), "codes"),
    (stump(codes={"1": [1]}, threshold=[0.0]), "nodes that split"),
    (stump(codes={"0": [2**24]}, threshold=[0.0], feature=[1, -1, -1]), "codes"),
    (chain(MAX_DEPTH + 1), "at most 64 splits"),
]


@pytest.mark.parametrize(("tree", "told"), BAD)
def test_a_tree_that_is_none(tree: Plain, told: str) -> None:
    assert read(plain(STUMP))
    with pytest.raises(Refused) as refusal:
        read(plain(tree))
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"columns": [X]}, "columns that are there"),
        ({"columns": [X, X | {"input": "no"}]}, "'no' is not one"),
        ({"columns": [X, C | {"input": "x"}]}, "'x' is not one"),
        ({"columns": [X | {"scale": 1e-300}, C]}, "finite for every row"),
        ({"columns": [{"kind": "product", "of": [X, X]}, C]}, "finite for every row"),
        ({"columns": [{"kind": "product", "of": [X, {"kind": "product", "of": [X, X]}]}, C]}, "product"),
        ({"cast": "float16"}, "cast"),
        ({"link": "softmax"}, "a link that fits"),
        ({"base": []}, "base"),
        ({"base": [0, 0]}, "one value and no classes"),
        ({"base": [1.7e308], "trees": [stump(value=[1.7e308, 0.0])]}, "sum is finite"),
        ({"trees": [stump(value=[1e308, 0.0])] * 2}, "sum is finite"),
        ({"trees": [stump(value=[-1e308, 0.0]), stump(value=[0.0, 1e308])]}, "sum is finite"),
        ({"trees": [STUMP] * 5001}, "trees"),
    ],
)
def test_trees_that_do_not_hold_together(changed: Plain, told: str) -> None:
    tree = stump(feature=[1, -1, -1])
    assert read(plain(tree))
    with pytest.raises(Refused) as refusal:
        read(plain(tree) | {"predictor": plain(tree)["predictor"] | changed})
    assert told in str(refusal.value)


@pytest.mark.parametrize("codes", [{"a": 0.5}, {"a": -1}, {"a": 2**24}])
def test_codes_are_whole_numbers_that_a_float_holds(codes: Plain) -> None:
    tree = stump(feature=[1, -1, -1], threshold=[0.0], codes={"0": [1]})
    assert read(plain(tree))
    with pytest.raises(Refused, match="a whole number"):
        read(plain(tree, columns=[X, C | {"codes": codes}]))


def test_no_more_parts_than_a_server_can_bear() -> None:
    bushy = chain(MAX_DEPTH)
    enough = MAX_PARTS // len(bushy["feature"])
    with pytest.raises(Refused, match="at most 250000 parts"):
        read(plain(*[bushy] * (enough + 1)))


def test_probabilities_stay_between_0_and_1() -> None:
    binary = {"task": "binary", "classes": ["no", "yes"], "threshold": 0.5}
    tree = stump(value=[0.0, 1.0])
    assert read(plain(tree) | binary).checked(ROW | {"x": 1}).decision == "yes"
    for value in ([0.0, 1.01], [-0.01, 1.0]):
        with pytest.raises(Refused, match="from 0 to 1"):
            read(plain(stump(value=value)) | binary)
    with pytest.raises(Refused, match="from 0 to 1"):
        read(plain(tree, tree) | binary)
    assert read(plain(tree, tree, aggregate="mean") | binary)
