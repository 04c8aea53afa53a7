"""A report as JUnit XML, for whoever collects test results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from counterseal.values.finding import Verdict

if TYPE_CHECKING:
    from scripts.report.report import Report

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """Write a report as JUnit: each check is a case, and so is each finding, which failed."""
    failures = len(report.findings) + sum(item.verdict is not Verdict.PASS for item in report.checks)
    cases = max(1, len(report.findings) + len(report.checks))
    suite = Element("testsuite", name=_clean(report.subject), tests=str(cases), failures=str(failures), errors="0")
    if report.sandbox:
        SubElement(SubElement(suite, "properties"), "property", name="sandbox", value="true")
    for check in report.checks:
        case = _case(suite, report, check.id)
        if check.verdict is not Verdict.PASS:
            _failure(case, check.verdict.value, f"{check.says}\nfound: {check.found}\nmend: {check.mend}")
    for item in report.findings:
        _failure(_case(suite, report, f"{item.code} {item.where}"), item.code, str(item))
    if not report.checks and not report.findings:
        _case(suite, report, report.headline)
    indent(suite)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suite, encoding="unicode")}\n'


def _case(suite: Element, report: Report, name: str) -> Element:
    return SubElement(suite, "testcase", classname=_clean(report.subject), name=_clean(name))


def _failure(case: Element, kind: str, text: str) -> None:
    SubElement(case, "failure", type=_clean(kind), message=_clean(text.partition("\n")[0])).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
