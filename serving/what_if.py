"""What if? A form in which people try rows against a model; their browser answers, and what they type stays in it.

* Without script the page can be read whole: each input and its bounds, the typical row, and the answer for that row.
* It runs the two modules of this server and no other script, writes text and never HTML (``POLICY``), and holds nothing
  that could be submitted.
* It names the promotion by which it answers; ``what_if.mjs`` says so when another one serves meanwhile.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.documents.portable.inputs import CategoryInput
from serving import frame
from serving.html import Html, fill, join
from serving.page import standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from counterseal.documents.portable.inputs import Cell, NumberInput
    from counterseal.documents.portable.model import PortableModel
    from serving.service import Service
    from serving.table import Route

POLICY = frame.policy(
    "script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"
)
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "no-referrer"}
#: The modules that the page runs, as they were when the server started.
MODULES = {name: Path(__file__).with_name(name).read_bytes() for name in ("evaluate.mjs", "what_if.mjs")}

_SCRIPT = '<script type="module" src="/what_if.mjs"></script>\n'
_LINKS = (
    '<a href="/">all models</a><a href="/model/{model}">{model}</a><a href="/model/{model}/model.json">model.json</a>'
)
_MAIN = """<h2>What if?</h2>
<article class="sheet open" data-what-if="{model}" data-number="{number}" data-entry="{entry}" data-digest="{digest}">
<p class="title"><strong>{model}</strong><span class="version">version {version}</span></p>
<p class="soft">The model is evaluated in your browser. Nothing that you type is sent anywhere: not to this server, so
not to its audit log or into its drift. It starts at the typical row, which is no person's.</p>
<noscript><p class="soft">Without script the form can be read, but not tried; POST /predict/{model} answers
rows.</p></noscript>
<div class="what-if">
<section class="answer" aria-live="polite">
<p class="warning" role="alert" data-standing></p>
<p class="decision" data-decision>{decision}</p>
{outputs}
<p class="soft" data-told>This is the typical row.</p>
<p class="soft">Answered by promotion {number}, version {version}, entry <code
title="{entry}">{short}</code>{threshold}.</p>
</section>
<fieldset disabled>
<legend>The row <button type="button" data-reset hidden>back to the typical row</button></legend>
{fields}
</fieldset>
</div>
</article>"""
_OUTPUT = """<div class="output" data-output><span>{name}</span><data class="value"
value="{value}">{shown}</data>{bar}
<span class="soft" data-change>typical row {shown}</span></div>"""
_BAR = """<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100"
height="6"/><rect class="bar" width="{width}" height="6"/><line class="limit" x1="{width}" x2="{width}"
y2="6"/></svg>"""
_FIELD = """<div class="field" data-field><label for="input-{place}">{name}</label>{says}
{value}{missing}
<span class="soft">{bounds}</span><span class="alert" data-problem></span></div>"""
_NUMBER = """<input id="input-{place}" type="number" inputmode="decimal" min="{minimum}" max="{maximum}" step="{step}"
value="{reference}" autocomplete="off" data-value>"""
_CATEGORY = """<select id="input-{place}" autocomplete="off" data-value>{options}</select>
<noscript><span class="soft">one of: {listed}</span></noscript>"""
_MISSING = '<label class="missing"><input type="checkbox" autocomplete="off" data-missing{checked}> missing</label>'


def render_what_if(service: Service, route: Route) -> str:
    """Return a model's form, filled in with the typical row, and the answer for it."""
    served = route.served
    model, answer = served.portable, served.portable.predict(served.portable.reference)
    main = fill(
        _MAIN,
        model=served.model,
        version=served.version,
        number=served.number,
        entry=served.entry,
        short=served.entry[:12],
        digest=served.digest,
        decision=answer.decision or "",
        outputs=join(_outputs(model, answer.outputs)),
        threshold="" if model.threshold is None else f"; {model.classes[1]} from {model.threshold:g} on",
        fields=join(_field(place, item, model.reference[item.name]) for place, item in enumerate(model.inputs)),
    )
    mood, state = standing(service)
    links = fill(_LINKS, model=served.model)
    return frame.page(f"What if? {served.model}: {state}", mood, state, main, links, _SCRIPT)


def _outputs(model: PortableModel, outputs: tuple[float, ...]) -> Iterable[Html]:
    if not model.classes:
        return [fill(_OUTPUT, name="value", value=repr(outputs[0]), shown=f"{outputs[0]:.6g}", bar="")]
    names = model.classes if model.threshold is None else (f"probability of {model.classes[1]}",)
    return [_probability(name, output) for name, output in zip(names, outputs, strict=True)]


def _probability(name: str, output: float) -> Html:
    bar = fill(_BAR, width=f"{100 * output:.2f}")
    return fill(_OUTPUT, name=name, value=repr(output), shown=f"{output:.4f}", bar=bar)


def _field(place: int, item: NumberInput | CategoryInput, reference: Cell) -> Html:
    made = _category(place, item, reference) if isinstance(item, CategoryInput) else _number(place, item, reference)
    says = fill('<span class="says">{says}</span>', says=item.says) if item.says else ""
    checked = Html(" checked") if reference is None else ""
    missing = fill(_MISSING, checked=checked) if item.nullable else ""
    bounds = _bounds(item, reference)
    return fill(_FIELD, place=place, name=item.name, says=says, value=made, missing=missing, bounds=bounds)


def _number(place: int, item: NumberInput, reference: Cell) -> Html:
    return fill(
        _NUMBER,
        place=place,
        minimum=_shown(item.minimum),
        maximum=_shown(item.maximum),
        step="1" if item.type == "integer" else "any",
        reference="" if reference is None else _shown(reference),
    )


def _category(place: int, item: CategoryInput, reference: Cell) -> Html:
    """Number the options: a category's text may hold what HTML cannot."""
    options = [
        fill(
            '<option value="{at}"{selected}>{name}</option>',
            at=at,
            selected=Html(" selected") if name == reference else "",
            name=name,
        )
        for at, name in enumerate(item.categories)
    ]
    return fill(_CATEGORY, place=place, options=join(options), listed=", ".join(item.categories))


def _bounds(item: NumberInput | CategoryInput, reference: Cell) -> str:
    typical = f"typical: {'missing' if reference is None else _shown(reference)}"
    if isinstance(item, CategoryInput):
        return typical
    whole = ", whole" if item.type == "integer" else ""
    return f"{_shown(item.minimum)} to {_shown(item.maximum)}{whole}; {typical}"


def _shown(value: Cell) -> str:
    """Write a number as short as it goes: 40, not 40.0."""
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
