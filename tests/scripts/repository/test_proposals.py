from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.repository.proposals import find
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


def test_a_proposal_is_named_by_branch_model_commit_or_where_one_is(proposed: World) -> None:
    repository = proposed.repository()
    tip = proposed.tip(BRANCH)
    for name in (BRANCH, BRANCH.removeprefix("proposal/"), MODEL):
        assert (find(repository, name).branch, find(repository, name).commit) == (BRANCH, tip)
    assert find(repository, tip[:12]).branch is None
    assert find(repository, None).branch == BRANCH


def test_an_unclear_name_lists_what_there_is(proposed: World, capsys: pytest.CaptureFixture[str]) -> None:
    proposed.commit(f"proposal/{MODEL}-v3", {"docs/x.md": b"x"})
    assert proposed.types("dana", "status", MODEL) == 2
    assert f"{BRANCH}, proposal/{MODEL}-v3" in capsys.readouterr().err
    assert proposed.types("dana", "status", "nonsense") == 2
    assert proposed.types("dana", "status") == 2
