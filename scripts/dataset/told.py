"""What ``counterseal dataset new`` says: each column with what was seen and what to check, then what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Verdict
from scripts.report.report import Report, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.dataset.guess import Guess


def report(name: str, guess: Guess, asked: Sequence[str], *, public: bool) -> Report:
    """Return the report of a draft."""
    where = places.dataset(name)
    columns = [(item.name, item.kind, item.seen, item.check) for item in guess.columns]
    tables = [
        Table("guessed", ("", ""), tuple(_choices(guess))),
        Table("columns", ("column", "type", "seen", "to check"), tuple(columns)),
    ]
    if guess.remarks:
        rows = tuple((item.where, item.code, item.found, item.mend) for item in guess.remarks)
        tables.append(Table("look at these", ("column", "finding", "found", "what to do"), rows))
    lines = ", ".join(place.rpartition(":")[2] for place in asked)
    notes = [f"{where} asks {len(asked)} questions (FILL IN, lines {lines}); nothing goes on before they are answered."]
    notes += ["" if public else "The file stays out of Git: `public: false`, until you say otherwise."]
    notes += [f"Next: answer them, then `counterseal model new {name} --dataset {name}`."]
    headline = f"{where} describes {guess.rows:,} rows of {len(columns) + 1} columns; a draft, for you to correct"
    return Report("dataset new", headline, Verdict.PASS, tables=tuple(tables), notes=tuple(filter(None, notes)))


def _choices(guess: Guess) -> list[tuple[str, str]]:
    result = guess.outcome
    shown = ", ".join(token or "an empty cell" for token in guess.missing)
    return [
        ("target", f"{result.column}, {result.task}: {result.said}"),
        ("split", f"{guess.split['method']}, {guess.why}"),
        ("key", guess.key or "none: no column numbers the rows"),
        ("missing", shown or "nothing"),
    ]
