from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from counterseal.values.finding import Refused
from counterseal.verification.git import Git
from scripts.repository import worktree
from tests.support.faults import each_death

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"content")
    assert worktree.read(tmp_path, "folder/file") == b"content"


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../b", ".git/config", "a//b", "", "a\nb", "é"])
def test_a_path_that_leaves_the_repository_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Refused) as refused:
        worktree.read(tmp_path, path)
    assert refused.value.code == "PATH_CHARACTERS"


def test_a_link_is_not_followed_wherever_it_stands(tmp_path: Path) -> None:
    outside, top = tmp_path / "outside", tmp_path / "top"
    outside.mkdir()
    top.mkdir()
    (outside / "file").write_bytes(b"secret")
    (top / "file").symlink_to(outside / "file")
    (top / "folder").symlink_to(outside)
    for path in ("file", "folder/file"):
        with pytest.raises(Refused) as refused:
            worktree.read(top, path)
        assert refused.value.code == "FILE_MODE"
    with pytest.raises(Refused):
        worktree.write(top, {"folder/new": b"x"}, [], last="folder/new")
    assert sorted(path.name for path in outside.iterdir()) == ["file"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    found = []
    for path in ("pipe", "folder", "missing"):
        with pytest.raises(Refused) as refused:
            worktree.read(tmp_path, path)
        found.append(refused.value.code)
    assert found == ["FILE_MODE", "FILE_MODE", "MISSING_FILE"]


def test_a_data_file_of_any_size_is_copied_by_the_same_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worktree, "MAX_FILE", 10)
    (tmp_path / "large").write_bytes(b"x" * 11)
    (tmp_path / "link").symlink_to(tmp_path / "large")
    assert worktree.data(tmp_path, "large").size == 11
    for read, path in [(worktree.read, "large"), (worktree.data, "link"), (worktree.data, "../large")]:
        with pytest.raises(Refused):
            read(tmp_path, path)


def test_files_are_replaced_and_removed(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"1")
    (tmp_path / "gone").write_bytes(b"1")
    worktree.write(tmp_path, {"old": b"2", "new/entry": b"e"}, ["gone", "never-there"], last="new/entry")
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {"old", "new/entry"}
    assert (tmp_path / "old").read_bytes() == b"2"


def test_a_death_leaves_no_proof_that_vouches_for_a_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"m/a": b"1", "m/b": b"1", "m/entry": b"of 1"}
    after = {"m/a": b"2", "m/c": b"2", "m/entry": b"of 2"}

    def write() -> None:
        worktree.write(tmp_path, after, ["m/b"], last="m/entry")

    def state() -> dict[str, bytes]:
        return {f"m/{path.name}": path.read_bytes() for path in (tmp_path / "m").glob("*")}

    deaths = 0
    worktree.write(tmp_path, before, [], last="m/entry")
    for _ in each_death(monkeypatch, write):
        deaths += 1
        found = state()
        assert "m/entry" not in found or found in (before, after)
        write()
        assert state() == after, "the next run goes on"
        worktree.write(tmp_path, before, ["m/c"], last="m/entry")
    assert deaths > len(after)
    assert not [path for path in tmp_path.iterdir() if path.name != "m"], "nothing is left lying about"


def test_the_tree_of_some_paths_touches_no_index_and_no_ref(tmp_path: Path) -> None:
    git = Git(tmp_path)
    git.run("init", "--quiet", "--initial-branch=main")
    (tmp_path / "kept").write_text("1")
    (tmp_path / "gone").write_text("1")
    git.run("add", "--all")
    git.run("-c", "user.name=t", "-c", "user.email=t@x", "-c", "commit.gpgsign=false", "commit", "-qm", "1")
    head = git.run("rev-parse", "HEAD")
    (tmp_path / "kept").write_text("2")
    (tmp_path / "new").write_text("2")
    (tmp_path / "gone").unlink()
    found = worktree.tree(git, head, "kept", "gone", "never")
    assert found.files("kept", "gone", "new").keys() == {"kept"}
    assert found.read("kept") == b"2"
    assert git.run("rev-parse", "HEAD") == head
    assert git.run("diff", "--cached", "--name-only") == ""
