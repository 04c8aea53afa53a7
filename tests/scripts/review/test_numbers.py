from __future__ import annotations

import pytest

from scripts.report.report import Number
from scripts.review.numbers import change, columns, row, short

NEW, OLD = Number(0.8, 0.7, 0.9), Number(0.75, 0.7, 0.79)


@pytest.mark.parametrize(
    ("name", "new", "old", "said"),
    [
        ("auc", NEW, OLD, "better by 0.050, outside the old interval"),
        ("auc", OLD, NEW, "worse by 0.050, within the old interval"),
        ("brier", NEW, OLD, "worse by 0.050, outside the old interval"),
        ("anything", NEW, OLD, "higher by 0.050, outside the old interval"),
        ("auc", NEW, Number(0.7), "better by 0.100"),
        ("auc", NEW, NEW, "the same"),
        ("auc", NEW, None, "new here"),
        ("auc", None, NEW, "no longer measured"),
    ],
)
def test_a_change_is_told_in_words(name: str, new: Number | None, old: Number | None, said: str) -> None:
    assert change(name, new, old) == said


def test_without_an_old_model_there_is_one_column() -> None:
    cells = row("AUC", ("auc",), NEW, None)
    assert short([cells], compared=False) == (("AUC", NEW),)
    assert len(columns("measure", compared=False)) == 2
    assert len(columns("measure", compared=True)) == len(cells)
