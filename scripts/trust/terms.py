"""What every command that writes a trust version may also be told: thresholds, dates, keys, and an open proposal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.values import instant
from counterseal.values.finding import UsageError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Terms:
    """What every command that writes a version may also be told."""

    root_threshold: int | None = None
    expires: str | None = None
    layout_key: Path | None = None
    ssh_key: str | None = None
    amend: bool = False
    afresh: bool = False

    def until(self) -> datetime | None:
        """Return the new end of the trust; raise UsageError if it is no date."""
        if self.expires is None:
            return None
        try:
            return instant.parse(self.expires if "T" in self.expires else f"{self.expires}T00:00:00Z")
        except ValueError as error:
            raise UsageError(f"--expires {self.expires}: write a date like 2027-11-22") from error


Threshold = Annotated[int | None, typer.Option("--root-threshold", min=1, help="How many root people must sign.")]
Expires = Annotated[
    str | None,
    typer.Option(
        "--expires",
        metavar="DATE",
        help="Until when the trust is good; by default as before, or a year from now if that is within 90 days.",
    ),
]
LayoutKey = Annotated[
    Path | None,
    typer.Option(
        "--layout-key",
        metavar="FILE",
        help="The layout key's PEM file, if the layout changes; by default COUNTERSEAL_LAYOUT_KEY.",
    ),
]
Amend = Annotated[bool, typer.Option("--amend", help="Go on from the open proposal; everybody signs again.")]
Afresh = Annotated[bool, typer.Option("--afresh", help="Begin the open proposal again, from main.")]
