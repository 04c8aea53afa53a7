"""Drafts: documents that ask something, with comments for whoever answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.values.finding import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.document import Document


def commented(text: str, comments: Mapping[str, str]) -> str:
    """Put a comment, and an empty line, before parts of a document's spec."""
    for field, says in comments.items():
        text = text.replace(f"\n  {field}:", f"\n\n  # {says}\n  {field}:", 1)
    return text


def questions(kind: type[Document], data: bytes, where: str) -> list[str]:
    """Return where a draft asks something; raise Refused if anything else is wrong with it."""
    try:
        kind.read(data, where)
    except Refused as refusal:
        if wrong := [item for item in refusal.findings if item.code != "FILL_IN"]:
            raise Refused(*wrong) from refusal
        return [item.where for item in refusal.findings]
    return []
