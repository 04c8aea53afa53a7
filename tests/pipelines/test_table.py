"""A sheet against dataset.yaml."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from counterseal.values.finding import Refused
from tests.pipelines import world

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pipelines.world import World


def cell(place: int, value: str) -> Callable[[str], str]:
    """Put a value into a line's cell."""

    def change(line: str) -> str:
        cells = line.split(",")
        cells[place] = value
        return ",".join(cells)

    return change


INCOME, AGE, TOWN, JOB, OUTCOME = 1, 2, 3, 4, 5


def test_values_are_typed(toy: World) -> None:
    made = toy.line(2, lambda _: "0,1e1,18,ash,j1,yes").line(3, lambda _: "1,-0.0,90,?,j2,no")
    made = made.line(4, lambda _: "2,,40,,j2,no")
    frame = made.study().table.frame.head(3)
    assert frame.columns == ["income", "age", "town", "job"]
    assert frame.rows() == [(10.0, 18, "ash", "j1"), (0.0, 90, None, "j2"), (None, 40, None, "j2")]
    assert str(frame["income"].to_list()[1]) == "0.0"
    assert made.study().table.positive.head(3).to_list() == [True, False, False]


@pytest.mark.parametrize(
    ("place", "value", "code", "told"),
    [
        (AGE, "", "VALUE_MISSING", "a whole number in age, found nothing"),
        (JOB, "?", "VALUE_MISSING", "a category in job, found nothing"),
        (AGE, "30.5", "NOT_A_NUMBER", "a whole number in age, found '30.5'"),
        (AGE, "030", "NOT_A_NUMBER", "a whole number in age, found '030'"),
        (AGE, "NaN", "NOT_A_NUMBER", "a whole number in age, found 'NaN'"),
        (INCOME, "nan", "NOT_A_NUMBER", "a number in income, found 'nan'"),
        (INCOME, " 7", "NOT_A_NUMBER", "a number in income, found ' 7'"),
        (INCOME, "7 EUR", "NOT_A_NUMBER", "a number in income, found '7 EUR'"),
        (AGE, "17", "OUT_OF_BOUNDS", "a whole number in age from 18 to 90, found '17'"),
        (AGE, "99999999999999999999", "NOT_A_NUMBER", "found '99999999999999999999'"),
        (INCOME, "1e999", "OUT_OF_BOUNDS", "a number in income from 0 to 100, found '1e999'"),
        (INCOME, "-0.01", "OUT_OF_BOUNDS", "a number in income from 0 to 100, found '-0.01'"),
        (TOWN, "fir", "UNKNOWN_CATEGORY", "one of the 3 categories of town, found 'fir'"),
        (TOWN, "Ash", "UNKNOWN_CATEGORY", "found 'Ash'"),
        (OUTCOME, "", "TARGET_MISSING", "'yes' or 'no' in outcome, the target, found nothing"),
        (OUTCOME, "?", "TARGET_MISSING", "found nothing"),
        (OUTCOME, "NaN", "UNKNOWN_CLASS", "'yes' or 'no' in outcome, the target, found 'NaN'"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused(toy: World, place: int, value: str, code: str, told: str) -> None:
    with pytest.raises(Refused) as refused:
        toy.line(17, cell(place, value)).study()
    assert [finding.code for finding in refused.value.findings] == [code]
    assert refused.value.findings[0].where == f"{world.DATA}:17"
    assert told in str(refused.value)


def test_all_problems_are_told_in_order(toy: World) -> None:
    made = toy.line(9, cell(AGE, "x")).line(5, cell(TOWN, "fir")).line(5, cell(INCOME, "101"))
    with pytest.raises(Refused) as refused:
        made.line(7, cell(OUTCOME, "")).study()
    found = [(finding.code, finding.where.rpartition(":")[2]) for finding in refused.value.findings]
    fifth = [("OUT_OF_BOUNDS", "5"), ("UNKNOWN_CATEGORY", "5")]
    assert found == [*fifth, ("TARGET_MISSING", "7"), ("NOT_A_NUMBER", "9")]


def test_values_that_are_not_public_are_masked(toy: World) -> None:
    made = toy.described(public=False).line(5, cell(TOWN, "secret")).line(6, cell(AGE, "1234567"))
    with pytest.raises(Refused) as refused:
        made.line(8, cell(OUTCOME, "hidden")).study()
    assert not any(secret in str(refused.value) for secret in ("secret", "1234567", "hidden"))
    assert "a masked value of 6 characters" in str(refused.value)


@pytest.mark.parametrize("value", ["yes", "no"])
def test_one_class_only_is_refused(toy: World, value: str) -> None:
    lines = (toy.lines[0], *(cell(OUTCOME, value)(line) for line in toy.lines[1:]))
    with pytest.raises(Refused, match=r"ONE_CLASS.*rows of both classes"):
        replace(toy, lines=lines).study()


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("id,income,age,town,job,result", "without outcome and with result"),
        ("id,income,age,town,job,outcome,extra", "with extra"),
        ("income,age,town,job,outcome", "without id"),
        ("id,Income,age,town,job,outcome", "without income and with Income"),
    ],
)
def test_another_header_is_refused(toy: World, header: str, told: str) -> None:
    width = len(header.split(","))
    rows = (",".join((line.split(",") * 2)[:width]) for line in toy.lines[1:])
    with pytest.raises(Refused, match=f"{world.DATA}:1: HEADER_MISMATCH.*{told}"):
        replace(toy, lines=(header, *rows)).study()


def test_columns_may_stand_in_any_order(toy: World) -> None:
    lines = tuple(",".join(reversed(line.split(","))) for line in toy.lines)
    assert replace(toy, lines=lines).study().table.frame.equals(toy.study().table.frame)


def test_a_column_may_be_called_like_a_method_of_the_library(toy: World) -> None:
    columns = {("filter" if name == "age" else name): it for name, it in toy.dataset["spec"]["columns"].items()}
    made = toy.described(columns=columns).specified(features=["income", "filter"])
    made = made.line(1, lambda header: header.replace("age", "filter"))
    assert made.study().features("integer") == ("filter",)
    with pytest.raises(Refused, match=r"OUT_OF_BOUNDS.*in filter"):
        made.line(4, cell(AGE, "3")).study()


def test_a_dropped_column_is_not_looked_at(toy: World) -> None:
    assert toy.line(4, cell(0, "anything: \t ???")).study().table.frame.equals(toy.study().table.frame)


@pytest.mark.parametrize("name", ["c0", "c3", "row", "columns", "_row"])
def test_no_name_of_a_column_is_in_the_way(toy: World, name: str) -> None:
    columns = {(name if old == "town" else old): it for old, it in toy.dataset["spec"]["columns"].items()}
    made = toy.described(columns=columns).specified(features=["age", name])
    made = made.line(1, lambda header: header.replace("town", name))
    assert made.study().table.frame[name].to_list() == toy.study().table.frame["town"].to_list()
    with pytest.raises(Refused, match=rf"UNKNOWN_CATEGORY.*of {name}, found 'fir'"):
        made.line(4, cell(TOWN, "fir")).study()
