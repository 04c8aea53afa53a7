"""From snapshots to tables: what serves, what is closed and why, and what is told."""

from dataclasses import replace

import pytest

from counterseal.documents.baseline import Baseline, BaselineSpec, NumberBins
from counterseal.values.finding import Finding, Refused
from serving.admission import admit, changes
from serving.table import Table
from tests.serving import toy

EMPTY = Table()


def codes(before: Table, after: Table) -> list[str]:
    return [change.code for change in changes(before, after)]


def code_of(table: Table, model: str | None) -> list[str]:
    with pytest.raises(Refused) as caught:
        table.route(model)
    return [finding.code for finding in caught.value.findings]


def test_a_first_model_is_admitted() -> None:
    table = admit(toy.snapshot(toy.served()), EMPTY)
    assert codes(EMPTY, table) == ["ADMITTED"]
    assert table.route("credit").served.version == 1
    assert table.route(None) is table.route("credit")


def test_a_new_version_is_swapped_in_with_a_window_of_its_own() -> None:
    first = admit(toy.snapshot(toy.served()), EMPTY)
    second = admit(toy.snapshot(toy.served(2, 2)), first)
    assert codes(first, second) == ["SWAPPED"]
    assert second.routes["credit"].watch is not first.routes["credit"].watch
    assert first.routes["credit"].served.version == 1


def test_the_same_promotion_keeps_its_window() -> None:
    first = admit(toy.snapshot(toy.served()), EMPTY)
    second = admit(toy.snapshot(toy.served()), first)
    assert codes(first, second) == []
    assert second.routes["credit"].watch is first.routes["credit"].watch


def test_a_restore_is_a_swap_though_its_bytes_are_known() -> None:
    first = admit(toy.snapshot(toy.served(1, 1)), EMPTY)
    assert codes(first, admit(toy.snapshot(toy.served(1, 3, kind="restore")), first)) == ["SWAPPED"]


@pytest.mark.parametrize(("retired", "code"), [(True, "RETIRED"), (False, "CLOSED")])
def test_a_model_that_may_not_serve_is_closed_by_name(retired: bool, code: str) -> None:  # noqa: FBT001
    first = admit(toy.snapshot(toy.served()), EMPTY)
    second = admit(toy.snapshot(toy.stopped(retired=retired)), first)
    assert codes(first, second) == [code]
    assert code_of(second, "credit") == ["MODEL_CLOSED", "RETIRED" if retired else "WITHDRAWN"]


def test_a_model_that_disappears_is_closed_by_name_and_stays_so() -> None:
    first = admit(toy.snapshot(toy.served(), toy.served(1, 2, "churn")), EMPTY)
    second = admit(toy.snapshot(toy.served(1, 2, "churn")), first)
    assert codes(first, second) == ["CLOSED"]
    assert code_of(second, "credit") == ["MODEL_CLOSED", "MODEL_GONE"]
    third = admit(toy.snapshot(toy.served(1, 2, "churn")), second)
    assert codes(second, third) == []
    assert code_of(third, "credit") == ["MODEL_CLOSED", "MODEL_GONE"]


def test_a_model_that_comes_back_is_admitted_again() -> None:
    closed = admit(toy.snapshot(toy.stopped()), EMPTY)
    assert codes(closed, admit(toy.snapshot(toy.served(2, 2)), closed)) == ["ADMITTED"]


def test_names_that_lead_nowhere() -> None:
    two = admit(toy.snapshot(toy.served(), toy.served(1, 2, "churn")), EMPTY)
    assert code_of(EMPTY, "credit") == ["NOTHING_ADMITTED"]
    assert code_of(two, "other") == ["UNKNOWN_MODEL"]
    assert code_of(two, None) == ["WHICH_MODEL"]
    assert code_of(admit(toy.snapshot(), EMPTY), None) == ["WHICH_MODEL"]


@pytest.mark.parametrize("name", ["age", "more", "score", "purpose"])
def test_a_baseline_that_does_not_fit_does_not_serve(name: str) -> None:
    features = dict(toy.baseline().spec.features)
    if name in ("age", "score"):
        del features[name]
    else:
        features[name] = NumberBins(cuts=(0.0,), counts=(1, 1, 0))
    odd = toy.served(2, 2, baseline=Baseline.of("credit", BaselineSpec(rows=1, features=features)))
    assert code_of(admit(toy.snapshot(odd), EMPTY), "credit") == ["MODEL_CLOSED", "BASELINE_MISFIT"]
    first = admit(toy.snapshot(toy.served()), EMPTY)
    second = admit(toy.snapshot(odd), first)
    assert second.route("credit").served.version == 1
    assert codes(first, second) == ["BASELINE_MISFIT"]


def test_warnings_are_told_once() -> None:
    warning = Finding("TRUST_EXPIRED", "policies/trust/1.yaml", "a trust that has not expired", "one that has")
    late = replace(toy.snapshot(toy.served(warnings=(warning,))), warnings=(warning,))
    first = admit(late, EMPTY)
    assert codes(EMPTY, first) == ["ADMITTED", "TRUST_EXPIRED"]
    assert codes(first, admit(late, first)) == []
    other = replace(warning, found="one that has, by another day")
    again = replace(late, warnings=(other,))
    assert codes(first, admit(again, first)) == ["TRUST_EXPIRED"]
    over = list(changes(first, admit(toy.snapshot(toy.served()), first)))
    assert [change.code for change in over] == ["WARNING_OVER"]
    assert over[0].message.startswith("TRUST_EXPIRED is over")


def test_a_table_cannot_be_changed() -> None:
    table = admit(toy.snapshot(toy.served()), EMPTY)
    with pytest.raises(TypeError):
        table.routes["credit"] = table.routes["credit"]  # type: ignore[index]
