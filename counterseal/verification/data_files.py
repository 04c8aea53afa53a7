"""Which files a change of models may bring: those of models and datasets, and of data only what is public.

* Nothing beside a model's and a dataset's own files, which nothing else accounts for.
* Of data only the file that a dataset.yaml names which says ``public: true``, with the fingerprint that it has.
* In no commit of the change either: what Git has once it keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from counterseal.verification.commit import read_commit

if TYPE_CHECKING:
    from counterseal.verification.ground import Ground
    from counterseal.verification.tree import Tree


def check_paths(ground: Ground) -> None:
    """Refuse files beside models and datasets, which nothing accounts for; a VEX is one until something derives it."""
    for path in ground.scope.paths:
        of_dataset = path.startswith("datasets/") and path.count("/") == 2  # noqa: PLR2004 (datasets/<name>/<file>)
        unbound = path.endswith(".vex.cdx.json") and ground.after.blob(path) is not None
        if (places.model_of(path) is None and not of_dataset) or unbound:
            raise refuse("UNKNOWN_PATH", path, "a file of a model or a dataset", "another", "see docs/ARCHITECTURE.md")


def check_data_files(ground: Ground) -> None:
    """Refuse data files, but for the one that a dataset.yaml names which says ``public: true``, as fingerprinted."""
    for path in ground.scope.paths:
        if path.startswith("datasets/") and ground.after.blob(path):
            _check_dataset_file(ground.after, path)


def check_brought_data(ground: Ground) -> None:
    """Refuse data in a commit that the merge brings, gone again or not: what Git has once it keeps."""
    git = ground.git
    for oid in git.commits(*ground.merge.parents):
        first = read_commit(git, oid).parents[:1]
        for change in git.changes(first[0], oid) if first else ():
            if change.path.startswith("datasets/") and change.after and not _may_be_public(ground.after, change.path):
                mend = "leave the commit out: put what is to be proposed on a new branch from main"
                found = f"a data file in commit {oid[:12]}, which would stay in Git"
                raise refuse("RAW_DATA", change.path, "no data but what a public dataset.yaml names", found, mend)


def _may_be_public(tree: Tree, path: str) -> bool:
    folder, file = path.split("/")[1], path.rpartition("/")[2]
    described = places.dataset(folder)
    data = tree.read(described)
    if path == described or data is None:
        return path == described
    dataset = Dataset.read(data, described)
    return dataset.spec.public and dataset.spec.file == file


def _check_dataset_file(tree: Tree, path: str) -> None:
    folder = path.split("/")[1]
    described = places.dataset(folder)
    dataset = Dataset.read(tree.need(described), described)
    if dataset.metadata.name != folder:
        raise refuse("DATASET_NAME", described, folder, dataset.metadata.name, "a dataset is called as its folder")
    named = dataset.spec.public and path == places.dataset(folder, dataset.spec.file)
    if path != described and not (named and sha256(tree.read(path) or b"") == dataset.spec.fingerprint):
        mend = "keep the file outside Git; dataset.yaml names it and its fingerprint"
        raise refuse("RAW_DATA", path, "no data but the file a public dataset.yaml describes", "a data file", mend)
