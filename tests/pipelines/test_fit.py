"""Fitting and compiling: the plain data answers as scikit-learn does, whatever it is asked."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents.portable.additive import CategoryTerm, LinearTerm, inputs_of
from counterseal.documents.portable.model import PortableModel
from counterseal.values.finding import Refused
from pipelines import fit
from pipelines.fit import Fitted
from tests.pipelines.world import world
from tests.support.models import score

if TYPE_CHECKING:
    from tests.pipelines.world import World

ROW = st.fixed_dictionaries(
    {
        "income": st.none() | st.floats(0, 100),
        "age": st.integers(18, 90),
        "town": st.none() | st.sampled_from(["ash", "elm", "oak", "unheard of"]),
        "job": st.sampled_from(["j1", "j2", "j3"]),
    }
)
PREPARATIONS: list[dict[str, Any]] = [
    {},
    {"preprocessing": {"numeric": {"impute": "mean", "scale": "none"}, "categorical": {"impute": "none"}}},
    {"features": ["age"], "preprocessing": {"numeric": {"impute": "none"}}},
    {
        "features": ["town", "job"],
        "estimator": {"name": "logistic-regression", "parameters": {"class_weight": "balanced"}},
    },
    {"features": ["job", "age"], "preprocessing": {"numeric": {"impute": "none", "scale": "none"}}},
]


def fitted(**changes: object) -> Fitted:
    return fit.fit(world().specified(**changes).study())


@pytest.fixture(scope="module", params=range(len(PREPARATIONS)))
def pair(request: pytest.FixtureRequest) -> tuple[Fitted, PortableModel]:
    both = fitted(**PREPARATIONS[request.param])
    return both, fit.compiled(both)


@settings(max_examples=12)
@given(rows=st.lists(ROW, min_size=1, max_size=20))
def test_plain_data_and_pipeline_agree(pair: tuple[Fitted, PortableModel], rows: list[dict[str, Any]]) -> None:
    pipeline, model = pair
    frame = pl.DataFrame(rows, schema=pipeline.study.table.frame.schema)
    expected = pipeline.probabilities(frame)
    found = [model.predict(row).probability for row in frame.iter_rows(named=True)]
    assert max(abs(a - b) for a, b in zip(expected, found, strict=True)) <= 1e-12


def test_the_model_is_what_the_documents_say(toy: World) -> None:
    model = fit.compiled(fit.fit(toy.specified(threshold=0.4, version=7).study()))
    assert (model.model, model.version, model.threshold, model.classes) == ("toy", 7, 0.4, ("good", "bad"))
    assert [item.name for item in model.inputs] == list(toy.study().features())
    terms = score(model).terms
    assert [inputs_of(term) for term in terms] == [(item.name,) for item in model.inputs]
    assert [item.nullable for item in model.inputs] == [True, True, False, False]
    # Only what may be missing is imputed.
    assert [term.impute is None for term in terms if isinstance(term, (LinearTerm, CategoryTerm))] == [
        False,
        False,
        True,
        True,
    ]
    assert model.check(model.reference) == ()
    assert PortableModel.read(model.write(), "model.json") == model


def test_the_same_materials_give_the_same_bytes(toy: World) -> None:
    assert fit.compiled(fit.fit(toy.study())).write() == fit.compiled(fit.fit(toy.study())).write()
    assert fit.compiled(fit.fit(toy.study())).write() != fit.compiled(fitted(seed=1, threshold=0.4)).write()


def test_what_was_learned_has_ten_digits(toy: World) -> None:
    pipeline = fit.fit(toy.study())
    model = fit.compiled(pipeline)
    numbers = [score(model).intercept]
    for term in score(model).terms:
        assert isinstance(term, (LinearTerm, CategoryTerm))
        numbers += (
            list(term.weights.values()) if isinstance(term, CategoryTerm) else [term.weight, term.center, term.scale]
        )
    assert all(float(f"{number:.10g}") == number for number in numbers)


def test_a_category_that_never_occurs_has_no_weight(toy: World) -> None:
    columns = toy.dataset["spec"]["columns"]["town"]["categories"] | {"yew": "Yew"}
    model = fit.compiled(fit.fit(toy.column("town", categories=columns).study()))
    terms = [term for term in score(model).terms if isinstance(term, CategoryTerm)]
    weights = next(term.weights for term in terms if term.input == "town")
    assert weights["yew"] == 0.0
    assert weights["oak"] != 0.0


def test_rows_held_out_are_not_learned_from(toy: World) -> None:
    study = toy.study()
    lines = [line for line, held in zip(toy.lines[1:], study.sides.holdout, strict=True) if not held]
    held = [line for line, held in zip(toy.lines[1:], study.sides.holdout, strict=True) if held]
    other = {"yes": "no", "no": "yes"}
    turned = [f"{line.rpartition(',')[0]},{other[line.rpartition(',')[2]]}" for line in held]
    again = replace(toy, lines=(toy.lines[0], *lines, *turned))
    assert fit.compiled(fit.fit(again.study())) == fit.compiled(fit.fit(study))


def test_a_fit_that_does_not_converge_is_refused(toy: World) -> None:
    hasty = {"name": "logistic-regression", "parameters": {"max_iter": 1}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Refused, match=r"model_specs/toy.yaml: NOT_CONVERGED"):
            fit.fit(toy.specified(estimator=hasty).study())
