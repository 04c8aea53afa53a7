"""Verdicts are values, the worst stands, and none is FAIL; a refusal carries its findings wherever it goes."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.values.finding import CountersealError, Finding, Refused, UsageError, Verdict, refuse, worst

ORDER = [Verdict.PASS, Verdict.REVIEW, Verdict.FAIL]


@given(st.lists(st.sampled_from(ORDER), min_size=1))
def test_the_worst_verdict_stands(verdicts: list[Verdict]) -> None:
    assert worst(verdicts) is max(verdicts, key=ORDER.index)


def test_no_verdict_at_all_is_fail() -> None:
    assert worst([]) is Verdict.FAIL
    assert worst(iter([Verdict.PASS])) is Verdict.PASS


def test_a_finding_reads_as_compilers_write() -> None:
    finding = Finding("UNKNOWN_FIELD", "a.yaml:3", "a field it has", "colour", "remove it")
    assert str(finding) == "a.yaml:3: UNKNOWN_FIELD: expected a field it has, found colour — remove it"
    assert str(Finding("C", "w", "x", "y")) == "w: C: expected x, found y"


@given(st.text())
def test_a_finding_is_one_printable_line_whatever_was_found(text: str) -> None:
    finding = Finding("CODE", text, text, text, text)
    assert str(finding).isprintable()
    assert all(value.isprintable() for value in (finding.where, finding.expected, finding.found, finding.mend))
    if text.isprintable():
        assert finding.found == text


def test_what_a_terminal_would_obey_is_spelled_out() -> None:
    assert Finding("C", "w", "x", "\x1b[2J\u202eevil\ttab\nline").found == r"\x1b[2J\u202eevil tab line"


def test_a_refusal_tells_all_its_findings_and_is_named_after_the_first() -> None:
    first, second = Finding("ONE", "w", "x", "y"), Finding("TWO", "w", "x", "y")
    refusal = Refused(first, second)
    assert refusal.findings == (first, second)
    assert refusal.code == "ONE"
    assert str(refusal).splitlines() == [str(first), str(second)]


def test_a_refusal_without_a_finding_is_our_bug() -> None:
    with pytest.raises(AssertionError, match="needs a finding"):
        Refused()


def test_a_refusal_crosses_processes_whole() -> None:
    refusal = refuse("CODE", "w", "x", 3, "mend")
    assert pickle.loads(pickle.dumps(refusal)).findings == refusal.findings  # noqa: S301 (made in this line)


def test_one_tree_of_errors() -> None:
    assert issubclass(Refused, CountersealError)
    assert issubclass(UsageError, CountersealError)
    assert refuse("CODE", "w", "x", 3).findings[0].found == "3"


def test_a_refusal_reaches_another_process_as_it_is() -> None:
    refused = Refused(Finding("A", "here", "this", "that"), Finding("B", "there", "these", "those", "mend"))
    again = pickle.loads(pickle.dumps(refused))  # noqa: S301 (our own bytes)
    assert (again.findings, str(again)) == (refused.findings, str(refused))
