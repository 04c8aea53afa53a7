"""The portable model: what its semantics say is what it answers, and no JSON row makes it do anything else."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents.portable.links import logistic
from counterseal.documents.portable.model import PortableModel
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from tests.goldens.examples import portable_model

MODEL = portable_model()
ROW: dict[str, Any] = {"age": 40, "amount": 2000.5, "purpose": "A40"}
GOOD: dict[str, Any] = strict_json.loads(MODEL.write(), "model.json")


def changed(**fields: Any) -> bytes:
    """Return the model with other fields: the model's own, its predictor's, or its score's."""
    predictor = GOOD["predictor"]
    score = {name: fields.pop(name, was) for name, was in predictor["scores"][0].items()}
    predictor = {**predictor, "scores": [score], **({"link": fields.pop("link")} if "link" in fields else {})}
    return strict_json.canonical(GOOD | {"predictor": predictor} | fields)


def read(data: bytes) -> PortableModel:
    return PortableModel.read(data, "model.json")


def refused(data: bytes) -> str:
    with pytest.raises(Refused) as error:
        read(data)
    return str(error.value)


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**400), 10**400),
        st.floats(),
        st.text(),
        st.sampled_from(["A40", "A41", 18, 100, 40.0, 99.5, 1e6, 0]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=4,
)
names = st.one_of(st.sampled_from(list(ROW)), st.text(max_size=9))
rows = st.one_of(
    json_values,
    st.dictionaries(names, json_values, max_size=5),
    st.builds(lambda change: ROW | change, st.dictionaries(names, json_values, max_size=2)),
)


@given(rows)
def test_any_json_row_is_answered_or_refused(row: Any) -> None:
    try:
        answer = MODEL.checked(row)
    except Refused as error:
        codes = {finding.code for finding in error.findings}
        wrong = codes - {"UNKNOWN_FEATURE", "MISSING_FEATURE", "INVALID_FEATURE", "INVALID_ROW"}
        if wrong:
            raise AssertionError(wrong) from error
        return
    assert 0 <= answer.probability <= 1
    assert answer.decision in MODEL.classes
    assert set(row) == set(ROW)


numbers = st.floats(-1e6, 1e6)
inputs = st.one_of(
    st.tuples(st.just("number"), numbers, numbers).map(lambda t: {"type": "number", "ends": sorted(t[1:])}),
    st.tuples(st.just("integer"), st.integers(-99, 99), st.integers(-99, 99)).map(
        lambda t: {"type": "integer", "ends": sorted(t[1:])}
    ),
    st.lists(st.sampled_from("abcde"), min_size=1, unique=True).map(lambda c: {"type": "category", "categories": c}),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[PortableModel, dict[str, Any]]:
    """Draw a model and a row it must answer."""
    columns, terms, row = [], [], {}
    for number, drawn in enumerate(draw(st.lists(inputs, min_size=1, max_size=4))):
        name = f"x{number}"
        column = {"name": name, "type": drawn["type"], "nullable": draw(st.booleans())}
        if drawn["type"] == "category":
            column["categories"] = drawn["categories"]
            weights = draw(st.dictionaries(st.sampled_from("abcdef"), numbers, max_size=5))
            term = {"kind": "category", "weights": weights, "unseen": draw(numbers)}
            term["impute"] = draw(st.one_of(st.none(), st.sampled_from("abz")))
            row[name] = draw(st.sampled_from(drawn["categories"]))
        else:
            column["minimum"], column["maximum"] = drawn["ends"]
            term = {
                "kind": "linear",
                "center": draw(numbers),
                "scale": draw(st.floats(1e-6, 1e6)),
                "weight": draw(numbers),
            }
            term["impute"] = draw(numbers)
            kind: Any = st.integers if drawn["type"] == "integer" else st.floats
            row[name] = draw(kind(*drawn["ends"]))
        if column["nullable"] and draw(st.booleans()):
            row[name] = None
        columns.append(column)
        terms += [{"input": name, **term}] * draw(st.integers(0, 2))
    fields = {"inputs": columns, "terms": terms, "intercept": draw(numbers), "threshold": draw(st.floats(0.01, 0.99))}
    return read(changed(**fields, reference=row)), row


def by_hand(model: dict[str, Any], row: dict[str, Any]) -> tuple[float, str]:
    """Evaluate a model as the text of its semantics says, from its JSON alone."""
    shares = []
    (score,) = model["predictor"]["scores"]
    for term in score["terms"]:
        value = term["impute"] if row[term["input"]] is None else row[term["input"]]
        if term["kind"] == "category":
            shares.append(term["weights"].get(value, term["unseen"]))
        else:
            shares.append((value - term["center"]) / term["scale"] * term["weight"])
    total = score["intercept"]
    for share in shares:
        total = total + share
    if total < -709:
        probability = math.exp(-709) / (1 + math.exp(-709))
    elif total < 0:
        probability = math.exp(total) / (1 + math.exp(total))
    else:
        probability = 1 / (1 + math.exp(-min(total, 709)))
    return probability, model["classes"][1 if probability >= model["threshold"] else 0]


@settings(max_examples=50)
@given(cases())
def test_the_answer_is_what_the_semantics_say(case: tuple[PortableModel, dict[str, Any]]) -> None:
    model, row = case
    answer = model.checked(row)
    expected = by_hand(strict_json.loads(model.write(), "m"), row)
    assert (answer.probability, answer.decision) == expected


@settings(max_examples=50)
@given(cases())
def test_a_model_reads_back(case: tuple[PortableModel, dict[str, Any]]) -> None:
    model, row = case
    again = read(model.write())
    assert again == model
    assert again.write() == model.write()
    assert again.predict(row) == model.predict(row)


def test_a_known_answer() -> None:
    row = {"age": 35, "amount": None, "purpose": "A41"}
    answer = MODEL.checked(row)
    assert MODEL.predictor.score(row) == (-0.875 + (35 - 35.5) / 11.25 * -0.2 + (2300 - 3271) / 2822 * 0.3,)
    assert answer.probability == pytest.approx(0.275013, abs=1e-6)
    assert answer.decision == "good"


def test_at_the_threshold_the_decision_is_the_second_class() -> None:
    flat = {"terms": [], "intercept": 0.0}
    assert read(changed(**flat, threshold=0.5)).checked(ROW).decision == "bad"
    assert read(changed(**flat, threshold=math.nextafter(0.5, 1))).checked(ROW).decision == "good"
    assert read(changed(**flat, threshold=math.nextafter(0.5, 0))).checked(ROW).decision == "bad"


def test_terms_are_added_in_the_order_written() -> None:
    terms = [TERMS[2] | {"weights": {}, "unseen": unseen} for unseen in (1e16, -1e16, 1.0)]
    one = read(changed(terms=terms, intercept=0.0)).checked(ROW)
    other = read(changed(terms=[terms[2], *terms[:2]], intercept=0.0)).checked(ROW)
    assert one.probability == logistic(1.0)
    assert other.probability == logistic(0.0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"age": 17}, "INVALID_FEATURE"),
        ({"age": 101}, "INVALID_FEATURE"),
        ({"age": 40.5}, "INVALID_FEATURE"),
        ({"age": "40"}, "INVALID_FEATURE"),
        ({"age": True}, "INVALID_FEATURE"),
        ({"age": None}, "INVALID_FEATURE"),
        ({"age": [40]}, "INVALID_FEATURE"),
        ({"age": float("nan")}, "INVALID_FEATURE"),
        ({"age": 10**400}, "INVALID_FEATURE"),
        ({"amount": float("inf")}, "INVALID_FEATURE"),
        ({"amount": -0.01}, "INVALID_FEATURE"),
        ({"amount": math.nextafter(1e6, 2e6)}, "INVALID_FEATURE"),
        ({"purpose": "A42"}, "INVALID_FEATURE"),
        ({"purpose": ""}, "INVALID_FEATURE"),
        ({"purpose": 1}, "INVALID_FEATURE"),
        ({"purpose": None}, "INVALID_FEATURE"),
        ({"more": 1}, "UNKNOWN_FEATURE"),
        ({"": 1}, "UNKNOWN_FEATURE"),
    ],
)
def test_a_row_that_does_not_fit(change: dict[str, Any], code: str) -> None:
    assert MODEL.check(ROW) == ()
    assert [finding.code for finding in MODEL.check(ROW | change)] == [code]


@pytest.mark.parametrize("change", [{"age": 18}, {"age": 100.0}, {"amount": 0}, {"amount": 10**6}, {"amount": None}])
def test_a_row_at_the_bounds_fits(change: dict[str, Any]) -> None:
    assert MODEL.check(ROW | change) == ()


@pytest.mark.parametrize("row", [None, 1, "age", [], ["age", "amount", "purpose"], [ROW], True])
def test_what_is_no_row(row: object) -> None:
    assert [finding.code for finding in MODEL.check(row)] == ["INVALID_ROW"]
    with pytest.raises(Refused):
        MODEL.checked(row)


def test_a_missing_feature_is_named() -> None:
    findings = MODEL.check({})
    assert [finding.code for finding in findings] == ["MISSING_FEATURE"] * 3
    assert "a value for age" in str(findings[0])


@given(
    st.text(min_size=4).filter(
        lambda text: text not in "INVALID_FEATURE one of the listed categories a text row.purpose"
    )
)
def test_values_are_never_quoted(secret: str) -> None:
    told = "".join(map(str, MODEL.check(ROW | {"purpose": secret}, "row 3")))
    assert told == "row 3.purpose: INVALID_FEATURE: expected one of the listed categories, found a text"


@given(st.floats(allow_nan=False))
def test_the_logistic_function_never_overflows(total: float) -> None:
    assert 0 < logistic(total) <= 1
    assert logistic(total) <= logistic(math.nextafter(total, math.inf))
    assert logistic(total) + logistic(-total) == pytest.approx(1, abs=1e-15)


INPUTS, TERMS = GOOD["inputs"], GOOD["predictor"]["scores"][0]["terms"]
HUGE = {"kind": "linear", "input": "amount", "impute": 0, "center": -1e308, "scale": 1e-300, "weight": 1.0}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"format": "other"}, "format"),
        ({"formatVersion": 2}, "formatVersion"),
        ({"formatVersion": True}, "formatVersion"),
        ({"task": "ranking"}, "task"),
        ({"task": "multiclass"}, "two classes"),
        ({"task": "regression", "threshold": None}, "no classes"),
        ({"threshold": None}, "a threshold"),
        ({"link": "identity"}, "from 0 to 1"),
        ({"link": "softmax"}, "a link that fits"),
        ({"classes": ["a"]}, "two classes"),
        ({"reference": {**ROW, "age": 17}}, "reference.age"),
        ({"reference": {"age": 40}}, "reference"),
        ({"classes": ["a", "a"]}, "two classes"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": 1}, "threshold"),
        ({"version": 0}, "version"),
        ({"model": "A model"}, "model"),
        ({"more": 1}, "more"),
        ({"inputs": []}, "inputs"),
        ({"inputs": [*INPUTS, INPUTS[0]]}, "each input once"),
        ({"inputs": [INPUTS[0] | {"minimum": 101}, *INPUTS[1:]]}, "in that order"),
        ({"inputs": [INPUTS[0] | {"type": "date"}, *INPUTS[1:]]}, "date"),
        ({"inputs": [*INPUTS[:2], INPUTS[2] | {"categories": []}]}, "categories"),
        ({"terms": [TERMS[0] | {"input": "purpose"}]}, "'purpose' is not one"),
        ({"terms": [TERMS[2] | {"input": "age"}]}, "'age' is not one"),
        ({"terms": [TERMS[0] | {"input": "other"}]}, "'other' is not one"),
        ({"terms": [TERMS[0] | {"scale": 0}]}, "scale"),
        ({"terms": [TERMS[0] | {"scale": -1}]}, "scale"),
        ({"terms": [TERMS[0] | {"kind": "tree"}]}, "tree"),
        ({"terms": [TERMS[0]] * 4001}, "terms"),
        # No row within the bounds may come to infinity or NaN.
        ({"terms": [HUGE]}, "finite for every row"),
        ({"terms": [HUGE | {"weight": 0.0}]}, "finite for every row"),
        ({"terms": [HUGE | {"center": 0, "impute": 1e308}]}, "finite for every row"),
        ({"terms": [TERMS[2] | {"unseen": 1e308}] * 2}, "finite for every row"),
        ({"intercept": 1e308, "terms": [TERMS[2] | {"weights": {"A40": -1e308}}]}, "finite for every row"),
    ],
)
def test_a_model_that_does_not_hold_together(fields: dict[str, Any], told: str) -> None:
    assert read(changed()) == MODEL
    assert told in refused(changed(**fields))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e400"])
def test_numbers_are_finite(text: str) -> None:
    data = MODEL.write().replace(b'"intercept": -0.875', f'"intercept": {text}'.encode())
    assert data != MODEL.write()
    assert "JSON_AMBIGUOUS" in refused(data)


def test_what_may_be_missing_has_a_substitute() -> None:
    inputs = [INPUTS[0] | {"nullable": True}, *INPUTS[1:]]
    assert "a substitute for a missing age" in refused(changed(inputs=inputs))
    terms = [TERMS[0] | {"impute": 40}, *TERMS[1:]]
    model = read(changed(inputs=inputs, terms=terms))
    assert model.checked(ROW | {"age": None}) == model.checked(ROW | {"age": 40})


def test_a_missing_category_without_a_substitute_is_unseen() -> None:
    inputs = [*INPUTS[:2], INPUTS[2] | {"nullable": True}]
    terms = [TERMS[2] | {"unseen": 2.0}]
    row = ROW | {"purpose": None}
    assert read(changed(inputs=inputs, terms=terms, intercept=0)).predictor.score(row) == (2.0,)
    terms = [TERMS[2] | {"unseen": 2.0, "impute": "A40"}]
    assert read(changed(inputs=inputs, terms=terms, intercept=0)).predictor.score(row) == (0.4,)
