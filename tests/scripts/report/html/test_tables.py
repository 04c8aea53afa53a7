from __future__ import annotations

import re

from scripts.report.html import tables
from scripts.report.report import Number, Table

NEW, OLD = Number(0.8, 0.7, 0.9, 100), Number(0.6, 0.5, 0.7, 90)


def test_numbers_are_drawn_and_written() -> None:
    written = tables.part(Table("numbers", ("measure", "proposed", "serves now"), (("AUC", NEW, OLD),)))
    assert written.count("<svg") == 1
    assert '<td data-label="proposed"><span class="number">0.800<span class="interval"> (0.700 to 0.900)' in written
    assert '<th scope="row">AUC</th>' in written
    assert written.count('scope="col"') == 4, "the strip has a column of its own"


def test_one_scale_for_a_row_or_for_the_whole_table() -> None:
    rows = (("a", NEW), ("b", Number(0.1, 0.0, 0.2)))
    ends = r'<text class="end"[^>]*>([^<]*)<'
    apart = re.findall(ends, tables.part(Table("t", ("group", "rate"), rows)))
    shared = re.findall(ends, tables.part(Table("t", ("group", "rate"), rows, shared=True)))
    assert apart[0] != apart[1]
    assert shared == ["0", "0"]


def test_a_narrow_table_stays_one_on_a_phone_and_others_become_cards() -> None:
    narrow = Table("t", ("role", "signed"), (("owner", "alice"),))
    wide = Table("t", ("role", "signed"), (("owner", "alice, " * 9),))
    assert '<table class="slim">' in tables.part(narrow)
    assert '<table class="cards">' in tables.part(wide)
    assert '<table class="cards">' in tables.part(Table("t", ("m", "v"), (("a", NEW),)))


def test_a_table_without_rows_is_its_sentence() -> None:
    written = tables.part(Table("data", ("was", "is"), (), "The same."))
    assert "The same." in written
    assert "<table" not in written


def test_detail_is_folded() -> None:
    folded = Table("digests", ("of", "is"), (("entry", "00"),), folded=True)
    assert tables.part(folded).startswith("<details>")
    assert "<details" not in tables.part(Table("digests", ("of", "is"), (("entry", "00"),)))
