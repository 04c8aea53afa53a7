"""The index is a dictionary behind requests' own port; everything above it is what runs against a real one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pip_audit._service.pypi import PyPIService
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from counterseal.documents.advisories import Advisories
from counterseal.values.finding import Refused
from scripts.github import advisories

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FLAW = {
    "id": "PYSEC-2026-1325",
    "aliases": ["GHSA-wj6h-64fc-37mp", "CVE-2024-23342"],
    "summary": None,
    "details": "A timing\nattack, see https://example.org/flaw for more. " + "More words. " * 60,
    "fixed_in": ["2.0", "1.10"],
    "withdrawn": None,
}
TWICE = {**FLAW, "id": "GHSA-wj6h-64fc-37mp", "aliases": ["CVE-2024-23342"]}
WITHDRAWN = {**FLAW, "id": "PYSEC-2020-1", "aliases": [], "withdrawn": "2021-01-01T00:00:00Z"}


class Index(BaseAdapter):
    """Answers from a dictionary: the end of the path → the page, or a status."""

    def __init__(self, pages: dict[str, Any]) -> None:
        super().__init__()
        self.pages = pages
        self.asked: list[str] = []

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        path = str(request.path_url).removeprefix("/pypi/")
        self.asked.append(path)
        page = self.pages.get(path, 404)
        answer = Response()
        answer.status_code = page if isinstance(page, int) else 200
        answer._content = json.dumps(page).encode() if isinstance(page, dict) else str(page).encode()
        answer.url, answer.request = str(request.url), request
        return answer

    def close(self) -> None:
        pass


def page(version: str, *flaws: dict[str, Any]) -> dict[str, Any]:
    return {"info": {"version": version}, "vulnerabilities": list(flaws)}


def asked(tmp_path: Path, pages: dict[str, Any], *pins: tuple[str, str]) -> tuple[Any, Index]:
    service, index = PyPIService(tmp_path, 5), Index(pages)
    service.session.mount("https://", index)
    return advisories.ask_all(service, pins), index


def test_a_version_is_asked_for_first(tmp_path: Path) -> None:
    answers, index = asked(tmp_path, {"soup/1.0/json": page("1.0", FLAW), "soup/json": page("1.0")}, ("soup", "1.0"))
    (flaw,) = answers["soup", "1.0"]
    assert flaw.id == "PYSEC-2026-1325"
    assert flaw.aliases == ("CVE-2024-23342", "GHSA-wj6h-64fc-37mp")
    assert flaw.fixed == ("1.10", "2.0")
    assert index.asked == ["soup/1.0/json"]


def test_a_summary_is_short_and_names_no_address(tmp_path: Path) -> None:
    answers, _ = asked(tmp_path, {"soup/1.0/json": page("1.0", FLAW)}, ("soup", "1.0"))
    (flaw,) = answers["soup", "1.0"]
    assert flaw.summary.startswith("A timing attack, see for more. More words.")
    assert flaw.summary.endswith(" …")
    assert len(flaw.summary) <= advisories.SUMMARY + 2


def test_the_packages_page_counts_for_its_latest_release_alone(tmp_path: Path) -> None:
    pages = {"soup/json": page("2.0"), "bread/json": page("1.0", FLAW), "salt/json": page("1.0.0")}
    pins = (("soup", "1.0"), ("bread", "1.0"), ("salt", "1.0"))
    answers, _ = asked(tmp_path, pages, *pins)
    assert answers["soup", "1.0"] is None
    assert [flaw.id for flaw in answers["bread", "1.0"]] == ["PYSEC-2026-1325"]
    assert answers["salt", "1.0"] == ()


@pytest.mark.parametrize("answer", [404, 500, 503, {"nothing": "here"}, {"info": {}}, {"info": {"version": "latest"}}])
def test_what_is_not_answered_is_unknown(tmp_path: Path, answer: object) -> None:
    answers, _ = asked(tmp_path, {"soup/json": answer}, ("soup", "1.0"))
    assert answers == {("soup", "1.0"): None}


@pytest.mark.parametrize(
    "answer",
    [
        500,
        403,
        "no JSON at all",
        page("2.0"),
        {"info": {"version": "1.0"}},
        {"vulnerabilities": []},
        {**page("1.0"), "vulnerabilities": None},
    ],
)
def test_a_page_that_does_not_answer_the_question_leaves_it_unknown(tmp_path: Path, answer: object) -> None:
    answers, _ = asked(tmp_path, {"soup/1.0/json": answer}, ("soup", "1.0"))
    assert answers == {("soup", "1.0"): None}


def test_what_is_told_twice_or_withdrawn_is_told_once_or_not(tmp_path: Path) -> None:
    answers, _ = asked(tmp_path, {"soup/1.0/json": page("1.0", TWICE, WITHDRAWN, FLAW)}, ("soup", "1.0"))
    assert [flaw.id for flaw in answers["soup", "1.0"]] == ["PYSEC-2026-1325"]


def test_the_same_answers_give_the_same_bytes() -> None:
    answers = {("b", "1"): (), ("a", "2"): (), ("a", "1"): (), ("c", "1"): None}
    first = advisories.snapshot(answers, NOW)
    second = advisories.snapshot(dict(reversed(answers.items())), NOW)
    assert first.write_json() == second.write_json()
    assert Advisories.read_json(first.write_json(), "x") == first
    assert first.lookup("c", "1") is None
    assert first.lookup("a", "1") == ()


def test_no_answers_make_no_snapshot() -> None:
    with pytest.raises(Refused, match="NO_ADVISORIES"):
        advisories.snapshot({("a", "1"): None}, NOW)


def test_pins_are_read_from_a_lock() -> None:
    lock = """\
# a comment
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r requirements.in
numpy==2.5.0 ; python_full_version >= '3.12' --hash=sha256:cc
Typing_Extensions==4.15.0 --hash=sha256:dd
"""
    assert advisories.pins(lock) == (("numpy", "2.4.6"), ("numpy", "2.5.0"), ("typing-extensions", "4.15.0"))
    with pytest.raises(Refused, match="EMPTY_LOCK"):
        advisories.pins("# nothing\n")


def test_what_was_found_is_told(tmp_path: Path) -> None:
    pages = {"bread/1.0/json": page("1.0", FLAW), "salt/1.0/json": page("1.0")}
    answers, _ = asked(tmp_path, pages, ("bread", "1.0"), ("salt", "1.0"), ("soup", "1.0"))
    assert list(advisories.told(answers)) == [
        "vulnerable  bread 1.0: PYSEC-2026-1325, fixed in 1.10, 2.0",
        "unknown     soup 1.0: no answer about this version",
        "3 versions: 1 clean, 1 unknown",
    ]


def test_a_snapshot_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    lock, target = tmp_path / "requirements.lock", tmp_path / "policies" / "pypi.json"
    lock.write_text("salt==1.0 --hash=sha256:aa\nsoup==1.0 --hash=sha256:bb\n")
    service = PyPIService(tmp_path / "cache", 5)
    service.session.mount("https://", Index({"salt/1.0/json": page("1.0")}))
    advisories.refresh(lock, target, service, NOW)
    written = target.read_bytes()
    snapshot = Advisories.read_json(written, "x")
    assert (snapshot.lookup("salt", "1.0"), snapshot.lookup("soup", "1.0")) == ((), None)
    assert [path.name for path in target.parent.iterdir()] == ["pypi.json"]

    silent = PyPIService(tmp_path / "cache2", 5)
    silent.session.mount("https://", Index({}))
    with pytest.raises(Refused, match="NO_ADVISORIES"):
        advisories.refresh(lock, target, silent, NOW)
    with pytest.raises(Refused, match="NO_LOCK"):
        advisories.refresh(tmp_path / "nothing", target, service, NOW)
    assert target.read_bytes() == written
