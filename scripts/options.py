"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from scripts.clock import now
from scripts.report.show import Format

__all__ = ["Form", "Key", "Proposal", "Repo", "RootsFile", "now"]

Repo: TypeAlias = Annotated[
    Path | None, typer.Option("--repo", metavar="DIR", help="The repository; by default the one around this folder.")
]
RootsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--roots", metavar="FILE", help="The root public keys and log id, from elsewhere than the repository."
    ),
]
Form: TypeAlias = Annotated[Format, typer.Option("--format", help="How to write the answer.")]
Key: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--ssh-key",
        "--as",
        metavar="KEY",
        help="The SSH key to sign with, or a persona of a sandbox; by default git's user.signingkey.",
    ),
]
Proposal: TypeAlias = Annotated[
    str | None,
    typer.Argument(metavar="[PROPOSAL]", help="A branch or commit, or a model's name; by default where you are."),
]
