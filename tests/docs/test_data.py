"""docs/DATA.md: its program divides rows as the pipeline does, and its codes are those that are raised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.pipelines.world import world
from tests.support.world import CHECKOUT

if TYPE_CHECKING:
    from pipelines.study import Study

PAGE = (CHECKOUT / "docs/DATA.md").read_text()


def texts(study: Study) -> list[list[str | None]]:
    """Spell the cells of each row as the page says, by hand."""

    def spelled(value: Any) -> str | None:
        return str(np.float64(value).view(np.uint64)) if isinstance(value, float) else value and str(value)

    names = sorted(study.dataset.readable)
    return [[spelled(row[name]) for name in names] for row in study.table.frame.iter_rows(named=True)]


def test_the_program_divides_rows_as_the_pipeline_does() -> None:
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    defined: dict[str, Any] = {}
    exec(program, defined)  # noqa: S102 (it is the page that is tested)
    study = world(300).study()
    digests = [defined["digest"](study.dataset.split.salt, cells) for cells in texts(study)]
    assert [defined["is_held_out"](digest, 0.3) for digest in digests] == list(study.sides.holdout)
    assert [defined["fold"](digest) for digest in digests] == list(study.sides.folds)


def test_each_code_is_raised_somewhere() -> None:
    source = "".join(path.read_text() for path in (CHECKOUT / "pipelines").rglob("*.py"))
    codes = set(re.findall(r"`([A-Z]{3,}_?[A-Z0-9_]+)`", PAGE)) - {"TMPDIR"}
    assert len(codes) > 20
    assert [code for code in sorted(codes) if f'"{code}"' not in source] == []
