"""A run: every step of model.yaml in order, signed, then the card, its figures and the entry.

* Each step gets the materials its line names, and must make the products its line names; a product that is no file is
  the step's signed Statement.
* A link says what went in and what came out, by the digests of the real bytes.
* A step that an earlier run made from the same materials stands, signatures included (``standing``).
* The first refusal ends the run, and nothing was made: files are returned together, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources import files as package_files
from typing import TYPE_CHECKING, cast

from counterseal.documents import places
from counterseal.documents.baseline import Baseline
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import make_link, sign_link
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.rules import run_id
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import EXTENSION, PREDICATES, Materials, Scope, Statement
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from pipelines.data.material import content, digest
from pipelines.standing import Earlier
from pipelines.step import Inputs, Progress, Silent, Step, Task

if TYPE_CHECKING:
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.pipeline import PipelineStep
    from pipelines.data.material import Material
    from pipelines.standing import Stands
    from pipelines.step import Made

__all__ = ["STEPS", "Inputs", "Progress", "Silent", "pipeline", "run"]

#: Products that are no file of their own, but the step's signed Statement.
ATTESTED = frozenset({"validation", "provenance", "evaluation", "findings"})

#: What is said of a step that is not run again.
STANDS = "stands: nothing it was made from has changed"

#: Step → module; loaded when its turn comes, because the libraries behind some take seconds.
STEPS = {name: f"pipelines.{name}" for name in ("validate", "train", "evaluate", "bom", "audit")}


def run(inputs: Inputs, signer: CryptoSigner, now: datetime, progress: Progress) -> dict[str, bytes]:
    """Run the pipeline; return everything it made, path in the repository → bytes, or raise Refused."""
    work = _Work(inputs, _scope(inputs), signer, now, progress)
    for step in pipeline().spec.steps:
        work.go(step)
    return work.finish()


def pipeline() -> Pipeline:
    """Read model.yaml as it stands beside this code."""
    return Pipeline.read(package_files("pipelines").joinpath("model.yaml").read_bytes(), places.PIPELINE)


def _scope(inputs: Inputs) -> Scope:
    spec = ModelSpec.read(inputs.spec, places.spec(inputs.model))
    if sha256(inputs.lock) != inputs.code.lock:
        raise refuse("LOCK_MISMATCH", places.LOCK, f"the lock of this code, {inputs.code.lock}", sha256(inputs.lock))
    materials = Materials(dataset=sha256(inputs.dataset), code=inputs.code, layout=inputs.layout)
    digest = sha256(inputs.spec)
    return Scope(
        log_id=inputs.log_id,
        model=inputs.model,
        version=spec.spec.version,
        step="record",
        run=run_id(digest, materials.dataset, inputs.code),
        spec=digest,
        materials=materials,
    )


@dataclass
class _Work:
    """What a run has made so far: artifacts by name, files by path, each step's Statement."""

    inputs: Inputs
    scope: Scope
    signer: CryptoSigner
    now: datetime
    progress: Progress
    artifacts: dict[str, Material] = field(init=False)
    earlier: Earlier = field(init=False)
    files: dict[str, bytes] = field(default_factory=dict)
    statements: dict[str, Statement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("spec", "dataset", "data", "lock", "advisories", "champion")
        self.artifacts = {name: getattr(self.inputs, name) for name in names}
        self.earlier = Earlier(self.inputs.earlier, self._keys(), self._product)

    def go(self, step: PipelineStep) -> None:
        """Run one step, and sign what it found and what went in and out."""
        self.progress.begin(step.name, step.title)
        scope = self.scope.model_copy(update={"step": step.name})
        if stands := self.earlier.step(step, scope, self._digests(step.materials)):
            self._take_over(step, stands)
            self.progress.end(STANDS)
            return
        materials: dict[str, Material] = {name: self.artifacts[name] for name in step.materials}
        made = _module(step.name).run(Task(scope, materials, self.now, self._keys(), self.progress.fraction))
        self._keep(step, made)
        self.progress.end(made.says)

    def finish(self) -> dict[str, bytes]:
        """Write card, figures and entry, and return all files."""
        from pipelines import record  # noqa: PLC0415 (it loads the library that draws)

        self.progress.begin("record", record.TITLE)
        measures = self.statements["evaluate"].predicate[EXTENSION]["measures"]
        spec = ModelSpec.read(self.inputs.spec, places.spec(self.inputs.model))
        dataset = Dataset.read(self.inputs.dataset, places.dataset(spec.spec.dataset))
        where = places.model_file(self.inputs.model, "baseline.json")
        baseline = Baseline.read_json(content(self.artifacts["baseline"]), where)
        self.files |= record.papers(spec, dataset, measures, self.statements["bom"].predicate, baseline)
        self.files[places.entry(self.inputs.model)] = record.registry_entry(
            self.inputs, self.scope, measures, self.files
        )
        self.progress.end(f"{len(self.files)} files")
        return dict(sorted(self.files.items()))

    def _keep(self, step: PipelineStep, made: Made) -> None:
        model = self.inputs.model
        _check_products(step, made)
        self.artifacts |= made.files
        self.files |= {_path(model, name): content for name, content in made.files.items()}
        statement = Statement.about(self._subjects(made), PREDICATES[step.name], made.predicate)
        bundle = statement.sign(self.signer)
        self.statements[step.name] = Statement.open(bundle, self._keys(), places.statement(model, step.name))
        self.artifacts |= {name: bundle for name in step.products if name not in made.files}
        self.files[places.statement(model, step.name)] = bundle
        link = make_link(step.name, self.scope.run, self._digests(step.materials), self._digests(step.products))
        self.files[places.link(model, step.name)] = sign_link(link, self.signer)

    def _take_over(self, step: PipelineStep, stands: Stands) -> None:
        self.artifacts |= stands.products
        self.files |= stands.files
        self.files |= {self._product(name, step): content for name, content in stands.products.items()}
        self.statements[step.name] = stands.statement

    def _product(self, artifact: str, step: PipelineStep) -> str:
        model = self.inputs.model
        return places.statement(model, step.name) if artifact in ATTESTED else _path(model, artifact)

    def _subjects(self, made: Made) -> dict[str, str]:
        digests = self._digests(made.about)
        return {_path(self.inputs.model, name): digest for name, digest in digests.items()}

    def _digests(self, names: tuple[str, ...]) -> dict[str, str]:
        return {name: digest(self.artifacts[name]) for name in names}

    def _keys(self) -> tuple[str, ...]:
        return (str(self.signer.public_key.keyval["public"]),)


def _check_products(step: PipelineStep, made: Made) -> None:
    wanted = set(step.products) - ATTESTED
    if set(made.files) != wanted:
        expected, found = ", ".join(sorted(wanted)) or "no file", ", ".join(sorted(made.files)) or "none"
        raise refuse("STEP_PRODUCTS", places.PIPELINE, f"{step.name} to make {expected}", found)


def _module(step: str) -> Step:
    if step not in STEPS:
        raise refuse("STEP_UNKNOWN", places.PIPELINE, f"one of {', '.join(STEPS)}", step)
    return cast("Step", import_module(STEPS[step]))


def _path(model: str, artifact: str) -> str:
    paths = {name: places.model_file(model, f"{name}.json") for name in ("model", "baseline", "golden")}
    return {**paths, "bom": places.bom(model), "spec": places.spec(model)}[artifact]
