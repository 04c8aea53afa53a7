"""Models of every kind and task, and rows that they must answer, as hypothesis draws them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Plain = dict[str, Any]
Draw = st.DrawFn

NUMBERS = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e6, 1e6))
UNIT = st.floats(0, 1)
LINKS = {"binary": ["logit"], "multiclass": ["softmax", "ovr"], "regression": ["identity", "exp"]}
CLASSES = {"binary": ["no", "yes"], "multiclass": ["low", "middle", "high"], "regression": []}


@st.composite
def inputs(draw: Draw) -> list[Plain]:
    found: list[Plain] = []
    for number in range(draw(st.integers(1, 4))):
        item: Plain = {"name": f"x{number}", "type": draw(st.sampled_from(["number", "integer", "category"]))}
        item |= {"nullable": draw(st.booleans()), "says": draw(st.sampled_from([None, "its reason"]))}
        if item["type"] == "category":
            item["categories"] = draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
        else:
            bounds = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=2)
            item["minimum"], item["maximum"] = sorted(draw(bounds))
        found.append(item)
    return found


@st.composite
def rows(draw: Draw, items: list[Plain]) -> Plain:
    return {item["name"]: draw(cell(item)) for item in items}


def cell(item: Plain) -> st.SearchStrategy[Any]:
    if item["type"] == "category":
        values: st.SearchStrategy[Any] = st.sampled_from(item["categories"])
    elif item["type"] == "integer":
        values = st.integers(int(item["minimum"]), int(item["maximum"]))
    else:
        values = st.floats(item["minimum"], item["maximum"]) | st.just(item["minimum"])
    return values | st.none() if item["nullable"] else values


@st.composite
def cuts(draw: Draw) -> list[float]:
    return sorted(draw(st.lists(NUMBERS, min_size=1, max_size=3, unique=True)))


@st.composite
def simple(draw: Draw, items: list[Plain], *, absent: bool) -> Plain:
    """Draw a column of one input, never NaN unless ``absent``."""
    item = draw(st.sampled_from(items))
    number = st.none() | NUMBERS if absent else NUMBERS
    if item["type"] == "category":
        codes = draw(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 4).map(float)))
        whole = st.integers(0, 4).map(float)
        few = st.none() | whole if absent else whole
        return {"kind": "code", "input": item["name"], "codes": codes, "unseen": draw(few), "missing": draw(few)}
    if draw(st.booleans()):
        limits = draw(cuts())
        values = draw(st.lists(NUMBERS, min_size=len(limits) + 1, max_size=len(limits) + 1))
        return {"kind": "bin", "input": item["name"], "cuts": limits, "values": values, "missing": draw(number)}
    scaled = {"center": draw(NUMBERS), "scale": draw(st.floats(0.5, 2))}
    return {"kind": "number", "input": item["name"], "impute": draw(number), **scaled}


@st.composite
def product(draw: Draw, items: list[Plain], *, absent: bool) -> Plain:
    return {"kind": "product", "of": [draw(simple(items, absent=absent)) for _ in range(2)]}


@st.composite
def terms(draw: Draw, items: list[Plain]) -> Plain:
    item = draw(st.sampled_from(items))
    if draw(st.integers(0, 3)) == 0:
        return draw(product(items, absent=False)) | {"weight": draw(NUMBERS)}
    if item["type"] == "category":
        weights = draw(st.dictionaries(st.sampled_from("abcde"), NUMBERS))
        impute = draw(st.none() | st.sampled_from("abz"))
        return {
            "kind": "category",
            "input": item["name"],
            "impute": impute,
            "weights": weights,
            "unseen": draw(NUMBERS),
        }
    kind = draw(st.sampled_from(["linear", "squared", "bins"]))
    if kind == "bins":
        limits = draw(cuts())
        each = draw(st.lists(NUMBERS, min_size=len(limits) + 1, max_size=len(limits) + 1))
        return {"kind": kind, "input": item["name"], "cuts": limits, "weights": each, "missing": draw(NUMBERS)}
    scaled = {"impute": draw(NUMBERS), "center": draw(NUMBERS), "scale": draw(st.floats(0.5, 2))}
    return {"kind": kind, "input": item["name"], **scaled, "weight": draw(NUMBERS)}


@st.composite
def additive(draw: Draw, items: list[Plain], task: str, link: str) -> Plain:
    width = 3 if task == "multiclass" else 1
    each = [{"intercept": draw(NUMBERS), "terms": draw(st.lists(terms(items), max_size=3))} for _ in range(width)]
    return {"kind": "additive", "scores": each, "link": link}


@st.composite
def tree(
    draw: Draw, columns: list[Plain], width: int, values: st.SearchStrategy[float], splits: tuple[int, int] = (0, 5)
) -> Plain:
    """Draw a tree by splitting leaf after leaf."""
    output = draw(st.none() | st.integers(0, width - 1)) if width > 1 else 0
    made: Plain = {"feature": [-1], "left": {}, "right": {}, "threshold": {}, "missing_left": [], "codes": {}}
    for _ in range(draw(st.integers(*splits)) if columns else 0):
        node = draw(st.sampled_from([node for node, at in enumerate(made["feature"]) if at < 0]))
        at = draw(st.integers(0, len(columns) - 1))
        made["feature"][node] = at
        made["left"][node], made["right"][node] = len(made["feature"]), len(made["feature"]) + 1
        made["feature"] += [-1, -1]
        coded = columns[at]["kind"] == "code" and draw(st.booleans())
        made["threshold"][node] = 0.0 if coded else draw(NUMBERS)
        if coded:
            made["codes"][str(node)] = draw(st.lists(st.integers(0, 4), unique=True))
        if draw(st.booleans()):
            made["missing_left"].append(node)
    for name in ("left", "right", "threshold"):
        made[name] = [made[name][node] for node in sorted(made[name])]
    leaves = made["feature"].count(-1) * (width if output is None else 1)
    return {**made, "output": output, "value": draw(st.lists(values, min_size=leaves, max_size=leaves))}


@st.composite
def trees(draw: Draw, items: list[Plain], task: str, link: str) -> Plain:
    width, shares = 3 if task == "multiclass" else 1, link == "identity" and task != "regression"
    column = simple(items, absent=True) if draw(st.booleans()) else product(items, absent=True)
    columns = draw(st.lists(column, max_size=3))
    each = draw(st.lists(tree(columns, width, UNIT if shares else NUMBERS), max_size=4))
    return {
        "kind": "trees",
        "columns": columns,
        "cast": draw(st.sampled_from(["float32", "none"])),
        "base": [0.0 if shares else draw(NUMBERS) for _ in range(width)],
        "aggregate": "mean" if shares else draw(st.sampled_from(["sum", "mean"])),
        "link": link,
        "trees": each,
    }


@st.composite
def calibrated(draw: Draw, items: list[Plain], task: str) -> Plain:
    member = draw(leaf_predictors(items, task, "identity", shares=False))
    maps: list[Plain] = []
    for _ in range(3 if task == "multiclass" else 1):
        if draw(st.booleans()):
            maps.append({"kind": "sigmoid", "a": draw(NUMBERS), "b": draw(NUMBERS)})
        else:
            points = draw(cuts())
            y = draw(st.lists(UNIT, min_size=len(points), max_size=len(points)))
            maps.append({"kind": "isotonic", "x": points, "y": sorted(y)})
    return {"kind": "calibrated", "member": member, "maps": maps}


def leaf_predictors(items: list[Plain], task: str, link: str, *, shares: bool) -> st.SearchStrategy[Plain]:
    """Draw an additive predictor or trees; those without a link give probabilities if they are to be ``shares``."""
    if link == "identity" and shares:
        return trees(items, task, link)
    as_value = "regression" if link == "identity" and task == "binary" else task
    return additive(items, task, link) | trees(items, as_value, link)


@st.composite
def predictors(draw: Draw, items: list[Plain], task: str, depth: int = 2) -> Plain:
    kind = draw(st.sampled_from(["plain", "shares", "calibrated", "average"][: 4 if depth else 2]))
    if kind == "average":
        members = draw(st.lists(predictors(items, task, depth - 1), min_size=1, max_size=3))
        weights = {1: [1.0], 2: [0.25, 0.75], 3: [0.5, 0.25, 0.25]}[len(members)]
        return {"kind": "average", "members": members, "weights": weights}
    if kind == "calibrated" and task != "regression":
        return draw(calibrated(items, task))
    if kind == "shares" and task != "regression":
        return draw(trees(items, task, "identity"))
    return draw(leaf_predictors(items, task, draw(st.sampled_from(LINKS[task])), shares=False))


@st.composite
def models(draw: Draw) -> tuple[Plain, Plain]:
    """Draw the JSON of a model, and a row it must answer."""
    items, task = draw(inputs()), draw(st.sampled_from(sorted(CLASSES)))
    model = {
        "format": "counterseal/portable-model",
        "formatVersion": 1,
        "model": "drawn",
        "version": 1,
        "task": task,
        "classes": CLASSES[task],
        "inputs": items,
        "reference": draw(rows(items)),
        "predictor": draw(predictors(items, task)),
        "threshold": draw(st.floats(0.01, 0.99)) if task == "binary" else None,
    }
    return model, draw(rows(items))


@st.composite
def forests(draw: Draw) -> tuple[Plain, Plain]:
    """Draw the JSON of a regression of bushy trees over four numbers and a category, and a row."""
    numbers = [{"name": f"x{n}", "type": "number", "minimum": -5, "maximum": 5, "nullable": True} for n in range(4)]
    items = [*numbers, {"name": "c", "type": "category", "categories": ["a", "b", "d"], "nullable": True}]
    columns: list[Plain] = [
        {"kind": "number", "input": item["name"], "impute": None, "center": 0, "scale": 1} for item in numbers
    ]
    columns.append({"kind": "code", "input": "c", "codes": {"a": 0, "b": 1}, "unseen": 2, "missing": None})
    columns.append({**columns[0], "center": 1})
    grown = tree(columns, 1, st.integers(-9, 9).map(float), (3, 9))
    predictor = {
        "kind": "trees",
        "columns": columns,
        "cast": draw(st.sampled_from(["float32", "none"])),
        "base": [draw(NUMBERS)],
        "aggregate": draw(st.sampled_from(["sum", "mean"])),
        "link": "identity",
        "trees": draw(st.lists(grown, min_size=1, max_size=3)),
    }
    kinds = {"format": "counterseal/portable-model", "formatVersion": 1, "model": "drawn", "version": 1}
    task: Plain = {"task": "regression", "classes": [], "threshold": None}
    reference = {item["name"]: -4.5 for item in numbers} | {"c": "d"}
    return {**kinds, **task, "inputs": items, "reference": reference, "predictor": predictor}, draw(rows(items))
