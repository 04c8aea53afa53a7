"""A whole run on real data."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from counterseal.documents import entry, places
from counterseal.documents.baseline import SCORE, Baseline
from counterseal.documents.card import card
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.golden import Golden
from counterseal.documents.layout import artifacts, compile_layout, open_link, verify_links
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import CYCLONEDX, EXTENSION, PREDICATES, Statement
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from pipelines import run as run_module
from pipelines.data.material import content
from pipelines.run import Inputs, Silent, run
from pipelines.step import Made, Progress, Task
from tests.pipelines import world
from tests.pipelines.conftest import KEYS, ROOT, SIGNER

if TYPE_CHECKING:
    from counterseal.documents.statement import Scope
    from tests.pipelines.conftest import Run

MODEL = "german-credit"
STEPS = ["validate", "train", "evaluate", "bom", "audit"]


def opened(german: Run, step: str) -> Statement:
    where = places.statement(MODEL, step)
    return Statement.open(german.files[where], KEYS, where)


def scope_of(german: Run, step: str) -> Scope:
    return opened(german, step).scope(step)


def test_it_makes_exactly_these_files(german: Run) -> None:
    model = [places.model_file(MODEL, name) for name in places.MODEL_FILES]
    steps = [path(MODEL, step) for step in STEPS for path in (places.link, places.statement)]
    measures = opened(german, "evaluate").predicate[EXTENSION]["measures"]
    papers = [places.card(MODEL), *(places.figure(MODEL, name) for name in card.figures(measures))]
    assert list(german.files) == sorted([*model, *steps, *papers, places.bom(MODEL), places.entry(MODEL)])
    assert all(content.endswith(b"\n") or path.endswith("CARD.md") for path, content in german.files.items())
    assert all(b"\r" not in content and len(content) < 1_000_000 for content in german.files.values())


def test_its_steps_are_told_in_order(german: Run) -> None:
    assert german.story.begun == [*STEPS, "record"]
    assert len(german.story.said) == 6
    assert all(german.story.said)
    assert all(0 <= done <= 1 for done in german.story.fractions)
    assert run_module.pipeline().spec.steps[0].name == "validate"


def test_its_links_satisfy_the_layout_and_name_the_real_bytes(german: Run) -> None:
    payload = compile_layout(run_module.pipeline().spec, {"ci": KEYS}, german.inputs.log_id)
    links = {s: open_link(german.files[places.link(MODEL, s)], KEYS, s, s) for s in STEPS}
    identity = scope_of(german, "train").run
    verify_links(strict_json.loads(payload, "layout"), links, identity, "links")
    named = {k: v for link in links.values() for k, v in artifacts(link, identity).items()}
    given = {
        name: getattr(german.inputs, name) for name in ("spec", "dataset", "data", "lock", "advisories", "champion")
    }
    made = {name: german.files[places.model_file(MODEL, f"{name}.json")] for name in ("model", "golden", "baseline")}
    says = {"validation": "validate", "provenance": "train", "evaluation": "evaluate", "findings": "audit"}
    stated = {name: german.files[places.statement(MODEL, step)] for name, step in says.items()}
    everything = {**given, **made, **stated, "bom": german.files[places.bom(MODEL)]}
    assert named == {name: sha256(content) for name, content in everything.items()}


@pytest.mark.parametrize("step", STEPS)
def test_each_statement_is_about_real_files_in_this_scope(german: Run, step: str) -> None:
    statement = opened(german, step)
    files = {**german.files, places.spec(MODEL): german.inputs.spec}
    assert statement.predicateType == PREDICATES[step]
    assert all(sha256(files[path]) == digest for path, digest in statement.digests().items())
    scope = statement.scope(step)
    assert (scope.step, scope.log_id, scope.spec) == (step, german.inputs.log_id, sha256(german.inputs.spec))
    assert scope.materials.dataset == sha256(german.inputs.dataset)
    assert (statement.predicateType == CYCLONEDX) is (EXTENSION not in statement.predicate)


def test_its_card_and_entry_can_be_made_again(german: Run) -> None:
    spec = ModelSpec.read(german.inputs.spec, "spec")
    dataset = Dataset.read(german.inputs.dataset, "dataset")
    measures = opened(german, "evaluate").predicate[EXTENSION]["measures"]
    bom = opened(german, "bom").predicate
    assert card.render(spec, dataset, measures, bom) == german.files[places.card(MODEL)]
    assert bom == strict_json.loads(german.files[places.bom(MODEL)], "bom")
    files = {**german.files, places.spec(MODEL): german.inputs.spec}
    owned = entry.owned_paths(MODEL, {path: sha256(content) for path, content in files.items()})
    scope = scope_of(german, "bom").model_copy(update={"step": "record"})
    raw = german.files[places.entry(MODEL)]
    assert entry.build(scope, german.inputs.tier, german.inputs.replaces, measures, owned) == raw
    assert RegistryEntry.read(raw, "entry").spec.run == scope.run


def test_what_serves_holds_together(german: Run) -> None:
    at = {name: german.files[places.model_file(MODEL, name)] for name in places.MODEL_FILES}
    model = PortableModel.read(at["model.json"], "model.json")
    assert Golden.read_json(at["golden.json"], "golden.json").mismatches(model, "golden.json") == ()
    baseline = Baseline.read_json(at["baseline.json"], "baseline.json")
    assert list(baseline.spec.features) == sorted([*(item.name for item in model.inputs), SCORE])


def test_two_runs_differ_by_signatures_only(german: Run, german_again: Run) -> None:
    differing = {path for path in german.files if german.files[path] != german_again.files[path]}
    signed = {path(MODEL, step) for step in STEPS for path in (places.link, places.statement)}
    assert differing <= signed | {places.entry(MODEL)}
    for step in STEPS[:-1]:
        assert opened(german, step) == opened(german_again, step)
    before, after = (opened(run, "audit").predicate for run in (german, german_again))
    assert before["metadata"] != after["metadata"]  # the scans were a day apart
    assert {**before, "metadata": {}} == {**after, "metadata": {}}


def test_a_run_that_is_refused_makes_nothing_and_stops_at_once(german: Run) -> None:
    story = type(german.story)()
    with pytest.raises(Refused, match="FINGERPRINT_MISMATCH"):
        run(replace(german.inputs, data=content(german.inputs.data) + b"\n"), SIGNER, world.NOW, story)
    assert (story.begun, story.said) == (["validate"], [])


def test_a_lock_that_is_not_the_codes_is_refused(german: Run) -> None:
    with pytest.raises(Refused, match="LOCK_MISMATCH"):
        run(replace(german.inputs, lock=b"numpy==1\n"), SIGNER, world.NOW, Silent())


def test_a_step_sees_its_declared_materials_and_makes_its_products(
    german: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    class Lazy:
        def run(self, task: Task) -> Made:
            seen.append(set(task.materials))
            return Made({"result": "PASSED"}, about=("spec",), says="", files={"model": b"{}"})

    monkeypatch.setattr(run_module, "_module", lambda _: Lazy())
    with pytest.raises(Refused, match=r"STEP_PRODUCTS.*validate to make no file, found model"):
        run(german.inputs, SIGNER, world.NOW, Silent())
    assert seen == [{"spec", "dataset", "data"}]


def test_a_step_without_a_module_is_refused() -> None:
    with pytest.raises(Refused, match="STEP_UNKNOWN"):
        run_module._module("deploy")


def test_importing_it_does_not_import_the_libraries_that_take_seconds() -> None:
    slow = "{'sklearn', 'polars', 'matplotlib', 'cyclonedx', 'pip_audit', 'numpy'}"
    code = f"import sys, pipelines.run; print(sorted({slow} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_progress_is_a_protocol_anything_may_satisfy(german: Run) -> None:
    watching: list[Progress] = [Silent(), german.story]
    for progress in watching:
        progress.begin("x", "y")
        progress.fraction(0.5)
        progress.end("z")
    assert isinstance(german.inputs, Inputs)
