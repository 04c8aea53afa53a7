"""``counterseal run``: the pipeline over this working tree, judged by main, signed by CI.

* Spec, dataset.yaml and data come from the working tree; trust, rules, lock, advisories, the log and the champion that
  it names come from main.
* Only the code that the live rules name first may run: evidence says which code made it.
* A proof that verifies already, of the data that lies there, is not made again. A new one replaces the old one whole,
  and its approvals go: they countersigned other bytes. It is verified before anyone is told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import layout_digest
from counterseal.documents.spec import ModelSpec
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, Verdict
from counterseal.verification import rulebook, trustline
from counterseal.verification.champion import champion
from counterseal.verification.evidence import Judge, verify_proof
from counterseal.verification.judgement import judge, tier_of
from counterseal.verification.tree import Tree
from pipelines.evaluate import HEADLINE
from pipelines.parallel import run_all
from pipelines.run import STEPS
from pipelines.run import run as run_pipeline
from pipelines.step import Inputs
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.report import progress
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository import worktree
from scripts.repository.evidence import check_proposed, commit_evidence
from scripts.repository.proposals import proposed_models
from scripts.repository.repository import open_repository
from scripts.repository.sandbox import machine_key
from scripts.repository.tool import check_builder
from scripts.signing.keys import load_signer
from scripts.signing.retraining import retrained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.rules import Code
    from counterseal.documents.trust import Trust
    from counterseal.values.finding import Finding
    from counterseal.verification.evidence import Proof
    from counterseal.verification.log import Log
    from pipelines.data.material import Material
    from scripts.repository.repository import Repository

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class Made:
    """A proof that verifies, and whether this run made it."""

    proof: Proof
    fresh: bool


def run(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="By default all that changed.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="CI's key; else COUNTERSEAL_CI_KEY.")
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Commit the evidence on this branch, as CI does.")] = False,
    push: Annotated[bool, typer.Option("--push", help="Commit it and push the branch.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Only train again, and compare; needs no key.")] = False,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Run the pipeline on this proposal and sign what was found, as CI does.

    Needs CI's key: without one there is no evidence that anyone would believe. To look at a proposal without running
    it, use `counterseal check`.
    """
    repository = open_repository(repo, roots, fetch=True)
    chosen = models or proposed_models(repository, committed=commit or push)
    if verify:
        return show(retrained(repository, chosen, now()), form)
    signer = partial(load_signer, "ci", machine_key(repository.git, "ci", key))
    signer()
    if commit or push:
        check_proposed(repository, chosen)
    made = make(repository, chosen, signer, now())
    if chosen and (commit or push):
        commit_evidence(repository, chosen, push=push)
    return show(_report(made), form)


def make(
    repository: Repository, models: list[str], signer: Callable[[], CryptoSigner], now: datetime
) -> dict[str, Made]:
    """Make the models' proofs in the working tree, but for those that are there and verify.

    Several are made at the same time. One that is refused stops no other; all refusals are raised together.
    """
    base, top = Base.of(repository, now), repository.git.folder
    check_builder(base.code)
    stand = {model: Made(proof, fresh=False) for model in models if (proof := _standing(repository, model, base))}
    jobs = {
        model: base.inputs(
            model, partial(worktree.read, top), partial(worktree.data, top), earlier=_earlier(top, model)
        )
        for model in models
        if model not in stand
    }
    made: dict[str, Made] = {}
    refused: list[Finding] = []
    for model, files in _run(jobs, signer, now):
        if isinstance(files, Refused):
            refused += files.findings
        else:
            worktree.write(top, files, _gone(top, model, files), last=places.entry(model))
            made[model] = Made(verify_proof(_tree(repository, model), model, base.judge(model)), fresh=True)
    if refused:
        raise Refused(*refused)
    return {model: (stand | made)[model] for model in models}


def _run(
    jobs: dict[str, Inputs], signer: Callable[[], CryptoSigner], now: datetime
) -> Iterator[tuple[str, dict[str, bytes] | Refused]]:
    """Run one model here, several in processes of their own."""
    with progress.runs(len(jobs), len(STEPS) + 1) as shown:
        if len(jobs) > 1:
            yield from run_all(jobs, signer, now, shown)
        else:
            yield from ((model, run_pipeline(inputs, signer(), now, shown(model))) for model, inputs in jobs.items())


@dataclass(frozen=True)
class Base:
    """What main says of a run: its rules and trust, and where its log stands."""

    main: Tree
    book: rulebook.RuleBook
    trust: Trust
    log: Log | None

    @classmethod
    def of(cls, repository: Repository, now: datetime) -> Base:
        """Read main as it is; a repository without a log promotes nothing, so nothing is replaced."""
        main = Tree(repository.git, repository.main)
        log = repository.log(now)[0] if repository.has_log else None
        return cls(main, rulebook.load(main), repository.trust, log)

    @property
    def code(self) -> Code:
        """The code whose evidence counts first."""
        return self.book.rules.spec.code[0]

    def judge(self, model: str) -> Judge:
        """Return by what a model's proof is checked."""
        serving = sha256(self.champion(model))
        return Judge(self.trust, self.book.pipeline, self.book.tier, self.replaces(model), serving)

    def replaces(self, model: str) -> int:
        """Return the number that a promotion of the model would replace."""
        return self.log.replaces(model) if self.log else 0

    def champion(self, model: str) -> bytes:
        """Return the model.json that serves; empty if nothing does."""
        return champion(self.main.git, self.log, model, self.replaces(model)) if self.log else b""

    def inputs(
        self,
        model: str,
        read: Callable[[str], bytes],
        data: Callable[[str], Material],
        earlier: Mapping[str, bytes] = _NOTHING,
    ) -> Inputs:
        """Return what a run starts from: the proposal's files by ``read`` and ``data``, everything else from main."""
        spec = read(places.spec(model))
        described = ModelSpec.read(spec, places.spec(model)).spec
        dataset = read(at := places.dataset(described.dataset))
        return Inputs(
            model=model,
            spec=spec,
            dataset=dataset,
            data=data(places.dataset(described.dataset, Dataset.read(dataset, at).spec.file)),
            lock=self.main.need(places.LOCK),
            advisories=self.main.need(places.ADVISORIES),
            champion=self.champion(model),
            code=self.code,
            layout=layout_digest(trustline.layout_for(self.book.pipeline, self.trust)),
            log_id=self.trust.spec.log_id,
            replaces=self.replaces(model),
            tier=tier_of(self.book.tier, described.facts.model_dump()),
            earlier=earlier,
        )


def _standing(repository: Repository, model: str, base: Base) -> Proof | None:
    """Return the proof in the working tree if it verifies, is of the code that counts first, and needs no new scan."""
    try:
        proof = verify_proof(_tree(repository, model), model, base.judge(model))
    except Refused:
        return None
    if not _of_this_data(repository, proof):
        return None
    return proof if proof.entry.spec.materials.code == base.code and not _to_scan_again(proof, base) else None


def _of_this_data(repository: Repository, proof: Proof) -> bool:
    """Say whether the data file is the one proven, where there is one: whoever changed it is to hear of it."""
    top, at = repository.git.folder, places.dataset(proof.spec.spec.dataset, proof.dataset.spec.file)
    return not (top / at).exists() or worktree.data(top, at).digest == proof.dataset.spec.fingerprint


def _to_scan_again(proof: Proof, base: Base) -> bool:
    """Say whether main has other advisories than were scanned, while something does not pass."""
    scanned = proof.evidence["findings"]["db"]["version"]
    if scanned == sha256(base.main.need(places.ADVISORIES)):
        return False
    return judge(base.book.policies, proof.evidence).verdict is not Verdict.PASS


def _earlier(top: Path, model: str) -> dict[str, bytes]:
    """Return what an earlier run left in the working tree, as far as it is plain files."""
    there = _files(top, f"registry/{model}/model", f"attestations/{model}")
    paths = [*there, *([places.bom(model)] if (top / places.bom(model)).is_file() else [])]
    return {path: worktree.read(top, path) for path in paths if not (top / path).is_symlink()}


def _tree(repository: Repository, model: str) -> Tree:
    """Return main with this model as the working tree has it: what merging it would give."""
    top = repository.git.folder
    spec = ModelSpec.read(worktree.read(top, places.spec(model)), places.spec(model))
    return worktree.tree(repository.git, repository.main, *places.of_model(model), places.dataset(spec.spec.dataset))


def _gone(top: Path, model: str, files: dict[str, bytes]) -> list[str]:
    """Return the files of the old proof that the new one does not have, approvals among them."""
    return sorted(set(_files(top, f"registry/{model}", f"attestations/{model}")) - set(files))


def _files(top: Path, *folders: str) -> list[str]:
    there = [path for folder in folders for path in (top / folder).rglob("*") if path.is_file() or path.is_symlink()]
    return sorted(path.relative_to(top).as_posix() for path in there)


def _report(made: dict[str, Made]) -> Report:
    rows = []
    for model, item in made.items():
        spec = item.proof.entry.spec
        word = "made" if item.fresh else "stands, not made again"
        rows.append((model, str(spec.version), spec.tier, _known_by(spec.metrics), word))
    headline = f"evidence for {', '.join(made) or 'nothing: no model changed'}"
    columns = ("model", "version", "tier", "quality", "evidence")
    tables = (Table("models", columns, tuple(rows)),) if rows else ()
    return Report("run", headline, Verdict.PASS, tables=tables)


def _known_by(metrics: Mapping[str, float]) -> str:
    first, title = next(known for known in HEADLINE.values() if known[0] in metrics)
    low, high = metrics[f"{first}_low"], metrics[f"{first}_high"]
    return f"{title} {metrics[first]:.3f} ({low:.3f} to {high:.3f})"
