"""Rows drawn from the schema."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from counterseal.documents.portable.inputs import NumberInput
from counterseal.documents.portable.model import PortableModel
from pipelines import fit, rows
from tests.pipelines.world import world
from tests.support.models import shifted

if TYPE_CHECKING:
    from tests.pipelines.world import World


@pytest.fixture(scope="module")
def model() -> PortableModel:
    return fit.compiled(fit.fit(world().study()))


def test_golden_rows_reach_every_corner_of_the_schema(model: PortableModel) -> None:
    drawn = [golden.row for golden in rows.golden(model).spec.rows]
    assert len(drawn) == rows.GOLDEN
    for item in model.inputs:
        seen = {row[item.name] for row in drawn}
        assert (None in seen) is item.nullable
        if isinstance(item, NumberInput):
            assert {item.minimum, item.maximum} <= seen
            assert len(seen) > 10
        else:
            assert set(item.categories) <= seen


def test_golden_rows_hold_and_do_not_hold_for_another_model(model: PortableModel) -> None:
    golden = rows.golden(model)
    assert golden.mismatches(model, "golden.json") == ()
    moved = shifted(model, 1e-9)
    assert {finding.code for finding in golden.mismatches(moved, "golden.json")} == {"GOLDEN_ROW"}


def test_golden_rows_do_not_depend_on_the_data(model: PortableModel, toy: World) -> None:
    other = fit.compiled(fit.fit(replace(toy, lines=world(300, seed=9).lines).study()))
    assert other != model
    drawn, again = (rows.golden(made).spec.rows for made in (model, other))
    assert [golden.row for golden in drawn] == [golden.row for golden in again]
    assert [golden.outputs for golden in drawn] != [golden.outputs for golden in again]


def test_edges_are_bounds_absences_and_the_unheard_of(model: PortableModel) -> None:
    row: rows.Row = {"income": 5.0, "age": 40, "town": "ash", "job": "j1"}
    changed = [{k: v for k, v in edge.items() if v != row[k]} for edge in rows.edges(model, row)]
    bounds: list[rows.Row] = [{"income": 0.0}, {"income": 100.0}, {"age": 18}, {"age": 90}]
    absent: list[rows.Row] = [{"income": None}, {"town": None}, {"income": None, "town": None}]
    listed: list[rows.Row] = [{}, {"town": "elm"}, {"town": "oak"}, {}, {"job": "j2"}]
    unheard: list[rows.Row] = [{"town": rows.UNSEEN}, {"job": rows.UNSEEN}]
    assert all(edge in changed for edge in (*bounds, *absent, *listed, *unheard))
    assert len(changed) == len(bounds) + len(absent) + len(listed) + len(unheard)


def test_an_integer_with_fractional_bounds_stays_inside() -> None:
    item = NumberInput(name="n", type="integer", minimum=0.5, maximum=2.5, nullable=False)
    assert {rows._at(item, share / 10, 0) for share in range(11)} == {1, 2}
