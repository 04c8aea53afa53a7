"""A model's proof in the working tree: does it stand, what of it may be kept, and what has to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.spec import ModelSpec
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused, Verdict
from counterseal.verification.evidence import verify_proof
from counterseal.verification.judgement import judge
from scripts.repository import worktree

if TYPE_CHECKING:
    from pathlib import Path

    from counterseal.verification.evidence import Proof
    from counterseal.verification.tree import Tree
    from scripts.repository.base import Base
    from scripts.repository.repository import Repository


def standing(repository: Repository, model: str, base: Base) -> Proof | None:
    """Return the proof in the working tree if it verifies, is of the code that counts first, and needs no new scan."""
    try:
        proof = verify_proof(proposed(repository, model), model, base.judge(model))
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


def earlier(top: Path, model: str) -> dict[str, bytes]:
    """Return what an earlier run left in the working tree, as far as it is plain files."""
    there = _files(top, f"registry/{model}/model", f"attestations/{model}")
    paths = [*there, *([places.bom(model)] if (top / places.bom(model)).is_file() else [])]
    return {path: worktree.read(top, path) for path in paths if not (top / path).is_symlink()}


def proposed(repository: Repository, model: str) -> Tree:
    """Return main with this model as the working tree has it: what merging it would give."""
    top = repository.git.folder
    spec = ModelSpec.read(worktree.read(top, places.spec(model)), places.spec(model))
    return worktree.tree(repository.git, repository.main, *places.of_model(model), places.dataset(spec.spec.dataset))


def gone(top: Path, model: str, files: dict[str, bytes]) -> list[str]:
    """Return the files of the old proof that the new one does not have, approvals among them."""
    return sorted(set(_files(top, f"registry/{model}", f"attestations/{model}")) - set(files))


def _files(top: Path, *folders: str) -> list[str]:
    there = [path for folder in folders for path in (top / folder).rglob("*") if path.is_file() or path.is_symlink()]
    return sorted(path.relative_to(top).as_posix() for path in there)
