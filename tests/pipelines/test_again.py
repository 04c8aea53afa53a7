"""Training again in a fresh process: the same bytes, an equivalent model, another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.documents import places
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.statement import Statement
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from pipelines.again import train_again
from tests.pipelines import world
from tests.pipelines.conftest import KEYS, Run

if TYPE_CHECKING:
    from counterseal.documents.statement import Scope

MODEL = "german-credit"
WHERE = places.model_file(MODEL, "model.json")


@pytest.fixture
def scope(german: Run) -> Scope:
    where = places.statement(MODEL, "train")
    return Statement.open(german.files[where], KEYS, where).scope(where)


@pytest.fixture
def materials(german: Run) -> dict[str, bytes]:
    return {name: getattr(german.inputs, name) for name in ("spec", "dataset", "data")}


def nudged(german: Run, by: float) -> bytes:
    plain = strict_json.loads(german.files[WHERE], WHERE)
    plain["predictor"]["scores"][0]["intercept"] += by
    return PortableModel.read(strict_json.pretty(plain), WHERE).write()


@pytest.mark.whole
def test_here_it_gives_the_same_bytes(german: Run, scope: Scope, materials: dict[str, bytes]) -> None:
    again = train_again(scope, materials, german.files[WHERE], world.NOW)
    assert (again.result, again.rows, again.largest) == ("bit-equal", 0, 0.0)
    assert again.platform["libraries"]["scikit-learn"]


@pytest.mark.whole
def test_other_last_bits_are_equivalent(german: Run, scope: Scope, materials: dict[str, bytes]) -> None:
    again = train_again(scope, materials, nudged(german, 1e-11), world.NOW)
    assert again.result == "equivalent"
    assert again.rows > 290
    assert 0 < again.largest < 1e-10


def test_another_model_is_refused(german: Run, scope: Scope, materials: dict[str, bytes]) -> None:
    with pytest.raises(Refused, match="NOT_REPRODUCED"):
        train_again(scope, materials, nudged(german, 1e-6), world.NOW)
