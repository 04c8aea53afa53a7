"""``counterseal propose``: a model's spec and dataset on a branch of its own, signed by their author, pushed.

The documents are read first; what does not fit is refused with file and line, and nothing is done. Each step after
that is one that git makes whole: switch, commit, push. A run that died goes on where it stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.spec import ModelSpec
from counterseal.values.finding import Refused, UsageError, Verdict, refuse
from counterseal.verification import diagnosis
from counterseal.verification.git import said
from counterseal.verification.objects import GitError
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.progress import working
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository import documents, worktree
from scripts.repository.changes import committer, publish
from scripts.repository.proposals import branch_name, proposed_models
from scripts.repository.repository import open_repository
from scripts.signing.keys import find_key
from scripts.signing.people import person_of

if TYPE_CHECKING:
    from pipelines.data.material import Data
    from scripts.repository.changes import Committer
    from scripts.repository.repository import Repository


def propose(
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="By default the one that changed.")] = None,
    message: Annotated[str | None, typer.Option("--message", "-m", help="What changes, and why.")] = None,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Put a model's spec and dataset on a branch of its own, signed, and push it.

    Edit model_specs/MODEL.yaml and, if need be, datasets/*/dataset.yaml; this does the rest. CI runs the pipeline on
    the branch next.
    """
    repository = open_repository(repo, roots, fetch=True)
    name = model or _the_one(repository)
    with working(f"Reading {name} and its data"):
        spec = _read(repository, name)
    key = find_key(repository.git, ssh_key)
    person = person_of(repository.trust, key)
    branch = branch_name(name, spec.spec.version)
    _check_branch(repository, branch, spec)
    _switch(repository, branch)
    subject = message or f"Propose {name} version {spec.spec.version}"
    _commit(repository, _paths(repository, spec), subject, committer(repository.git, key, person))
    commit = repository.git.run("rev-parse", "HEAD")
    publish(repository.git, repository.remote, branch, commit)
    rows = (("branch", branch), ("commit", commit[:12]), ("author", person))
    notes = ("Next: CI makes the evidence (`counterseal run`); `counterseal status` says who must sign.",)
    headline = f"{name} version {spec.spec.version} is proposed on {branch}"
    return show(
        Report("propose", headline, Verdict.PASS, tables=(Table("proposal", ("", ""), rows),), notes=notes), form
    )


def _the_one(repository: Repository) -> str:
    found = proposed_models(repository)
    if len(found) == 1:
        return found[0]
    names = ", ".join(found) or "none"
    msg = f"name the model to propose; changed here: {names}"
    raise UsageError(msg)


def _read(repository: Repository, model: str) -> ModelSpec:
    """Read a model's documents from the working tree; raise Refused with every misfit."""
    top = repository.git.folder

    def is_there(path: str) -> bool:
        return (top / path).exists() or (top / path).is_symlink()

    def read(path: str) -> bytes | None:
        return worktree.read(top, path) if is_there(path) else None

    def read_data(path: str) -> Data | None:
        return worktree.data(top, path) if is_there(path) else None

    path = places.spec(model)
    data = worktree.read(top, path)
    if misfits := documents.findings(read, [path], read_data):
        raise Refused(*misfits)
    spec = ModelSpec.read(data, path)
    _check_version(repository, spec, data)
    return spec


def _check_version(repository: Repository, spec: ModelSpec, data: bytes) -> None:
    main, path = Tree(repository.git, repository.main), places.spec(spec.metadata.name)
    where = places.entry(spec.metadata.name)
    entry = main.read(where)
    if entry is None or main.read(path) == data:
        return
    live = RegistryEntry.read(entry, where).spec.version
    if spec.spec.version <= live:
        mend = f"set version: {live + 1}"
        raise refuse("VERSION_NOT_NEW", path, f"a version above {live}, which serves", str(spec.spec.version), mend)


def _check_branch(repository: Repository, branch: str, spec: ModelSpec) -> None:
    """Refuse a branch whose promotion was taken back: what is merged from there again would bring nothing."""
    git = repository.git
    names = [f"refs/remotes/{repository.remote}/{branch}", f"refs/heads/{branch}"]
    tip = next((commit for name in names if (commit := git.resolve(name))), None)
    if not (repository.has_log and tip and git.is_ancestor(tip, repository.main)):
        return
    log, _ = repository.log(now())
    if diagnosis.taken_back(git, log, repository.main, tip):
        found = diagnosis.already_merged(git, log, repository.main, tip)
        mend = f"set version: {spec.spec.version + 1} in {places.spec(spec.metadata.name)}; or {found.mend}"
        raise refuse("STALE_BRANCH", branch, "a branch whose commits main lacks", found.found, mend)


def _paths(repository: Repository, spec: ModelSpec) -> list[str]:
    """Return what the author proposes: spec and description, the data only if it is public."""
    name = spec.spec.dataset
    paths = [places.spec(spec.metadata.name), places.dataset(name)]
    dataset = Dataset.read(worktree.read(repository.git.folder, paths[1]), paths[1])
    return [*paths, *([places.dataset(name, dataset.spec.file)] if dataset.spec.public else [])]


def _switch(repository: Repository, branch: str) -> None:
    """Go to the proposal's branch, taking along what is not committed."""
    git = repository.git
    if git.attempt("symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode().strip() == branch:
        return
    there = git.resolve(f"refs/remotes/{repository.remote}/{branch}") if repository.remote else None
    own = not git.is_ancestor("HEAD", repository.main)
    start = there or ("HEAD" if own else repository.main)
    known = git.resolve(f"refs/heads/{branch}") is not None
    flags = [branch] if known else ["--create", branch, "--no-track", start]
    done = git.attempt("switch", "--quiet", *flags)
    if done.returncode:
        why = said(done)
        if ".lock': File exists" in why:
            raise GitError(why)
        mend = f"switch to it yourself (git stash; git switch {branch}; git stash pop), then propose again"
        raise refuse("CANNOT_SWITCH", branch, "a branch that takes your changes along", why.partition("\n")[0], mend)


def _commit(repository: Repository, paths: list[str], message: str, who: Committer) -> None:
    """Commit the author's files, and let old approvals go: they countersigned something else."""
    git = repository.git
    folder = places.approvals(paths[0].removeprefix("model_specs/").removesuffix(".yaml"))
    changed = worktree.tree(git, "HEAD", *paths).root != git.run("rev-parse", "HEAD^{tree}")
    if not changed or who.key is None:
        return
    git.run("add", "--", *paths)
    git.run("rm", "--quiet", "-r", "--force", "--ignore-unmatch", "--", folder)
    gone = git.run("diff", "--cached", "--name-only", "--", folder).split()
    flags = ("--quiet", "-S", "--message", message, "--only", "--", *paths, *gone)
    git.run(*who.key.git_flags, "commit", *flags, environment=who.environment)
