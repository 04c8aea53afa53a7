"""Names, identifiers and paths: ASCII, lower case, and never a way out of the repository. Texts that somebody wrote.

A text that starts with ``FILL IN:`` is a question to whoever reads the document, and not yet a text.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
LogId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]

FILL_IN = "FILL IN:"


def _answered(text: str) -> str:
    if text.startswith(FILL_IN):
        msg = f"an answer, where a question was left to people: {text}"
        raise ValueError(msg)
    return text


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True), AfterValidator(_answered)
]

_PART = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9._@+-]*|\.[A-Za-z0-9][A-Za-z0-9._-]*")


def is_safe_path(path: str) -> bool:
    """Say whether ``path`` is relative, ASCII, free of ``..``, ``.git``, empty parts and parts like options."""
    parts = path.split("/")
    plain = all(_PART.fullmatch(part) and part.lower() != ".git" for part in parts)
    return plain and len(path) <= 200  # noqa: PLR2004 (well under every file system's limit)


def _inside(path: str) -> str:
    if not is_safe_path(path):
        msg = f"expected a path inside this folder, of letters, digits, dots, dashes and underscores, got {path!r}"
        raise ValueError(msg)
    return path


RelativePath = Annotated[str, AfterValidator(_inside)]
