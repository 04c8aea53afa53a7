"""Whether whoever approves finds the same metrics again, on their own machine, before they say that they did.

* The data is the file in the proposal if it is public and there; else the one beside dataset.yaml in this working tree,
  where ``counterseal run`` would find it. Without data nothing is recomputed, and the page says why.
* Data that is there must be the data described: another fingerprint is a refusal, not an excuse.
* The code that measures is the code that main's rules name first. Evidence of an older code they still name may differ
  for that reason; then nothing is claimed. For any other reason a difference is a refusal (NOT_REPRODUCED).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Refused, Verdict
from counterseal.verification.champion import champion
from scripts.report import progress
from scripts.report.report import Check, Report
from scripts.repository import worktree
from scripts.repository.tool import check_builder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from counterseal.documents.rules import Code
    from counterseal.verification.evidence import Proof
    from counterseal.verification.ground import Ground
    from pipelines.data.material import Material
    from pipelines.step import Progress
    from scripts.repository.repository import Repository


@dataclass(frozen=True)
class Reproduction:
    """What came of recomputing a model's metrics; truthy if they are those that CI signed."""

    model: str
    held: bool
    found: str

    def __bool__(self) -> bool:
        """Say whether the metrics were found again."""
        return self.held

    def on(self, report: Report) -> Report:
        """Return a page that says so, too."""
        verdict = Verdict.PASS if self.held else Verdict.REVIEW
        says = "Are the metrics those that the data and model.json give, on this machine?"
        return replace(report, checks=(*report.checks, Check(f"{self.model}: reproduced", verdict, says, self.found)))


def reproduce(repository: Repository, ground: Ground, model: str) -> Reproduction:
    """Recompute a proposed model's metrics; raise Refused if they are not those signed."""
    code = ground.book.rules.spec.code[0]
    check_builder(code)
    proof = ground.proofs[model]
    where = places.dataset(proof.spec.spec.dataset, proof.dataset.spec.file)
    data = _data(repository, ground, where, public=proof.dataset.spec.public)
    if data is None:
        return Reproduction(model, held=False, found=f"not recomputed: {where} is neither in the proposal nor here")
    at = {"spec": places.spec(model), "model": places.model_file(model, "model.json")}
    at["dataset"] = places.dataset(proof.spec.spec.dataset)
    serving = champion(ground.git, ground.log, model, proof.entry.spec.replaces)
    materials = {name: ground.after.need(path) for name, path in at.items()} | {"data": data, "champion": serving}
    with progress.steps() as shown:
        return compared(model, materials, proof, code, shown)


def compared(model: str, materials: Mapping[str, Material], proof: Proof, code: Code, shown: Progress) -> Reproduction:
    """Recompute from spec, dataset, data, model and champion, and compare; raise Refused for an odd difference."""
    shown.begin("reproduce", "recompute the metrics")
    from pipelines import reproduce  # it loads the library that reads tables, which takes a second

    found = reproduce.recompute(materials, model, shown.fraction)
    odd = reproduce.differences(_signed(proof), found)
    shown.end(f"{reproduce.size(found)} values recomputed, {len(odd)} other than signed")
    if not odd:
        return Reproduction(model, held=True, found=f"{reproduce.size(found)} values, {reproduce.METHOD}")
    if not _made_by(code, proof):
        says = f"not comparable: made by an older code that the rules still name, and {odd[0].name} differs"
        return Reproduction(model, held=False, found=says)
    raise Refused(*(item.finding(model) for item in odd[:20]))


def _data(repository: Repository, ground: Ground, where: str, *, public: bool) -> Material | None:
    proposed = ground.after.read(where) if public else None
    if proposed is not None:
        return proposed
    try:
        return worktree.data(repository.git.folder, where)
    except Refused as refusal:
        if refusal.code != "MISSING_FILE":
            raise
        return None


def _signed(proof: Proof) -> dict[str, Any]:
    return {"validate": proof.evidence["validation"], "evaluate": proof.evidence["evaluation"]}


def _made_by(code: Code, proof: Proof) -> bool:
    made = proof.entry.spec.materials.code
    return (made.counterseal, made.pipelines) == (code.counterseal, code.pipelines)
