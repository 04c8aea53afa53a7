"""The page of estimators says what the allow-list says."""

from __future__ import annotations

from pathlib import Path

from pipelines.estimators import ESTIMATORS
from scripts.github import estimators


def test_the_page_is_what_the_list_gives() -> None:
    assert Path(estimators.PAGE).read_text() == estimators.page()


def test_it_tells_every_estimator_and_parameter() -> None:
    page = estimators.page()
    for name, allowed in ESTIMATORS.items():
        part = page.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert f"| `{name}` | {allowed.title} |" in page
        assert all(f"| `{parameter}` |" in part for parameter in allowed.parameters())


def test_writing_it_changes_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    assert estimators.main(tmp_path) == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ESTIMATORS.md"]
