"""Evidence on a proposal's branch: committed as CI does, unsigned, and only of what the branch proposes.

* A spec or description that was edited since it was proposed is proposed first: its evidence would be of other bytes.
* Only the models' own files are committed, whatever else lies in the working tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.spec import ModelSpec
from counterseal.values.finding import Finding, Refused
from scripts.repository import worktree
from scripts.repository.changes import Committer, publish

if TYPE_CHECKING:
    from scripts.repository.repository import Repository

CI = Committer("counterseal CI", "ci@localhost")


def check_proposed(repository: Repository, models: list[str]) -> None:
    """Refuse what the branch lacks, before anything is made of it: its evidence would be of other documents."""
    git = repository.git
    head, found = git.run("rev-parse", "HEAD"), list[Finding]()
    for model in models:
        spec = ModelSpec.read(worktree.read(git.folder, places.spec(model)), places.spec(model)).spec
        here = worktree.tree(git, head, places.spec(model), places.dataset(spec.dataset))
        mend = f"`counterseal propose {model}`, then run again"
        found += [
            Finding("NOT_PROPOSED", change.path, "as this branch has it", "another", mend)
            for change in git.changes(head, here.root)
        ]
    if found:
        raise Refused(*found)


def commit_evidence(repository: Repository, models: list[str], *, push: bool) -> None:
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
