"""``counterseal dataset new``: a dataset.yaml guessed from a file of data, for a person to correct.

The file is brought, checked as a file, counted column by column and copied beside its description, unchanged. What no
two readers would read alike is refused with the command that mends it, and nothing is written. Everything else is
written down, and what a person should look at is said.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.dataset import Dataset
from counterseal.values.finding import refuse
from scripts.dataset import cells, draft, guess, source, told
from scripts.options import Form, Repo
from scripts.report.progress import portions, working
from scripts.report.show import Format, show
from scripts.repository import drafts, worktree
from scripts.repository.names import checked_name
from scripts.repository.repository import open_git

if TYPE_CHECKING:
    from scripts.dataset.source import Brought


def dataset_new(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV or Parquet: a path, or a URL that fsspec opens.")],
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="By default the file's.")] = None,
    target: Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="What is predicted.")] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Anybody may see every record: the file goes into Git.")
    ] = False,
    repo: Repo = None,
    form: Form = Format.TEXT,
) -> int:
    """Guess a dataset.yaml from a CSV or Parquet file, for you to correct.

    It writes datasets/NAME/dataset.yaml and copies the file beside it. Unless --public says otherwise, the file stays
    out of Git, and no value that fewer than ten rows share is written down.
    """
    top = open_git(repo).folder
    with tempfile.TemporaryDirectory(prefix="counterseal-", dir=worktree.private(top)) as aside:
        with working(f"Bringing {file}"):
            brought = source.bring(file)
        called = checked_name(name or brought.name, "--name")
        _check_free(top, called)
        with portions(f"Reading {file}", brought.data.size) as done:
            read = cells.read(brought, Path(aside), done)
        with working(f"Looking at {len(read.names)} columns"):
            found = guess.guess(read, target, file, public=public)
        written = draft.draft(called, brought, found, public=public)
        asked = drafts.questions(Dataset, written, places.dataset(called))
        _place(top, called, brought, written)
    return show(told.report(called, found, asked, public=public), form)


def _check_free(top: Path, name: str) -> None:
    where = places.dataset(name)
    if (top / where).exists() or (top / where).is_symlink():
        mend = "give the new one another --name; or remove the folder, if nothing needs it"
        raise refuse("DATASET_EXISTS", where, "a dataset that is not there yet", "one of this name", mend)


def _place(top: Path, name: str, brought: Brought, written: bytes) -> None:
    """Put the file into its folder, then its description."""
    where = places.dataset(name)
    worktree.check_folders(top, where)
    (top / where).parent.mkdir(parents=True, exist_ok=True)
    brought.put(top / places.dataset(name, brought.file))
    worktree.write(top, {where: written}, [], last=where)
