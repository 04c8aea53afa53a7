from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.support.world import World

BRANCH = f"proposal/{MODEL}-v2"


def test_status_reads_in_every_format(proposed: World, capsys: pytest.CaptureFixture[str]) -> None:
    said: dict[str, str] = {}
    for form in ("text", "json", "markdown", "sarif", "junit"):
        assert proposed.types("dana", "status", MODEL, "--format", form) == 1
        said[form] = capsys.readouterr().out
    assert said["text"].startswith(f"REVIEW  {BRANCH}: holds, but may not be merged yet")
    assert json.loads(said["json"])["verdict"] == "REVIEW"
    assert said["markdown"].startswith("### 🔎 REVIEW")
    assert json.loads(said["sarif"])["version"] == "2.1.0"
    assert ET.fromstring(said["junit"]).tag == "testsuite"  # noqa: S314 (our own output)
