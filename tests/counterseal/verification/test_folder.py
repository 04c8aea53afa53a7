"""A folder read from git's bytes, and what differs between two trees: the same as git itself says."""

from __future__ import annotations

import hashlib
import random
import subprocess
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from counterseal.verification import folder
from counterseal.verification.folder import Folder, TreeItem
from counterseal.verification.git import Git
from counterseal.verification.objects import GitError, MissingError

if TYPE_CHECKING:
    from pathlib import Path

OID = b"\1" * 20
BLOB = "100644"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)
    return Git(tmp_path)


def tree(git: Git, lines: dict[str, TreeItem]) -> str:
    """Write a tree in git's order, without a process for each."""
    ordered = sorted(lines.items(), key=lambda line: line[0].encode() + b"/" * (line[1].mode == "40000"))
    parts = (f"{mode} {name}\0".encode() + bytes.fromhex(oid) for name, (mode, oid) in ordered)
    content = b"".join(parts)
    data = b"tree %d\0" % len(content) + content
    found = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    path = git.folder / "objects" / found[:2] / found[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(data))
    return found


def some_tree(git: Git, draw: random.Random, depth: int = 3) -> str:
    """Return a tree of a few names, each a file, a link, a submodule, a folder, or not there."""
    lines = {}
    for name in ("a", "a.b", "a0", "b", "ü"):
        mode = draw.choice([BLOB, BLOB, "100755", "120000", "160000", "40000", "40000", ""])
        if mode == "40000" and depth:
            lines[name] = TreeItem(mode, some_tree(git, draw, depth - 1))
        elif mode and mode != "40000":
            lines[name] = TreeItem(mode, f"{draw.randrange(1, 4):040x}")
    return tree(git, lines)


def told_by_git(git: Git, old: str, new: str) -> list[tuple[str, ...]]:
    raw = git.run("diff-tree", "-r", "-z", "--no-renames", "--ignore-submodules=none", "--raw", "--no-abbrev", old, new)
    parts = raw.split("\0")
    return [(path, *line.split(" ")[1:4]) for line, path in zip(parts[0::2], parts[1::2], strict=False)]


def test_what_differs_is_what_git_says(git: Git) -> None:
    draw = random.Random(1)
    trees = [some_tree(git, draw) for _ in range(25)]
    none, found = "0" * 40, 0
    for old, new in pairwise(trees):
        ours = [(c.path, c.mode, c.before or none, c.after or none) for c in git.changes(old, new)]
        assert ours == sorted(told_by_git(git, old, new))
        found += len(ours)
    assert found > 100
    assert git.changes(trees[0], trees[0]) == []


def test_lines_are_read_as_they_are() -> None:
    found = Folder(b"100644 b\0" + OID + b"40000 \xff\0" + b"\n" * 20)
    assert found.names() == ["b", "\udcff"]
    assert found.get("b") == TreeItem(BLOB, OID.hex())
    assert dict(found.items())["\udcff"] == TreeItem("40000", "0a" * 20)
    assert found.get("c") is None
    assert Folder().names() == []
    assert Folder(b"100644 b\0" + b"\2" * 32, 32).get("b") == TreeItem(BLOB, "02" * 32)


@pytest.mark.parametrize(
    "content",
    [
        b"100644 b\0" + OID[1:],
        b"100644 b\0" + OID + b"x",
        b"x100644 b\0" + OID,
        b"100644 \0" + OID,
        b"100644b\0" + OID,
        b"100644 a/b\0" + OID,
        b"100644 b\0" + OID + b"100755 b\0" + OID,
    ],
)
def test_what_is_no_folder_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"lines|twice"):
        Folder(content)


def test_a_tree_that_is_not_there_is_no_empty_one(git: Git) -> None:
    here = tree(git, {"a": TreeItem(BLOB, "1" * 40)})
    torn = tree(git, {"f": TreeItem("40000", "2" * 40)})
    with pytest.raises(MissingError, match="no tree 2222"):
        git.changes(here, torn)
    with pytest.raises(MissingError, match="no commit or tree 3333"):
        git.changes(here, "3" * 40)


@pytest.mark.parametrize("leaf", [{"a": TreeItem(BLOB, "1" * 40)}, {}])
def test_a_tree_without_end_is_given_up(git: Git, leaf: dict[str, TreeItem], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_CHANGES", 5_000)
    empty, bomb = tree(git, {}), tree(git, leaf)
    for _ in range(12):
        bomb = tree(git, {name: TreeItem("40000", bomb) for name in "abcdefghij"})
    with pytest.raises(GitError, match="more than 5000 paths"):
        git.changes(empty, bomb)


def test_folders_in_folders_are_followed_however_deep(git: Git) -> None:
    empty, deep = tree(git, {}), tree(git, {"x": TreeItem(BLOB, "1" * 40)})
    for _ in range(1_050):
        deep = tree(git, {"d": TreeItem("40000", deep)})
    [change] = git.changes(empty, deep)
    assert change.path.count("/") == 1_050
