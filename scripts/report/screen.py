"""Text for people: tables and colours on a terminal, plain columns anywhere else.

No text from a document moves the cursor or changes a colour: what is not printable is spelled out.
"""

from __future__ import annotations

import io
import os
import shutil
import textwrap
from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from counterseal.values.finding import Finding

PLAIN = 120
_COLOURS = {Verdict.PASS: "32", Verdict.REVIEW: "33", Verdict.FAIL: "31"}


def coloured(stream: TextIO) -> bool:
    """Say whether colours are wanted on a stream (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int:
    """Return how wide a stream is."""
    return shutil.get_terminal_size((PLAIN, 24)).columns if stream.isatty() else PLAIN


def safe(text: object) -> str:
    """Return a text on one line, with whatever is not printable spelled out."""
    return "".join(char if char.isprintable() else _spelled(char) for char in str(text))


def _spelled(char: str) -> str:
    return " " if char in "\n\t" else char.encode("unicode_escape").decode()


def verdict(value: Verdict, *, coloured: bool = False) -> str:
    """Return a verdict, in its colour."""
    return _paint(value.value, f"1;{_COLOURS[value]}", coloured=coloured)


def finding(item: Finding, *, coloured: bool = False) -> str:
    """Return a finding: where and what on the first line, as compilers say it, then what to do."""
    lines = [f"{safe(item.where)}: {_paint(safe(item.code), '1;31', coloured=coloured)}"]
    details = (("expected", item.expected), ("found", item.found), ("mend", item.mend))
    return "\n".join(lines + [f"    {name:<9} {safe(value)}" for name, value in details if value])


def wrap(text: str, width: int) -> str:
    """Fold a sentence."""
    return textwrap.fill(safe(text), width, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], width: int, *, coloured: bool = False
) -> str:
    """Return a table: boxed and in colour on a terminal, plain columns elsewhere."""
    cells = [[safe(cell.value if isinstance(cell, Verdict) else cell) for cell in row] for row in rows]
    if coloured:
        return _boxed(title, columns, cells, width)
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    shown = [columns, *cells] if any(columns) else cells
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)) for row in shown]
    return "\n".join(f"{line}".rstrip() for line in [*([f"{safe(title)}:"] if title else []), *lines])


def _boxed(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    from rich.box import ROUNDED
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(
        show_header=any(columns),
        title=Text(safe(title)) if title else None,
        box=ROUNDED,
        title_justify="left",
        expand=False,
    )
    for column in columns:
        drawn.add_column(Text(column), overflow="fold")
    styles = {name.value: f"bold {colour}" for name, colour in zip(Verdict, ("green", "yellow", "red"), strict=True)}
    for row in rows:
        drawn.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row))
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=True, highlight=False).print(drawn)
    return out.getvalue().rstrip("\n")


def _paint(text: str, colour: str, *, coloured: bool) -> str:
    return f"\033[{colour}m{text}\033[0m" if coloured else text
