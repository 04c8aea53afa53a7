"""Where the new model is worse than elsewhere, and where outcomes are not what it says: slices found in the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.report.report import Table
from scripts.review.numbers import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.review.side import Side

WEAK = ("slice", "mean loss there", "elsewhere", "adjusted p")
ODD = ("slice", "outcomes less scores", "adjusted p")
_TOLD = 0.0001


def tables(new: Side) -> Iterator[Table]:
    """Yield a table for each kind of slice that was found."""
    found = new.measures.get("slices", {})
    weak, odd = (found.get(kind, {"worst": (), "tried": 0}) for kind in ("weak", "odd"))
    says = "{tried} slices of the held-out rows were tried; these are the least likely by chance."
    if weak["worst"]:
        rows = tuple(
            (item["where"], number(item["quality"]), number(item["rest"]), _likely(item["adjusted_p"]))
            for item in weak["worst"]
        )
        yield Table("Where it is worse than elsewhere", WEAK, rows, says.format(**weak))
    if odd["worst"]:
        gaps = tuple((item["where"], number(item["gap"]), _likely(item["adjusted_p"])) for item in odd["worst"])
        yield Table("Where outcomes are not what it says", ODD, gaps, says.format(**odd), shared=True)


def _likely(chance: float) -> str:
    return f"{chance:.4f}" if chance >= _TOLD else f"under {_TOLD}"
