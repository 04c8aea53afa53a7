"""Whatever stands in a file: a draft that only asks, or a refusal, and never anything else."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from counterseal.documents.dataset import Dataset
from counterseal.values.finding import CountersealError, Refused
from pipelines.data.material import Data
from scripts.dataset import cells, draft, guess
from scripts.dataset.source import Brought
from scripts.repository.drafts import questions

ODD = [
    "", "?", "NA", "-", "1", "-0", "007", "1e400", "NaN", "inf", "yes", "no", "male", "female", "2013-01-01",
    "2013-02-30",
    "2013-01-01T05:15:00Z", "2013-01-01T05:15:00", "2013-12-31 05:15", "=1+1", "é", "<<", "null", "~", "x" * 300, " a",
    "a: b", "#", "- a", "{", "!x", "9999999999999999999", "1e308", "-1e308", "ann@example.com", '"', "\u2028", "\t",
]  # fmt: skip
NAMES = ["id", "customer_id", "age", "sex", "paid", "date", "email", "x", "target", "a b", ""]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a CSV file: each column has a few odd values, or numbers, or days."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
    kinds = st.one_of(
        st.sampled_from(ODD), st.integers(-5, 10**18).map(str), st.floats().map(repr), st.dates().map(str)
    )
    pools = [draw(st.lists(kinds, min_size=1, max_size=30)) for _ in names]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in range(draw(st.sampled_from([0, 1, 10, 45]))):
        writer.writerow([pool[(row * 7) % len(pool)] for pool in pools])
    return out.getvalue().encode()


def drafted(data: bytes, target: str | None, *, public: bool) -> bytes:
    brought = Brought("loans.csv", Data.of(data))
    with TemporaryDirectory() as aside:
        made = guess.guess(cells.read(brought, Path(aside)), target, "loans.csv", public=public)
    return draft.draft("loans", brought, made, public=public)


@settings(max_examples=40, deadline=None)
@given(st.one_of(files(), st.binary(max_size=60)), st.booleans())
@example(b"x\xe4\xae", False)  # noqa: FBT003 (an example)
@example(b"paid,x\n" + b"1e400,1\n-1e400,2\n" * 30, False)  # noqa: FBT003
def test_a_draft_that_only_asks_or_a_refusal(data: bytes, public: bool) -> None:  # noqa: FBT001 (drawn)
    try:
        written = drafted(data, None, public=public)
    except CountersealError:
        return
    assert questions(Dataset, written, "dataset.yaml")


def test_a_draft_asks_what_only_people_know() -> None:
    written = drafted(b"paid,income\n" + b"yes,1\nno,2\n" * 30, "paid", public=True)
    asked = questions(Dataset, written, "dataset.yaml")
    lines = [written.decode().splitlines()[int(place.rpartition(":")[2]) - 1] for place in asked]
    assert [line.split(":")[0].strip() for line in lines] == ["title", "title", "licence", "attribution", "reference"]
    with pytest.raises(Refused, match="INVALID_VALUE"):
        questions(Dataset, written.replace(b"format: csv", b"format: cvs"), "dataset.yaml")
