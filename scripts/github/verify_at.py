"""Verify the commit at hand as it will look in some years: ``python -I -m scripts.github.verify_at YEARS ROOTS``.

No command takes a time, because nobody should be able to choose one. CI asks ahead all the same: what was rightly
promoted must still verify when keys, advisories and approvals have long lapsed, and say what went stale.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from counterseal.values.finding import refuse
from scripts import verify
from scripts.boundary import exit_code
from scripts.clock import now
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository.repository import Repository, open_repository

YEAR = timedelta(days=365.25)


def main(years: int, roots: Path, folder: Path | None = None) -> int:
    """Verify HEAD and print how it stands ``years`` from now."""
    return exit_code(lambda: sys.exit(show(report(open_repository(folder, roots), now() + years * YEAR), Format.TEXT)))


def report(repository: Repository, moment: datetime) -> Report:
    """Return how HEAD's models stand at a moment."""
    head = repository.git.resolve("HEAD")
    if head is None:
        raise refuse("NO_COMMIT", "HEAD", "a commit", "none", "commit first")
    return verify.present(repository, verify.Point(head, repository.promotions), None, moment)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
