"""How every figure looks, and how it is written."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_svg import FigureCanvasSVG

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, QUIET, GRID = "#1f2933", "#7b8794", "#e4e7eb"
BLUE, AMBER, GREEN = "#0b69a3", "#b44d12", "#2f7d57"
WIDE = 9.4
LETTERS = 40

STYLE: dict[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # the first one measures; a reader may have another
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.constrained_layout.w_pad": 0.12,
    "figure.constrained_layout.h_pad": 0.1,
    "svg.fonttype": "none",
    "svg.hashsalt": "counterseal",
}


def svg(figure: Figure) -> bytes:
    """Write a figure as SVG."""
    target = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    FigureCanvasSVG(figure).print_svg(target, metadata=metadata)  # type: ignore[no-untyped-call]
    return "".join(f"{line.rstrip()}\n" for line in target.getvalue().splitlines()).encode()


def dots(color: str, marker: str) -> dict[str, Any]:
    """Return how estimates are drawn: a mark, and a line as long as the interval."""
    return {"fmt": marker, "color": color, "markersize": 6, "linewidth": 1.6, "capsize": 3, "clip_on": False}


def reach(found: Iterable[Mapping[str, Any]]) -> list[list[float]]:
    """Return how far each interval reaches below and above its value."""
    estimates = list(found)
    below = [max(0.0, item["value"] - item["low"]) for item in estimates]
    return [below, [max(0.0, item["high"] - item["value"]) for item in estimates]]


def short(text: str) -> str:
    """Return what fits beside a plot."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= LETTERS else f"{plain[: LETTERS - 1]}…"


def says(name: str, found: Mapping[str, Any]) -> str:
    """Return an estimate in three lines."""
    return f"{name} {found['value']:.3f}\n95 %: {found['low']:.3f} to {found['high']:.3f}\n{found['n']} held-out rows"


def diagonal(axes: Axes, low: float = 0.0, high: float = 1.0) -> None:
    """Draw where both axes say the same."""
    axes.plot([low, high], [low, high], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")


def steps(axes: Axes, histogram: Mapping[str, Sequence[float]], color: str, label: str, shade: float = 0.12) -> None:
    """Draw a histogram whose bins differ in width as a density, so that areas are shares of rows."""
    edges, counts = histogram["edges"], histogram["counts"]
    rows = sum(counts) or 1
    heights = [n / rows / (right - left) for n, left, right in zip(counts, edges, edges[1:], strict=False)]
    axes.stairs(heights, edges, color=color, linewidth=1.8, label=label)
    axes.stairs(heights, edges, color=color, alpha=shade, fill=True)
