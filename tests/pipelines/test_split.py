"""The split by a hash of each row: of all rows, of each class, of groups, by time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterseal.documents.dataset import DatasetSpec
from counterseal.values.finding import Refused
from pipelines import split, table
from pipelines.data.material import Data
from pipelines.split import Sides, divide
from tests.pipelines.world import world

if TYPE_CHECKING:
    from pipelines.table import Table
    from tests.pipelines.world import World

SALT = {"method": "hash", "holdout": 0.3, "salt": "other"}
COLUMNS: dict[str, dict[str, Any]] = {
    "who": {"type": "text"},
    "day": {"type": "date"},
    "seen": {"type": "datetime"},
    "x": {"type": "number", "minimum": 0, "maximum": 1},
    "kind": {"type": "category", "categories": {"a": "A", "b": "B"}},
}
TARGETS: dict[str, dict[str, Any]] = {
    "binary": {"positive": {"value": "c1", "label": "bad"}, "negative": {"value": "c0", "label": "good"}},
    "multiclass": {"classes": [{"value": f"c{i}", "label": f"class {i}"} for i in range(3)]},
    "regression": {"unit": "EUR", "minimum": 0, "maximum": 100},
}


def dataset(task: str, **how: Any) -> DatasetSpec:
    """Describe rows of persons and days; ``how`` is the split."""
    return DatasetSpec.model_validate(
        {
            "title": "Toy",
            "source": {"title": "made up", "licence": "CC0-1.0", "attribution": "nobody", "reference": "nowhere"},
            "public": True,
            "file": "toy.csv",
            "format": "csv",
            "fingerprint": "0" * 64,
            "target": {"task": task, "column": "y", "meaning": "y", **TARGETS[task]},
            "split": how,
            "columns": {name: {"meaning": name, **column} for name, column in COLUMNS.items()},
        }
    )


def rows(count: int, seed: int = 1, task: str = "binary") -> list[tuple[str, ...]]:
    random = Random(seed)
    classes = ["c0", "c0", "c1", "c1", *["c2"] * (task == "multiclass")]
    made: list[tuple[str, ...]] = []
    for _ in range(count):
        who, day = f"p{random.randrange(200)}", date(2020, 1, 1) + timedelta(days=random.randrange(1000))
        seen, x, kind = f"{day}T{random.randrange(24):02}:00:00", f"{random.random():.9f}", random.choice("ab")
        y = f"{random.uniform(0, 100):.3f}" if task == "regression" else random.choice(classes)
        made.append((who, str(day), seen, x, kind, y))
    return made


def read(made: list[tuple[str, ...]], spec: DatasetSpec) -> Table:
    text = "\n".join(",".join(row) for row in [(*COLUMNS, "y"), *made])
    return table.read(Data.of(text.encode()), spec, "toy.csv")


def sides(made: list[tuple[str, ...]], spec: DatasetSpec) -> Sides:
    return divide(read(made, spec), spec, "toy.csv")


def by_content(made: World) -> dict[tuple[object, ...], bool]:
    study = made.study()
    return dict(zip(study.table.frame.rows(), study.sides.holdout, strict=True))


SPLITS: dict[str, tuple[str, dict[str, Any]]] = {
    "hash": ("binary", {"method": "hash"}),
    "hash by key": ("multiclass", {"method": "hash", "key": ["who", "day"]}),
    "stratified": ("multiclass", {"method": "stratified", "holdout": 0.25}),
    "stratified number": ("regression", {"method": "stratified", "edges": [20, 40, 60, 80]}),
    "grouped": ("binary", {"method": "grouped", "key": ["who"]}),
    "temporal": ("regression", {"method": "temporal", "column": "day", "since": "2022-01-01"}),
    "temporal moment": ("binary", {"method": "temporal", "column": "seen", "since": "2022-01-01T12:00:00"}),
}


@pytest.mark.parametrize(("task", "how"), SPLITS.values(), ids=SPLITS)
@settings(max_examples=6, deadline=None)
@given(new=st.integers(1, 30), seed=st.integers(2, 2**32), place=st.integers(0, 400))
def test_new_rows_move_no_other(task: str, how: dict[str, Any], new: int, seed: int, place: int) -> None:
    old, spec = rows(400, task=task), dataset(task, **how)
    more = [*old[:place], *rows(new, seed, task), *old[place:]]
    before, after = sides(old, spec), sides(more, spec)
    assert after.holdout[:place] + after.holdout[place + new :] == before.holdout
    assert after.folds[:place] + after.folds[place + new :] == before.folds


def test_a_digest_can_be_made_by_hand() -> None:
    cells = pl.DataFrame(
        {
            "n": [7, None],
            "x": [1.5, -0.25],
            "day": [date(2020, 2, 29), None],
            "seen": pl.Series([1_000_001, None], dtype=pl.Datetime("us")),
            "kind": ["é,1:", ""],
        }
    )
    first = "s\n1:7,19:4609434218613702656,10:2020-02-29,7:1000001,5:é,1:,"
    second = "s\n,20:13821547256400052224,,,0:,"
    digests = [sha256(text.encode()).digest() for text in (first, second)]
    expected = [[int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")] for digest in digests]
    assert split.digests(cells, "s").tolist() == expected


def test_pieces_change_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = pl.DataFrame({"n": range(100)})
    whole = split.digests(cells, "s")
    monkeypatch.setattr(split, "_PIECE", 7)
    assert np.array_equal(split.digests(cells, "s"), whole)


@given(st.lists(st.tuples(st.text(max_size=5) | st.none(), st.text(max_size=5) | st.none()), unique=True, min_size=2))
def test_different_cells_have_different_digests(cells: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(cells, schema=["a", "b"], orient="row").cast(pl.String)
    assert len(set(map(tuple, split.digests(frame, "s").tolist()))) == len(cells)


def test_rows_that_are_alike_stay_together(toy: World) -> None:
    # The same rows under other ids and with the other outcome: to a model they are the same rows.
    other = {"yes": "no", "no": "yes"}
    twins = [f"x{number},{line.split(',', 1)[1]}" for number, line in enumerate(toy.lines[1:])]
    twins = [f"{line.rpartition(',')[0]},{other[line.rpartition(',')[2]]}" for line in twins]
    study = replace(toy, lines=(*toy.lines, *twins)).study()
    half = len(twins)
    assert study.sides.holdout[:half] == study.sides.holdout[half:]
    assert study.sides.folds[:half] == study.sides.folds[half:]


def test_the_holdout_has_about_its_share(toy: World) -> None:
    study = world(2000).study()
    assert 0.27 < study.holdout.rows / 2000 < 0.33
    assert study.holdout.rows + study.training.rows == 2000
    assert set(study.sides.folds) == set(range(split.FOLDS))
    assert by_content(toy) != by_content(toy.described(split=SALT))


def test_groups_stay_whole() -> None:
    made, spec = rows(2000), dataset("binary", method="grouped", key=["who"])
    found = sides(made, spec)
    placed = {(row[0], held, fold) for row, held, fold in zip(made, found.holdout, found.folds, strict=True)}
    assert len(placed) == len({row[0] for row in made})


def test_each_class_has_its_share() -> None:
    made, spec = rows(3000, task="multiclass"), dataset("multiclass", method="stratified", holdout=0.25)
    found = pl.DataFrame({"y": [row[-1] for row in made], "held": sides(made, spec).holdout})
    shares = dict(found.group_by("y").agg(pl.col("held").mean()).iter_rows())
    assert all(0.2 < share < 0.3 for share in shares.values())
    assert len(shares) == 3


def test_the_future_is_held_out() -> None:
    made, spec = rows(500), dataset("binary", method="temporal", column="seen", since="2022-01-01T12:00:00")
    assert list(sides(made, spec).holdout) == [row[2] >= "2022-01-01T12:00:00" for row in made]


@pytest.mark.parametrize(
    ("task", "how", "made", "code", "says"),
    [
        ("binary", {"method": "hash"}, rows(10), "TOO_FEW_ROWS", "10 rows of each class among the training rows"),
        ("binary", {"method": "hash"}, rows(50), "TOO_FEW_ROWS", "among the holdout rows, found 7 of bad"),
        ("regression", {"method": "hash"}, rows(60, task="regression"), "TOO_FEW_ROWS", "at least 30 holdout rows"),
        (
            "binary",
            {"method": "temporal", "column": "day", "since": "2030-01-01"},
            rows(500),
            "TOO_FEW_ROWS",
            "among the holdout rows, found 0 of good",
        ),
        (
            "binary",
            {"method": "grouped", "key": ["kind"]},
            [*rows(500)],
            "TOO_FEW_GROUPS",
            "at least 5 groups among the training rows",
        ),
        (
            "multiclass",
            {"method": "stratified"},
            [*rows(300, task="multiclass"), *[("p1", "2020-01-01", "2020-01-01T00:00:00", "0.5", "a", "c2")] * 300],
            "SPLIT_UNBALANCED",
            "0.3 of the rows of stratum c2 held out, within 4 standard errors",
        ),
    ],
)
def test_a_side_of_which_nothing_could_be_said_is_refused(
    task: str, how: dict[str, Any], made: list[tuple[str, ...]], code: str, says: str
) -> None:
    with pytest.raises(Refused) as refused:
        sides(made, dataset(task, **how))
    assert code in [finding.code for finding in refused.value.findings]
    assert says in str(refused.value)
