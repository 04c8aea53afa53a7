"""A proof holds whole or not at all: every byte, every name, and whatever a machine could sign instead."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterseal.documents import entry, places
from counterseal.documents.card import behaviour, people, quality
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.layout import layout_digest, make_link, sign_layout, sign_link
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.statement import EXTENSION, Statement
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.verification import rulebook
from counterseal.verification.champion import NOBODY
from counterseal.verification.evidence import Judge, Proof, artifact_digests, model_files, verify_proof
from counterseal.verification.tree import Tree
from tests.support import acts
from tests.support.acts import refused
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.world import World

STEPS = ("validate", "train", "evaluate", "bom", "audit")
FIGURES = (quality.QUALITY, quality.SCORES, people.GROUPS, behaviour.EFFECTS, behaviour.BASELINE)
#: Every file that an entry owns, as the pipeline makes it; a test below holds the list to the truth.
OWNED = (
    places.spec(MODEL),
    *(places.model_file(MODEL, name) for name in places.MODEL_FILES),
    places.card(MODEL),
    *(places.figure(MODEL, name) for name in FIGURES),
    places.bom(MODEL),
    *(places.link(MODEL, step) for step in STEPS),
    *(places.statement(MODEL, step) for step in STEPS),
)


class Altered(Tree):
    """A tree with some files changed, added or (None) gone, in memory."""

    def __init__(self, tree: Tree, changed: Mapping[str, bytes | None]) -> None:
        super().__init__(tree.git, tree.revision)
        self.changed = changed

    def read(self, path: str) -> bytes | None:
        return self.changed[path] if path in self.changed else super().read(path)

    def blob(self, path: str) -> str | None:
        data = self.changed.get(path)
        return sha256(data)[:40] if data else None if path in self.changed else super().blob(path)

    def files(self, *prefixes: str) -> dict[str, str]:
        kept = {path: oid for path, oid in super().files(*prefixes).items() if path not in self.changed}
        fresh = {path: "0" * 40 for path, data in self.changed.items() if data is not None}
        below = tuple(f"{prefix.rstrip('/')}/" for prefix in prefixes)
        return kept | {p: oid for p, oid in fresh.items() if p in prefixes or p.startswith(below)}


class Bench:
    """A proof that holds, and what judges it."""

    def __init__(self, world: World, replaces: int = 0, champion: str = NOBODY) -> None:
        self.world = world
        self.tree = Tree(world.git, world.main)
        book = rulebook.load(self.tree)
        self.judge = Judge(world.trust, book.pipeline, book.tier, replaces, champion)
        self.files = model_files(self.tree, MODEL)
        self.holds = self.verify({})

    def verify(self, changed: Mapping[str, bytes | None]) -> Proof:
        return verify_proof(Altered(self.tree, changed), MODEL, self.judge)

    def renamed(self, changed: Mapping[str, bytes | None], **facts: Any) -> dict[str, bytes | None]:
        """Return a change with an entry that names its bytes, as whoever writes the entry by hand would have it."""
        now = {path: data for path, data in {**self.files, **changed}.items() if data is not None}
        owned = entry.owned_paths(MODEL, {path: sha256(data) for path, data in now.items()})
        before = RegistryEntry.read(self.files[places.entry(MODEL)], "entry").spec
        spec = before.model_copy(update={"owned": dict(sorted(owned.items())), **facts})
        return {**changed, places.entry(MODEL): entry.GENERATED + RegistryEntry.of(MODEL, spec).write()}

    def signed(self, step: str, change: Callable[[dict[str, Any]], object], key: str = "ci") -> dict[str, bytes | None]:
        """Return a step's Statement with something changed, signed by a machine, with links and an entry that fit."""
        path = places.statement(MODEL, step)
        envelope = json.loads(self.files[path])["dsseEnvelope"]
        value = json.loads(base64.b64decode(envelope["payload"]))
        change(value)
        return self.linked({path: Statement.parse(value, path).sign(self.world.signer(key))})

    def linked(self, changed: Mapping[str, bytes | None], **digests: str) -> dict[str, bytes | None]:
        """Return a change with links that CI signed anew: of the files as they are, but for some ``digests``."""
        files = {path: data for path, data in {**self.files, **changed}.items() if data is not None}
        real = artifact_digests(MODEL, files, self.holds.dataset.spec.fingerprint, self.holds.entry) | digests
        links = {places.link(MODEL, step): self.link(step, step, real) for step in STEPS}
        return self.renamed({**changed, **links})

    def link(self, step: str, name: str, digests: Mapping[str, str]) -> bytes:
        value = json.loads(base64.b64decode(json.loads(self.files[places.link(MODEL, step)])["payload"]))
        sides = [
            {
                (short := path.partition("/")[2]): digests.get(short, digest["sha256"])
                for path, digest in value[side].items()
            }
            for side in ("materials", "products")
        ]
        return sign_link(make_link(name, self.holds.entry.spec.run, *sides), self.world.signer("ci"))


def short(artifacts: Mapping[str, Any]) -> dict[str, Any]:
    """Return artifacts without the run that scopes their names."""
    return {path.partition("/")[2]: digest for path, digest in artifacts.items()}


@pytest.fixture(scope="module")
def bench(live_template: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with closing(live_template.copy_to(tmp_path_factory.mktemp("bench") / "company")) as company:
        yield Bench(company)


def flipped(data: bytes, at: int = -2) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


# -- every byte


def test_the_list_of_owned_files_is_whole(bench: Bench) -> None:
    assert sorted(OWNED) == sorted(bench.holds.entry.spec.owned)
    assert bench.holds.digest == sha256(bench.files[places.entry(MODEL)])


@pytest.mark.parametrize("path", OWNED)
def test_a_changed_byte_is_refused(bench: Bench, path: str) -> None:
    with refused("DIGEST") as refusal:
        bench.verify({path: flipped(bench.files[path])})
    assert refusal.value.findings[0].where == path


@pytest.mark.parametrize("path", OWNED)
def test_a_missing_file_is_refused(bench: Bench, path: str) -> None:
    with refused("NOT_EXACT_SET"):
        bench.verify({path: None})


@pytest.mark.parametrize("path", OWNED)
def test_a_missing_file_is_refused_though_the_entry_never_named_it(bench: Bench, path: str) -> None:
    with pytest.raises(Refused) as refusal:
        bench.verify(bench.renamed({path: None}))
    assert refusal.value.code in {"MISSING_FILE", "NOT_EXACT_SET", "SUBJECT_DIGEST"}


@pytest.mark.parametrize(
    "path", [f"registry/{MODEL}/extra.bin", f"registry/{MODEL}/model/model.joblib", f"attestations/{MODEL}/x.link"]
)
def test_an_extra_file_is_refused_named_or_not(bench: Bench, path: str) -> None:
    for changed in ({path: b"x"}, bench.renamed({path: b"x"})):
        with refused("NOT_EXACT_SET"):
            bench.verify(changed)


BYTES = {
    places.spec(MODEL): {"SCOPE", "YAML_SYNTAX", "INVALID_VALUE", "ENTRY_NOT_REBUILT"},
    **{places.model_file(MODEL, name): {"SUBJECT_DIGEST", "LINK_DIGEST"} for name in places.MODEL_FILES},
    places.card(MODEL): {"CARD_DIFFERS"},
    places.bom(MODEL): {"SUBJECT_DIGEST"},
    **{places.link(MODEL, step): {"BAD_SIGNATURE"} for step in STEPS},
    **{places.statement(MODEL, step): {"BAD_SIGNATURE"} for step in STEPS},
}


@pytest.mark.parametrize("path", BYTES)
def test_a_changed_byte_that_the_entry_names_is_refused_for_what_it_breaks(bench: Bench, path: str) -> None:
    data = bench.files[path]
    if path.startswith("attestations/"):
        value = json.loads(data)
        envelope = value.get("dsseEnvelope", value)
        payload = base64.b64decode(envelope["payload"])
        changed = payload.replace(b"counterseal", b"counterfeit") if b"counterseal" in payload else payload + b" "
        envelope["payload"] = base64.b64encode(changed).decode()
        data = json.dumps(value).encode()
    else:
        data = data.replace(b" credit", b" Credit", 1) if b" credit" in data else data + b"\n"
    with pytest.raises(Refused) as refusal:
        bench.verify(bench.renamed({path: data}))
    assert refusal.value.code in BYTES[path], str(refusal.value)


def test_a_figure_is_bound_by_the_entry_that_people_approve(live: World) -> None:
    branch = acts.ready(live, 2)
    assert live.admit(live.merge_of(branch)).promotions
    path = places.figure(MODEL, quality.QUALITY)
    picture = live.read(path, branch).replace(b"</svg>", b"<text>99 %</text></svg>")
    files = model_files(Tree(live.git, live.tip(branch)), MODEL)
    spec = RegistryEntry.read(files[places.entry(MODEL)], "entry").spec
    owned = {**spec.owned, path: sha256(picture)}
    forged = entry.GENERATED + RegistryEntry.of(MODEL, spec.model_copy(update={"owned": owned})).write()
    live.commit(branch, {path: picture, places.entry(MODEL): forged}, by=None)
    with refused("QUORUM"):
        live.admit(live.merge_of(branch))


# -- the entry


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"tier": "low"}, "ENTRY_NOT_REBUILT"),
        ({"replaces": 7}, "ENTRY_NOT_REBUILT"),
        ({"version": 9}, "ENTRY_NOT_REBUILT"),
        ({"run": "0" * 64}, "LINK_RULES"),
        ({"log_id": "0" * 32}, "ENTRY_NOT_REBUILT"),
    ],
)
def test_an_edited_entry_is_refused(bench: Bench, facts: dict[str, Any], code: str) -> None:
    with refused(code):
        bench.verify(bench.renamed({}, **facts))


@pytest.mark.parametrize(("name", "code"), [("dataset", "DATASET_NOT_OF_TREE"), ("layout", "SCOPE"), ("code", "SCOPE")])
def test_other_materials_are_refused(bench: Bench, name: str, code: str) -> None:
    materials = bench.holds.entry.spec.materials
    value: Any = materials.code.model_copy(update={"lock": "0" * 64}) if name == "code" else "0" * 64
    with refused(code):
        bench.verify(bench.renamed({}, materials=materials.model_copy(update={name: value})))


def test_an_entry_has_one_spelling(bench: Bench) -> None:
    with refused("ENTRY_NOT_REBUILT"):
        bench.verify({places.entry(MODEL): bench.files[places.entry(MODEL)] + b"# a word\n"})


def test_a_nicer_metric_is_refused(bench: Bench) -> None:
    metrics = bench.holds.entry.spec.metrics | {"auc": 0.99}
    with refused("ENTRY_NOT_REBUILT"):
        bench.verify(bench.renamed({}, metrics=metrics))


# -- evidence of something else


def test_evidence_of_another_version_is_refused(replaced: World) -> None:
    bench = Bench.__new__(Bench)
    bench.world, bench.tree = replaced, Tree(replaced.git, acts.record(replaced, 1).commit)
    book = rulebook.load(bench.tree)
    bench.judge = Judge(replaced.trust, book.pipeline, book.tier, 0, NOBODY)
    bench.files = model_files(bench.tree, MODEL)
    other = model_files(Tree(replaced.git, replaced.main), MODEL)
    assert bench.verify({}).spec.spec.version == 1
    for step in STEPS:
        swapped: dict[str, bytes | None] = {places.statement(MODEL, step): other[places.statement(MODEL, step)]}
        with refused("SCOPE"):
            bench.verify(bench.renamed(swapped))
        with pytest.raises(Refused) as refusal:
            bench.verify(bench.renamed({places.link(MODEL, step): other[places.link(MODEL, step)]}))
        assert refusal.value.code in {"LINK_RULES", "LINK_DIGEST"}


def test_evidence_of_another_model_is_refused(live: World) -> None:
    acts.land(live, acts.ready_loans(live))
    tree, bench = Tree(live.git, live.main), Bench(live)
    theirs = {path.replace("loans", MODEL): data for path, data in model_files(tree, "loans").items()}
    materials = RegistryEntry.read(theirs.pop(places.entry(MODEL)), "entry").spec.materials
    with refused("MODEL_NAME"):
        bench.verify(bench.renamed({**dict.fromkeys(OWNED), **theirs}, materials=materials))


@pytest.mark.parametrize(
    ("field", "value"), [("log_id", "0" * 32), ("model", "other"), ("version", 2), ("step", "train"), ("run", "0" * 64)]
)
@pytest.mark.parametrize("step", ["evaluate", "bom"])
def test_a_statement_speaks_of_this_log_model_version_step_and_run(
    bench: Bench, step: str, field: str, value: Any
) -> None:
    def change(statement: dict[str, Any]) -> None:
        if step == "bom":
            properties = statement["predicate"]["metadata"]["properties"]
            next(item for item in properties if item["name"].endswith(f":{field}"))["value"] = str(value)
        else:
            statement["predicate"][EXTENSION]["scope"][field] = value

    assert bench.verify(bench.signed(step, lambda _: None)).digest != bench.holds.digest
    with refused("SCOPE"):
        bench.verify(bench.signed(step, change))


# -- what only CI could sign


def drop(*path: str) -> Callable[[dict[str, Any]], object]:
    def change(value: Any) -> None:
        for part in path[:-1]:
            value = value[part]
        del value[path[-1]]

    return change


MEASURES = ("predicate", EXTENSION, "measures")


@pytest.mark.parametrize(
    ("step", "path"),
    [
        *(("evaluate", (*MEASURES, name)) for name in ("task", "quality", "groups", "leakage", "robustness")),
        ("evaluate", (*MEASURES, "quality", "auc", "low")),
        ("evaluate", MEASURES),
        ("evaluate", ("predicate", "result")),
        ("validate", MEASURES),
        ("audit", ("predicate", "scanner")),
        ("audit", ("predicate", "metadata")),
        ("audit", ("predicate", "metadata", "scanFinishedOn")),
    ],
)
def test_a_statement_that_lacks_something_is_refused_and_never_an_accident(
    bench: Bench, step: str, path: tuple[str, ...]
) -> None:
    with refused("EVIDENCE_FORM"):
        bench.verify(bench.signed(step, drop(*path)))


@pytest.mark.parametrize("name", ["auc", "brier"])
def test_a_number_left_out_does_not_fit_the_card(bench: Bench, name: str) -> None:
    with refused("CARD_DIFFERS"):
        bench.verify(bench.signed("evaluate", drop(*MEASURES, "quality", name)))


@pytest.mark.parametrize("value", [None, "much", [], {}, {"value": None}, 7])
def test_a_measure_of_another_kind_is_refused(bench: Bench, value: Any) -> None:
    def change(statement: dict[str, Any]) -> None:
        statement["predicate"][EXTENSION]["measures"]["quality"]["auc"] = value

    with refused("EVIDENCE_FORM"):
        bench.verify(bench.signed("evaluate", change))


def test_a_better_number_signed_by_ci_does_not_fit_the_card(bench: Bench) -> None:
    def change(statement: dict[str, Any]) -> None:
        statement["predicate"][EXTENSION]["measures"]["quality"]["auc"]["value"] = 0.999

    with refused("CARD_DIFFERS"):
        bench.verify(bench.signed("evaluate", change))


def test_statements_are_of_their_steps_type_and_about_these_files(bench: Bench) -> None:
    with refused("PREDICATE_TYPE"):
        bench.verify(bench.signed("evaluate", lambda value: value.update(predicateType="urn:other")))
    with refused("NO_SCOPE"):
        bench.verify(bench.signed("evaluate", drop("predicate", EXTENSION, "scope")))
    with refused("SUBJECT"):
        bench.verify(bench.signed("bom", lambda value: value["subject"].pop()))
    with refused("SUBJECT_DIGEST"):
        bench.verify(bench.signed("train", lambda value: value["subject"][0]["digest"].update(sha256="0" * 64)))


@pytest.mark.parametrize("key", ["layout", "promoter"])
def test_only_the_steps_role_signs_it(bench: Bench, key: str) -> None:
    with refused("UNKNOWN_KEY"):
        bench.verify(bench.signed("evaluate", lambda _: None, key))


def test_links_say_what_really_went_in_and_out(bench: Bench) -> None:
    assert bench.verify(bench.linked({})).spec
    for artifact in ("data", "dataset", "lock", "model", "baseline", "golden"):
        with refused("LINK_DIGEST"):
            bench.verify(bench.linked({}, **{artifact: "0" * 64}))
    path = places.link(MODEL, "train")
    with refused("LINK_RULES"):
        bench.verify(bench.renamed({path: bench.link("train", "train", {"data": "0" * 64})}))
    with refused("LINK_NAME"):
        bench.verify(bench.renamed({path: bench.link("train", "validate", {})}))


def test_the_layout_is_of_this_pipeline_and_under_its_own_name(bench: Bench) -> None:
    materials = bench.holds.entry.spec.materials
    path = places.layout(materials.layout)
    other = Pipeline.read(bench.tree.need(places.PIPELINE).replace(b"materials: [bom, lock,", b"materials: [bom,"), "p")
    judge = Judge(bench.judge.trust, other, bench.judge.tier, 0, NOBODY)
    with refused("LAYOUT_NOT_OF_JUDGE"):
        verify_proof(bench.tree, MODEL, judge)
    payload = acts.layout_payload(bench.world, other)
    assert layout_digest(payload) != materials.layout
    with refused("LAYOUT_DIGEST"):
        bench.verify({path: sign_layout(payload, bench.world.signer("layout"))})
    with refused("UNKNOWN_KEY"):
        bench.verify({path: sign_layout(payload, bench.world.signer("ci"))})
    with refused("MISSING_FILE"):
        bench.verify({path: None})


def test_a_model_calls_itself_what_it_is_called(bench: Bench) -> None:
    changed = bench.files[places.model_file(MODEL, "model.json")].replace(MODEL.encode(), b"other")
    with refused("SUBJECT_DIGEST"):
        bench.verify(bench.renamed({places.model_file(MODEL, "model.json"): changed}))


# -- any damage


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, str, float, int]:
    path = draw(st.sampled_from((*OWNED, places.entry(MODEL))))
    kind = draw(st.sampled_from(["flip", "cut", "drop", "double", "swap", "insert", "empty"]))
    return path, kind, draw(st.floats(0, 1, exclude_max=True)), draw(st.integers(0, 255))


def damaged(bench: Bench, damage: tuple[str, str, float, int]) -> dict[str, bytes | None]:
    path, kind, where, value = damage
    data = bench.files[path]
    at = int(where * len(data))
    other = sorted(OWNED)[value % len(OWNED)]
    if kind == "swap":
        return {path: bench.files[other], other: data}
    changed = {
        "flip": data[:at] + bytes([data[at] ^ (value or 1)]) + data[at + 1 :],
        "cut": data[:at],
        "drop": None,
        "double": data[:at] + data[at:] * 2,
        "insert": data[:at] + bytes([value]) + data[at:],
        "empty": b"",
    }
    return {path: changed[kind]}


@pytest.mark.whole
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=damages().filter(lambda damage: damage[0] != places.entry(MODEL)))
def test_no_damage_that_an_entry_names_says_anything_else(bench: Bench, damage: tuple[str, str, float, int]) -> None:
    """Whoever writes the entry too gets another entry, which nobody approved, and no other evidence."""
    changed = damaged(bench, damage)
    if all(bench.files[path] == data for path, data in changed.items()):
        return
    try:
        proof = bench.verify(bench.renamed(changed))
    except Refused:
        return
    assert proof.digest != bench.holds.digest
    assert (proof.evidence, proof.model) == (bench.holds.evidence, bench.holds.model)
