"""A report as SARIF 2.1.0, so that a forge shows each finding at its line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from counterseal.values.finding import Verdict

if TYPE_CHECKING:
    from counterseal.values.finding import Finding
    from scripts.report.report import Check, Report

_PLACE = re.compile(r"(?P<path>[^:\s]+?)(:(?P<line>[1-9]\d*))?")
_LEVELS = {Verdict.REVIEW: "warning", Verdict.FAIL: "error"}


def sarif(report: Report) -> str:
    """Write a report as SARIF: each finding, and each check that does not pass, is a result."""
    results = [_of_finding(item) for item in report.findings]
    results += [_of_check(item) for item in report.checks if item.verdict is not Verdict.PASS]
    rules = [{"id": name} for name in dict.fromkeys(item["ruleId"] for item in results)]
    driver = {"name": "counterseal", "rules": rules}
    value = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "properties": {"sandbox": report.sandbox}}],
    }
    return json.dumps(value, indent=2) + "\n"


def _of_finding(item: Finding) -> dict[str, Any]:
    mend = f" {item.mend}" if item.mend else ""
    message = f"expected {item.expected}, found {item.found}.{mend}"
    result: dict[str, Any] = {"ruleId": item.code, "level": "error", "message": {"text": message}}
    return result | {"locations": [_location(item.where)]}


def _of_check(item: Check) -> dict[str, Any]:
    message = f"{item.says} Found: {item.found}. {item.mend}".strip()
    return {"ruleId": item.id, "level": _LEVELS[item.verdict], "message": {"text": message}}


def _location(where: str) -> dict[str, Any]:
    place = _PLACE.fullmatch(where)
    if place is None:
        return {"logicalLocations": [{"fullyQualifiedName": where}]}
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(place["path"])}}
    if place["line"]:
        physical["region"] = {"startLine": int(place["line"])}
    return {"physicalLocation": physical}
