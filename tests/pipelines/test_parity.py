"""The parity gate: it lets through what answers as the estimator does, and nothing that differs where few rows look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents.portable.additive import Additive, LinearTerm
from counterseal.documents.portable.trees import Trees
from counterseal.values.finding import Refused
from pipelines import fit, parity, rows
from tests.pipelines import tasks
from tests.pipelines.tasks import estimator, fitted
from tests.support.models import score, with_score

if TYPE_CHECKING:
    from counterseal.documents.portable.model import PortableModel
    from counterseal.documents.portable.tree import Tree
    from pipelines.fit import Fitted


@pytest.fixture(scope="module")
def linear() -> Fitted:
    return fitted("binary", estimator("logistic-regression"))


@pytest.fixture(scope="module")
def forest() -> Fitted:
    return fitted("binary", estimator("random-forest"))


@pytest.fixture(scope="module")
def boosted() -> Fitted:
    return fitted("binary", estimator("histogram-gradient-boosting"), preprocessing=tasks.NATIVE)


def judge(made: Fitted, model: PortableModel) -> dict[str, Any]:
    return parity.compare(made, model, parity.probe(model, made.study.holdout.frame), "model.json")


def moved(model: PortableModel, name: str, **changes: object) -> PortableModel:
    """Change one term."""
    terms = [term.model_copy(update=changes) if term.input == name else term for term in score(model).terms]  # type: ignore[union-attr]
    return with_score(model, terms=tuple(terms))


def with_trees(model: PortableModel, trees: list[Tree] | None = None, **changes: object) -> PortableModel:
    """Change a predictor made of trees."""
    update = changes if trees is None else changes | {"trees": tuple(trees)}
    return model.model_copy(update={"predictor": model.predictor.model_copy(update=update)})


def trees(model: PortableModel) -> list[Tree]:
    assert isinstance(model.predictor, Trees)
    return list(model.predictor.trees)


def test_the_gate_holds_on_holdout_and_edges(linear: Fitted) -> None:
    model = fit.compiled(linear)
    probed = parity.probe(model, linear.study.holdout.frame)
    found = parity.compare(linear, model, probed, "model.json")
    assert found["rows"] == probed.height > linear.study.holdout.rows
    assert found["largest_difference"] <= 1e-15
    assert found["decisions_equal"] is True
    assert {rows.UNSEEN, "yew"} <= set(probed["town"].to_list())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("age", {"weight": 0.25}),
        ("income", {"impute": 50.0}),  # told only by rows with missing values
        ("town", {"impute": "oak"}),
        ("job", {"unseen": 1e-9}),  # told only by rows with an unseen category
    ],
)
def test_a_model_that_answers_otherwise_is_refused(linear: Fitted, name: str, changes: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"PARITY.*bug of the compiler"):
        judge(linear, moved(fit.compiled(linear), name, **changes))


def test_the_last_digits_may_differ_and_no_more(linear: Fitted) -> None:
    model = fit.compiled(linear)
    age = next(term for term in score(model).terms if isinstance(term, LinearTerm) and term.input == "age")
    judge(linear, moved(model, "age", center=age.center + 1e-12))
    with pytest.raises(Refused, match=r"a difference of \d.*e-\d+, 0 of"):
        judge(linear, moved(model, "age", center=age.center + 1e-7))


def test_trees_that_forget_their_cast_are_refused(forest: Fitted) -> None:
    """It shows where a number is at a threshold, or within one unit in the last place of it."""
    model = fit.compiled(forest)
    assert judge(forest, model)
    with pytest.raises(Refused, match="PARITY"):
        judge(forest, with_trees(model, cast="none"))


def test_a_threshold_off_by_one_unit_in_the_last_place_is_refused(boosted: Fitted) -> None:
    from math import inf, nextafter  # noqa: PLC0415

    model = fit.compiled(boosted)
    first, *others = trees(model)
    place = next(i for i, node in enumerate(first.splits) if str(node) not in first.codes)
    threshold = list(first.threshold)
    threshold[place] = nextafter(threshold[place], inf)
    other = first.model_copy(update={"threshold": tuple(threshold)})
    with pytest.raises(Refused, match="PARITY"):
        judge(boosted, with_trees(model, [other, *others]))


def test_missing_values_that_go_the_other_way_are_refused(boosted: Fitted) -> None:
    model = fit.compiled(boosted)
    turned = [
        tree.model_copy(update={"missing_left": tuple(set(tree.splits) - set(tree.missing_left))})
        for tree in trees(model)
    ]
    assert judge(boosted, model)
    with pytest.raises(Refused, match="PARITY"):
        judge(boosted, with_trees(model, turned))


def test_of_a_value_beyond_one_a_part_may_differ() -> None:
    made = fitted("regression", estimator("linear-regression"))
    model = fit.compiled(made)
    assert isinstance(model.predictor, Additive)
    intercept = score(model).intercept
    assert judge(made, with_score(model, intercept=intercept + 1e-12))["decisions_equal"]
    with pytest.raises(Refused, match="PARITY"):
        judge(made, with_score(model, intercept=intercept + 1e-9))


def test_a_probability_on_the_threshold_is_told_as_such(linear: Fitted) -> None:
    model = fit.compiled(linear)
    first = linear.study.holdout.frame.select(item.name for item in model.inputs)[:1]
    expected = float(linear.outputs(first)[0, 0])
    on = model.model_copy(update={"threshold": expected})
    shifted = with_score(on, intercept=score(on).intercept - 1e-14)
    with pytest.raises(Refused, match=r"PARITY.*1 of 1 decisions.*move the threshold"):
        parity.compare(linear, shifted, first, "model.json")
