"""``counterseal policy test``: the policies' own tests, over the working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Verdict
from scripts.options import Form, Repo
from scripts.policy import suites
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository import worktree
from scripts.repository.repository import open_git

if TYPE_CHECKING:
    from pathlib import Path


def policy_test(repo: Repo = None, form: Form = Format.TEXT) -> int:
    """Run every policy on its own samples, and show what they leave untested.

    Each rule must be seen to pass and to fail; a policy without a suite is refused.
    """
    files = read(open_git(repo).folder)
    names = {path.split("/")[2] for path in files}
    findings = suites.run(files)
    verdict = Verdict.FAIL if findings else Verdict.PASS
    headline = (
        f"{len(names)} policies, {len(findings)} findings" if findings else f"{len(names)} policies hold their tests"
    )
    return show(Report("policy test", headline, verdict, findings=findings), form)


def read(top: Path) -> dict[str, bytes]:
    """Return path → content of the policies in a working tree."""
    there = sorted(path for path in (top / places.RULE_FOLDER).rglob("*") if not path.is_dir())
    return {path: worktree.read(top, path) for path in (item.relative_to(top).as_posix() for item in there)}
