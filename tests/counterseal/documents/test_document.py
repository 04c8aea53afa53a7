"""The coat, and what every kind of document has in common: it round-trips, and whatever does not fit is a finding."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from counterseal.documents import places
from counterseal.documents.approval import Approval
from counterseal.documents.baseline import Baseline
from counterseal.documents.dataset import Dataset
from counterseal.documents.document import Document, Value, validate
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.golden import Golden
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.policy import DriftPolicy, Policy, Suite, TierPolicy
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.record import Promotion
from counterseal.documents.rules import Rules
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import Scope, Statement
from counterseal.documents.trust import Roots, Trust
from counterseal.values import strict_json, strict_yaml
from counterseal.values.finding import Refused
from counterseal.values.names import Name, Text
from tests.goldens import examples

if TYPE_CHECKING:
    from collections.abc import Iterator


class ToySpec(Value):
    """A spec of each type of field."""

    name: Name
    count: int
    share: float
    yes: bool = False
    texts: tuple[Text, ...] = ()
    notes: dict[str, float | int | str | bool | None] = {}  # noqa: RUF012 (pydantic copies it)


class Toy(Document):
    """A document for tests."""

    KIND: ClassVar[str] = "Toy"
    kind: Literal["Toy"]
    spec: ToySpec


GOOD = b"""\
apiVersion: counterseal/v1
kind: Toy
metadata: {name: toy}
spec:
  name: a
  count: 1
  share: 0.5
"""


def refused(data: bytes, kind: type[Document] = Toy) -> Refused:
    with pytest.raises(Refused) as error:
        kind.read(data, "x.yaml")
    return error.value


specs = st.builds(
    ToySpec,
    name=st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True),
    count=st.integers(-(2**53) + 1, 2**53 - 1),
    share=st.floats(allow_nan=False, allow_infinity=False),
    yes=st.booleans(),
    texts=st.lists(st.text(min_size=1).filter(str.strip), max_size=3).map(tuple),
    notes=st.dictionaries(
        st.from_regex(r"[ -~]{0,9}", fullmatch=True).filter(lambda key: key != "<<"),
        st.one_of(
            st.none(), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False, allow_infinity=False), st.text()
        ),
        max_size=3,
    ),
)


@given(specs)
def test_a_document_reads_back_from_yaml_and_json(spec: ToySpec) -> None:
    toy = Toy.of("toy", spec)
    assert Toy.read(toy.write(), "x.yaml") == toy
    assert Toy.read_json(toy.write_json(), "x.json") == toy
    assert Toy.read(Toy.read(toy.write(), "x").write(), "x").write() == toy.write()


@pytest.mark.parametrize(
    ("change", "code", "line", "told"),
    [
        ((b"share: 0.5", b"share: 0.5\n  colour: red"), "UNKNOWN_FIELD", 8, "spec.colour"),
        ((b"{name: toy}", b"{name: toy, more: 1}"), "UNKNOWN_FIELD", 3, "metadata.more"),
        ((b"  count: 1\n", b""), "MISSING_FIELD", 5, "spec.count"),
        ((b"kind: Toy\n", b""), "MISSING_FIELD", 1, "kind"),
        ((b"kind: Toy", b"kind: Toys"), "INVALID_VALUE", 2, "kind = 'Toys'"),
        ((b"counterseal/v1", b"counterseal/v2"), "INVALID_VALUE", 1, "apiVersion"),
        ((b"name: a", b"name: A"), "INVALID_VALUE", 5, "spec.name = 'A'"),
        ((b"count: 1", b"count: many"), "INVALID_VALUE", 6, "spec.count = 'many'"),
        # Nothing is taken for something else.
        ((b"count: 1", b"count: '1'"), "INVALID_VALUE", 6, "spec.count"),
        ((b"count: 1", b"count: 1.0"), "INVALID_VALUE", 6, "spec.count"),
        ((b"count: 1", b"count: true"), "INVALID_VALUE", 6, "spec.count"),
        ((b"share: 0.5", b"share: '0.5'"), "INVALID_VALUE", 7, "spec.share"),
        ((b"share: 0.5", b"share: .5"), "INVALID_VALUE", 7, "spec.share"),
        ((b"share: 0.5", b"share: true"), "INVALID_VALUE", 7, "spec.share"),
        ((b"share: 0.5", b"share: null"), "INVALID_VALUE", 7, "spec.share"),
        ((b"share: 0.5", b"share: 0.5\n  yes: yes"), "INVALID_VALUE", 8, "spec.yes"),
        ((b"share: 0.5", b"share: 0.5\n  yes: 1"), "INVALID_VALUE", 8, "spec.yes"),
        ((b"share: 0.5", b"share: 0.5\n  texts: one"), "INVALID_VALUE", 8, "spec.texts"),
        ((b"share: 0.5", b"share: 0.5\n  texts:\n  - x\n  - 1"), "INVALID_VALUE", 10, "spec.texts.1"),
    ],
)
def test_a_misfit_is_told_with_its_line(change: tuple[bytes, bytes], code: str, line: int, told: str) -> None:
    assert Toy.read(GOOD, "x.yaml").spec.count == 1
    data = GOOD.replace(*change)
    finding = refused(data).findings[0]
    assert (finding.code, finding.where) == (code, f"x.yaml:{line}")
    assert told in finding.found + finding.expected


def test_all_misfits_are_told_at_once() -> None:
    data = GOOD.replace(b"name: a", b"name: A").replace(b"count: 1", b"count: x").replace(b"share: 0.5", b"shore: 0.5")
    codes = [finding.code for finding in refused(data).findings]
    assert sorted(codes) == ["INVALID_VALUE", "INVALID_VALUE", "MISSING_FIELD", "UNKNOWN_FIELD"]


def test_a_finding_says_how_to_mend_it() -> None:
    assert "remove it" in refused(GOOD + b"  colour: red\n").findings[0].mend
    assert "add it" in refused(GOOD.replace(b"  count: 1\n", b"")).findings[0].mend


@pytest.mark.parametrize("data", [b"null", b"[]", b"1", b"text", b"{}", b"- apiVersion: counterseal/v1"])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    assert refused(data).code in ("INVALID_VALUE", "MISSING_FIELD")


def test_what_the_readers_refuse_is_refused() -> None:
    assert refused(GOOD + b"kind: Toy\n").code == "YAML_DUPLICATE_KEY"
    with pytest.raises(Refused, match="JSON_AMBIGUOUS"):
        Toy.read_json(b'{"a": 1, "a": 2}', "x.json")


def test_documents_are_frozen() -> None:
    toy = Toy.read(GOOD, "x.yaml")
    with pytest.raises(ValidationError):
        toy.spec.count = 2
    with pytest.raises(ValidationError):
        toy.kind = "Toy"


def test_not_even_code_can_make_one_with_nan_or_a_wrong_default() -> None:
    with pytest.raises(ValidationError):
        ToySpec(name="a", count=1, share=float("nan"))
    with pytest.raises(ValidationError):
        Toy.of("Not a name", ToySpec(name="a", count=1, share=0))


def test_a_signed_document_opens_with_its_signatures_unverified() -> None:
    toy, sealed = Toy.open(GOOD + b"signatures:\n  ann: x\n", "x.yaml")
    assert (toy, sealed.body, sealed.signatures) == (Toy.read(GOOD, "x"), GOOD, {"ann": "x"})
    with pytest.raises(Refused, match="UNSIGNED"):
        Toy.open(GOOD, "x.yaml")
    with pytest.raises(Refused, match="UNKNOWN_FIELD"):
        Toy.read(GOOD + b"signatures:\n  ann: x\n", "x.yaml")


ENTRY = RegistryEntry.read(examples.entry_bytes(), "entry.yaml")
KINDS: list[tuple[type[Value], Value]] = [
    (Trust, examples.second_trust()),
    (Roots, examples.trust().roots()),
    (Rules, examples.rules_document()),
    (Pipeline, examples.pipeline()),
    (Dataset, examples.dataset()),
    (ModelSpec, examples.model_spec()),
    (Baseline, examples.baseline_document()),
    (Golden, examples.golden_document()),
    (PortableModel, examples.portable_model()),
    (RegistryEntry, ENTRY),
    (Approval, examples.approval("ann", "promote", model=examples.MODEL, entry="0" * 64, reviews=["a/b"])),
    (Approval, examples.approval("bob", "restore", **{"model": examples.MODEL, "from": 3, "to": 2})),
    (Policy, Policy.read(examples.policies()[places.rule("quality", "policy.yaml")], "p")),
    (TierPolicy, TierPolicy.read(examples.policies()[places.rule("tier", "policy.yaml")], "p")),
    (DriftPolicy, DriftPolicy.read(examples.policies()[places.rule("drift", "policy.yaml")], "p")),
    (Suite, Suite.read(examples.policies()[places.rule("quality", "suite.yaml")], "p")),
    (Scope, examples.scope("train")),
    (Statement, examples.statements()["evaluate"]),
    (Promotion, examples.promotion(3, kind="restore", model="m", entry="0" * 64, previous="1" * 64, restores=1)),
]
NAMES = [f"{number}-{kind.__name__}" for number, (kind, _) in enumerate(KINDS)]
WRONG: list[Any] = [None, True, -1, 1.5, "", "ä\x1b[2J", ["x"], {"x": 1}]


def plain(value: Value) -> Any:
    if isinstance(value, PortableModel):
        return strict_json.loads(value.write(), "x")
    return strict_json.loads(
        strict_json.canonical(value.model_dump(mode="json", by_alias=True, exclude_none=True)), "x"
    )


def read(kind: type[Value], value: object) -> Value:
    return validate(kind, strict_yaml.Source(value, "x", {}))


def places_in(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places_in(item, (*path, key))


def changed(value: Any, path: tuple[Any, ...], change: Any) -> Any:
    """Return the value with a part of it replaced, or removed if ``change`` is ``...``."""
    if not path:
        return change
    whole = copy.deepcopy(value)
    part = whole
    for key in path[:-1]:
        part = part[key]
    if change is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = change
    return whole


def attempt(kind: type[Value], value: Any) -> tuple[str, ...]:
    """Read a value; return the codes of its refusal, none if it is taken and reads back."""
    try:
        taken = read(kind, value)
    except Refused as error:
        return tuple(finding.code for finding in error.findings)
    assert read(kind, plain(taken)) == taken
    return ()


@pytest.mark.parametrize(("kind", "value"), KINDS, ids=NAMES)
def test_every_kind_reads_back(kind: type[Value], value: Value) -> None:
    assert read(kind, plain(value)) == value
    if isinstance(value, Document):
        assert type(value).read(value.write(), "x") == value
        assert type(value).read_json(value.write_json(), "x") == value


@pytest.mark.parametrize(("kind", "value"), KINDS, ids=NAMES)
def test_no_part_of_any_kind_can_be_something_else_unnoticed(kind: type[Value], value: Value) -> None:
    good = plain(value)
    for path in places_in(good):
        for wrong in WRONG:
            attempt(kind, changed(good, path, wrong))
        if path:
            attempt(kind, changed(good, path, ...))


FREE = {"predicate", "parameters", "limits", "expect", "rules", "row", "weights", "categories", "people", "roles"}


@pytest.mark.parametrize(("kind", "value"), KINDS, ids=NAMES)
def test_no_kind_takes_an_unknown_field(kind: type[Value], value: Value) -> None:
    good = plain(value)
    for path in places_in(good):
        part = good
        for key in path:
            part = part[key]
        if isinstance(part, dict) and not FREE & set(path):
            codes = attempt(kind, changed(good, (*path, "Not a field"), 1))
            assert "UNKNOWN_FIELD" in codes or "INVALID_VALUE" in codes, path


def test_numbers_are_not_rounded_on_the_way() -> None:
    data = GOOD.replace(b"0.5", b"0.1000000000000000055511151231257827")
    assert Toy.read(data, "x").spec.share == 0.1
    assert Toy.read(GOOD.replace(b"count: 1", b"count: 9007199254740991"), "x").spec.count == 2**53 - 1
