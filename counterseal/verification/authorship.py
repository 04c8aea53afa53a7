"""Who wrote a change: every commit signed by someone trusted, or proving itself.

A commit proves itself when it

* touches only what CI, approvers, root people and the promoter make (registry/, attestations/, sbom/, approvals, trust
  files): digests and signatures inside bind that;
* is a clean merge of its parents;
* returns a model, and the dataset it learnt from, exactly to a recorded state, as an unsigned ``git revert`` does.

Authors are the signers and named writers of all other commits; a commit that touches only the signer's own approval
makes no author.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import refuse
from counterseal.verification.commit import read_commit
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from counterseal.documents.trust import Trust
    from counterseal.verification.commit import Commit
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log

_MACHINE_MADE = ("registry/", "attestations/", "sbom/", "policies/approvals/", f"{places.TRUST_FOLDER}/")


@dataclass(frozen=True)
class Authorship:
    """Reads a range of commits under one trust and one log; ``former`` are the versions before that trust."""

    git: Git
    trust: Trust
    log: Log
    former: tuple[Trust, ...] = ()

    def of_range(self, old: str, new: str) -> frozenset[str]:
        """Return the authors of all commits of ``new`` that ``old`` lacks; raise Refused at an unsigned one."""
        found: set[str] = set()
        for oid in self.git.commits(old, new):
            commit = read_commit(self.git, oid)
            if self._is_clean_merge(commit):
                continue
            found |= self._authors(commit, demand=True)
        return frozenset(found)

    def since(self, old: str, new: str, paths: Iterable[str]) -> frozenset[str]:
        """Return the authors of the commits after ``old`` up to ``new`` that touch one of ``paths``."""
        found: set[str] = set()
        for oid in self.git.commits(old, new, *paths):
            commit = read_commit(self.git, oid)
            if not self._is_clean_merge(commit):
                found |= self._authors(commit, demand=False)
        return frozenset(found)

    def _authors(self, commit: Commit, *, demand: bool) -> frozenset[str]:
        touched = self._touched(commit)
        signer = commit.signer(self.trust)
        if signer and touched and all(_is_own_approval(path, signer) for path in touched):
            return frozenset()
        if signer is None:
            if touched and all(path.startswith(_MACHINE_MADE) for path in touched):
                return frozenset()
            if demand and not self._returns_to_record(commit, touched):
                mend = "sign it: git commit --amend -S, with a key listed in the trust"
                raise refuse("UNSIGNED_COMMIT", commit.oid[:12], "a commit signed by a trusted key", "none", mend)
        return commit.writers(self.trust) | (frozenset() if signer else self._former_signers(commit))

    def _former_signers(self, commit: Commit) -> frozenset[str]:
        """Return whose key signed a commit under an earlier trust: a key that ended excuses nobody."""
        return frozenset(filter(None, (commit.signer(trust) for trust in self.former)))

    def _touched(self, commit: Commit) -> list[str]:
        before = commit.parents[0] if commit.parents else self._empty
        return [change.path for change in self.git.changes(before, commit.oid)]

    @cached_property
    def _empty(self) -> str:
        return self.git.run("hash-object", "-t", "tree", "--stdin")

    def _is_clean_merge(self, commit: Commit) -> bool:
        return len(commit.parents) == 2 and self.git.merged_tree(*commit.parents) == commit.tree  # noqa: PLR2004

    def _returns_to_record(self, commit: Commit, touched: list[str]) -> bool:
        after = Tree(self.git, commit.oid)
        models = {model for path in touched if (model := places.model_of(path))}
        rest = [path for path in touched if places.model_of(path) is None]
        states = {model: self._recorded_states(after, model) for model in models}
        return (
            all(states.values())
            and bool(models)
            and all(path.startswith("datasets/") and _is_of_one(after.blob(path), path, states) for path in rest)
        )

    def _recorded_states(self, after: Tree, model: str) -> list[Tree | None]:
        """Return the trees of the promotions that a model's files are those of; None for its absence."""
        state, known = proof_blobs(after, model), self.log.of(model)
        if not state:
            return [None] if known else []
        trees = [Tree(self.git, promotion.commit) for promotion in known if promotion.entry]
        return [tree for tree in trees if proof_blobs(tree, model) == state]


def proof_blobs(tree: Tree, model: str) -> dict[str, str]:
    """Return path → blob id of a model's files, approvals left out."""
    files = tree.files(*places.of_model(model))
    outside = f"sbom/{model}.vex.cdx.json"  # derived from waivers, bound by nothing
    return {path: oid for path, oid in files.items() if path != outside and not places.is_approval(path)}


def _is_of_one(blob: str | None, path: str, states: Mapping[str, list[Tree | None]]) -> bool:
    """Say whether a dataset's file returned along with one of the models."""
    return any(blob == (tree.blob(path) if tree else None) for trees in states.values() for tree in trees)


def _is_own_approval(path: str, person: str) -> bool:
    folder, _, name = path.rpartition("/")
    return places.is_approval(f"{folder}/") and name.split(".")[0] == person
