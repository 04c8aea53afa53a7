"""What a proposal's page says of each rule."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from counterseal.values.finding import Verdict
from counterseal.verification.judgement import Judgement, Outcome
from scripts.report.page import _checks
from scripts.report.report import Report
from scripts.report.show import Format, write

FAILED = Outcome("auc/auc", Verdict.FAIL, "The AUC is high.", "0.6", "Mend it.", "always", "warn", "warn", None)


def test_a_failure_is_shown_as_one() -> None:
    (check,) = _checks("credit", Judgement((FAILED,)))
    assert (check.verdict, check.found) == (Verdict.FAIL, "0.6")


def test_a_review_says_who_decided_it() -> None:
    review = replace(FAILED, verdict=Verdict.REVIEW)
    spec = SimpleNamespace(reviews=("auc/auc",))
    signed: Any = [SimpleNamespace(person=name, spec=spec) for name in ("alice", "bob")]
    (check,) = _checks("credit", Judgement((review,)), signed)
    assert (check.carried, check.found) == ("decided", "0.6 (decided by alice, bob)")
    (other,) = _checks("credit", Judgement((replace(review, id="auc/rows"),)), signed)
    assert (other.carried, other.found) == ("", "0.6")
    (failed,) = _checks("credit", Judgement((FAILED,)), signed)
    assert failed.carried == "", "nobody decides a failure"


@pytest.mark.parametrize("form", Format)
def test_a_waived_failure_is_shown_with_who_carries_it_and_never_as_passed(form: Format) -> None:
    waived = replace(FAILED, waived="one: bob, until 2026-12-01T00:00:00Z: Not reachable.")
    (check,) = _checks("credit", Judgement((waived,)))
    assert check.verdict is Verdict.REVIEW
    report = write(Report("x", "x: a headline", Verdict.REVIEW, (check,)), form)
    assert "PASS" not in report
    assert "waived by one" in report
    assert "bob" in report
