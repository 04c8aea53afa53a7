"""How easily answers tip, and what happens at the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pipelines import fit
from pipelines.measures import robustness
from pipelines.measures.answers import Asker, answer
from tests.pipelines.measures import toy as made

if TYPE_CHECKING:
    import polars as pl

    from tests.pipelines.world import World


def measured(toy: World) -> dict[str, Any]:
    study = toy.study()
    model = fit.compiled(fit.fit(study))
    ask = Asker(model)
    return robustness.measure(model, answer(ask, study.holdout), ask, study.training.frame, study.holdout.frame)


def test_a_linear_model_is_measured_exactly_and_refuses_what_is_odd(toy: World) -> None:
    found = measured(toy)
    assert found["exact"]
    assert found["method"].startswith("exact distance")
    assert 0 < found["median_margin"]["low"] < found["median_margin"]["high"]
    assert 0 <= found["fragile_share"]["value"] < 0.5
    assert set(found["missing"]) == {"income", "town"}
    assert found["out_of_range"] == {"tried": 1 + 4 + 2 * 4 + 2 * 2, "refused": 17}


def test_a_model_that_refuses_nothing_is_told(toy: World) -> None:
    study = toy.study()
    model = fit.compiled(fit.fit(study))
    row = study.holdout.frame.drop_nulls().row(0, named=True)
    wider = model.model_copy(
        update={
            "inputs": tuple(
                item.model_copy(update={"maximum": 1e9}) if hasattr(item, "maximum") else item for item in model.inputs
            )
        }
    )
    assert robustness.out_of_range(model, row)["refused"] == robustness.out_of_range(wider, row)["refused"] == 17
    assert len(model.check({**row, "income": 150.0})) == 1
    assert wider.check({**row, "income": 150.0}) == ()


def test_the_median_lies_between_order_statistics() -> None:
    found = robustness.median(np.arange(101.0))
    assert (found["value"], found["low"], found["high"]) == (50.0, 40.0, 61.0)
    assert robustness.median(np.asarray([3.0]))["value"] == 3.0


def test_noise_flips_those_at_the_threshold() -> None:
    scores = np.linspace(0, 1, 1001)
    answers = made.binary(scores, scores > 0.5)

    def shaken(_: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        moved = scores + 0.1 * (-1) ** np.arange(1001)
        return moved, (moved >= 0.5).astype(np.float64)

    found = robustness.changed(answers, shaken, None)  # type: ignore[arg-type]
    assert found["value"] == pytest.approx(0.1, abs=0.01)


def test_of_a_number_the_change_is_told_in_deviations() -> None:
    truth = np.asarray([-2.0, 2.0] * 50)
    answers = made.regression(truth, truth)
    found = robustness.changed(answers, lambda _: (truth + 1, truth + 1), None)  # type: ignore[arg-type]
    assert found["value"] == 0.5
