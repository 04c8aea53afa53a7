"""The working tree: read without following a link out of it, written so that no half-written proof is taken for one.

* A path is relative, plain, and neither it nor a folder on the way is a link.
* New files are written aside first; then each replaces the old one, the file that vouches for all others last. A run
  that died in between leaves a proof that does not verify, so the next run makes it again.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from counterseal.values.finding import refuse
from counterseal.values.names import is_safe_path
from counterseal.verification.tree import Tree
from pipelines.data.material import Data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from counterseal.verification.git import Git

MAX_FILE = 512 * 1024 * 1024


def read(top: Path, path: str) -> bytes:
    """Read a file of the working tree; raise Refused if it is missing, too large, or not a plain file inside it."""
    with _opened(top, path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_FILE:
            raise refuse("FILE_TOO_LARGE", path, f"at most {MAX_FILE} bytes", f"{size} bytes")
        return file.read()


def data(top: Path, path: str) -> Data:
    """Copy a data file of any size; raise Refused if it is missing, no plain file inside, or changes meanwhile."""
    with _opened(top, path) as file:
        return Data.copied(file, path)


@contextmanager
def _opened(top: Path, path: str) -> Iterator[BinaryIO]:
    if not is_safe_path(path):
        raise refuse("PATH_CHARACTERS", path, "a plain path inside the repository", "another")
    check_folders(top, path)
    try:
        file = os.open(top / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        mend = "correct the name, or switch to the branch that has it"
        raise refuse("MISSING_FILE", path, "a file", "none", mend) from error
    except OSError as error:
        raise refuse("FILE_MODE", path, "a regular file", error.strerror or "another", "no links") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise refuse("FILE_MODE", path, "a regular file", "something else")
    with os.fdopen(file, "rb") as opened:
        yield opened


def write(top: Path, files: Mapping[str, bytes], gone: Iterable[str], last: str) -> None:
    """Replace files and remove others: first what goes, then what comes, ``last`` at the very end."""
    for path in [*files, *gone]:
        check_folders(top, path)
    order = [*sorted(set(files) - {last}), last]
    with tempfile.TemporaryDirectory(prefix="counterseal-", dir=private(top)) as aside:
        for number, path in enumerate(order):
            _flushed(Path(aside) / str(number), files[path])
        for path in [last, *gone]:
            (top / path).unlink(missing_ok=True)
        for number, path in enumerate(order):
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(aside) / str(number)).replace(top / path)


def tree(git: Git, base: str, *paths: str) -> Tree:
    """Return the tree of ``base`` with these paths as the working tree has them; no index and no ref is touched."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git.run("read-tree", base, environment=environment)
        before = Tree(git, base)
        known = [path for path in paths if (git.folder / path).exists() or before.files(path)]
        if known:
            git.run("add", "--all", "--", *known, environment=environment)
        return Tree(git, git.run("write-tree", environment=environment))


def check_folders(top: Path, path: str) -> None:
    """Raise Refused for a path with a link on the way."""
    folder = top
    for part in path.split("/")[:-1]:
        folder /= part
        if folder.is_symlink():
            where = str(folder.relative_to(top))
            raise refuse("FILE_MODE", where, "a folder", "a link", "no links: they could lead out of the repository")


def private(top: Path) -> Path:
    """Return a folder on the same file system that Git never lists."""
    inside = top / ".git"
    return inside if inside.is_dir() else top


def _flushed(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
