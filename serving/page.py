"""The page for people at /: what serves, by whose approval, how its traffic drifts, what happened.

One document, no script, nothing from elsewhere: it asks the browser to load it again, and its policy forbids the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.values.instant import render as instant
from serving import frame
from serving.events import told
from serving.html import Html, fill, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from counterseal.documents.portable.model import PortableModel
    from counterseal.values.finding import Finding
    from serving.drift import Drift, FeatureDrift
    from serving.events import Event
    from serving.service import Service
    from serving.table import Closed, Route

HEADERS = {"content-security-policy": frame.policy(), "referrer-policy": "no-referrer", "refresh": "5"}

SHOWN_EVENTS = 25
SHORT = 12
_SCALE = 1.5  # a full bar, in alert limits
_GRAVE = ("REWOUND", "CLOSED", "DRIFT_ALERT", "BUG", "AUDIT", "FOLLOW", "HIGH_WATER")
_GOOD = ("ADMITTED", "SWAPPED", "RECOVERED", "STARTED", "DRIFT_NONE")

_MAIN = """{problem}
<h2>Models</h2>
{models}
<h2>Log</h2>
<div class="sheet">{log}</div>
<h2>Lately</h2>
<div class="sheet"><ul class="events">
{events}
</ul></div>"""
_LINKS = Html(
    '<a href="/model">model</a><a href="/drift">drift</a><a href="/events">events</a><a href="/metrics">metrics</a>'
    '<a href="/healthz">health</a><a href="/readyz">ready</a>'
)
_OPEN = """<article class="sheet open">
<p class="title"><strong>{model}</strong><span class="version">version {version}</span><span
class="state {status}">{told}</span></p>
{facts}
<section class="drift"><p>{rows}</p>
<ul class="bars">
{bars}
</ul></section>
{more}
</article>"""
_MORE = '<p class="more"><a href="/model/{model}/what-if">What if?</a> Try a row; your browser answers.</p>'
_SHUT = """<article class="sheet shut">
<p class="title"><strong>{model}</strong><span class="state alert">{state}</span></p>
<ul class="findings">{findings}</ul>
</article>"""
_BAR = """<li class="{status}"><span class="name" title="{feature}">{feature}</span><svg viewBox="0 0 100 6"
preserveAspectRatio="none" role="img" aria-label="PSI {psi}, {status}"><rect class="track" width="100" height="6"/><rect
class="bar" width="{width}" height="6"/><line class="limit" x1="{warning}" x2="{warning}" y2="6"/><line class="limit"
x1="{alert}" x2="{alert}" y2="6"/></svg><span class="value">{psi}</span></li>"""
_EVENT = """<li>{time}<span class="mono {mood}">{code}</span><span>{where}: {message}</span></li>"""


def render_page(service: Service) -> str:
    """Return the page as it is now."""
    table = service.table
    opened = [_open(route, what_if=service.settings.what_if) for _, route in sorted(table.routes.items())]
    shut = [_shut(item) for _, item in sorted(table.closed.items())]
    main = fill(
        _MAIN,
        problem=_problem(service.problem),
        models=join([*opened, *shut]) or fill('<div class="sheet">Nothing has been admitted yet.</div>'),
        log=_log(service),
        events=join(_event(item) for item in service.events.latest(SHOWN_EVENTS)),
    )
    mood, state = standing(service)
    return frame.page(f"Counterseal: {state}", mood, state, main, _LINKS)


def standing(service: Service) -> tuple[str, str]:
    """Return how the server stands: as a colour, and in words."""
    mood, state = _standing(service)
    is_sandbox = any(item.code == "SANDBOX" for item in service.table.warnings)
    return mood, f"SANDBOX: {state}" if is_sandbox else state


def _standing(service: Service) -> tuple[str, str]:
    if service.unready():
        return "alert", "nothing serves"
    if service.problem or service.table.closed or service.table.warnings:
        return "warning", "serving, with findings"
    return "good", "serving"


def _problem(findings: tuple[Finding, ...]) -> Html:
    if not findings:
        return Html()
    told = "What the remote offers now was not taken; the last good version serves on."
    template = '<h2>Not taken</h2><div class="sheet shut"><p>{told}</p><ul class="findings">{findings}</ul></div>'
    return fill(template, told=told, findings=_list(findings))


def _open(route: Route, *, what_if: bool) -> Html:
    served, drift = route.served, route.watch.judge()
    facts = {
        "Answers": _answers(served.portable),
        "Approved by": ", ".join(served.approvers) or "nobody",
        "Tier": served.tier,
        "Promotion": f"{served.number} ({served.kind})" if served.number else "none: a tree without a log",
        "Since": _time(served.time),
        "Entry": _digest(served.entry),
        "Commit": _digest(served.commit),
    }
    return fill(
        _OPEN,
        model=served.model,
        version=served.version,
        status=drift.status,
        told={"none": "no drift", "collecting": "collecting"}.get(drift.status, f"drift: {drift.status}"),
        facts=_facts(facts),
        rows=_rows(drift),
        bars=join(_bar(item, route.watch.policy.warning, route.watch.policy.alert) for item in drift.features),
        more=fill(_MORE, model=served.model) if what_if else Html(),
    )


def _answers(model: PortableModel) -> str:
    if model.threshold is not None:
        return f"{model.classes[1]} from a probability of {model.threshold:g} on, else {model.classes[0]}"
    return f"one of {', '.join(model.classes)}" if model.classes else "a number"


def _rows(drift: Drift) -> str:
    if drift.rows < drift.window:
        return f"Drift is judged from {drift.window} rows on: {drift.window - drift.rows} to go."
    return f"Drift over {drift.rows} rows"


def _bar(item: FeatureDrift, warning: float, alert: float) -> Html:
    full = alert * _SCALE
    return fill(
        _BAR,
        status=item.status,
        feature=item.feature,
        psi="·" if item.psi is None else f"{item.psi:.3f}",
        width=f"{min(100.0, 100 * (item.psi or 0.0) / full):.1f}",
        warning=f"{100 * warning / full:.1f}",
        alert=f"{100 * alert / full:.1f}",
    )


def _shut(item: Closed) -> Html:
    return fill(_SHUT, model=item.model, state="retired" if item.retired else "stopped", findings=_list(item.findings))


def _log(service: Service) -> Html:
    table, head = service.table, service.audit.head
    facts = {
        "Highest promotion": table.number or "none",
        "Trust version": table.trust or "none",
        "Main": _digest(table.main),
        "Last contact": _time(service.polled) if service.polled else "none yet",
        "Audit log": fill("{lines} lines, head <code>{head}</code>", lines=head.number, head=head.digest[:SHORT]),
    }
    unchecked = [fill("<li>unchecked: {what}</li>", what=item) for item in table.unchecked]
    notes = join([_list(table.warnings), *unchecked])
    return join([_facts(facts), fill('<ul class="findings notes">{notes}</ul>', notes=notes)])


def _facts(facts: Mapping[str, object]) -> Html:
    rows = join(fill("<div><dt>{name}</dt><dd>{value}</dd></div>", name=name, value=facts[name]) for name in facts)
    return fill("<dl>{rows}</dl>", rows=rows)


def _digest(text: str) -> Html:
    return fill('<code title="{whole}">{short}</code>', whole=text, short=text[:SHORT] or "none")


def _time(moment: datetime) -> Html:
    whole = instant(moment)
    return fill(
        '<time datetime="{whole}" title="{whole}">{short}</time>', whole=whole, short=f"{moment:%d %b %Y %H:%M}"
    )


def _list(findings: Iterable[Finding]) -> Html:
    return join(_finding(item) for item in findings)


def _finding(item: Finding) -> Html:
    return fill("<li><code>{code}</code> {where}: {told}</li>", code=item.code, where=item.where, told=told(item))


def _event(item: Event) -> Html:
    mood = "alert" if item.code.startswith(_GRAVE) else "good" if item.code.startswith(_GOOD) else "warning"
    return fill(_EVENT, time=_time(item.time), code=item.code, mood=mood, where=item.where, message=item.message)
