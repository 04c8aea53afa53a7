"""The parity gate."""

from __future__ import annotations

import pytest

from counterseal.documents.portable.additive import LinearTerm, Term, inputs_of
from counterseal.documents.portable.model import PortableModel
from counterseal.values.finding import Refused
from pipelines import fit, parity, rows
from pipelines.fit import Fitted
from tests.pipelines.world import world
from tests.support.models import score, with_score


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit.fit(world().study())


def moved(model: PortableModel, name: str, **changes: object) -> PortableModel:
    """Change one term."""
    terms: list[Term] = [t.model_copy(update=changes) if inputs_of(t) == (name,) else t for t in score(model).terms]
    return with_score(model, terms=tuple(terms))


def test_the_gate_holds_on_holdout_and_edges(fitted: Fitted) -> None:
    model = fit.compiled(fitted)
    probed = parity.probe(model, fitted.study.holdout.frame)
    found = parity.compare(fitted, model, probed, "model.json")
    assert found["rows"] == probed.height > fitted.study.holdout.rows
    assert found["largest_difference"] <= 1e-15
    assert found["decisions_equal"] is True
    assert rows.UNSEEN in probed["town"].to_list()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("age", {"weight": 0.25}),
        ("income", {"impute": 50.0}),  # told only by rows with missing values
        ("town", {"impute": "oak"}),
        ("job", {"unseen": 1e-9}),  # told only by rows with an unseen category
    ],
)
def test_a_model_that_answers_otherwise_is_refused(fitted: Fitted, name: str, changes: dict[str, object]) -> None:
    other = moved(fit.compiled(fitted), name, **changes)
    with pytest.raises(Refused, match="PARITY"):
        parity.compare(fitted, other, parity.probe(other, fitted.study.holdout.frame), "model.json")


def test_the_last_digits_may_differ_and_no_more(fitted: Fitted) -> None:
    model = fit.compiled(fitted)
    probed = parity.probe(model, fitted.study.holdout.frame)
    age = next(term for term in score(model).terms if isinstance(term, LinearTerm) and term.input == "age")
    parity.compare(fitted, moved(model, "age", center=age.center + 1e-12), probed, "model.json")
    with pytest.raises(Refused, match=r"a difference of \d.*e-\d+, 0 of"):
        parity.compare(fitted, moved(model, "age", center=age.center + 1e-7), probed, "model.json")
