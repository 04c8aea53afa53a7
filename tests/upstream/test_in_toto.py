"""in-toto itself, as a process, on a real export: what it refuses, and what it lets through and we refuse by name.

It takes the folder as it is, and refuses each byte that is changed. The second half shows the gaps of in-toto 3.1, one
by one: there its command ends with 0, or runs what an attacker wrote, and ``counterseal.documents.layout`` says no.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.documents.layout import open_layout, verify_links
from counterseal.values import strict_json
from tests.support.acts import refused
from tests.support.world import MODEL
from tests.upstream.folder import Folder, Json, flip, payload, step_of
from tests.upstream.readme import AS_COMMITTED, THIS_RUN, typed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.world import World

STEPS = ("validate", "train", "evaluate", "bom", "audit")
ARTIFACTS = (
    *("spec", "dataset", "data", "lock", "advisories", "model", "golden", "champion", "baseline", "bom"),
    *("validation", "provenance", "evaluation", "findings"),
)


def accepted(export: Folder) -> bool:
    """Ask in-toto-verify about this folder."""
    done = typed(export.path, THIS_RUN)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0


def test_the_export_is_accepted_as_it_is(export: Folder) -> None:
    assert {path.name for path in export.artifacts.iterdir()} == set(ARTIFACTS)
    assert accepted(export)
    assert accepted(export), "a second time, beside the link that the first left behind"
    assert typed(export.path, AS_COMMITTED).returncode == 0


def test_what_our_own_check_reads_is_accepted_by_it_too(export: Folder) -> None:
    verify_links(export.layout(), {step: export.opened(step) for step in STEPS}, export.run, "links")


# -- what in-toto refuses


def artifact_byte(name: str) -> Callable[[Folder], None]:
    return lambda export: flip(export.artifacts / name)


def artifact_gone(export: Folder) -> None:
    (export.artifacts / "model").unlink()


def one_artifact_more(export: Folder) -> None:
    (export.artifacts / "notes").write_text("not in any link")


def one_file_beside(export: Folder) -> None:
    (export.in_toto / "evil.py").write_text("print('hello')")


def artifacts_swapped(export: Folder) -> None:
    first, second = (export.artifacts / name for name in ("evaluation", "validation"))
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def signed_byte(find: Callable[[Folder], Path]) -> Callable[[Folder], None]:
    """Change a byte of what an envelope says."""

    def attack(export: Folder) -> None:
        value = json.loads(find(export).read_bytes())
        body = base64.b64decode(value["payload"]).replace(export.run.encode(), export.run[::-1].encode(), 1)
        value["payload"] = base64.b64encode(body).decode()
        find(export).write_text(json.dumps(value))

    return attack


def signature_byte(find: Callable[[Folder], Path]) -> Callable[[Folder], None]:
    """Change a byte of a signature."""

    def attack(export: Folder) -> None:
        value = json.loads(find(export).read_bytes())
        sig = bytearray(base64.b64decode(value["signatures"][0]["sig"]))
        sig[-1] ^= 1
        value["signatures"][0]["sig"] = base64.b64encode(bytes(sig)).decode()
        find(export).write_text(json.dumps(value))

    return attack


def link_of(step: str) -> Callable[[Folder], Path]:
    return lambda export: export.link(step)


def link_gone(step: str) -> Callable[[Folder], None]:
    return lambda export: export.link(step).unlink()


def link_by(step: str, role: str) -> Callable[[Folder], None]:
    return lambda export: export.resign(step, bool, role)


def links_swapped(one: str, other: str) -> Callable[[Folder], None]:
    def attack(export: Folder) -> None:
        first, second = export.link(one), export.link(other)
        kept = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(kept)

    return attack


def links_one_on(export: Folder) -> None:
    """Put each step's link in the place of the next."""
    paths = [export.link(step) for step in STEPS]
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, [contents[-1], *contents[:-1]], strict=True):
        path.write_bytes(content)


def other_model(export: Folder) -> None:
    """Let CI sign that train made another model, and put it there: evaluate did not see it."""
    flip(export.artifacts / "model")
    made = {"sha256": "1" * 64}
    export.resign("train", lambda link: link["products"].update({f"{export.run}/model": made}))


def nothing_made(export: Folder) -> None:
    export.resign("audit", lambda link: link.update(products={}))


def links_of_another_run(export: Folder) -> None:
    for step in STEPS:
        export.put(export.link(step), _moved(export, strict_json.canonical(payload(export.link(step)))))


def _moved(export: Folder, content: bytes) -> bytes:
    return content.replace(export.run.encode(), export.run[::-1].encode())


def layout_by_ci(export: Folder) -> None:
    export.put(export.root, strict_json.canonical(payload(export.root)))


def layout_as_committed(export: Folder) -> None:
    export.root.write_bytes((export.in_toto / "signed.layout").read_bytes())


def layout_expired(export: Folder) -> None:
    export.relayout(lambda layout: layout.update(expires="2020-01-01T00:00:00Z"))


ATTACKS: dict[str, Callable[[Folder], None]] = {
    **{f"a byte of the artifact {name}": artifact_byte(name) for name in ARTIFACTS},
    **{f"a byte of what {step} says": signed_byte(link_of(step)) for step in STEPS},
    **{f"a byte of the signature of {step}": signature_byte(link_of(step)) for step in STEPS},
    **{f"no link of {step}": link_gone(step) for step in STEPS},
    **{f"the link of {step} by the promoter": link_by(step, "promoter") for step in STEPS},
    "an artifact gone": artifact_gone,
    "an artifact more": one_artifact_more,
    "a file beside": one_file_beside,
    "artifacts swapped": artifacts_swapped,
    "links swapped": links_swapped("train", "evaluate"),
    "links swapped, first and last": links_swapped("validate", "audit"),
    "links in another order": links_one_on,
    "another model": other_model,
    "nothing made": nothing_made,
    "links of another run": links_of_another_run,
    "a byte of what the layout says": signed_byte(lambda export: export.root),
    "a byte of the layout's signature": signature_byte(lambda export: export.root),
    "the layout by CI": layout_by_ci,
    "the layout of every run": layout_as_committed,
    "a layout that expired": layout_expired,
}
QUICK = ("a byte of the artifact model", "a byte of what train says", "no link of bom", "links swapped")
REST = tuple(name for name in ATTACKS if name not in QUICK)


@pytest.mark.parametrize("attack", [ATTACKS[name] for name in QUICK], ids=QUICK)
def test_tampering_is_refused(export: Folder, attack: Callable[[Folder], None]) -> None:
    attack(export)
    assert not accepted(export)


@pytest.mark.whole
@pytest.mark.parametrize("attack", [ATTACKS[name] for name in REST], ids=REST)
def test_all_other_tampering_is_refused(export: Folder, attack: Callable[[Folder], None]) -> None:
    attack(export)
    assert not accepted(export)


# -- what in-toto lets through


def test_gap_a_link_says_it_is_of_another_step(export: Folder) -> None:
    export.resign("validate", lambda link: link.update(name="anything"))
    assert accepted(export)
    with refused("LINK_NAME"):
        export.opened("validate")


def test_gap_a_step_that_failed(export: Folder) -> None:
    export.resign("evaluate", lambda link: link.update(byproducts={"return-value": 3}))
    assert accepted(export)
    with refused("LINK_FAILED"):
        export.opened("evaluate")


def test_gap_a_layout_in_place_of_a_link_runs_its_command(export: Folder) -> None:
    key = payload(export.root)["keys"]
    touch = {"_type": "inspection", "name": "x", "run": ["touch", "PWNED"]}
    rules: Json = {"expected_materials": [], "expected_products": []}
    layout = {"_type": "layout", "keys": key, "steps": [], "inspect": [touch | rules], "readme": ""}
    export.put(export.link("train"), strict_json.canonical(layout | {"expires": "2999-12-31T23:59:59Z"}))
    assert not accepted(export)
    assert (export.in_toto / "PWNED").exists(), "in-toto ran CI's command before it refused"
    with refused("LINK_FORM"):
        export.opened("train")


def test_gap_an_inspection_runs_its_command(export: Folder) -> None:
    def add(layout: Json) -> None:
        touch = {"_type": "inspection", "name": "x", "run": ["touch", "PWNED"]}
        layout["inspect"].append(touch | {"expected_materials": [], "expected_products": []})

    export.relayout(add)
    assert accepted(export)
    assert (export.in_toto / "PWNED").exists()
    _refuses(export, add, "LAYOUT_INSPECTION")


def test_gap_one_key_under_two_ids_counts_twice(export: Folder) -> None:
    other = "0" * 64

    def twice(layout: Json) -> None:
        (key,) = layout["keys"].values()
        layout["keys"][other] = key | {"keyid": other}
        step_of(layout, "train").update(threshold=2, pubkeys=[*layout["keys"]])

    export.relayout(twice)
    envelope = json.loads(export.link("train").read_bytes())
    assert not accepted(export), "one signature is not two"
    envelope["signatures"][0]["keyid"] = other
    (export.in_toto / f"train.{other[:8]}.link").write_text(json.dumps(envelope))
    assert accepted(export)
    _refuses(export, twice, "LAYOUT_KEYS")


def test_gap_rules_that_do_not_end_in_disallow(export: Folder) -> None:
    def opened(layout: Json) -> None:
        step_of(layout, "audit")["expected_materials"].pop()

    extra = {f"{export.run}/anything": {"sha256": "1" * 64}}
    export.resign("audit", lambda link: link["materials"].update(extra))
    assert not accepted(export), "as long as the rules are closed"
    export.relayout(opened)
    assert accepted(export)
    _refuses(export, opened, "LAYOUT_OPEN")


def test_gap_rules_that_require_nothing(export: Folder) -> None:
    def optional(layout: Json) -> None:
        step = step_of(layout, "audit")
        step["expected_products"] = [rule for rule in step["expected_products"] if rule[0] != "REQUIRE"]

    (export.artifacts / "findings").unlink()
    export.resign("audit", lambda link: link.update(products={}))
    export.relayout(optional)
    export.relayout(lambda layout: _unask(layout, f"{export.run}/findings"))
    assert accepted(export)
    _refuses(export, optional, "LAYOUT_OPTIONAL")


def _unask(layout: Json, artifact: str) -> None:
    """Let the inspection ask for one artifact less."""
    (inspection,) = layout["inspect"]
    inspection["expected_materials"] = [rule for rule in inspection["expected_materials"] if rule[1] != artifact]


@pytest.mark.parametrize("threshold", [0, -1])
def test_gap_no_threshold(export: Folder, threshold: int) -> None:
    def none_needed(layout: Json) -> None:
        step_of(layout, "bom")["threshold"] = threshold

    export.relayout(none_needed)
    assert accepted(export)
    _refuses(export, none_needed, "LAYOUT_THRESHOLD")


def test_gap_a_whole_run_again(export: Folder) -> None:
    """A run that is whole passes for ever; ours names the run it asks for."""
    links_of_another_run(export)
    export.relayout(lambda layout: layout.update(json.loads(_moved(export, strict_json.canonical(layout)))))
    run = export.run
    export.artifacts.rename(export.in_toto / run[::-1])
    assert accepted(export)
    links = {step: export.opened(step) for step in STEPS}
    verify_links(export.layout(), links, run[::-1], "links")
    with refused("LINK_RULES"):
        verify_links(export.layout(), links, run, "links")


def test_gap_files_that_are_never_looked_at(export: Folder) -> None:
    for name in ("evil.pyc", "evil.link.py", "evil~"):
        (export.artifacts / name).write_text("boo")
    assert accepted(export)


def test_gap_without_an_inspection_the_disk_is_not_looked_at(export: Folder) -> None:
    flip(export.artifacts / "model")
    assert typed(export.path, AS_COMMITTED).returncode == 0
    assert not accepted(export)


def test_the_files_themselves_are_held_by_the_entry(world: World) -> None:
    """What the two gaps above let through, in the repository."""
    world.prove(branch := world.propose(1))
    path = places.model_file(MODEL, "model.json")
    changed = world.read(path, branch).replace(b"84.0", b"85.0", 1)
    assert {item.code for item in world.assess(branch).findings} == {"QUORUM"}
    world.commit(branch, {path: changed})
    assert [item.code for item in world.assess(branch).findings] == ["DIGEST"]
    world.commit(branch, {f"attestations/{MODEL}/evil.pyc": b"boo"})
    assert [item.code for item in world.assess(branch).findings] == ["NOT_EXACT_SET"]


def test_gap_a_signature_more_and_another_spelling(export: Folder) -> None:
    first, second = export.link("train"), export.link("bom")
    value = json.loads(first.read_bytes())
    value["signatures"].append({"keyid": "1" * 64, "sig": "AAAA"})
    first.write_text(json.dumps(value))
    export.put(second, json.dumps(payload(second), indent=2).encode())
    assert accepted(export)
    with refused("ENVELOPE_SIGNATURES"):
        export.opened("train")
    with refused("PAYLOAD_NOT_CANONICAL"):
        export.opened("bom")


def test_gap_a_key_given_twice(export: Folder) -> None:
    """JSON that says a thing twice: in-toto takes the last, another reader the first."""
    value = strict_json.canonical(payload(export.link("train")))
    export.put(export.link("train"), value.replace(b'"products":', b'"products":{},"products":', 1))
    assert accepted(export)
    with refused("JSON_AMBIGUOUS"):
        export.opened("train")


def _refuses(export: Folder, change: Callable[[Json], object], code: str) -> None:
    """Have our own check read the committed layout with the same change, signed by the layout key."""
    envelope = dsse.sign(strict_json.canonical(export.layout(change)), dsse.STATEMENT, export.world.signer("layout"))
    keys = export.world.trust.machine_keys("layout")
    layout = open_layout(strict_json.pretty(envelope), keys, "layout")
    with refused(code):
        verify_links(layout, {step: export.opened(step) for step in STEPS}, export.run, "links")
