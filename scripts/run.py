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
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.values.finding import Refused, Verdict
from counterseal.verification.evidence import verify_proof
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
from scripts.repository import proofs, worktree
from scripts.repository.base import Base
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

    from counterseal.values.finding import Finding
    from counterseal.verification.evidence import Proof
    from scripts.repository.repository import Repository


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
    stand = {model: Made(proof, fresh=False) for model in models if (proof := proofs.standing(repository, model, base))}
    jobs = {
        model: base.inputs(
            model, partial(worktree.read, top), partial(worktree.data, top), earlier=proofs.earlier(top, model)
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
            worktree.write(top, files, proofs.gone(top, model, files), last=places.entry(model))
            made[model] = Made(verify_proof(proofs.proposed(repository, model), model, base.judge(model)), fresh=True)
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
