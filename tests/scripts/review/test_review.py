"""A proposal's chapter: each kind of change has its table, and of what did not change that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.values.finding import refuse
from scripts.report.report import Number
from scripts.review.review import FIRST, _told, chapter, chapters
from tests.scripts.review.conftest import BRANCH, FLIPPED, GONE, HOSTILE, NEW, OTHER
from tests.support.world import MODEL

if TYPE_CHECKING:
    from counterseal.verification.ground import Ground
    from scripts.report.report import Cell, Table
    from scripts.review.side import Side
    from tests.support.world import World


def tables(new: Side, old: Side | None) -> dict[str, Table]:
    return {item.title: item for item in chapter(new, old).tables}


def rows(table: Table) -> dict[Cell, tuple[Cell, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def test_every_change_has_its_table(sides: tuple[Side, Side]) -> None:
    found = tables(*sides)
    assert rows(found["At a glance"])["version"] == ("2", "1")
    auc = rows(found["How good it is"])["AUC"]
    assert all(isinstance(cell, Number) for cell in auc[:2])
    assert "by 0." in str(auc[2])
    assert rows(found["Spec"])["threshold"] == ("0.5", "0.45")
    assert "telephone" in str(rows(found["Spec"])["features"][0])
    assert found["Dependencies"].rows == ()
    assert "the same as before" in found["Dependencies"].says


def test_the_data_is_compared_field_by_field(sides: tuple[Side, Side]) -> None:
    found = rows(tables(*sides)["Data"])
    assert found["rows"] == ("1000", str(1000 - GONE + NEW))
    assert found["duration: maximum"] == ("84", "96")
    assert found["purpose · categories: A47"] == ("-", HOSTILE)
    assert found["age: groups"] == ("all kept", "new: 40")


def test_the_rows_are_counted_one_by_one(sides: tuple[Side, Side]) -> None:
    found = rows(tables(*sides)["Rows"])
    assert found["with another label"][0] == str(FLIPPED)
    assert found["new"][0] == str(NEW + OTHER)
    assert found["gone"][0] == str(GONE + OTHER)


def test_groups_that_are_new_or_gone_are_told(sides: tuple[Side, Side]) -> None:
    found = rows(tables(*sides)["decided positive, by age"])
    assert found["26 to 39"][1:] == ("-", "new here")
    assert found["26 to 59"][0] == "-"
    assert found["26 to 59"][2] == "no longer measured"
    assert isinstance(found["under 26"][1], Number)


def test_the_model_is_told_in_words(sides: tuple[Side, Side]) -> None:
    new, old = sides
    both = [item for item in chapter(new, old).tables if item.title in {"What the model does", "Its other inputs"}]
    found = {cell: row for table in both for cell, row in rows(table).items()}
    assert found["telephone"][2] == "no longer asked for"
    assert "at A14 (no checking account)" in str(found["status"][0])
    assert "on the score for each of its Deutsche Mark" in str(found["amount"][2])
    assert "“bad”" in both[0].says
    assert "terms instead of" in both[0].says


def test_a_first_version_is_told_without_comparison(sides: tuple[Side, Side]) -> None:
    found = chapter(sides[1], None)
    assert found.notes == (FIRST,)
    assert {len(item.columns) for item in found.tables if not item.folded} == {2}
    assert not {"Data", "Rows", "Spec", "Dependencies"} & {item.title for item in found.tables}


def test_what_cannot_be_verified_any_longer_is_not_compared(moved: World, sides: tuple[Side, Side]) -> None:
    def lost(ground: Ground, name: str) -> Side | None:
        raise refuse("CARD_DIFFERS", f"registry/{name}/CARD.md", "one card", "another")

    found = _told(sides[0], moved.assess(BRANCH).ground, lost)
    assert found.notes == ("not compared with what was before: CARD_DIFFERS, registry/german-credit/CARD.md",)
    assert "Data" not in {item.title for item in found.tables}


def test_the_same_model_twice_says_so(sides: tuple[Side, Side]) -> None:
    found = tables(sides[1], sides[1])
    assert rows(found["How good it is"])["AUC"][2] == "the same"
    assert found["Spec"].says == "Word for word as before."
    assert "The same file" in found["Data"].says
    assert "Rows" not in found
    assert {row[-1] for row in found["What the model does"].rows if "score" not in str(row[-1])} == {"weighs as much"}
    alone = tables(sides[1], None)["What the model does"].rows
    assert list(rows(found["What the model does"])) == [row[0] for row in alone], "as far apart: what moves most first"


def test_a_proposal_has_a_chapter_for_each_model(moved: World) -> None:
    (only,) = chapters(moved.assess(BRANCH).ground)
    assert only.title == MODEL
    digests = only.tables[-1]
    assert digests.folded
    assert rows(digests)["registry/german-credit/model/model.json"][0] != rows(digests)["the entry"][0]
