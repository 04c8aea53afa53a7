"""Git objects: read as they are, by real git, with nothing of the caller's environment mixed in."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counterseal.values.finding import Refused
from counterseal.verification.authorship import proof_blobs
from counterseal.verification.commit import read_commit
from counterseal.verification.git import Git
from counterseal.verification.objects import BREATH, MAX_KNOWN, GitError, MissingError, is_oid
from counterseal.verification.tree import Tree

Commit = Callable[[dict[str, str]], str]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    found = Git(tmp_path)
    found.run("config", "user.name", "t")
    found.run("config", "user.email", "T@Example.org")
    return found


@pytest.fixture
def commit(git: Git) -> Commit:
    def make(files: dict[str, str]) -> str:
        for path, text in files.items():
            target = git.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        git.run("add", "-A")
        git.run("commit", "-qm", "c\n\nCo-authored-by: Kim <kim@example.org>", "--no-gpg-sign")
        return str(git.resolve("HEAD"))

    return make


def test_a_tree_is_read_by_path(git: Git, commit: Commit) -> None:
    tree = Tree(git, commit({"a/b/c.txt": "1", "a/d.txt": "2", "e": "3"}))
    assert tree.read("a/b/c.txt") == b"1"
    assert tree.read("a/b") is None
    assert tree.read("a/x") is None
    assert tree.contents("a") == {"a/b/c.txt": b"1", "a/d.txt": b"2"}
    assert tree.names("a") == ["b", "d.txt"]
    assert tree.names("nowhere") == []
    with pytest.raises(Refused) as refusal:
        tree.need("a/x")
    assert refusal.value.code == "MISSING_FILE"


def test_links_are_not_files(git: Git, commit: Commit) -> None:
    (git.folder / "a").mkdir()
    (git.folder / "a" / "link").symlink_to("/etc/passwd")
    tree = Tree(git, commit({"a/b": "1"}))
    assert tree.read("a/link") is None
    with pytest.raises(Refused) as refusal:
        tree.files("a")
    assert refusal.value.code == "FILE_MODE"


def test_no_commit_is_a_refusal(git: Git, commit: Commit) -> None:
    blob = git.run("hash-object", "-w", "--stdin", data=b"x")
    commit({"a": "1"})
    for oid in ("f" * 40, blob):
        with pytest.raises(Refused) as refusal:
            read_commit(git, oid)
        assert refusal.value.code == "NO_COMMIT"
    with pytest.raises(Refused):
        Tree(git, "f" * 40)


def test_a_commit_names_everyone_who_may_have_written_it(git: Git, commit: Commit) -> None:
    found = read_commit(git, commit({"a": "1"}))
    assert found.addresses == {"t@example.org", "kim@example.org"}
    assert found.signature is None
    assert found.parents == ()
    assert is_oid(found.tree)


def test_changes_and_lines_of_history(git: Git, commit: Commit) -> None:
    first, second = commit({"a": "1", "b": "1"}), commit({"a": "2", "c": "1"})
    changes = {change.path: (change.before is None, change.after is None) for change in git.changes(first, second)}
    assert changes == {"a": (False, False), "c": (True, False)}
    assert git.first_parents(None, second) == [first, second]
    assert git.first_parents(first, second) == [second]
    assert git.is_ancestor(first, second)
    assert not git.is_ancestor(second, first)
    assert git.commits(first, second, "b") == []


def test_a_proposal_that_continues_main_merges_to_its_own_tree(git: Git, commit: Commit) -> None:
    base = commit({"a": "1", "b/c": "1"})
    main = commit({"a": "2"})
    git.run("checkout", "-q", "-b", "side", base)
    commit({"b/c": "2"})
    git.run("merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "m", "main")
    behind, onward = str(git.resolve("HEAD^1")), commit({"b/d": "3"})
    cases = [(base, onward, True, True), (main, onward, False, True), (main, behind, False, False)]
    for one, other, near, ancestor in [*cases, (onward, main, False, False)]:
        assert (git._since(one, other) is not None) is near
        assert git.is_ancestor(one, other) is ancestor
        assert git.merged_tree(one, other) == git.run("merge-tree", "--write-tree", one, other)
        assert sorted(git.commits(one, other)) == sorted(git.run("rev-list", other, f"^{one}").split())
    line = git.run("rev-list", "--first-parent", "--reverse", f"{main}..{onward}").split()
    assert git.first_parents(main, onward) == line


def test_a_line_longer_than_is_walked_is_asked_of_git(
    git: Git, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    oids = [commit({"a": str(number)}) for number in range(6)]
    monkeypatch.setattr("counterseal.verification.git.NEAR", 3)
    assert git._since(oids[0], oids[-1]) is None
    assert git._line_since(oids[0], oids[-1]) is None
    assert git.commits(oids[0], oids[-1]) == oids[:0:-1]
    assert git.first_parents(oids[0], oids[-1]) == oids[1:]
    assert git.is_ancestor(oids[0], oids[-1])
    assert git.merged_tree(oids[0], oids[-1]) == git.root(oids[-1])
    assert list(git.line(oids[-1])) == oids[::-1]


def test_a_missing_commit_ends_no_line(git: Git, commit: Commit) -> None:
    commit({"a": "1"})
    with pytest.raises(MissingError):
        list(git.line("f" * 40))
    with pytest.raises(MissingError):
        git.parents("HEAD")
    text = git.run("cat-file", "commit", "HEAD").encode() + b"\nmore\n"
    oid = git.run("hash-object", "-t", "commit", "--stdin", data=text)
    with pytest.raises(MissingError):
        git.root(oid)
    git.run("hash-object", "-w", "-t", "commit", "--stdin", data=text)
    assert git.root(oid) == git.root(str(git.resolve("HEAD")))


def test_many_objects_are_read_in_one_breath_as_they_are_one_by_one(git: Git) -> None:
    oids = [git.run("hash-object", "-w", "--stdin", data=b"x" * number) for number in range(5)]
    names = [*oids, "f" * 40, "no such name"] * (BREATH // 5)
    assert git.read_all(names) == [git.read(name) for name in names]
    assert git.read_all([]) == []


def test_trees_are_not_held_without_end(git: Git, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = commit({"a": "1"}), commit({"b/c": "2"})
    monkeypatch.setattr("counterseal.verification.objects.MAX_HELD", 40)
    for oid in (first, second, first):
        assert Tree(git, oid).read("a") == b"1"
        assert Tree(git, second).read("b/c") == b"2"
        assert len(git._trees) == 1


def test_replace_refs_do_not_change_what_is_read(git: Git, commit: Commit) -> None:
    first, second = commit({"a": "1"}), commit({"a": "2"})
    git.run("replace", first, second)
    assert Tree(git, first).read("a") == b"1"


def test_the_callers_git_variables_are_dropped(git: Git, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    oid = commit({"a": "1"})
    monkeypatch.setenv("GIT_DIR", os.devnull)
    assert Git(git.folder).resolve("main") == oid


def test_names_that_could_be_options_or_lines_name_nothing(git: Git, commit: Commit) -> None:
    commit({"a": "1"})
    assert git.resolve("--all") is None
    assert git.object("HEAD\nHEAD") is None
    with pytest.raises(GitError, match="rev-parse"):
        git.run("rev-parse", "--verify", "nothing")


def test_a_ref_moves_only_from_where_it_is_said_to_stand(git: Git, commit: Commit) -> None:
    old, new = commit({"a": "1"}), commit({"a": "2"})
    git.move("refs/heads/other", old, None)
    with pytest.raises(GitError):
        git.move("refs/heads/other", new, None)
    git.move("refs/heads/other", new, old)
    assert git.resolve("refs/heads/other") == new


def test_a_models_proof_leaves_approvals_and_vex_out(git: Git, commit: Commit) -> None:
    paths = ["registry/m/entry.yaml", "registry/m/approvals/a.yaml", "sbom/m.cdx.json", "sbom/m.vex.cdx.json", "x"]
    tree = Tree(git, commit(dict.fromkeys(paths, "1")))
    assert sorted(proof_blobs(tree, "m")) == ["registry/m/entry.yaml", "sbom/m.cdx.json"]


# -- whatever the configuration says, and whatever breaks


def test_a_merge_is_the_same_for_everyone(git: Git, commit: Commit) -> None:
    base = commit({"a.txt": "one\n", ".gitattributes": "* merge=union\n"})
    one = commit({"a.txt": "two\n"})
    git.run("checkout", "-q", "-b", "other", base)
    other = commit({"a.txt": "three\n"})
    assert git.run("merge-tree", "--write-tree", one, other)  # git's own answer, which the working tree's file gives
    assert git.merged_tree(one, other) is None
    git.run("config", "merge.default", "union")
    assert git.merged_tree(one, other) is None


def test_renames_are_followed_whatever_the_configuration_says(git: Git, commit: Commit) -> None:
    text = "".join(f"line {number}\n" for number in range(40))
    base = commit({"old.txt": text})
    git.run("mv", "old.txt", "new.txt")
    moved = commit({})
    git.run("checkout", "-q", "-b", "other", base)
    changed = commit({"old.txt": text + "more\n"})
    tree = git.merged_tree(moved, changed)
    assert tree
    git.run("config", "merge.renames", "false")
    assert git.merged_tree(moved, changed) == tree
    assert Tree(git, tree).read("new.txt") == (text + "more\n").encode()


def test_a_merge_that_could_not_be_made_is_no_conflict(git: Git, commit: Commit) -> None:
    oid = commit({"a": "1"})
    with pytest.raises(GitError, match="merge-tree"):
        git.merged_tree(oid, "f" * 40)


@pytest.mark.parametrize("answer", ["", "x blob 100\nhalf of it", "x blob 3\nabc"])
def test_a_reader_that_dies_is_no_missing_object(git: Git, commit: Commit, answer: str) -> None:
    oid = commit({"a": "1"})
    script = f"read line; printf '{answer}'"
    git._batch = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with pytest.raises(GitError, match="cat-file"):
        git.object(oid)
    assert git.object(oid)


def test_a_reader_that_died_is_replaced(git: Git, commit: Commit) -> None:
    oid = commit({"a": "1"})
    assert git.object(oid)
    reader = git._batch
    assert reader
    reader.kill()
    reader.wait()
    assert git.object(oid)


def test_a_submodule_is_seen_whatever_gitmodules_says(git: Git, commit: Commit) -> None:
    commit({".gitmodules": '[submodule "s"]\npath = s\nurl = /\nignore = all\n'})
    before = str(git.resolve("HEAD"))
    git.run("update-index", "--add", "--cacheinfo", f"160000,{before},s")
    git.run("commit", "-qm", "s", "--no-gpg-sign")
    assert [change.path for change in git.changes(before, str(git.resolve("HEAD")))] == ["s"]


def test_what_follows_from_objects_is_worked_out_once_and_refusals_are_not_kept(git: Git) -> None:
    calls: list[int] = []

    def make() -> int:
        calls.append(1)
        return len(calls)

    def fail() -> int:
        raise GitError("no")

    assert [git.remember(("a", 1), make), git.remember(("a", 1), make), git.remember(("a", 2), make)] == [1, 1, 2]
    for _ in range(2):
        with pytest.raises(GitError):
            git.remember(("b",), fail)
    for number in range(MAX_KNOWN + 1):
        git.remember(("c", number), make)
    assert git.remember(("c", 0), make) == len(calls)
    assert git.remember(("a", 1), make) == 1
    assert {kind: len(kept) for kind, kept in git._known.items()} == {"a": 2, "b": 0, "c": MAX_KNOWN}


def test_a_lock_that_a_killed_git_left_is_taken_away_and_a_young_one_may_be_spared(git: Git, commit: Commit) -> None:
    oid = commit({"a": "1"})
    lock = Path(git.own_folder, "refs/heads/main.lock")
    lock.touch()
    with pytest.raises(GitError, match=r"main\.lock"):
        git.move("refs/heads/main", oid, None)
    made = datetime.fromtimestamp(lock.stat().st_mtime, UTC)
    git.unlock("refs/heads/main", before=made - timedelta(seconds=10))
    assert lock.exists()
    git.unlock("refs/heads/main", "refs/heads/other")
    git.move("refs/heads/main", oid, git.resolve("refs/heads/main"))
    assert git.resolve("refs/heads/main") == oid


@pytest.mark.parametrize("kind", ["blob", "tree", "commit"])
def test_a_loose_object_that_is_not_what_its_name_says_is_refused(git: Git, commit: Commit, kind: str) -> None:
    oid, other = commit({"a": "1"}), commit({"a": "2"})
    names = {"blob": ":a", "tree": "^{tree}", "commit": ""}
    one, two = (git.run("rev-parse", f"{name}{names[kind]}") for name in (oid, other))
    objects = Path(git.own_folder, "objects")
    target = objects / one[:2] / one[2:]
    target.chmod(0o644)
    target.write_bytes((objects / two[:2] / two[2:]).read_bytes())
    assert git.object(two)
    with pytest.raises(GitError, match="not what its name says"):
        git.object(one)
    with pytest.raises(GitError, match="not what its name says"):
        Tree(git, oid).read("a")
