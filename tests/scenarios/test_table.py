"""The table of scenarios names every test, and every test is in the table."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_each_scenario_has_its_test_and_each_test_its_scenario() -> None:
    rows = re.findall(r"^\| (\d+) \|.* `(test_\d+_\w+)` \|$", (HERE / "SCENARIOS.md").read_text(), re.MULTILINE)
    tests = re.findall(r"^def (test_\w+)", (HERE / "test_scenarios.py").read_text(), re.MULTILINE)
    assert [name for _, name in rows] == tests
    assert [(int(number), int(name.split("_")[1])) for number, name in rows] == [(n, n) for n in range(1, 29)]
