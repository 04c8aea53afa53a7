from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from counterseal.verification.git import Git
from scripts.main import main
from tests.support.world import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(CHECKOUT / "policies", tmp_path / "policies")
    Git(tmp_path).run("init", "--quiet")
    return tmp_path


def test_the_shipped_policies_hold_their_tests(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "test", "--repo", str(checkout)]) == 0
    assert "policies hold their tests" in capsys.readouterr().out


def test_a_policy_that_fails_its_tests_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "policies" / "rules" / "quality" / "suite.yaml").unlink()
    assert main(["policy", "test", "--repo", str(checkout)]) == 1
    assert "policies/rules/quality/suite.yaml: POLICY_NO_FILE" in capsys.readouterr().out


def test_no_policies_at_all_are_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(checkout / "policies")
    assert main(["policy", "test", "--repo", str(checkout)]) == 1
    assert "NO_POLICY" in capsys.readouterr().out
