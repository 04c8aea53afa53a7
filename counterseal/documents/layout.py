"""in-toto Links and Layouts, and the only file that imports in_toto.

``compile_layout`` turns a pipeline and keys into a layout; its payload's digest is its name. ``precheck`` refuses what
in-toto 3.1 lets through (facts: sublayouts run commands, a link's name is not compared with its step, one key under
two ids counts twice, failed commands are signed like others, rules that do not end in DISALLOW allow the rest, and
without REQUIRE nothing need be there at all; tests/upstream/test_in_toto.py shows each on in-toto itself).
``verify_links`` then applies in-toto's own artifact rules, in memory, to links whose signatures were verified here.
The layout's expiry is far off: in-toto reads the machine's clock, and time is judged elsewhere.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from in_toto.exceptions import RuleVerificationError
from in_toto.models.layout import Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope
from in_toto.verifylib import substitute_parameters, verify_all_item_rules
from securesystemslib.exceptions import FormatError

from counterseal.crypto import dsse
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.pipeline import PipelineSpec, PipelineStep

EXPIRES = "2999-12-31T23:59:59Z"
RUN = "{run}"
_PARTS = ("_type", "steps", "inspect")
_LET_IN = ("ALLOW", "CREATE", "DELETE", "MATCH", "MODIFY")


def compile_layout(pipeline: PipelineSpec, keys: Mapping[str, tuple[str, ...]], log_id: str) -> bytes:
    """Return the layout's payload: ``keys`` is machine role → PEM keys."""
    layout = Layout(
        keys={dsse.keyid(pem): _key(pem) for role in sorted(keys) for pem in sorted(keys[role])},
        steps=[_step(pipeline, step, keys[step.role]) for step in pipeline.steps],
        expires=EXPIRES,
        readme=f"counterseal log {log_id}",
    )
    layout.validate()
    return strict_json.canonical(_plain(layout))


def layout_digest(payload: bytes) -> str:
    """Return the digest under which a layout is filed."""
    return sha256(payload)


def sign_layout(payload: bytes, by: CryptoSigner) -> bytes:
    """Sign a layout and return its envelope, as ``in-toto-verify`` reads it."""
    return strict_json.pretty(dsse.sign(payload, dsse.STATEMENT, by))


def open_layout(data: bytes, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """Verify a layout with one of ``keys`` (PEM) and return its payload as plain JSON."""
    value = dsse.open_envelope(strict_json.loads(data, where), keys, where)
    if not isinstance(value, dict) or value.get("_type") != "layout":
        raise refuse("LAYOUT_FORM", where, "an in-toto layout", "something else")
    _read_layout(value, where)
    return value


def make_link(step: str, run: str, materials: Mapping[str, str], products: Mapping[str, str]) -> bytes:
    """Return a link's payload: ``materials`` and ``products`` are artifact → SHA-256."""
    link = Link(
        name=step,
        materials={f"{run}/{name}": {"sha256": digest} for name, digest in materials.items()},
        products={f"{run}/{name}": {"sha256": digest} for name, digest in products.items()},
        byproducts={"return-value": 0},
        command=[],
        environment={},
    )
    return strict_json.canonical(_plain(link))


def sign_link(payload: bytes, by: CryptoSigner) -> bytes:
    """Sign a link and return its envelope as it is committed."""
    return strict_json.pretty(dsse.sign(payload, dsse.STATEMENT, by))


def open_link(data: bytes, keys: tuple[str, ...], where: str, step: str) -> Link:
    """Verify a link with one of ``keys`` (PEM); raise Refused unless it is a successful link of this very step."""
    value = dsse.open_envelope(strict_json.loads(data, where), keys, where)
    if not isinstance(value, dict) or value.get("_type") != "link":
        raise refuse("LINK_FORM", where, "an in-toto link", "something else (a sublayout could run commands)")
    if value.get("name") != step:
        raise refuse("LINK_NAME", where, f"a link of the step {step!r}", f"one of {value.get('name')!r}")
    try:
        link = Link(**{name: content for name, content in value.items() if name != "_type"})
        result = link.byproducts.get("return-value")
    except (FormatError, TypeError, ValueError) as error:
        raise refuse("LINK_FORM", where, "an in-toto link", "one whose fields do not fit") from error
    if result != 0 or result is False:
        raise refuse("LINK_FAILED", where, "a step that succeeded", "one that did not say so")
    return link


def artifacts(link: Link, run: str) -> dict[str, str]:
    """Return artifact → SHA-256 of everything that went into or came out of a step."""
    return {**materials(link, run), **products(link, run)}


def materials(link: Link, run: str) -> dict[str, str]:
    """Return artifact → SHA-256 of what went into a step."""
    return _digests(link.materials, run)


def products(link: Link, run: str) -> dict[str, str]:
    """Return artifact → SHA-256 of what came out of a step."""
    return _digests(link.products, run)


def _digests(named: Mapping[str, Mapping[str, str]], run: str) -> dict[str, str]:
    return {path.removeprefix(f"{run}/"): str(digest.get("sha256")) for path, digest in named.items()}


def verify_links(layout: dict[str, Any], links: Mapping[str, Link], run: str, where: str) -> None:
    """Apply the layout's artifact rules to verified links, one per step; raise Refused at the first break."""
    parsed = _read_layout(layout, where)
    _precheck(parsed, layout, where)
    if set(links) != {step.name for step in parsed.steps}:
        raise refuse("LINKS_INCOMPLETE", where, "one link for each step", ", ".join(sorted(links)) or "none")
    try:
        substitute_parameters(parsed, {"run": run})
        verify_all_item_rules(parsed.steps, dict(links))
    except (RuleVerificationError, FormatError, LookupError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else "a rule that does not hold"
        raise refuse("LINK_RULES", where, "artifacts as the layout has them", reason) from error


def _read_layout(layout: dict[str, Any], where: str) -> Layout:
    """Read a layout less its inspections, which ``_precheck`` refuses; its steps are the caller's own to fill in."""
    try:
        parsed = copy.copy(_parse(strict_json.canonical(layout)))
        parsed.steps = [copy.copy(step) for step in parsed.steps]
    except (FormatError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise refuse("LAYOUT_FORM", where, "an in-toto layout", "one whose fields do not fit") from error
    return parsed


@lru_cache(maxsize=16)
def _parse(payload: bytes) -> Layout:
    layout = strict_json.loads_canonical(payload, "layout")
    parsed = Layout(**{name: content for name, content in layout.items() if name not in _PARTS})
    steps = layout["steps"]
    parsed.steps = [_read_step(step) for step in steps] if isinstance(steps, list) else steps
    parsed.validate()
    return parsed


def _precheck(parsed: Layout, layout: dict[str, Any], where: str) -> None:
    if layout.get("inspect"):
        raise refuse("LAYOUT_INSPECTION", where, "no inspections", "some, which would run commands")
    if len({repr(key.get("keyval")) for key in layout["keys"].values()}) != len(layout["keys"]):
        raise refuse("LAYOUT_KEYS", where, "each key once", "a key under two ids")
    for step in parsed.steps:
        rules = (step.expected_materials, step.expected_products)
        if any(not rule or [part.upper() for part in rule[-1]] != ["DISALLOW", "*"] for rule in rules):
            raise refuse("LAYOUT_OPEN", where, f"rules of {step.name} that end in DISALLOW *", "others")
        if any(_named(rule, _LET_IN) != _named(rule, ("REQUIRE",)) for rule in rules):
            raise refuse(
                "LAYOUT_OPTIONAL", where, f"REQUIRE for each artifact of {step.name}", "some that may be missing"
            )
        if step.threshold != 1 or not step.pubkeys:
            raise refuse("LAYOUT_THRESHOLD", where, f"a threshold of 1 for {step.name}", str(step.threshold))


def _named(rules: list[list[str]], verbs: tuple[str, ...]) -> set[str]:
    return {rule[1] for rule in rules if rule[0].upper() in verbs}


def _step(pipeline: PipelineSpec, step: PipelineStep, keys: tuple[str, ...]) -> Step:
    return Step(
        name=step.name,
        pubkeys=sorted(dsse.keyid(pem) for pem in keys),
        threshold=1,
        expected_command=[],
        expected_materials=[
            *(["REQUIRE", f"{RUN}/{name}"] for name in step.materials),
            *(_material_rule(pipeline, step.name, name) for name in step.materials),
            ["DISALLOW", "*"],
        ],
        expected_products=[
            *(["REQUIRE", f"{RUN}/{name}"] for name in step.products),
            *(["CREATE", f"{RUN}/{name}"] for name in step.products),
            ["DISALLOW", "*"],
        ],
    )


def _material_rule(pipeline: PipelineSpec, step: str, name: str) -> list[str]:
    if maker := pipeline.maker(name):
        return ["MATCH", f"{RUN}/{name}", "WITH", "PRODUCTS", "FROM", maker]
    first = next(other.name for other in pipeline.steps if name in other.materials)
    if first == step:
        return ["ALLOW", f"{RUN}/{name}"]
    return ["MATCH", f"{RUN}/{name}", "WITH", "MATERIALS", "FROM", first]


def _key(pem: str) -> dict[str, Any]:
    key = dsse.public_key(pem)
    return {**key.to_dict(), "keyid": key.keyid}


def _plain(signable: Any) -> dict[str, Any]:  # noqa: ANN401 (in_toto has no types)
    value = strict_json.loads(Envelope.from_signable(signable).payload, "in-toto payload")
    return dict(value)


def _read_step(value: dict[str, Any]) -> Step:
    return Step(**{name: content for name, content in value.items() if name != "_type"})
