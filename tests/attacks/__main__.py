"""``make attacks``: run every attack for real and print the table; ``--write`` writes docs/THREATS.md instead."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.attacks.rows import SUITE
from tests.attacks.threats import DOCUMENT, document, table


class Outcomes:
    """Listens to pytest: row → how its test ended."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.of: dict[int, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a step of a test ended; one that fails makes the whole row fail."""
        named = re.search(r"::test_(\d\d)_", report.nodeid)
        if named and (report.when == "call" or report.failed):
            number = int(named[1])
            failed = report.outcome != "passed" or self.of.get(number) == "FAIL"
            self.of[number] = "FAIL" if failed else "PASS"


def main(arguments: list[str]) -> int:
    """Write the page, or attack."""
    if arguments == ["--write"]:
        DOCUMENT.write_text(document())
        return 0
    heard = Outcomes()
    code = pytest.main(["-q", *arguments, str(Path(__file__).parent)], plugins=[heard])
    print(*table(heard.of), sep="\n")  # noqa: T201 (the table is what was asked for)
    missed = [row.number for row in SUITE.rows.values() if row.stopped_by and heard.of.get(row.number) != "PASS"]
    return int(code) or bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
