"""docs/THREATS.md and the table on the terminal, both from rows.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.attacks.rows import SUITE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.attacks.rows import Row

DOCUMENT = Path(__file__).parents[2] / "docs" / "THREATS.md"
HEAD = Path(__file__).with_name("head.md")


def document() -> str:
    """Return docs/THREATS.md."""
    return "\n".join((HEAD.read_text().rstrip(), "", *_tally(), "", *_tables()))


def _tally() -> Iterator[str]:
    states = [row.state for row in SUITE.rows.values()]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    yield f"{len(states)} attacks: {counts}."


def _tables() -> Iterator[str]:
    for part in SUITE.parts:
        yield f"### {part.title}"
        yield ""
        yield f"Tests: `tests/attacks/{part.file}`"
        yield ""
        yield "| # | attack | source | stopped by | result |"
        yield "|---|---|---|---|---|"
        for row in part.rows:
            yield f"| {row.number} | {row.attack} | {'; '.join(row.sources)} | {_stops(row)} | {result(row)} |"
        yield ""


def _stops(row: Row) -> str:
    return "<br>".join(f"`{stop.at}`: {', '.join(f'`{name}`' for name in stop.says)}" for stop in row.stopped_by) or "-"


def result(row: Row) -> str:
    """Say how far a row is stopped, and what is missing."""
    reason = row.gap or row.not_ours
    return f"{row.state}: {reason}" if reason else row.state


def table(outcomes: Mapping[int, str]) -> Iterator[str]:
    """Return the table with what really happened, a line or more each."""
    yield f"{'#':>2}  {'attack':60}  {'source':32}  {'result':8}  stopped by"
    for number, row in sorted(SUITE.rows.items()):
        ended = outcomes.get(number, row.state if not row.stopped_by else "NOT RUN")
        said = sorted(row.says) or [row.gap or row.not_ours or ""]
        yield f"{number:>2}  {row.attack[:60]:60}  {'; '.join(row.sources)[:32]:32}  {ended:8}  {', '.join(said)}"
        if row.stopped_by and row.gap:
            yield f"{'':108}  open: {row.gap}"
