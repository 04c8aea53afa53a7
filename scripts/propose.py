"""``counterseal propose``: specs and their datasets on a branch of their own, signed by their author, pushed.

The documents are read first; what does not fit is refused with file and line, and nothing is done. Each step after
that is one that git makes whole: switch, commit, push. A run that died goes on where it stopped. Several models make
one change, which is merged whole or not at all; its branch is called after the first.
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
    from counterseal.values.finding import Finding
    from pipelines.data.material import Data
    from scripts.repository.changes import Committer
    from scripts.repository.repository import Repository


def propose(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="By default the one that changed.")
    ] = None,
    message: Annotated[str | None, typer.Option("--message", "-m", help="What changes, and why.")] = None,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Put a model's spec and dataset on a branch of its own, signed, and push it.

    Edit model_specs/MODEL.yaml and, if need be, datasets/*/dataset.yaml; this does the rest. CI runs the pipeline on
    the branch next. Several models make one change.
    """
    repository = open_repository(repo, roots, fetch=True)
    names = tuple(dict.fromkeys(models or _the_one(repository)))
    with working(f"Reading {', '.join(names)} and the data"):
        specs = _read_all(repository, names)
    key = find_key(repository.git, ssh_key)
    person = person_of(repository.trust, key)
    branch = branch_name(names[0], specs[0].spec.version)
    _check_branch(repository, branch, specs[0])
    paths = list(dict.fromkeys(path for spec in specs for path in _paths(repository, spec)))
    _switch(repository, branch, paths)
    proposed = ", ".join(f"{spec.metadata.name} version {spec.spec.version}" for spec in specs)
    _commit(repository, names, paths, message or f"Propose {proposed}", committer(repository.git, key, person))
    commit = repository.git.run("rev-parse", "HEAD")
    publish(repository.git, repository.remote, branch, commit)
    rows = (("branch", branch), ("commit", commit[:12]), ("author", person))
    notes = ("Next: CI makes the evidence (`counterseal run`); `counterseal status` says who must sign.",)
    headline = f"{proposed} {'is' if len(specs) == 1 else 'are'} proposed on {branch}"
    return show(
        Report("propose", headline, Verdict.PASS, tables=(Table("proposal", ("", ""), rows),), notes=notes), form
    )


def _the_one(repository: Repository) -> list[str]:
    found = proposed_models(repository)
    if len(found) == 1:
        return found
    msg = f"name the models to propose; changed here: {', '.join(found)}"
    raise UsageError(msg if found else "no spec differs from main; write one: `counterseal model new`")


def _read_all(repository: Repository, names: tuple[str, ...]) -> list[ModelSpec]:
    """Read the models' documents from the working tree; raise Refused with every misfit of each."""
    specs: list[ModelSpec] = []
    misfits: list[Finding] = []
    for name in names:
        try:
            specs.append(_read(repository, name))
        except Refused as refusal:
            misfits += refusal.findings
    if misfits:
        raise Refused(*dict.fromkeys(misfits))
    return specs


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


def _switch(repository: Repository, branch: str, paths: list[str]) -> None:
    """Go to the proposal's branch, taking along what is not committed.

    A new one begins at main, so that it brings no other proposal along, unless these very files were committed here.
    """
    git = repository.git
    if git.attempt("symbolic-ref", "--quiet", "--short", "HEAD").stdout.decode().strip() == branch:
        return
    there = git.resolve(f"refs/remotes/{repository.remote}/{branch}") if repository.remote else None
    head = git.run("rev-parse", "HEAD")
    begun = git.changes(git.run("merge-base", repository.main, head), head)
    start = there or ("HEAD" if {change.path for change in begun} & set(paths) else repository.main)
    known = git.resolve(f"refs/heads/{branch}") is not None
    flags = [branch] if known else ["--create", branch, "--no-track", start]
    done = git.attempt("switch", "--quiet", *flags)
    if done.returncode:
        why = said(done)
        if ".lock': File exists" in why:
            raise GitError(why)
        mend = f"switch to it yourself (git stash; git switch {branch}; git stash pop), then propose again"
        raise refuse("CANNOT_SWITCH", branch, "a branch that takes your changes along", why.partition("\n")[0], mend)


def _commit(repository: Repository, models: tuple[str, ...], paths: list[str], message: str, who: Committer) -> None:
    """Commit the author's files, and let old approvals go: they countersigned something else."""
    git = repository.git
    folders = [places.approvals(model) for model in models]
    changed = worktree.tree(git, "HEAD", *paths).root != git.run("rev-parse", "HEAD^{tree}")
    if not changed or who.key is None:
        return
    git.run("add", "--", *paths)
    git.run("rm", "--quiet", "-r", "--force", "--ignore-unmatch", "--", *folders)
    gone = git.run("diff", "--cached", "--name-only", "--", *folders).split()
    flags = ("--quiet", "-S", "--message", message, "--only", "--", *paths, *gone)
    git.run(*who.key.git_flags, "commit", *flags, environment=who.environment)
