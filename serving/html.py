"""HTML in which everything is escaped unless it was built here.

* ``fill`` puts values into a template; a value is escaped, unless it is ``Html``, which ``fill`` and ``join`` make.
* What is not printable is spelled out: no control character arrives, and none that turns what follows around.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def fill(template: str, **values: object) -> Html:
    """Return the template with every ``{name}`` replaced by its escaped value."""
    return Html(template.format_map({name: _safe(value) for name, value in values.items()}))


def join(parts: Iterable[Html]) -> Html:
    """Return the parts, a line each."""
    return Html("\n".join(parts))


def _safe(value: object) -> str:
    return value if isinstance(value, Html) else escape("".join(map(_printable, str(value))), quote=True)


def _printable(char: str) -> str:
    return char if char.isprintable() else " " if char.isspace() else char.encode("unicode_escape").decode()
