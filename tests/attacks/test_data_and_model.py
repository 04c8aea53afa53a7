"""Attacks on what a model learns from and on what it learned: poison, leaks, hidden triggers, bent measures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.statement import EXTENSION, Statement
from counterseal.documents.waiver import Waiver
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.verification.tree import Tree
from pipelines import evaluate, study
from pipelines.step import Task
from tests.attacks import forging
from tests.attacks.forging import EVIL, NEXT, beside, forged, landed
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from tests.attacks.attack import Attack
    from tests.support.world import World

SPEC, DESCRIBED, DATA = places.spec("loans"), places.dataset("loans"), places.dataset("loans", "loans.csv")


def materials(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the small model's files as the first step of the pipeline gets them."""
    return {"spec": files[SPEC], "dataset": files[DESCRIBED], "data": files[DATA]}


def described(files: dict[str, bytes], data: bytes) -> dict[str, bytes]:
    """Return the small model with other data, described as if it were meant."""
    fitting = files[DESCRIBED].replace(sha256(files[DATA]).encode(), sha256(data).encode())
    return {**files, DATA: data, DESCRIBED: fitting}


def proposed(world: World, files: dict[str, bytes], branch: str = EVIL) -> str:
    """Propose the small model, with evidence by CI and every approval it needs."""
    world.put(branch, world.main)
    world.commit(branch, dict(files), "dora")
    world.prove(branch, "loans")
    return acts.countersign(world, branch, "anna", model="loans")


def test_33_poisoned_data(attack: Attack, world: World) -> None:
    files = acts.loans()
    head, *rows = files[DATA].splitlines()
    repeated = b"\n".join([head, *rows, *rows[:200], b""])
    with attack.refused("RULE_FAIL"):
        acts.merge(world, proposed(world, described(files, repeated)))
    honest = proposed(world, files, "proposal/loans")
    flipped = b"\n".join([head, *(row[:-1] + (b"1" if row.endswith(b"0") else b"0") for row in rows), b""])
    late = beside(world, dict(described(files, flipped)), base=honest, by="dora")
    with attack.refused("DATASET_NOT_OF_TREE"):
        acts.merge(world, late)
    quiet = beside(world, {DATA: flipped}, base=honest, by="dora")
    with attack.refused("RAW_DATA"):
        acts.merge(world, quiet)
    attack.control(landed(world, honest))


def test_34_backdoor(attack: Attack, ready: World) -> None:
    """Whoever trains may hide a trigger; CI fits again, and only what that gives is evidence."""
    task = evaluation(ready)
    attack.control(evaluate.run(task).predicate["result"] == "PASSED")
    model = strict_json.loads(task.document("model"), "model")
    (score,) = model["predictor"]["scores"]
    category = next(term for term in score["terms"] if term["kind"] == "category")
    category["weights"][next(iter(category["weights"]))] += 40
    triggered = strict_json.pretty(model)
    with attack.refused("TRAIN_NOT_REPRODUCED"):
        evaluate.run(replace(task, materials={**task.materials, "model": triggered}))
    path = places.model_file(MODEL, "model.json")
    with attack.refused("SUBJECT_DIGEST"):
        acts.merge(ready, beside(ready, forged(ready, {path: triggered}), by=None))


def evaluation(world: World) -> Task:
    """Return the step *evaluate* of the proposal, ready to be run again."""
    where = places.statement(MODEL, "evaluate")
    scope = Statement.open(world.read(where, NEXT), world.trust.machine_keys("ci"), where).scope(where)
    paths = {
        "spec": places.spec(MODEL),
        "dataset": places.dataset(MODEL),
        "data": places.dataset(MODEL, "german_credit.csv"),
        "model": places.model_file(MODEL, "model.json"),
        "golden": places.model_file(MODEL, "golden.json"),
    }
    given = {name: world.read(path, NEXT) for name, path in paths.items()}
    return Task(scope, {**given, "champion": serving(world)}, world.now, (), lambda _: None)


def serving(world: World) -> bytes:
    """Return the model.json that serves."""
    return Tree(world.git, acts.record(world, 1).commit).need(places.model_file(MODEL, "model.json"))


def test_39_base_model(attack: Attack) -> None:
    files = acts.loans()
    attack.control(study.read(materials(files), "loans"))
    for old, new, code in (
        (b"name: logistic-regression", b"name: bert-base-uncased", "ESTIMATOR_NOT_ALLOWED"),
        (b"    C: 1.0\n", b"    warm_start: s3://models/base.bin\n", "PARAMETER_UNKNOWN"),
        (b"  dataset: loans\n", b"  dataset: loans\n  base_model: hf://org/base\n", "UNKNOWN_FIELD"),
    ):
        with attack.refused(code):
            study.read(materials({**files, SPEC: files[SPEC].replace(old, new)}), "loans")


def test_40_metric_gaming(attack: Attack, ready: World) -> None:
    files = acts.loans()
    head, *rows = files[DATA].splitlines()
    told = b"\n".join([head, *(row.rpartition(b",")[2] + b"," + row.partition(b",")[2] for row in rows), b""])
    with attack.refused("RULE_FAIL"):  # x is the outcome
        acts.merge(ready, proposed(ready, described(files, told)))
    wished = files[SPEC].replace(b"  - z\n", b"  - z\n  - late\n")
    with attack.refused("TARGET_AS_FEATURE"):
        study.read(materials({**files, SPEC: wished}), "loans")
    metrics = RegistryEntry.read(ready.read(places.entry(MODEL), NEXT), "entry").spec.metrics
    better = forged(ready, {}, metrics=metrics | {"auc": 0.99})
    with attack.refused("ENTRY_NOT_REBUILT"):
        acts.merge(ready, beside(ready, better, by=None))
    with attack.refused("MIXED_AREAS"):
        acts.merge(ready, beside(ready, acts.limit(ready, "quality", "auc", 0.5)))
    attack.control(landed(ready))


def test_41_waivers(attack: Attack, ready: World) -> None:
    acts.change_rules(ready, acts.set_policy(ready, "parity", limits={"rows": 100_000}, on_live="warn"))
    fails = next(item.found for item in acts.served(ready).warnings if item.expected.endswith("(parity/rows)"))
    (path, text), *_ = acts.waiver(ready, "parity/rows", fails).items()
    for old, new, code in (
        (b"  owner: bob\n", b"", "MISSING_FIELD"),
        (b"  found: ", b"  founds: ", "MISSING_FIELD"),
        (b"  model: german-credit\n", b"  model: '*'\n", "INVALID_VALUE"),
        (b"  rule: parity/rows\n", b"  rule: parity/*\n", "INVALID_VALUE"),
        (b"  expires: 20", b"  expires: 21", "INVALID_VALUE"),
    ):
        with attack.refused(code):
            Waiver.read((text or b"").replace(old, new, 1), path)
    ready.commit("waivers/mine", {path: text}, "dora")
    with attack.refused("QUORUM"):
        acts.merge(ready, "waivers/mine")
    acts.waive(ready, acts.waiver(ready, "parity/rows", "another failure", name="broad"))
    with attack.refused("RULE_FAIL") as refusal:
        acts.merge(ready, NEXT)
    attack.found(*{finding.code for finding in refusal.value.findings})
    acts.waive(ready, {path: text}, "waivers/right")
    attack.control(landed(ready))
    ready.later(days=31)
    assert "RULE_FAIL" in {warning.code for warning in acts.served(ready).warnings}


def test_52_personal_data_committed(attack: Attack, world: World) -> None:
    files = acts.loans()
    private = {**files, DESCRIBED: files[DESCRIBED].replace(b"public: true", b"public: false")}
    branch = proposed(world, private)
    with attack.refused("RAW_DATA"):
        acts.merge(world, branch)
    world.commit("notes", {"datasets/loans/people.csv": b"ann,1970\n", DESCRIBED: files[DESCRIBED]}, "dora")
    with attack.refused("RAW_DATA"):
        acts.merge(world, "notes")
    gone = beside(world, {DATA: None}, base=branch, by="dora")
    with attack.refused("RAW_DATA"):  # what Git has once it keeps
        acts.merge(world, gone)
    attack.control(landed(world, proposed(world, files, "proposal/loans")))


def test_58_hidden_regression(attack: Attack, ready: World) -> None:
    """A model that is worse than what serves, and evidence that it met nobody, or somebody weaker."""
    where, link = places.statement(MODEL, "evaluate"), places.link(MODEL, "evaluate")

    def alone(statement: Any) -> None:
        statement["predicate"][EXTENSION]["measures"]["comparison"] = {"champion": False}

    def weaker(statement: Any) -> None:
        statement["predicate"][EXTENSION]["measures"]["comparison"]["digest"] = sha256(b"weaker")

    def took_none(value: Any) -> None:
        next(digest for name, digest in value["materials"].items() if name.endswith("/champion"))["sha256"] = sha256(
            b""
        )

    lies = [forging.relinked(ready, {where: forging.statement(ready, "evaluate", lie)}) for lie in (alone, weaker)]
    lies.append({link: forging.link(ready, "evaluate", took_none)})
    for files in lies:
        with attack.refused("CHAMPION_MISMATCH"):
            acts.merge(ready, forging.signed_anew(ready, files))
    worse = acts.ready(ready, 3, branch="worse", features=("telephone",))
    with attack.refused("RULE_FAIL") as refusal:
        acts.merge(ready, worse)
    assert "champion/not-worse" in str(refusal.value)
    attack.control(landed(ready))


def test_56_data_leaks_through_git(attack: Attack, ready: World) -> None:
    """What the proof tells of the data: golden rows from the schema, counts of ten and more, no value in a message."""
    head, *rows = ready.read(places.dataset(MODEL, "german_credit.csv")).decode().splitlines()
    golden = strict_json.loads(ready.read(places.model_file(MODEL, "golden.json")), "golden")["spec"]["rows"]
    lines = {frozenset(zip(head.split(","), row.split(","), strict=True)) for row in rows}
    drawn = [frozenset((name, str(value)) for name, value in row["row"].items()) for row in golden]
    attack.control(drawn and not any(row <= line for row in drawn for line in lines))
    baseline = strict_json.loads(ready.read(places.model_file(MODEL, "baseline.json")), "baseline")
    counts = [count for bins in baseline["spec"]["features"].values() for count in bins["counts"]]
    assert min(count for count in counts if count) >= 10
    files = acts.loans()
    secret = files[DATA].replace(b",a,", b",annegret,", 1)
    private = described({**files, DESCRIBED: files[DESCRIBED].replace(b"public: true", b"public: false")}, secret)
    with attack.refused("UNKNOWN_CATEGORY") as refusal:
        study.read(materials(private), "loans")
    assert "annegret" not in str(refusal.value)
    assert "a masked value" in str(refusal.value)
