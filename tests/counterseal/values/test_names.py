"""Names are ASCII and lower case; paths never lead out of the repository."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from counterseal.values.names import Identifier, LogId, Name, RelativePath, Text, is_safe_path


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            Name,
            ["a", "1", "german-credit", "a" * 63],
            ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "a\n", "ä", "а", "a" * 64],  # noqa: RUF001 (a Cyrillic letter)
        ),
        (Identifier, ["a", "_", "Age2", "a" * 63], ["", "2a", "a-b", "a b", "a\n", "é", "a" * 64]),
        (LogId, ["0" * 32], ["0" * 31, "0" * 33, "F" * 32, "0" * 32 + "\n"]),
        (Text, ["x", "a\nb", "ü", "x" * 4000], ["", "   ", "\n", "x" * 4001]),
        (RelativePath, ["a", "a/b.csv", ".github/x"], ["", "/a", "../a", "a/../b", "a\\b", "a/"]),
    ],
)
def test_what_each_kind_takes(kind: Any, good: list[str], bad: list[str]) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(kind)
    assert [adapter.validate_python(text) for text in good] == good
    for text in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_text_is_freed_of_space_around_it() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(Text)
    assert adapter.validate_python("  a b \n") == "a b"


@pytest.mark.parametrize(
    "path",
    ["a", "README.md", ".gitattributes", ".github/workflows/ci.yml", "registry/m/model/model.json", "a" * 200],
)
def test_safe_paths(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "a/..",
        "../a",
        "a/../../b",
        "/etc/passwd",
        "a//b",
        "a/",
        "./a",
        "...",
        "a\\b",
        "C:\\x",
        "C:x",
        "a b",
        "a\nb",
        "a\n",
        "a\0b",
        "~/a",
        "ä",
        ".git/config",
        ".GIT/config",
        "a/.git",
        "a/.Git/hooks",
        "git~1",
        "a*",
        "a?b",
        "-rf",
        "a/--x",
        "a" * 201,
    ],
)
def test_unsafe_paths(path: str) -> None:
    assert not is_safe_path(path)


@given(st.text())
def test_a_safe_path_stays_inside_and_is_plain(path: str) -> None:
    if is_safe_path(path):
        parts = path.split("/")
        assert path.isascii()
        assert path.isprintable()
        assert not path.startswith("/")
        assert not {"", ".", "..", ".git"} & {part.lower() for part in parts}
