"""``counterseal record``: run the promoter over a forge, or over a clone in CI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterseal.values.finding import Verdict
from scripts.clock import now
from scripts.forge.forge import SETTINGS, open_settings
from scripts.forge.promote import promote, told
from scripts.options import Form, Repo, RootsFile
from scripts.report.report import Report
from scripts.report.show import Format, show
from scripts.repository.repository import open_git, open_repository
from scripts.repository.sandbox import machine_key
from scripts.signing.keys import load_signer


def record(
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="The promoter's key; else COUNTERSEAL_PROMOTER_KEY.")
    ] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Sign the head anew even if nothing is new.")] = False,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Record every admitted merge that has no record yet, as the promoter.

    Works on the branches main and promotions of this very repository, and pushes nothing.
    """
    git = open_git(repo)
    if (git.folder / SETTINGS).is_file() and roots is None:
        found, named = open_settings(git.folder)
    else:
        found, named = open_repository(repo, roots).roots, None
    recorded = promote(
        git, found, load_signer("promoter", machine_key(git, "promoter", key or named)), now(), refresh=refresh
    )
    headline = f"{len(recorded.promotions)} recorded, {len(recorded.skipped)} skipped"
    return show(Report("record", headline, Verdict.PASS, notes=tuple(told(recorded))), form)
