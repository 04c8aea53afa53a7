"""Every digest is what ``sha256sum`` prints."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from counterseal.values.digest import GitOid, Sha256, is_sha256, of_digests, of_files, of_parts, sha256
from counterseal.values.finding import Refused

FILES = {"b.txt": b"second\n", "a/x.txt": b"first\n", "B.txt": b"", "a.txt": bytes(range(256))}


def sha256sum(folder: Path, *files: str, data: bytes | None = None) -> bytes:
    tool = ["sha256sum"] if shutil.which("sha256sum") else ["shasum", "-a", "256"]
    done = subprocess.run([*tool, *files], input=data, capture_output=True, check=True, cwd=folder)
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def test_a_file(folder: Path) -> None:
    for path, content in FILES.items():
        assert sha256sum(folder, path).split()[0].decode() == sha256(content)


def test_a_set_of_files(folder: Path) -> None:
    listed = sha256sum(folder, *sorted(FILES, key=os.fsencode))
    assert sha256sum(folder, data=listed).split()[0].decode() == of_files(FILES)


def test_parts_in_the_order_given(tmp_path: Path) -> None:
    parts = [sha256(b"one"), sha256(b"two")]
    lines = "".join(f"{part}\n" for part in parts).encode()
    assert sha256sum(tmp_path, data=lines).split()[0].decode() == of_parts(parts)
    assert of_parts(parts) != of_parts(reversed(parts))


def test_the_order_of_the_mapping_does_not_matter() -> None:
    assert of_files(FILES) == of_files(dict(reversed(FILES.items())))
    assert of_files(FILES) == of_digests({path: sha256(content) for path, content in FILES.items()})


def test_no_file_at_all_has_a_digest() -> None:
    assert of_files({}) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("path", ["a\nb", "a\\b", "a b", "ü", "\udcff", "/a", "a//b", "../a", ""])
def test_a_path_that_sha256sum_would_escape_has_none(path: str) -> None:
    with pytest.raises(Refused) as refused:
        of_files({"ok": b"", path: b""})
    assert refused.value.code == "PATH_CHARACTERS"
    assert str(refused.value).isascii()


def test_a_line_feed_in_a_path_makes_no_second_meaning() -> None:
    two = {"a": sha256(b"1"), "b": sha256(b"2")}
    one = {f"a\n{sha256(b'2')}  b": sha256(b"1")}
    assert of_digests(two)
    with pytest.raises(Refused):
        of_digests(one)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}", fullmatch=True), st.binary(), max_size=4))
def test_a_changed_byte_changes_the_digest(files: dict[str, bytes]) -> None:
    for path, content in list(files.items())[:2]:
        assert of_files(files) != of_files({**files, path: content + b"x"})
        assert of_files(files) != of_files({k: v for k, v in files.items() if k != path})


def test_the_one_spelling() -> None:
    good = sha256(b"")
    assert is_sha256(good)
    for bad in (good.upper(), good[:-1], good + "0", f"{good}\n", "", f"sha256:{good}"):
        assert not is_sha256(bad)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Sha256, ["0" * 64], ["0" * 63, "0" * 64 + "\n", "A" * 64, "٣" * 64]),
        (GitOid, ["0" * 40, "f" * 64], ["0" * 41, "0" * 39, "0" * 63, "0" * 40 + "\n", "F" * 40]),
    ],
)
def test_fields_take_only_that_spelling(kind: Any, good: list[str], bad: list[str]) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    check: Callable[[str], str] = adapter.validate_python
    assert [check(text) for text in good] == good
    for text in bad:
        with pytest.raises(ValidationError):
            check(text)
