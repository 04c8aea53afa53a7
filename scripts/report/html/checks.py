"""What each rule said: those that people must look at in full, those that passed in one line each, folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.values.finding import Verdict
from serving.html import Html, fill, join

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.report.report import Check

_OPEN = """<li class="{mood}"><p class="title"><span class="badge">{badge}</span><code>{id}</code></p>
<p>{says}</p>
<dl><div><dt>found</dt><dd>{found}</dd></div>{mend}</dl></li>"""
_MEND = "<div><dt>to mend it</dt><dd>{mend}</dd></div>"
_PASSED = '<tr><th scope="row"><code>{id}</code></th><td data-label="found">{found}</td></tr>'
_ALL = """<section><details><summary>{count}</summary><table class="cards"><tbody>
{cells}
</tbody></table></details></section>"""


def open_checks(checks: Iterable[Check]) -> Html:
    """Return the rules that did not simply pass: failures first, what people carry already last."""
    found = [item for item in checks if item.verdict is not Verdict.PASS]
    left = sorted(found, key=lambda item: (bool(item.carried), item.verdict is not Verdict.FAIL))
    if not left:
        return Html()
    items = join(map(_open, left))
    return fill('<section><h2>Rules to look at</h2><ul class="checks">{items}</ul></section>', items=items)


def passed(checks: Iterable[Check]) -> Html:
    """Return the rules that passed."""
    rows = [item for item in checks if item.verdict is Verdict.PASS]
    if not rows:
        return Html()
    cells = join(fill(_PASSED, id=item.id, found=item.found or item.says) for item in rows)
    count = f"{len(rows)} rule{'s' * (len(rows) > 1)} passed"
    return fill(_ALL, count=count, cells=cells)


def _open(item: Check) -> Html:
    badge = item.carried if item.carried == "waived" else " · ".join(filter(None, (item.verdict.value, item.carried)))
    return fill(
        _OPEN,
        mood=item.verdict.value.lower(),
        badge=badge,
        id=item.id,
        says=item.says,
        found=item.found or "nothing",
        mend=fill(_MEND, mend=item.mend) if item.mend else Html(),
    )
