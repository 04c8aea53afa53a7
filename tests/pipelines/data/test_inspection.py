"""A data file against its description."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from counterseal.documents.dataset import DatasetSpec
from counterseal.values.finding import Refused
from pipelines.data import csv_file, parquet_file
from pipelines.data.inspection import Inspection, inspect
from pipelines.data.material import Data

ROWS = 1000
COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"type": "text", "pattern": "[a-z]+-[0-9]+"},
    "day": {"type": "date", "minimum": "2020-01-01", "maximum": "2024-12-31"},
    "seen": {"type": "datetime", "minimum": "2020-01-01T00:00:00", "nullable": True},
    "age": {"type": "integer", "minimum": 18, "maximum": 90},
    "income": {"type": "number", "minimum": 0, "maximum": 100, "nullable": True},
    "town": {"type": "category", "categories": {"ash": "Ash", "elm": "Elm"}, "nullable": True},
    "note": {"type": "text", "nullable": True},
}
TARGETS: dict[str, dict[str, Any]] = {
    "binary": {"positive": {"value": "yes", "label": "bad"}, "negative": {"value": "no", "label": "good"}},
    "multiclass": {"classes": [{"value": word, "label": f"a {word}"} for word in ("yes", "no", "perhaps")]},
    "regression": {"unit": "EUR", "minimum": 0, "maximum": 10},
}


def dataset(task: str = "binary", **changes: Any) -> DatasetSpec:
    spec = {
        "title": "Toy",
        "source": {"title": "made up", "licence": "CC0-1.0", "attribution": "nobody", "reference": "nowhere"},
        "public": True,
        "file": "toy.csv",
        "format": "csv",
        "fingerprint": "0" * 64,
        "missing": ["", "?"],
        "key": ["id"],
        "target": {"task": task, "column": "outcome", "meaning": "What came", **TARGETS[task]},
        "columns": {name: {"meaning": name, **column} for name, column in COLUMNS.items()},
        "dropped": {"extra": "nobody needs it"},
    }
    return DatasetSpec.model_validate(spec | changes)


@dataclass(frozen=True)
class Rows:
    """Rows of the data as typed values; a change gives others."""

    columns: dict[str, list[Any]] = field(
        default_factory=lambda: {
            "id": [f"row-{i}" for i in range(ROWS)],
            "day": [date(2020 + i % 5, 1 + i % 12, 1 + i % 28) for i in range(ROWS)],
            "seen": [
                None if i % 9 == 0 else datetime.fromisoformat(f"2021-01-01T{i % 24:02}:30:00") for i in range(ROWS)
            ],
            "age": [18 + i % 73 for i in range(ROWS)],
            "income": [None if i % 11 == 0 else i / 10 for i in range(ROWS)],
            "town": [("ash", "elm", None)[i % 3] for i in range(ROWS)],
            "note": [f"said, {i}" for i in range(ROWS)],
            "outcome": [("yes", "no")[i % 2] for i in range(ROWS)],
            "extra": ["anything"] * ROWS,
        }
    )

    def put(self, column: str, row: int, value: Any) -> Rows:
        return Rows({**self.columns, column: [*self.columns[column][:row], value, *self.columns[column][row + 1 :]]})

    def csv(self) -> Data:
        texts = pl.DataFrame({name: [_text(value) for value in values] for name, values in self.columns.items()})
        return Data.of(texts.write_csv().encode())

    def parquet(self, **options: Any) -> Data:
        target = io.BytesIO()
        pl.DataFrame(self.columns).write_parquet(target, row_group_size=100, **options)
        return Data.of(target.getvalue())


def _text(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def codes(found: Inspection) -> list[tuple[str, int]]:
    return [(finding.code, int(finding.where.rpartition(":")[2])) for finding in found.findings]


@pytest.fixture(autouse=True)
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK", 4096)
    monkeypatch.setattr(parquet_file, "PIECE", 300)


def test_data_that_fits_has_no_problems_and_is_the_same_in_both_formats() -> None:
    kept: dict[str, list[pl.DataFrame]] = {"csv": [], "parquet": []}
    for form, data in (("csv", Rows().csv()), ("parquet", Rows().parquet())):
        found = inspect(data, dataset(format=form), "x", kept[form].append)
        found.require("x")
        assert (found.rows, found.columns, found.problems, found.findings) == (ROWS, 9, 0, ())
        assert found.missing["town"] == ROWS // 3
        assert len(kept[form]) > 3
    first, second = (pl.concat(pieces) for pieces in kept.values())
    assert first.equals(second)
    assert first.columns == [*COLUMNS, "outcome"]
    assert first["seen"].dtype == pl.Datetime("us")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_whoever_watches_is_told_how_much_was_read(form: str) -> None:
    told: list[float] = []
    inspect(getattr(Rows(), form)(), dataset(format=form), "x", watch=told.append)
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == pytest.approx(1.0)


def test_every_rule_that_was_held_against_the_data_is_named() -> None:
    found = inspect(Rows().csv(), dataset(), "x").by_column()
    assert found["age"] == {"missing": 0, "spelling": 0, "bounds": 0}
    assert found["id"] == {"missing": 0, "pattern": 0, "unique": 0}
    assert found["town"] == {"category": 0}
    assert found["outcome"] == {"missing": 0, "category": 0}


def test_planted_defects_are_counted_exactly_and_the_first_are_told_in_order() -> None:
    made = Rows()
    for row in range(0, ROWS, 10):
        made = made.put("age", row, 17).put("town", row, "fir")
    made = made.put("day", 501, "2020-02-30").put("day", 502, "2020-1-1").put("day", 503, "2030-01-01")
    made = made.put("seen", 504, "2020-01-01 00:00:00").put("seen", 505, "2019-01-01T00:00:00").put("id", 506, "Row 1")
    made = made.put("income", 507, "ten").put("age", 508, None).put("outcome", 509, None).put("outcome", 511, "maybe")
    made = made.put("id", 600, "row-5").put("id", 601, "row-5").put("id", 3, "row-2")
    found = inspect(made.csv(), dataset(), "x")
    broken = {key: count for key, count in found.counts.items() if count}
    assert broken == {
        ("age", "bounds"): 100,
        ("town", "category"): 100,
        ("day", "spelling"): 2,
        ("day", "bounds"): 1,
        ("seen", "spelling"): 1,
        ("seen", "bounds"): 1,
        ("id", "pattern"): 1,
        ("income", "spelling"): 1,
        ("age", "missing"): 1,
        ("outcome", "missing"): 1,
        ("outcome", "category"): 1,
        ("id", "unique"): 3,
    }
    first = codes(found)[:4]
    assert first == [
        ("OUT_OF_BOUNDS", 2),
        ("UNKNOWN_CATEGORY", 2),
        ("DUPLICATE_KEY", 5),
        ("OUT_OF_BOUNDS", 12),
    ]
    assert len(found.findings) == 20
    with pytest.raises(Refused, match=r"x: DATA_MISFIT.*found 213 problems: .*age bounds 100.*id unique 3"):
        found.require("x")


@pytest.mark.parametrize(
    ("column", "value", "code", "says"),
    [
        ("day", "31/12/2020", "NOT_A_DATE", "a day like 2013-01-31 in day, found '31/12/2020'"),
        ("day", "2025-01-01", "OUT_OF_BOUNDS", "in day from 2020-01-01 to 2024-12-31, found '2025-01-01'"),
        ("seen", "2020-01-01T24:00:00", "NOT_A_DATE", "a moment like 2013-01-31T05:15:00 in seen"),
        ("seen", "2020-01-01T10:00:00+02:00", "NOT_A_DATE", "found '2020-01-01T10:00:00+02:00'"),
        ("seen", "2019-12-31T23:59:59.999999", "OUT_OF_BOUNDS", "in seen from 2020-01-01T00:00:00, found"),
        ("id", "row-1x", "PATTERN_MISMATCH", "a text in id that matches [a-z]+-[0-9]+, found 'row-1x'"),
        ("id", "xrow-1\tx", "PATTERN_MISMATCH", "found 'xrow-1\\tx'"),
        ("id", "row-7", "DUPLICATE_KEY", "a id that no earlier row has, found one that an earlier row has"),
    ],
)
def test_a_cell_that_does_not_fit_is_told(column: str, value: str, code: str, says: str) -> None:
    found = inspect(Rows().put(column, 41, value).csv(), dataset(), "x")
    assert codes(found) == [(code, 43)]
    assert says in str(found.findings[0])


@pytest.mark.parametrize("value", ["2021-01-01T10:00:00", "2021-01-01T10:00:00.5", "?"])
def test_moments_may_have_fractions(value: str) -> None:
    assert inspect(Rows().put("seen", 41, value).csv(), dataset(), "x").problems == 0


@pytest.mark.parametrize(("minimum", "broken"), [("2020-01-01T00:00:00", 1), ("2020-01-01T00:00:00Z", 887), (None, 0)])
def test_moments_are_in_utc_if_those_of_the_description_are(minimum: str | None, broken: int) -> None:
    columns = {name: {"meaning": name, **column} for name, column in COLUMNS.items()}
    columns["seen"]["minimum"] = minimum
    rows, described = Rows().put("seen", 41, "2021-01-01T10:00:00Z"), dataset(columns=columns)
    found = inspect(rows.csv(), described, "x")
    assert found.counts["seen", "zone"] == broken
    said = [str(finding) for finding in found.findings]
    assert all("in UTC (Z)" in text or "without a zone" in text for text in said)


@pytest.mark.parametrize(("public", "personal"), [(False, False), (True, True), (False, True)])
def test_values_are_masked_unless_everyone_may_see_them(*, public: bool, personal: bool) -> None:
    columns = {name: {"meaning": name, **column} for name, column in COLUMNS.items()}
    columns["town"]["personal"] = personal
    found = inspect(Rows().put("town", 5, "hidden").csv(), dataset(public=public, columns=columns), "x")
    assert "a masked value of 6 characters" in str(found.findings[0])
    assert "hidden" not in str(found.findings[0])


@pytest.mark.parametrize(
    ("task", "good", "bad", "code"),
    [
        ("multiclass", "perhaps", "never", "UNKNOWN_CLASS"),
        ("regression", "9.5", "10.5", "OUT_OF_BOUNDS"),
        ("regression", "1e1", "ten", "NOT_A_NUMBER"),
        ("regression", "0", "", "TARGET_MISSING"),
    ],
)
def test_the_target_is_judged_by_its_task(task: str, good: str, bad: str, code: str) -> None:
    rows = Rows({**Rows().columns, "outcome": [good] * ROWS})
    assert inspect(rows.csv(), dataset(task), "x").problems == 0
    assert codes(inspect(rows.put("outcome", 7, bad).csv(), dataset(task), "x")) == [(code, 9)]


def typed(column: str, values: list[Any], dtype: Any = None) -> Data:
    target = io.BytesIO()
    frame = pl.DataFrame(Rows().columns)
    frame.with_columns(pl.Series(column, (values * ROWS)[:ROWS], dtype)).write_parquet(target)
    return Data.of(target.getvalue())


@pytest.mark.parametrize(
    ("column", "values", "dtype", "broken"),
    [
        ("age", [20, 30], pl.Int8, {}),
        ("age", [20.0, 30.0], pl.Float32, {}),
        ("age", ["20", "30"], None, {}),
        ("age", [20.5, 30.0], pl.Float64, {"spelling": 500}),
        ("age", [20, 2**63], pl.UInt64, {"spelling": 500}),
        ("income", [1, 2], pl.Int64, {}),
        ("income", [float("nan"), 2.0], None, {"spelling": 500}),
        ("income", [float("inf"), 2.0], None, {"spelling": 500}),
        ("town", ["ash", "elm"], pl.Categorical, {}),
        ("town", ["ash", "fir"], pl.Enum(["ash", "fir"]), {"category": 500}),
        ("town", ["?", "elm"], None, {}),
        ("seen", [datetime.fromisoformat("2021-01-01")], pl.Datetime("ns", "UTC"), {}),
        ("note", [1, 2], pl.Int64, {}),
    ],
)
def test_typed_columns_keep_their_values_or_say_which_are_lost(
    column: str, values: list[Any], dtype: Any, broken: dict[str, int]
) -> None:
    found = inspect(typed(column, values, dtype), dataset(format="parquet"), "x")
    assert {rule: count for (name, rule), count in found.counts.items() if count and name == column} == broken


@pytest.mark.parametrize(
    ("column", "values", "dtype"),
    [
        ("age", [date(2020, 1, 1)], None),
        ("day", [datetime.fromisoformat("2020-01-01")], None),
        ("seen", [date(2020, 1, 1)], None),
        ("seen", [datetime.fromisoformat("2021-01-01")], pl.Datetime("us", "Europe/Berlin")),
        ("town", [1.5], None),
        ("income", [True], None),
        ("note", [b"\x00"], pl.Binary),
    ],
)
def test_a_type_that_cannot_hold_what_is_described_is_refused(column: str, values: list[Any], dtype: Any) -> None:
    with pytest.raises(Refused, match=f"COLUMN_TYPE.*{column} of a type"):
        inspect(typed(column, values, dtype), dataset(format="parquet"), "x")


def test_a_hundred_thousand_categories_are_judged() -> None:
    listed = {f"c{i}": "one" for i in range(100_000)}
    columns = {name: {"meaning": name, **column} for name, column in COLUMNS.items()}
    columns["town"] = {"type": "category", "meaning": "town", "categories": listed}
    rows = Rows({**Rows().columns, "town": [f"c{i * 101}" for i in range(ROWS)]})
    found = inspect(rows.csv(), dataset(columns=columns), "x")
    assert {key: count for key, count in found.counts.items() if count} == {("town", "category"): ROWS - 991}
    assert "one of the 100000 categories of town, found 'c100091'" in str(found.findings[0])


def test_a_formula_is_a_text_like_another() -> None:
    kept: list[pl.DataFrame] = []
    formula = '=HYPERLINK("http://example.org","x")'
    inspect(Rows().put("note", 5, formula).csv(), dataset(), "x", kept.append).require("x")
    assert pl.concat(kept)["note"][5] == formula
    found = inspect(Rows().put("town", 5, formula).csv(), dataset(), "x")
    assert "found '=HYPERLINK(" in str(found.findings[0])


def test_a_pattern_must_match_the_whole_text() -> None:
    columns = {name: {"meaning": name, **column} for name, column in COLUMNS.items()}
    columns["id"]["pattern"] = "row|.*1"
    found = inspect(Rows().csv(), dataset(columns=columns), "x")
    assert found.counts["id", "pattern"] == sum(not f"row-{i}".endswith("1") for i in range(ROWS))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_another_header_is_refused(form: str) -> None:
    rows = Rows({("result" if name == "outcome" else name): values for name, values in Rows().columns.items()})
    with pytest.raises(Refused, match=r"x:1: HEADER_MISMATCH.*without outcome and with result"):
        inspect(getattr(rows, form)(), dataset(format=form), "x")


def test_a_file_that_stops_reading_one_way_ends_the_inspection() -> None:
    lines = Rows().csv().read(0, 1 << 20).splitlines()
    with pytest.raises(Refused, match=r"x:901: RAGGED_ROW"):
        inspect(Data.of(b"\n".join([*lines[:900], b"one", *lines[901:]])), dataset(), "x")
