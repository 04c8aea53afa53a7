import math
from typing import Any

import pytest

from counterseal.verification import cel

NESTED: dict[str, Any] = {}
for _ in range(80):
    NESTED = {"in": NESTED}


def ask(expression: str, **documents: Any) -> cel.Answer:
    return cel.Evidence.of(documents).question(cel.EVIDENCE, expression).holds(expression)


def tell(expression: str, **documents: Any) -> cel.Answer:
    return cel.Evidence.of(documents).question(cel.EVIDENCE, expression).tells(expression)


EVALUATION = {"auc": {"low": 0.73}, "n": 300, "none": None, "groups": {"b": 1, "a": 2}, "list": [2, 1]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("evaluation.auc.low >= 0.7", True),
        ("evaluation.auc.low >= 1", False),
        ("evaluation.n >= 299.5", True),
        ("evaluation.none == null", True),
        ('"auc" in evaluation && !("brier" in evaluation)', True),
        ("has(evaluation.brier)", False),
        ("evaluation.groups.all(name, evaluation.groups[name] > 0)", True),
        ("evaluation.n > 500 ? evaluation.nothing == 1 : true", True),
        ('"a || b / c" == "x"', False),
    ],
)
def test_a_condition_holds_or_not(expression: str, *, expected: bool) -> None:
    assert ask(expression, evaluation=EVALUATION) == cel.Answer(expected)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("evaluation.brier >= 0.7", 'nothing is called "brier"'),
        ("evaluation.auc.low.value >= 0.7", "non-message type"),
        ("evaluation.none >= 0.7", "No matching overloads"),
        ('evaluation.auc.low > "0.7"', "No matching overloads"),
        ("evaluation.auc", "no condition"),
        ("evaluation.n + 9223372036854775807 > 0", "integer overflow"),
        ("evaluation.n % 0 == 1", "modulus by zero"),
        ("evaluation.list[5] == 1", "index"),
        ('timestamp("last week") < timestamp("2026-01-01T00:00:00Z")', "Timestamp"),
        ("evaluation.list.all(a, [0].all(b, a > b)) && dataset.x == 1", "dataset: no such evidence"),
    ],
)
def test_what_errs_has_a_reason_and_no_value(expression: str, reason: str) -> None:
    answer = ask(expression, evaluation=EVALUATION)
    assert answer.value is None
    assert reason in answer.error


@pytest.mark.parametrize("operator", ["||", "?:"])
def test_missing_evidence_is_never_skipped(operator: str) -> None:
    # CEL takes `true || error` for true. Documents that are named must be there, and `||` is refused altogether.
    expression = "spec.a == 1 || true" if operator == "||" else "true ? true : spec.a == 1"
    assert ask(expression, evaluation=EVALUATION).value is None
    assert ask("true ? true : spec.a == 1", spec={}).value is True


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("evaluation.a == 1 || evaluation.b == 1", "||"),
        ("evaluation.list.exists(x, x == 1)", "exists()"),
        ("!(evaluation.n / evaluation.m < 1.0)", "division"),
        ("!(double(evaluation.text) < 1.0)", "double()"),
        ('evaluation.list.join(",") == "1"', "join()"),
        ("nothing.a == 1", "undeclared reference to 'nothing.a'"),
        ("facts.personal_data == true", "undeclared reference to 'facts.personal_data'"),
        ("evaluation == 1", "no matching overload"),
        ("1 == 1.0", "no matching overload"),
        ("evaluation.n ==", "Syntax error"),
        ('evaluation.text == r"\\" || evaluation.a == "" || true', "raw"),
        ('evaluation.text == r"\\"', "raw"),
        ("evaluation.text == '''a'''", "triple quotes"),
        ("evaluation.?n == 1", "unsupported syntax"),
        ('__import__("os") == 1', "undeclared reference"),
        ("evaluation.n", "an expression of type DYN, which is no condition"),
        ("[" * 40 + "1" + "]" * 40 + " == [1]", "recursion limit"),
        ("true && " * 300 + "true", "2404 characters"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_told_beforehand(expression: str, reason: str) -> None:
    assert reason in cel.problem(expression, cel.EVIDENCE, "condition")
    assert ask(expression, evaluation=EVALUATION).value is None


def test_a_good_condition_has_no_problem() -> None:
    assert cel.problem("evaluation.n == 1", cel.EVIDENCE, "condition") == ""
    assert cel.problem('facts.decision in ["assists"]', cel.FACTS, "condition") == ""


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 2**63, -(2**63), (1, 2), {1, 2}, b"bytes", {1: 2}, object(), 10**400]
)
def test_what_json_cannot_hold_is_no_evidence(value: object) -> None:
    # For NaN, `!(x < limit)` holds: a score that is no number would pass.
    answer = ask("evaluation.n == 300", evaluation={**EVALUATION, "deep": [{"x": value}]})
    assert answer.value is None
    assert answer.error.startswith("evaluation: ")
    assert ask("evaluation.n == 300", evaluation=EVALUATION, spec={"x": value}).value is True


def test_evidence_is_a_mapping_of_bounded_depth() -> None:
    assert ask("evaluation == evaluation", evaluation=[1]).error == "evaluation: a list; expected a mapping"
    assert ask("evaluation == evaluation", evaluation=NESTED).error == "evaluation: more than 64 levels"
    assert ask("size(evaluation) == 0", evaluation={}).value is True


def test_the_largest_integers_and_floats_are_evidence() -> None:
    numbers = {"most": 2**63 - 1, "least": -(2**63 - 1), "tiny": 5e-324, "huge": 1.7e308}
    assert ask(
        "evaluation.most > evaluation.least && evaluation.tiny > 0.0 && evaluation.huge > 1", evaluation=numbers
    ).value


def test_an_endless_question_is_cut_short() -> None:
    rows = {"rows": list(range(300))}
    question = "evaluation.rows.all(a, evaluation.rows.all(b, evaluation.rows.all(c, a + b + c >= 0)))"
    assert "budget" in ask(question, evaluation=rows).error


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("evaluation.auc.low", "0.73"),
        ("evaluation.n", "300"),
        ('"%.2f of %d".format([evaluation.auc.low, evaluation.n])', "0.73 of 300"),
        ("evaluation.groups.map(name, name)", "a; b"),
        ("evaluation.list", "1; 2"),
        ("evaluation.list.filter(x, x > 5)", ""),
    ],
)
def test_text_and_numbers_are_told_lists_sorted(expression: str, expected: str) -> None:
    assert tell(expression, evaluation=EVALUATION) == cel.Answer(expected)
    assert cel.problem(expression, cel.EVIDENCE, "text") == ""


def test_a_maps_order_does_not_show() -> None:
    groups = dict.fromkeys("zyxwvutsrqponmlkjihgfedcba", 1)
    assert tell("evaluation.map(name, name)", evaluation=groups).value == "; ".join(sorted(groups))


@pytest.mark.parametrize("expression", ["evaluation.none", "evaluation.groups", "[[1]]", "true", "evaluation.nothing"])
def test_anything_else_is_not_told(expression: str) -> None:
    assert tell(expression, evaluation=EVALUATION).value is None


def test_what_is_told_fits_a_terminal() -> None:
    assert tell("evaluation.text", evaluation={"text": "\x1b[31mred\nline\u202e"}).value == "[31mred line"
    long = str(tell("evaluation.text", evaluation={"text": "x" * 5000}).value)
    assert len(long) < cel.MAX_TEXT + 100
    other = tell("evaluation.text", evaluation={"text": "x" * 4999 + "y"}).value
    assert long != other, "a text that is cut still differs from another"


def test_an_expression_is_compiled_once() -> None:
    cel._compile.cache_clear()
    for n in range(3):
        ask("evaluation.n == 1", evaluation={"n": n})
    assert cel._compile.cache_info().misses == 1
