"""The frame of every page for people: name and seal, how the server stands, what follows, and where else to look."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from serving.html import Html, fill

STYLE = Html(Path(__file__).with_name("page.css").read_text("utf-8"))
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    "default-src 'none'",
    f"style-src 'sha256-{_HASH}'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
{script}</head>
<body>
<header>
<svg viewBox="0 0 40 40" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true">
<circle cx="20" cy="20" r="17.5"/><circle cx="20" cy="20" r="12.5" stroke-width="1.2" stroke-dasharray="2 2.2"/>
<path d="M13.5 20.5l4.6 4.6 8.6-9.6" stroke-linecap="round" stroke-linejoin="round"/></svg>
<div><h1>Counterseal</h1><p>Nothing serves unless it is countersigned.</p></div>
<span class="state {mood}">{state}</span>
</header>
<main>
{main}
</main>
<footer>{links}</footer>
</body>
</html>
"""


def policy(*more: str) -> str:
    """Return the Content-Security-Policy of a page that loads and runs nothing but what ``more`` allows."""
    return "; ".join((*_POLICY, *more))


def page(title: str, mood: str, state: str, main: Html, links: Html, script: str = "") -> Html:
    """Return a whole page; ``script`` is an element of its head."""
    parts = {"title": title, "mood": mood, "state": state, "main": main, "links": links, "script": Html(script)}
    return fill(_PAGE, style=STYLE, **parts)
