"""Great Expectations over a CSV file in pandas, run by a Python that has it: ``VENV/bin/python THIS.py CSV RULES``.

It imports nothing of ours: RULES is the JSON that ``benchmarks.validation`` writes, (kind, column, values) one by one.
Prints seconds, CPU seconds, megabytes and counts as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import great_expectations as gx  # type: ignore[import-not-found]
import pandas as pd  # type: ignore[import-untyped]


def main() -> None:
    """Time reading and validating."""
    rules = json.loads(Path(sys.argv[2]).read_text())
    began, spent = time.perf_counter(), time.process_time()
    counts = validate(sys.argv[1], rules)
    used = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    cost = {"wall": time.perf_counter() - began, "cpu": time.process_time() - spent, "memory": used}
    print(json.dumps({**cost, "counts": counts}))  # noqa: T201 (its one purpose)


def validate(file: str, rules: list[tuple[str, str, Any]]) -> list[tuple[str, str, int]]:
    """Return (column, rule, count)."""
    frame = pd.read_csv(file, parse_dates=["opened"])
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name="rules", expectations=[_expectation(*rule) for rule in rules])
    found = batch.validate(suite, result_format={"result_format": "COMPLETE", "include_unexpected_rows": False})
    results = {(it.expectation_config.type, it.expectation_config.kwargs["column"]): it for it in found.results}
    counted = [(kind, name, results[_TYPES[kind], name].result["unexpected_count"]) for kind, name, _ in rules]
    return [(name, kind, count // 2 if kind == "unique" else count) for kind, name, count in counted]  # it counts pairs


_TYPES = {
    "missing": "expect_column_values_to_not_be_null",
    "pattern": "expect_column_values_to_match_regex",
    "bounds": "expect_column_values_to_be_between",
    "category": "expect_column_values_to_be_in_set",
    "unique": "expect_column_values_to_be_unique",
}


def _expectation(kind: str, column: str, values: Any) -> object:
    known = gx.expectations
    if kind == "missing":
        return known.ExpectColumnValuesToNotBeNull(column=column)
    if kind == "pattern":
        return known.ExpectColumnValuesToMatchRegex(column=column, regex=values)
    if kind == "category":
        return known.ExpectColumnValuesToBeInSet(column=column, value_set=values)
    if kind == "unique":
        return known.ExpectColumnValuesToBeUnique(column=column)
    low, high = (pd.Timestamp(end) if isinstance(end, str) else end for end in values)
    return known.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high)


if __name__ == "__main__":
    main()
