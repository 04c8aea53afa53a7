"""The lock as values."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from counterseal.values.finding import Refused
from pipelines import lock

HASH = "--hash=sha256:" + "a" * 64
OTHER = "--hash=sha256:" + "b" * 64


def test_the_lock_of_this_repository_is_read_whole(lock_bytes: bytes) -> None:
    pins = lock.read(lock_bytes, "requirements.lock")
    named = set(re.findall(r"(?m)^([a-z0-9-]+)==", lock_bytes.decode()))
    assert {pin.name for pin in pins} <= named
    assert len(pins) > 150
    assert all(pin.hashes for pin in pins)
    lock.check(pins, {pin.name: lock.installed(pin) for pin in pins}, "requirements.lock")


def test_pins_comments_and_continued_lines_are_read() -> None:
    text = f"# made by a tool\nB_b==1.0 \\\n    {OTHER} \\\n    {HASH}\n    # via something\na==2 {HASH}\n"
    pins = lock.read(text.encode(), "lock")
    assert [(pin.name, pin.version, len(pin.hashes)) for pin in pins] == [("a", "2", 1), ("b-b", "1.0", 2)]
    assert pins[1].hashes == ("a" * 64, "b" * 64)
    assert pins[1].purl == "pkg:pypi/b-b@1.0"


def test_pins_for_other_platforms_do_not_count() -> None:
    text = f"a==1 ; python_version < '3' {HASH}\na==2 ; python_version >= '3' {HASH}\n"
    assert [pin.version for pin in lock.read(text.encode(), "lock")] == ["2"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "LOCK_SYNTAX"),
        (f"a>=1 {HASH}\n", "LOCK_SYNTAX"),
        (f"a==1.* {HASH}\n", "LOCK_SYNTAX"),
        (f"a @ file:///a {HASH}\n", "LOCK_SYNTAX"),
        ("-r other.txt\n", "LOCK_SYNTAX"),
        ("a==1\n", "LOCK_NO_HASH"),
        ("a==1 --hash=sha256:abc\n", "LOCK_NO_HASH"),
        ("a==1 --hash=md5:abc\n", "LOCK_SYNTAX"),
        (f"a==1 {HASH}\nA==2 {HASH}\n", "LOCK_TWICE"),
    ],
)
def test_a_lock_that_is_none_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        lock.read(text.encode(), "lock")
    assert refused.value.code == code


def test_another_environment_is_refused() -> None:
    pins = lock.read(f"numpy==0.0.1 {HASH}\n".encode(), "lock")
    with pytest.raises(Refused, match=f"ENVIRONMENT_NOT_LOCKED: expected numpy 0.0.1, found {version('numpy')}"):
        lock.check(pins, {pin.name: lock.installed(pin) for pin in pins}, "lock")


def test_what_is_not_installed_is_not_known() -> None:
    [pin] = lock.read(f"no-such-package==1 {HASH}\n".encode(), "lock")
    assert lock.installed(pin) is None
    assert lock.needs(None) == ()
    lock.check([pin], {pin.name: None}, "lock")


def test_needs_are_those_of_this_platform_without_extras() -> None:
    [pin] = lock.read(f"pandas=={version('pandas')} {HASH}\n".encode(), "lock")
    needs = lock.needs(lock.installed(pin))
    assert {"numpy", "python-dateutil"} <= set(needs)
    assert "pytest" not in needs  # an extra of pandas
