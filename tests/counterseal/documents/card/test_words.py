"""What people wrote shows as they wrote it, and does nothing else; numbers stand with interval, rows and method."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from counterseal.documents.card import words

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- --><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](//evil.example/x.png)",
    "a | b | c",
    "**bold** _it_ `code` ~~no~~",
    "# Heading",
    "- item",
    "1. item",
    "12) item",
    "> quote",
    "---",
    "===",
    "```",
    "see https://evil.example and www.evil.example",
    "a\nb\n\n# c",
    "&lt;b&gt; &copy;",
    "[ref]: https://evil.example",
    "\\[x\\](y)",
    "$x$",
    "evil\u202egnp.exe\u200b",
    "* x\t* y",
]


@pytest.mark.parametrize("written", HOSTILE)
def test_what_people_wrote_shows_as_they_wrote_it(written: str) -> None:
    tokens = [token for token in MARKDOWN.parse(words.text(written)) if token.type == "inline"]
    assert len(tokens) == 1
    assert {token.type for token in MARKDOWN.parse(words.text(written))} == {
        "paragraph_open",
        "inline",
        "paragraph_close",
    }
    shown = "".join(child.content for child in tokens[0].children or [])
    assert {child.type for child in tokens[0].children or []} <= {"text", "text_special"}
    plain = "".join(char if char.isprintable() else " " for char in written)
    assert shown == " ".join(plain.split())


@given(st.text(max_size=60))
def test_whatever_people_write_is_one_paragraph_of_text(written: str) -> None:
    types = [token.type for token in MARKDOWN.parse(words.text(written))]
    assert types in (["paragraph_open", "inline", "paragraph_close"], [])
    for token in MARKDOWN.parse(words.text(written)):
        assert {child.type for child in token.children or []} <= {"text", "text_special"}


@pytest.mark.parametrize(
    "link", ["https://evil.example", "HTTP://evil.example", "www.evil.example", "WWW.evil.example"]
)
def test_links_are_disarmed(link: str) -> None:
    # What the GFM autolink extension looks for in the source; entities are not looked into.
    assert re.search(r"(?i)https?:|www\.", words.text(f"see {link}")) is None
    assert MARKDOWN.renderInline(words.text(f"see {link}")) == f"see {link}"


def test_estimates_are_a_table_and_those_of_one_method_share_a_line() -> None:
    share = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 10, "method": "counted"}
    other = {**share, "method": "drawn"}
    lines = list(words.measured("rates", {"recall": share, "error (lower is better)": other, "precision": share}))
    assert lines[:3] == [
        "| rates | value | 95 % interval | rows |",
        "|---|---:|---|---:|",
        "| recall | 0.500 | 0.250 to 0.750 | 10 |",
    ]
    assert lines[-2:] == ["- recall, precision: counted.", "- error: drawn."]
