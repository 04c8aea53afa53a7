"""Every model of a tree without a log, judged by one trust and one set of rules; what stays as it was stays judged.

* A model's verdict follows from its own files, its dataset's description, the layouts, and from whatever judges it.
* So a registry moves from tree to tree: what differs between the two is found by ids, and only the models concerned are
  judged anew; where nothing of them differs, nothing is.
* A model that may not stand is kept as its refusal, which follows from the same files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values.finding import Refused
from counterseal.verification import plain_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.documents.trust import Trust
    from counterseal.verification.evidence import Proof
    from counterseal.verification.git import Git
    from counterseal.verification.judgement import Judgement
    from counterseal.verification.quorum import QuorumResult
    from counterseal.verification.rulebook import RuleBook
    from counterseal.verification.tree import Tree


@dataclass(frozen=True)
class Checked:
    """A model that stands: its proof, what the rules said of it, and who approved it."""

    proof: Proof
    judged: Judgement
    approvals: QuorumResult


class Registry:
    """The models of the tree it was last moved to."""

    def __init__(self, git: Git, trust: Trust, book: RuleBook) -> None:
        """Begin with no tree."""
        self._git, self._trust, self._book = git, trust, book
        self._tree: Tree | None = None
        self._models: dict[str, Checked | Refused] = {}

    def at(self, tree: Tree) -> Mapping[str, Checked | Refused]:
        """Return every model of a tree, judged anew if a file that it follows from is not as it was."""
        if self._tree is None or self._tree.root != tree.root:
            concerned = self._concerned(self._tree, tree)
            fresh = {model: self._check(tree, model) for model in concerned if tree.blob(places.entry(model))}
            kept = {model: found for model, found in self._models.items() if model not in concerned}
            self._models, self._tree = {**kept, **fresh} if concerned else self._models, tree
        return self._models

    def _concerned(self, before: Tree | None, after: Tree) -> set[str]:
        """Return the models whose verdict may be another one than before."""
        if before is None or before.oid(places.LAYOUTS) != after.oid(places.LAYOUTS):
            return {*self._models, *after.models()}
        paths = [change.path for change in self._git.changes(before.root, after.root)]
        datasets = {path.split("/")[1] for path in paths if path.startswith("datasets/")}
        own = {model for path in paths if (model := places.model_of(path))}
        return own | self._learners(datasets) if datasets else own

    def _learners(self, datasets: set[str]) -> set[str]:
        """Return the models that learn from one of some datasets, and those that are refused: it may be why."""
        return {
            model
            for model, found in self._models.items()
            if isinstance(found, Refused) or found.proof.spec.spec.dataset in datasets
        }

    def _check(self, tree: Tree, model: str) -> Checked | Refused:
        try:
            proof, judged, approvals = plain_tree.check_model(tree, model, self._trust, self._book)
        except Refused as refusal:
            return Refused(*refusal.findings)  # without the frames it came through
        return Checked(proof, judged, approvals)


def registry(tree: Tree, trust: Trust, book: RuleBook) -> Registry:
    """Return the registry that a trust and some rules judge, where it was last moved to; only the newest is kept."""
    key = ("registry", trust.model_dump_json(), book.digest)
    return tree.git.remember(key, lambda: Registry(tree.git, trust, book), most=1)
