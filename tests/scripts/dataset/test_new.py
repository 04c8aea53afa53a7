"""``dataset new``: clean files become drafts, dirty ones findings that say what to do, and nothing a traceback."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import polars as pl
import pytest

from counterseal.documents.dataset import Dataset
from counterseal.values.finding import Refused
from pipelines.data.inspection import inspect
from pipelines.data.material import Data
from tests.pipelines.conftest import ROOT
from tests.scripts.dataset.conftest import rows

if TYPE_CHECKING:
    from tests.scripts.dataset.conftest import Desk

CREDIT = ROOT / "datasets/german-credit/german_credit.csv"


def answered(text: str) -> str:
    return re.sub(r"'?FILL IN: ([^'\n]*)'?", r"'\1'", text)


def test_a_clean_file_becomes_a_draft_that_holds_once_its_questions_are_answered(desk: Desk) -> None:
    said = desk.new(CREDIT, "--name", "credit")
    assert "PASS  datasets/credit/dataset.yaml describes 1,000 rows of 22 columns" in said
    written = (desk.top / "datasets/credit/dataset.yaml").read_text()
    with pytest.raises(Refused) as error:
        Dataset.read(written.encode(), "dataset.yaml")
    assert {finding.code for finding in error.value.findings} == {"FILL_IN"}
    assert len(error.value.findings) == written.count("'FILL IN: ") > 4
    spec = Dataset.read(answered(written).encode(), "dataset.yaml").spec
    assert (spec.target.task, spec.target.column, spec.split.method) == ("binary", "credit_risk", "stratified")
    assert spec.target.classes[-1].value == "2"
    assert set(spec.sensitive) == {"age", "sex", "foreign_worker", "personal_status_sex"}
    assert (desk.top / "datasets/credit/german_credit.csv").read_bytes() == CREDIT.read_bytes()
    assert spec.fingerprint == sha256(CREDIT.read_bytes()).hexdigest()
    assert not spec.public


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CREDIT.read_text(), ("--public",)),
        (rows(400, x=lambda i: i * 1.5, sex=lambda i: "mf"[i % 2], day=lambda i: f"20{i % 20 + 10}-01-01"), ()),
        (rows(400, user_id=lambda i: f"u{i % 50}", order_id=lambda i: f"o{i}", x=lambda i: "?" if i % 5 else i), ()),
        (
            rows(400, minutes=lambda i: i * 1.5, when=lambda i: f"2013-01-{i % 28 + 1:02}T05:15:00Z"),
            ("--target", "minutes"),
        ),
    ],
)
def test_the_data_fits_its_draft(desk: Desk, data: str, words: tuple[str, ...]) -> None:
    file = desk.file(data)
    desk.new(file, *words)
    written = answered((desk.top / "datasets/loans/dataset.yaml").read_text())
    found = inspect(Data.of(file.read_bytes()), Dataset.read(written.encode(), "x").spec, "x")
    assert (found.problems, found.findings) == (0, ())


def test_the_same_file_gives_the_same_bytes(desk: Desk) -> None:
    desk.new(CREDIT)
    first = (desk.top / "datasets/german-credit/dataset.yaml").read_bytes()
    shutil.rmtree(desk.top / "datasets")
    desk.new(CREDIT)
    assert (desk.top / "datasets/german-credit/dataset.yaml").read_bytes() == first


def test_a_bound_quotes_no_single_record(desk: Desk) -> None:
    desk.new(desk.file(rows(income=lambda i: 1017 + 13 * i, level=lambda i: 1 + i % 4)))
    columns = desk.spec()["columns"]
    assert [columns["income"][end] for end in ("minimum", "maximum")] == [1000, 1800]
    assert [columns["level"][end] for end in ("minimum", "maximum")] == [1, 4]


def test_rare_categories_are_named_but_not_written_unless_the_data_is_public(desk: Desk) -> None:
    file = desk.file(rows(town=lambda i: "Ems" if i == 7 else "Ulm" if i % 2 else "Hof"))
    said = desk.new(file)
    assert "RARE_CATEGORIES" in said
    assert "'Ems'" in said
    assert list(desk.spec()["columns"]["town"]["categories"]) == ["Hof", "Ulm"]
    said = desk.new(file, "--name", "open", "--public")
    assert "RARE_CATEGORIES" not in said
    assert list(desk.spec("open")["columns"]["town"]["categories"]) == ["Ems", "Hof", "Ulm"]
    assert desk.spec("open")["public"] is True


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (lambda i: f"person{i}@example.com", "e-mail addresses"),
        (lambda i: f"+4930{1000000 + i}", "telephone numbers"),
        (lambda i: f"192.168.3.{i}", "network addresses"),
    ],
)
def test_columns_that_name_people_are_dropped(desk: Desk, column: Any, why: str) -> None:
    desk.new(desk.file(rows(x=lambda i: i, contact=column)))
    assert why in desk.spec()["dropped"]["contact"]


def test_no_value_of_few_rows_is_written_or_told(desk: Desk) -> None:
    text = rows(name=lambda i: f"Ann Secret{i}", note=lambda i: f"she said {i * 7919 % 1000}", age=lambda i: 18 + i % 7)
    said = desk.new(desk.file(text))
    written = (desk.top / "datasets/loans/dataset.yaml").read_text()
    assert not re.search(r"Secret|she said", said + written)
    assert set(desk.spec()["dropped"]) == {"name", "note"}


def test_missing_values_however_they_are_spelled(desk: Desk) -> None:
    text = rows(
        income=lambda i: "?" if i == 3 else "-" if i == 4 else i * 100,
        town=lambda i: "N/A" if i % 6 == 0 else "Ulm" if i % 2 else "Hof",
        debt=lambda i: -999 if i % 20 == 0 else i,
    )
    said = desk.new(desk.file(text))
    spec = desk.spec()
    assert spec["missing"] == ["?", "N/A", "-"]
    assert (spec["columns"]["income"]["type"], spec["columns"]["income"]["nullable"]) == ("integer", True)
    assert "2 of 60 missing" in said
    assert "3 cells are -999, far from all others" in said


def test_a_dash_that_is_a_word_elsewhere_is_not_a_missing_value(desk: Desk) -> None:
    text = rows(income=lambda i: "-" if i == 3 else i * 100, sign=lambda i: "-" if i % 2 else "+")
    said = desk.new(desk.file(text))
    assert desk.spec()["missing"] == []
    assert "MIXED_TYPES" in said
    assert "1 cells that are no whole numbers, the first on line 5" in said or "on line 5" in said


def test_mixed_types_are_counted_with_their_first_line(desk: Desk) -> None:
    said = desk.new(desk.file(rows(200, income=lambda i: "lots" if i in (30, 40) else i / 4)))
    assert "2 cells that are no numbers, the first on line 32" in said
    assert "lots" not in said


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (lambda i: f"=cmd|{i % 2}", "FORMULA"),
        (lambda i: f"{i}%", "percentages"),
        (lambda i: f'"{i},5"', "numbers with a decimal comma"),
        (lambda i: f"{i % 28 + 1}.12.2013", "dates with the day or month first"),
        (lambda i: f"2013-01-{i % 28 + 1:02} 05:15", "times with a space in the middle"),
        (lambda i: "" if i > 3 else i, "MOSTLY_MISSING"),
        (lambda i: " x" if i % 2 else "y", "PADDED"),
        (lambda i: f"w{i}x{i * i}!", "NEARLY_UNIQUE"),
    ],
)
def test_what_a_person_should_look_at(desk: Desk, column: Any, told: str) -> None:
    assert told not in desk.new(desk.file(rows(x=lambda i: i, odd=lambda i: i % 5)), "--name", "plain")
    assert told in desk.new(desk.file(rows(x=lambda i: i, odd=column)))


def test_a_perfect_leak_is_told(desk: Desk) -> None:
    said = desk.new(desk.file(rows(x=lambda i: i % 7, reminded=lambda i: 0 if i % 3 else 1, part=lambda i: i % 2)))
    assert "its value alone tells paid in 100.0% of the rows" in said
    assert said.count("TELLS_THE_TARGET") == 1


def test_ten_rows_are_told(desk: Desk) -> None:
    said = desk.new(desk.file(rows(10, x=lambda i: i)))
    assert "10 rows in all" in said
    assert "classes of few rows: 'yes' (6), 'no' (4)" in said
    assert "FEW_ROWS" not in desk.new(desk.file(rows(400, x=lambda i: i)), "--name", "many")


def test_a_hundred_thousand_values_are_no_category(desk: Desk) -> None:
    said = desk.new(desk.file(rows(100_000, x=lambda i: i % 9, word=lambda i: f"w{i:x}!")))
    assert "NEARLY_UNIQUE" in said
    assert desk.spec()["dropped"] == {"word": "It is free text, or has too many values to be a category."}


def test_forty_thousand_nulls_are_counted(desk: Desk) -> None:
    said = desk.new(desk.file(rows(50_000, income=lambda i: "" if i % 5 else i % 97)))
    assert "40,000 of 50,000 missing" in said
    assert "40,000 of 50,000 cells are missing" in said


def test_empty_and_constant_columns_are_dropped(desk: Desk) -> None:
    desk.new(desk.file(rows(nothing=lambda i: "", same=lambda i: 4, x=lambda i: i)))
    assert list(desk.spec()["dropped"]) == ["nothing", "same"]


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        (b"", "DATA_EMPTY", "a header and rows"),
        (b"a,paid\n", "DATA_EMPTY", "at least one row"),
        ("a,paid\nMüller,1\n".encode("latin-1"), "DATA_NOT_UTF8", "iconv -f WINDOWS-1252 -t UTF-8"),
        ("a,paid\n5 €,1\n".encode("cp1252"), "DATA_NOT_UTF8", "iconv -f WINDOWS-1252 -t UTF-8"),
        ("a,paid\n5,1\n".encode("utf-16"), "DATA_NOT_UTF8", "iconv -f UTF-16 -t UTF-8"),
        (b"\xef\xbb\xbfa,paid\n5,1\n", "DATA_BYTE_ORDER_MARK", "tail -c +4"),
        (b"a;paid\n5;1\n", "DATA_DELIMITER", 'delimiter=";"'),
        (b"a\tpaid\n5\t1\n", "DATA_DELIMITER", "tabs"),
        (b"a,paid,a\n5,1,2\n", "HEADER_NAMES", "echo a,paid,a_2"),
        (b"net income,paid,\n5,1,2\n", "HEADER_NAMES", "echo net_income,paid,column_3"),
        (b"a,paid\n5,1\n5\n5,1,2\n", "RAGGED_ROW", "quotes around the whole cell"),
        (b"a,paid\n5,1\n\n5,1\n", "RAGGED_ROW", "empty"),
        (b'a,paid\n5,"1\n2"\n', "DATA_QUOTES", "others; also on lines 3"),
        (b"a,paid\n5,\x001\n", "DATA_CONTROL_CHARACTER", "U+0000"),
        (b"a,paid\r5,1\r", "DATA_CONTROL_CHARACTER", r"tr '\r' '\n'"),
    ],
)
def test_what_must_be_mended_first(desk: Desk, data: bytes, code: str, told: str) -> None:
    said = desk.refused(desk.file(data), "--target", "paid")
    assert code in said
    assert told in said


@pytest.mark.parametrize(
    "broken",
    [
        ("town,paid,x\n" + "M\u00fcnchen,yes,1\nUlm,no,2\n" * 20).encode("latin-1"),
        ("town,paid,x\n" + "M\u00fcnchen,yes,1\nUlm,no,2\n" * 20).encode("utf-16"),
        b"\xef\xbb\xbftown,paid\n" + b"Ulm,yes\nHof,no\n" * 20,
        b"town;paid\n" + b"Ulm;yes\nHof;no\n" * 20,
        b"town,paid,town,net income\n" + b"Ulm,yes,1,2\nHof,no,2,3\n" * 20,
        b'town,paid\n"Ulm\nD",yes\nHo"f",no\n' + b"Ulm,yes\nHof,no\n" * 20,
        b"town,paid\r" + b"Ulm,yes\rHof,no\r" * 20,
        b"town,paid\n" + b"Ulm,yes\n\nHof,no\n" * 20,
        b"town,paid\n" + b"Ul\x01m,yes\nHof,no\n" * 20,
    ],
)
def test_the_command_that_is_told_mends_it(desk: Desk, broken: bytes) -> None:
    path = desk.file(broken)
    for _ in range(4):
        code, _, said = desk.run("dataset", "new", str(path), "--name", "mended")
        if code == 0:
            break
        command = re.search(r"mend +(.*?)( \(if .*)?$", said, re.MULTILINE)
        assert command is not None, said
        subprocess.run(["sh", "-c", command[1]], check=True)
        path = path.with_name(f"{path.stem}-mended.csv")
    assert desk.spec("mended")["target"]["column"] == "paid"


def test_times_split_by_time(desk: Desk) -> None:
    text = rows(day=lambda i: f"2013-0{1 + i // 10}-{1 + i % 10:02}", x=lambda i: i % 7)
    assert "by time: day" in desk.new(desk.file(text))
    assert desk.spec()["split"] == {"method": "temporal", "column": "day", "since": "2013-05-03"}
    assert desk.spec()["columns"]["day"]["minimum"] == "2013-01-01"


def test_ids_that_come_again_split_by_group(desk: Desk) -> None:
    text = rows(200, customer_id=lambda i: f"C{i % 40}", order_id=lambda i: f"O{i}")
    desk.new(desk.file(text))
    spec = desk.spec()
    assert spec["split"] == {"method": "grouped", "key": ["customer_id"], "holdout": 0.3}
    assert spec["key"] == ["order_id"]
    assert spec["columns"]["customer_id"]["personal"]


def test_a_number_is_a_regression(desk: Desk) -> None:
    said = desk.new(desk.file(rows(minutes=lambda i: i * 1.5)), "--target", "minutes")
    assert "regression" in said
    spec = desk.spec()
    assert (spec["target"]["unit"], spec["target"]["maximum"]) == ("FILL IN: in which unit minutes is measured", 90)
    assert len(spec["split"]["edges"]) == 9


def test_three_classes(desk: Desk) -> None:
    desk.new(desk.file(rows(species=lambda i: "abc"[i % 3])), "--target", "species")
    assert [item["value"] for item in desk.spec()["target"]["classes"]] == ["a", "b", "c"]


def test_a_target_nobody_can_learn_is_refused(desk: Desk) -> None:
    file = desk.file(rows(same=lambda i: "x", many=lambda i: f"v{i * i}", when=lambda i: "2013-01-01"))
    for column in ("same", "many"):
        assert "TARGET" in desk.refused(file, "--target", column)
    assert "the same value of same in every row" in desk.refused(file, "--target", "same")
    code, _, said = desk.run("dataset", "new", str(file), "--target", "nothing")
    assert (code, "there are paid, same, many, when" in said) == (2, True)
    code, _, said = desk.run("dataset", "new", str(desk.file("a,b\n" + "1.5,x\n2.5,y\n3.5,z\n" * 20 + "1,q\n" * 0)))
    assert code == 0
    code, _, said = desk.run("dataset", "new", str(desk.file("a\n" + "".join(f"{i}.5\n" for i in range(60)), "b.csv")))
    assert (code, "name it: --target COLUMN, one of a" in said) == (2, True)


def test_parquet_tells_its_own_types(desk: Desk) -> None:
    frame = pl.DataFrame(
        {
            "id": range(60),
            "income": [None if i == 3 else i * 0.5 for i in range(60)],
            "town": ["Ulm" if i % 2 else "Hof" for i in range(60)],
            "at": pl.datetime_range(pl.datetime(2013, 1, 1), pl.datetime(2013, 3, 1), "1d", eager=True)[:60],
            "late": [i % 3 == 0 for i in range(60)],
        }
    )
    frame.write_parquet(desk.outside / "flights.parquet")
    desk.new(desk.outside / "flights.parquet")
    spec = desk.spec("flights")
    types = {name: column["type"] for name, column in spec["columns"].items()}
    assert types == {"id": "integer", "income": "number", "town": "category", "at": "datetime"}
    assert (spec["format"], spec["target"]["positive"]["value"], spec["split"]["method"]) == (
        "parquet",
        "true",
        "temporal",
    )


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:100], lambda data: b"PAR1" + data[4:-60] + data[-8:], lambda _: b"PAR1"]
)
def test_a_lying_footer_is_a_finding(desk: Desk, spoil: Any) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"paid": [True, False] * 30, "x": range(60)}).write_parquet(buffer)
    assert "DATA_FOOTER" in desk.refused(desk.file(spoil(buffer.getvalue()), "x.parquet"))


def test_columns_that_no_document_describes_are_refused(desk: Desk) -> None:
    pl.DataFrame({"paid": [True, False] * 30, "x": [b"1"] * 60}).write_parquet(desk.outside / "x.parquet")
    assert "x (Binary)" in desk.refused(desk.outside / "x.parquet")


def test_a_url_that_fsspec_opens(desk: Desk) -> None:
    fsspec.filesystem("memory").pipe("/loans.csv", rows(x=lambda i: i).encode())
    code, said, failed = desk.run("dataset", "new", "memory://loans.csv")
    assert (code, failed) == (0, "")
    assert "60 rows" in said
    assert (desk.top / "datasets/loans/loans.csv").read_bytes() == rows(x=lambda i: i).encode()


@pytest.mark.parametrize(
    ("file", "code", "told"),
    [
        ("nowhere.csv", 1, "MISSING_FILE"),
        ("memory://nowhere.csv", 1, "MISSING_FILE"),
        ("nonsense://x.csv", 1, "DATA_UNREADABLE"),
        ("loans.xlsx", 2, "a file that ends in"),
    ],
)
def test_a_file_that_is_not_there(desk: Desk, file: str, code: int, told: str) -> None:
    found, _, said = desk.run("dataset", "new", file)
    assert (found, told in said) == (code, True), said


def test_a_dataset_is_never_replaced(desk: Desk) -> None:
    file = desk.file(rows(x=lambda i: i))
    desk.new(file)
    before = (desk.top / "datasets/loans/dataset.yaml").read_bytes()
    code, _, said = desk.run("dataset", "new", str(file))
    assert (code, "DATASET_EXISTS" in said) == (1, True)
    assert (desk.top / "datasets/loans/dataset.yaml").read_bytes() == before
    code, _, said = desk.run("dataset", "new", str(file), "--name", "../x")
    assert (code, "--name ../x" in said) == (2, True)


def test_a_link_is_replaced_and_not_followed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep")
    (desk.top / "datasets/loans").mkdir(parents=True)
    for name in ("loans.csv", "dataset.yaml"):
        (desk.top / "datasets/loans" / name).symlink_to(tmp_path / "precious")
    code, _, said = desk.run("dataset", "new", str(desk.file(rows(x=lambda i: i))))
    assert (code, "DATASET_EXISTS" in said) == (1, True)
    (desk.top / "datasets/loans/dataset.yaml").unlink()
    desk.new(desk.file(rows(x=lambda i: i)))
    assert (tmp_path / "precious").read_text() == "keep"
    assert not (desk.top / "datasets/loans/loans.csv").is_symlink()


def test_a_folder_that_leads_elsewhere_is_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (desk.top / "datasets").symlink_to(tmp_path / "elsewhere")
    code, _, said = desk.run("dataset", "new", str(desk.file(rows(x=lambda i: i))))
    assert (code, "FILE_MODE" in said) == (1, True)
    assert not list((tmp_path / "elsewhere").iterdir())
