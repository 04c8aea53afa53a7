"""Proposals: the branches that want to merge, and how a person names one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.spec import ModelSpec
from counterseal.values.finding import UsageError
from counterseal.verification.tree import Tree
from scripts.repository import worktree

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.repository.repository import Repository

PREFIX = "proposal/"
_HEADS = "refs/heads/"


@dataclass(frozen=True)
class Proposal:
    """A commit that wants to merge, and the branch it is the tip of (none for a bare commit)."""

    commit: str
    branch: str | None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.branch or self.commit[:12]

    @property
    def ref(self) -> str:
        """The full name of its branch."""
        if self.branch is None:
            msg = f"{self.commit[:12]} is no branch's tip; name the proposal's branch"
            raise UsageError(msg)
        return f"{_HEADS}{self.branch}"


def branch_name(model: str, version: int) -> str:
    """Return the branch on which a version of a model is proposed."""
    return f"{PREFIX}{model}-v{version}"


def find(repository: Repository, named: str | None) -> Proposal:
    """Return the proposal a person means; raise UsageError, saying which there are, if that is unclear."""
    if named is None:
        return _here(repository)
    for name in (named, f"{PREFIX}{named}"):
        if commit := _tip(repository, name):
            return Proposal(commit, name)
    of_model = [item for item in listed(repository) if (item.branch or "").startswith(f"{PREFIX}{named}-")]
    if len(of_model) == 1:
        return of_model[0]
    if not of_model and (commit := repository.git.resolve(named)):
        return Proposal(commit, None)
    raise _unclear(repository, f"no proposal {named!r}" if not of_model else f"{named!r} has several proposals")


def listed(repository: Repository) -> list[Proposal]:
    """Return the proposals that main lacks, by name."""
    git, remote = repository.git, repository.remote
    spaces = [f"refs/remotes/{remote}/{PREFIX}"] if remote else []
    names = set()
    for space in [*spaces, f"{_HEADS}{PREFIX}"]:
        found = git.run("for-each-ref", "--format=%(refname)", "--no-merged", repository.main, space).splitlines()
        names |= {PREFIX + ref.removeprefix(space) for ref in found}
    tips = {name: _tip(repository, name) for name in sorted(names)}
    return [Proposal(commit, name) for name, commit in tips.items() if commit]


def _here(repository: Repository) -> Proposal:
    """Return the branch that is checked out; on main, the only proposal there is."""
    git = repository.git
    branch = git.attempt("symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode().strip()
    commit = git.resolve("HEAD")
    if commit and (branch != "main" or not repository.has_log):
        return Proposal(commit, branch or None)
    there = listed(repository)
    if len(there) == 1:
        return there[0]
    raise _unclear(repository, "say which proposal you mean")


def _tip(repository: Repository, name: str) -> str | None:
    """Return a branch's tip: the remote's, unless the one here is ahead of it."""
    here = repository.git.resolve(f"{_HEADS}{name}")
    there = repository.git.resolve(f"refs/remotes/{repository.remote}/{name}") if repository.remote else None
    if here and there:
        return here if repository.git.is_ancestor(there, here) else there
    return there or here


def _unclear(repository: Repository, problem: str) -> UsageError:
    names = ", ".join(item.name for item in listed(repository)) or "none"
    return UsageError(f"{problem}; open proposals: {names}")


def proposed_models(repository: Repository, *, committed: bool = False) -> list[str]:
    """Return the models whose spec, or whose dataset's description, differs here from where this branch left main.

    What lies in the working tree beside the branch is only a draft to whoever wants what is ``committed``.
    """
    git = repository.git
    head = git.run("rev-parse", "HEAD")
    base = git.run("merge-base", repository.main, head)
    here = Tree(git, head) if committed else worktree.tree(git, base, "model_specs", *_descriptions(git.folder))
    changed = {change.path for change in git.changes(base, here.root)}
    found = []
    for file in here.names("model_specs"):
        path = f"model_specs/{file}"
        spec = ModelSpec.read(here.need(path), path)
        if {path, places.dataset(spec.spec.dataset)} & changed:
            found.append(spec.metadata.name)
    return found


def _descriptions(top: Path) -> list[str]:
    return sorted(path.relative_to(top).as_posix() for path in top.glob("datasets/*/dataset.yaml"))
