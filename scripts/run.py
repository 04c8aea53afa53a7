"""``counterseal run``: the pipeline over this working tree, judged by main, signed by CI.

* Spec, dataset.yaml and data come from the working tree; trust, rules, lock, advisories and the log come from main.
* Only the code that the live rules name first may run: evidence says which code made it.
* A proof that verifies already is not made again. A new one replaces the old one whole, and its approvals go: they
  countersigned other bytes. It is verified before anyone is told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import layout_digest
from counterseal.documents.spec import ModelSpec
from counterseal.values.finding import Refused, Verdict
from counterseal.verification import rulebook, trustline
from counterseal.verification.evidence import Judge, verify_proof
from counterseal.verification.judgement import tier_of
from counterseal.verification.tree import Tree
from pipelines.run import run as run_pipeline
from pipelines.step import Inputs
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.report import progress
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository import worktree
from scripts.repository.changes import Committer, publish
from scripts.repository.proposals import proposed_models
from scripts.repository.repository import open_repository
from scripts.repository.tool import check_builder
from scripts.signing.keys import load_signer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.rules import Code
    from counterseal.documents.trust import Trust
    from counterseal.verification.evidence import Proof
    from counterseal.verification.log import Log
    from pipelines.step import Progress
    from scripts.repository.repository import Repository

CI = Committer("counterseal CI", "ci@localhost")


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
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Run the pipeline on this proposal and sign what was found, as CI does.

    Needs CI's key: without one there is no evidence that anyone would believe. To look at a proposal without running
    it, use `counterseal check`.
    """
    signer = load_signer("ci", key)
    repository = open_repository(repo, roots, fetch=True)
    chosen = models or proposed_models(repository)
    with progress.steps() as shown:
        made = {model: make(repository, model, signer, now(), shown) for model in chosen}
    if commit or push:
        _commit(repository, chosen, push=push)
    return show(_report(made), form)


def make(repository: Repository, model: str, signer: CryptoSigner, now: datetime, shown: Progress) -> Made:
    """Make a model's proof in the working tree, unless the one that is there verifies."""
    base = Base.of(repository, now)
    judge = base.judge(model)
    check_builder(base.code)
    if proof := _standing(repository, model, judge, base.code):
        return Made(proof, fresh=False)
    top = repository.git.folder
    files = run_pipeline(base.inputs(model, lambda path: worktree.read(top, path)), signer, now, shown)
    worktree.write(top, files, _gone(top, model, files), last=places.entry(model))
    return Made(verify_proof(_tree(repository, model), model, judge), fresh=True)


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
        return Judge(self.trust, self.book.pipeline, self.book.tier, self.log.replaces(model) if self.log else 0)

    def inputs(self, model: str, read: Callable[[str], bytes]) -> Inputs:
        """Return what a run starts from: the proposal's files by ``read``, everything else from main."""
        spec = read(places.spec(model))
        described = ModelSpec.read(spec, places.spec(model)).spec
        dataset = read(at := places.dataset(described.dataset))
        return Inputs(
            model=model,
            spec=spec,
            dataset=dataset,
            data=read(places.dataset(described.dataset, Dataset.read(dataset, at).spec.file)),
            lock=self.main.need(places.LOCK),
            advisories=self.main.need(places.ADVISORIES),
            code=self.code,
            layout=layout_digest(trustline.layout_for(self.book.pipeline, self.trust)),
            log_id=self.trust.spec.log_id,
            replaces=self.judge(model).replaces,
            tier=tier_of(self.book.tier, described.facts.model_dump()),
        )


def _standing(repository: Repository, model: str, judge: Judge, code: Code) -> Proof | None:
    """Return the proof in the working tree if it verifies and is of the code that counts first."""
    try:
        proof = verify_proof(_tree(repository, model), model, judge)
    except Refused:
        return None
    return proof if proof.entry.spec.materials.code == code else None


def _tree(repository: Repository, model: str) -> Tree:
    """Return main with this model as the working tree has it: what merging it would give."""
    top = repository.git.folder
    spec = ModelSpec.read(worktree.read(top, places.spec(model)), places.spec(model))
    return worktree.tree(repository.git, repository.main, *places.of_model(model), places.dataset(spec.spec.dataset))


def _gone(top: Path, model: str, files: dict[str, bytes]) -> list[str]:
    """Return the files of the old proof that the new one does not have, approvals among them."""
    folders = (f"registry/{model}", f"attestations/{model}")
    there = [path for folder in folders for path in (top / folder).rglob("*") if path.is_file() or path.is_symlink()]
    return sorted({path.relative_to(top).as_posix() for path in there} - set(files))


def _commit(repository: Repository, models: list[str], *, push: bool) -> None:
    """Commit the evidence, unsigned: it proves itself, and CI is nobody's author."""
    git = repository.git
    paths = [path for model in models for path in places.of_model(model) if path != places.spec(model)]
    known = [path for path in paths if git.run("ls-files", "--cached", "--others", "--", path)]
    git.run("add", "--all", "--", *known)
    if git.attempt("diff", "--cached", "--quiet", "--", *known).returncode:
        message = f"Evidence for {', '.join(models)}"
        flags = ("--quiet", "--no-gpg-sign", "--no-verify", "--message", message, "--only", "--", *known)
        git.run("commit", *flags, environment=CI.environment)
    branch = git.attempt("symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode().strip()
    if push and branch:
        publish(git, repository.remote, branch, git.run("rev-parse", "HEAD"))


def _report(made: dict[str, Made]) -> Report:
    rows = []
    for model, item in made.items():
        spec = item.proof.entry.spec
        auc = f"{spec.metrics.auc:.3f} ({spec.metrics.auc_low:.3f} to {spec.metrics.auc_high:.3f})"
        rows.append((model, str(spec.version), spec.tier, auc, "made" if item.fresh else "stands, not made again"))
    headline = f"evidence for {', '.join(made) or 'nothing: no model changed'}"
    columns = ("model", "version", "tier", "AUC", "evidence")
    return Report("run", headline, Verdict.PASS, tables=(Table("models", columns, tuple(rows)),))
