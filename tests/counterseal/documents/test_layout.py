"""Layouts and links: what in-toto lets through is refused here, and what holds here holds for in-toto itself."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from in_toto.exceptions import (
    LinkNotFoundError,
    RuleVerificationError,
    SignatureVerificationError,
    ThresholdVerificationError,
)
from in_toto.models.metadata import Metadata
from in_toto.verifylib import in_toto_verify

from counterseal.crypto import dsse
from counterseal.documents.layout import (
    artifacts,
    compile_layout,
    layout_digest,
    make_link,
    open_layout,
    open_link,
    sign_layout,
    sign_link,
    verify_links,
)
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.values.strict_json import canonical, loads
from tests.goldens.examples import LOG_ID, machine, pem, pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from in_toto.models.link import Link

PIPELINE = pipeline().spec
STEPS = [step.name for step in PIPELINE.steps]
RUN, OLD_RUN = sha256(b"run"), sha256(b"old run")
CI, OTHER, LAYOUT = (dsse.signer(machine(name)) for name in ("ci", "other", "layout"))
KEYS = (pem("ci"),)
PAYLOAD = compile_layout(PIPELINE, {"ci": KEYS}, LOG_ID)
VALUE: dict[str, Any] = loads(PAYLOAD, "layout")


def digests(names: tuple[str, ...]) -> dict[str, str]:
    return {name: sha256(name.encode()) for name in names}


def payload(step: str, run: str = RUN) -> dict[str, Any]:
    found = next(item for item in PIPELINE.steps if item.name == step)
    made: dict[str, Any] = loads(make_link(step, run, digests(found.materials), digests(found.products)), "link")
    return made


def opened(value: dict[str, Any], step: str) -> Link:
    return open_link(sign_link(canonical(value), CI), KEYS, f"{step}.link", step)


def links(run: str = RUN, **changed: dict[str, Any]) -> dict[str, Link]:
    return {step: opened(changed.get(step, payload(step, run)), step) for step in STEPS}


def refused(call: Callable[..., object], *arguments: Any) -> str:
    with pytest.raises(Refused) as error:
        call(*arguments)
    return error.value.code


def verify(layout: dict[str, Any], found: dict[str, Link], run: str = RUN) -> None:
    verify_links(layout, found, run, "attestations/m/")


def test_a_layout_is_compiled_the_same_each_time() -> None:
    several = ("a", "b", "c")
    one = compile_layout(PIPELINE, {"ci": tuple(map(pem, several))}, LOG_ID)
    assert one == compile_layout(PIPELINE, {"ci": tuple(map(pem, reversed(several)))}, LOG_ID)
    assert canonical(loads(one, "layout")) == one
    assert layout_digest(one) == sha256(one)
    assert compile_layout(PIPELINE, {"ci": (pem("other"),)}, LOG_ID) != PAYLOAD
    assert compile_layout(PIPELINE, {"ci": KEYS}, "f" * 32) != PAYLOAD


def test_every_rule_ends_in_disallow() -> None:
    for step in VALUE["steps"]:
        assert step["expected_materials"][-1] == step["expected_products"][-1] == ["DISALLOW", "*"]
        assert step["threshold"] == 1
        assert step["pubkeys"] == [dsse.keyid(KEYS[0])]
    assert VALUE["inspect"] == []


def test_materials_match_where_they_come_from() -> None:
    rules = {step["name"]: step["expected_materials"] for step in VALUE["steps"]}
    assert ["ALLOW", "{run}/data"] in rules["validate"]
    assert ["MATCH", "{run}/data", "WITH", "MATERIALS", "FROM", "validate"] in rules["train"]
    assert ["MATCH", "{run}/model", "WITH", "PRODUCTS", "FROM", "train"] in rules["evaluate"]
    assert ["MATCH", "{run}/bom", "WITH", "PRODUCTS", "FROM", "bom"] in rules["audit"]
    for step in PIPELINE.steps:
        for name in step.materials:
            assert ["REQUIRE", f"{{run}}/{name}"] in rules[step.name]


def test_a_whole_run_holds() -> None:
    verify(VALUE, links())
    assert artifacts(links()["bom"], RUN) == digests(("spec", "dataset", "lock", "model", "evaluation", "bom"))


def with_digest(step: str, kind: str, name: str, digest: str = "0" * 64) -> dict[str, Any]:
    value = payload(step)
    value[kind][f"{RUN}/{name}"] = {"sha256": digest}
    return value


def less(step: str, kind: str, name: str) -> dict[str, Any]:
    value = payload(step)
    del value[kind][f"{RUN}/{name}"]
    return value


@pytest.mark.parametrize(
    "changed",
    [
        {"train": with_digest("train", "materials", "data")},
        {"evaluate": with_digest("evaluate", "materials", "model")},
        {"evaluate": with_digest("evaluate", "materials", "spec")},
        {"train": with_digest("train", "products", "model")},
        {"train": with_digest("train", "materials", "more")},
        {"train": with_digest("train", "products", "more")},
        {"train": with_digest("train", "products", "data", sha256(b"data"))},
        {"validate": less("validate", "materials", "data")},
        {"train": less("train", "materials", "dataset")},
        {"train": less("train", "products", "golden")},
        {"audit": less("audit", "products", "findings")},
        {"train": payload("train", OLD_RUN)},
        {"train": payload("train") | {"materials": {}, "products": {}}},
    ],
)
def test_artifacts_that_do_not_follow_from_each_other(changed: dict[str, Any]) -> None:
    assert refused(verify, VALUE, links(**changed)) == "LINK_RULES"


def test_another_run_replayed_whole_does_not_hold() -> None:
    verify(VALUE, links(OLD_RUN), OLD_RUN)
    assert refused(verify, VALUE, links(OLD_RUN)) == "LINK_RULES"


def test_one_link_for_each_step() -> None:
    found = links()
    for step in STEPS:
        assert (
            refused(verify, VALUE, {name: link for name, link in found.items() if name != step}) == "LINKS_INCOMPLETE"
        )
    assert refused(verify, VALUE, found | {"more": found["train"]}) == "LINKS_INCOMPLETE"
    assert refused(verify, VALUE, {}) == "LINKS_INCOMPLETE"


def altered(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy(VALUE) | fields


def with_step(**fields: Any) -> dict[str, Any]:
    layout = copy.deepcopy(VALUE)
    layout["steps"][1] |= fields
    return layout


INSPECTION = {"_type": "inspection", "name": "i", "run": ["id"], "expected_materials": [], "expected_products": []}
KEY = next(iter(VALUE["keys"].values()))
OPEN = [["ALLOW", "*"]]


@pytest.mark.parametrize(
    ("layout", "code"),
    [
        (altered(inspect=[INSPECTION]), "LAYOUT_INSPECTION"),
        (altered(keys={**VALUE["keys"], "0" * 64: KEY | {"keyid": "0" * 64}}), "LAYOUT_KEYS"),
        (with_step(expected_products=VALUE["steps"][1]["expected_products"][:-1]), "LAYOUT_OPEN"),
        (with_step(expected_materials=[]), "LAYOUT_OPEN"),
        (with_step(expected_products=VALUE["steps"][1]["expected_products"][1:]), "LAYOUT_OPTIONAL"),
        (with_step(expected_materials=[*VALUE["steps"][1]["expected_materials"], *OPEN]), "LAYOUT_OPEN"),
        (with_step(threshold=0), "LAYOUT_THRESHOLD"),
        (with_step(threshold=2), "LAYOUT_THRESHOLD"),
        (with_step(pubkeys=[]), "LAYOUT_THRESHOLD"),
        (with_step(threshold="1"), "LAYOUT_FORM"),
        (with_step(expected_products=["DISALLOW"]), "LAYOUT_FORM"),
        (with_step(expected_products=[["PERMIT", "*"], ["DISALLOW", "*"]]), "LAYOUT_FORM"),
        (with_step(name="validate"), "LAYOUT_FORM"),
        (altered(steps=None), "LAYOUT_FORM"),
        (altered(steps=[1]), "LAYOUT_FORM"),
        (altered(keys=[]), "LAYOUT_FORM"),
        (altered(expires="soon"), "LAYOUT_FORM"),
        (with_step(expected_products=[["REQUIRE", "{other}"], ["ALLOW", "{other}"], ["DISALLOW", "*"]]), "LINK_RULES"),
        (with_step(expected_products=[["REQUIRE", "{"], ["ALLOW", "{"], ["DISALLOW", "*"]]), "LINK_RULES"),
    ],
)
def test_a_layout_that_lets_more_through(layout: dict[str, Any], code: str) -> None:
    assert refused(verify, layout, links()) == code


def test_a_layout_opens_with_its_key_only() -> None:
    data = sign_layout(PAYLOAD, LAYOUT)
    assert canonical(open_layout(data, (pem("layout"),), "l.json")) == PAYLOAD
    assert refused(open_layout, data, KEYS, "l.json") == "UNKNOWN_KEY"
    assert refused(open_layout, data, (), "l.json") == "UNKNOWN_KEY"
    assert refused(open_layout, data[:-40], KEYS, "l.json") == "JSON_SYNTAX"


@pytest.mark.parametrize(
    "value", [[], 1, {}, payload("train"), {"_type": "layout"}, altered(steps={}), altered(keys=1)]
)
def test_what_is_no_layout(value: object) -> None:
    assert refused(open_layout, sign_layout(canonical(value), LAYOUT), (pem("layout"),), "l.json") == "LAYOUT_FORM"


SUBLAYOUT = altered(steps=[], inspect=[INSPECTION])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (SUBLAYOUT, "LINK_FORM"),
        ([], "LINK_FORM"),
        ({"_type": "link"}, "LINK_NAME"),
        (payload("evaluate"), "LINK_NAME"),
        (payload("train") | {"name": None}, "LINK_NAME"),
        (payload("train") | {"byproducts": {"return-value": 3}}, "LINK_FAILED"),
        (payload("train") | {"byproducts": {"return-value": None}}, "LINK_FAILED"),
        (payload("train") | {"byproducts": {"return-value": False}}, "LINK_FAILED"),
        (payload("train") | {"byproducts": {"return-value": "0"}}, "LINK_FAILED"),
        (payload("train") | {"byproducts": {}}, "LINK_FAILED"),
        (payload("train") | {"byproducts": []}, "LINK_FORM"),
        (payload("train") | {"materials": []}, "LINK_FORM"),
        (payload("train") | {"materials": {"a": "b"}}, "LINK_FORM"),
        (payload("train") | {"products": {"a": {"sha256": "not hex"}}}, "LINK_FORM"),
        (payload("train") | {"products": {"a": {"sha256": 1}}}, "LINK_FORM"),
        (payload("train") | {"command": "x"}, "LINK_FORM"),
    ],
)
def test_what_is_no_link_of_a_step_that_succeeded(value: Any, code: str) -> None:
    assert opened(payload("train"), "train").name == "train"
    assert refused(opened, value, "train") == code


def test_a_link_opens_with_a_key_of_its_role_only() -> None:
    data = sign_link(canonical(payload("train")), OTHER)
    assert open_link(data, (*KEYS, pem("other")), "x", "train").name == "train"
    assert refused(open_link, data, KEYS, "x", "train") == "UNKNOWN_KEY"
    assert (
        refused(open_link, data.replace(b'"sig": "ME', b'"sig": "MF'), (pem("other"),), "x", "train") == "BAD_SIGNATURE"
    )


def materialised(folder: Path, **changed: bytes) -> Path:
    """Write a signed run as in-toto expects it: <step>.<keyid8>.link."""
    for step in STEPS:
        data = changed.get(step) or sign_link(canonical(payload(step)), CI)
        (folder / f"{step}.{dsse.keyid(KEYS[0])[:8]}.link").write_bytes(data)
    (folder / "root.layout").write_bytes(sign_layout(PAYLOAD, LAYOUT))
    return folder


def upstream(folder: Path) -> None:
    """Ask in-toto itself."""
    key = dsse.public_key(pem("layout"))
    in_toto_verify(
        Metadata.load(str(folder / "root.layout")),
        {key.keyid: {**key.to_dict(), "keyid": key.keyid}},
        link_dir_path=str(folder),
        substitution_parameters={"run": RUN},
        persist_inspection_links=False,
    )


def test_in_toto_itself_agrees(tmp_path: Path) -> None:
    upstream(materialised(tmp_path))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"train": sign_link(canonical(with_digest("train", "products", "model")), CI)}, RuleVerificationError),
        ({"evaluate": sign_link(canonical(less("evaluate", "materials", "data")), CI)}, RuleVerificationError),
        ({"train": sign_link(canonical(payload("train", OLD_RUN)), CI)}, RuleVerificationError),
        ({"train": sign_link(canonical(payload("train")), OTHER)}, ThresholdVerificationError),
    ],
)
def test_in_toto_itself_agrees_on_what_does_not_hold(
    tmp_path: Path, changed: dict[str, bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        upstream(materialised(tmp_path, **changed))


def test_in_toto_itself_misses_a_link_that_is_gone(tmp_path: Path) -> None:
    next(materialised(tmp_path).glob("audit.*.link")).unlink()
    with pytest.raises(LinkNotFoundError):
        upstream(tmp_path)


def test_in_toto_itself_refuses_a_layout_by_another_key(tmp_path: Path) -> None:
    materialised(tmp_path)
    (tmp_path / "root.layout").write_bytes(sign_layout(PAYLOAD, OTHER))
    with pytest.raises(SignatureVerificationError):
        upstream(tmp_path)


def test_what_in_toto_lets_through_is_why_we_look_ourselves(tmp_path: Path) -> None:
    failed = payload("train") | {"byproducts": {"return-value": 3}}
    upstream(materialised(tmp_path, train=sign_link(canonical(failed), CI)))
    assert refused(opened, failed, "train") == "LINK_FAILED"
    renamed = payload("train") | {"name": "other"}
    upstream(materialised(tmp_path, train=sign_link(canonical(renamed), CI)))
    assert refused(opened, renamed, "train") == "LINK_NAME"
