from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from counterseal.values.finding import Refused, Verdict
from scripts.github.verify_at import YEAR, main, report

if TYPE_CHECKING:
    from tests.support.world import World


def test_in_ten_years_what_was_rightly_promoted_still_verifies_and_says_what_went_stale(promoted: World) -> None:
    today = report(promoted.repository(), promoted.now)
    later = report(promoted.repository(), promoted.now + 10 * YEAR)
    assert (today.verdict, later.verdict) == (Verdict.PASS, Verdict.PASS)
    assert any("TRUST_EXPIRED" in note for note in set(later.notes) - set(today.notes)), later.notes


def test_a_repository_without_a_commit_at_head_is_refused(promoted: World) -> None:
    promoted.git.run("symbolic-ref", "HEAD", "refs/heads/none")
    with pytest.raises(Refused, match="NO_COMMIT"):
        report(promoted.repository(), promoted.now)


def test_the_roots_named_are_the_roots_asked(promoted: World, capsys: pytest.CaptureFixture[str]) -> None:
    roots = promoted.keys / "roots.yaml"
    assert main(10, roots, promoted.forge) == 0
    assert "1 of 1 models may serve" in capsys.readouterr().out
    assert main(10, promoted.folder / "none.yaml", promoted.forge) == 1
    assert "NO_ROOTS" in capsys.readouterr().err
