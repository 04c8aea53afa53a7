"""The form: to be read without script, of this server's own scripts alone, and whatever a model says stays text."""

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import serving
from counterseal.documents.portable.model import PortableModel
from serving.poller import Offer
from serving.service import Service
from serving.what_if import MODULES, render_what_if
from tests.serving import toy

FOLDER = Path(serving.__path__[0])
EVIL = "</option></select><script>alert('x')</script>\"'&{model}"
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda text: text.strip() and text not in {"bad", "home", "car"} and not text.strip().startswith("FILL IN:")
)


class Tags(HTMLParser):
    """The elements of a page with their attributes' names, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found, self.text = list[str](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ".join((tag, *sorted(name for name, _ in attrs))))

    def handle_data(self, data: str) -> None:
        self.text += data


def saying(text: str) -> PortableModel:
    """Return the toy with words of somebody else's wherever a model has any."""
    made = toy.portable().model_dump()
    made["inputs"][2]["categories"] = ("car", "home", text)
    made["inputs"][0]["says"] = text
    return PortableModel.model_validate(made | {"classes": ("bad", text)})


def show(service: Service, model: PortableModel) -> str:
    service.take(Offer(toy.snapshot(toy.served(portable=model))))
    return render_what_if(service, service.table.routes["credit"])


def codes(response: Any) -> list[str]:
    return [item["code"] for item in response.json()["findings"]]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_without_script_it_can_be_read_whole(live: Any, task: str) -> None:
    model = toy.portable() if task == "binary" else toy.of_task(task)
    live.service.take(Offer(toy.snapshot(toy.served(2, 2, portable=model))))
    response = live.http.get("/model/credit/what-if")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "refresh" not in response.headers
    outputs = model.predict(model.reference).outputs
    assert re.findall(r'<data class="value"\s+value="(.*?)"', response.text) == [repr(output) for output in outputs]
    text = Tags(response.text).text
    for words in ("18 to 100, whole; typical: 40", "typical: 1450.5", "one of: car, home, tv", "What it is for"):
        assert words in text
    assert "Nothing that you type is sent anywhere" in text
    assert "promotion 2, version 2" in text


def test_it_starts_at_the_typical_row(service: Service) -> None:
    made = toy.portable().model_dump()
    page = show(service, PortableModel.model_validate(made | {"reference": {**made["reference"], "income": None}}))
    assert re.findall(r"<option value=\"(\d)\" selected>", page) == ["1"]
    assert re.findall(r'type="number" .*?\svalue="(.*?)"', page, re.DOTALL) == ["40", ""]
    assert "data-missing checked" in page
    assert "data-missing checked" not in show(service, toy.portable())


def test_it_runs_this_servers_scripts_and_no_other(live: Any) -> None:
    response = live.http.get("/model/credit/what-if")
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy.pop("style-src").startswith("'sha256-")
    assert policy == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert re.findall(r"<script.*?</script>", response.text) == ['<script type="module" src="/what_if.mjs"></script>']
    assert not re.search(r"\son\w+=|https?://|\sstyle=|<form|\sname=\"", response.text.split("</style>")[1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example replaces the table
@given(WORDS)
def test_what_a_model_says_stays_text(service: Service, words: str) -> None:
    page, plain = (show(service, saying(text)) for text in (words, "plain"))
    assert Tags(page).found == Tags(plain).found


def test_what_does_not_stay_text_would_be_seen(service: Service) -> None:
    page = show(service, saying(EVIL))
    told = Tags(page)
    assert EVIL in told.text
    assert told.found == Tags(show(service, saying("plain"))).found
    assert Tags(page.replace("&lt;script&gt;", "<script>")).found != told.found


def test_a_model_is_given_as_it_was_admitted(live: Any) -> None:
    spelled = b" " + toy.portable().write()
    live.service.take(Offer(toy.snapshot(toy.served(2, 2, model_json=spelled))))
    response = live.http.get("/model/credit/model.json")
    digest = hashlib.sha256(spelled).hexdigest()
    assert response.content == spelled
    assert response.headers["etag"] == f'"{digest}"'
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert live.http.get("/model/credit").json()["digest"] == digest
    assert f'data-digest="{digest}"' in live.http.get("/model/credit/what-if").text


def test_a_model_that_the_client_has_is_not_sent_again(live: Any) -> None:
    first = live.http.get("/model/credit/model.json")
    has = {"if-none-match": first.headers["etag"]}
    again = live.http.get("/model/credit/model.json", headers=has)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", has["if-none-match"])
    live.service.take(Offer(toy.snapshot(toy.served(2, 2))))
    swapped = live.http.get("/model/credit/model.json", headers=has)
    assert (swapped.status_code, json.loads(swapped.content)["version"]) == (200, 2)
    assert swapped.headers["etag"] != has["if-none-match"]


@pytest.mark.parametrize("what", ["what-if", "model.json"])
def test_a_model_that_does_not_serve_is_not_shown(live: Any, what: str) -> None:
    unknown = live.http.get(f"/model/other/{what}")
    assert (unknown.status_code, codes(unknown)) == (404, ["UNKNOWN_MODEL"])
    live.service.take(Offer(toy.snapshot(toy.stopped())))
    closed = live.http.get(f"/model/credit/{what}")
    assert (closed.status_code, codes(closed)) == (503, ["MODEL_CLOSED", "WITHDRAWN"])


def test_the_page_of_all_models_leads_to_those_that_answer(live: Any) -> None:
    live.service.take(Offer(toy.snapshot(toy.served(), toy.stopped("churn"))))
    assert re.findall(r'href="(/model/.*?)"', live.http.get("/").text) == ["/model/credit/what-if"]


def test_unless_the_operator_says_so_no_model_is_given_out(live: Any) -> None:
    live.service.settings = replace(live.service.settings, what_if=False)
    for path in ("model/credit/what-if", "model/credit/model.json", "evaluate.mjs", "what_if.mjs"):
        answer = live.http.get(f"/{path}")
        assert (answer.status_code, codes(answer)) == (404, ["NO_ROUTE"])
    assert "credit/what-if" not in live.http.get("/").text
    assert live.http.get("/model/credit").status_code == 200


@pytest.mark.parametrize("name", ["evaluate.mjs", "what_if.mjs"])
def test_the_modules_are_given_as_they_are(live: Any, name: str) -> None:
    response = live.http.get(f"/{name}")
    assert response.content == (FOLDER / name).read_bytes()
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/page.css", "/app.py", "/no.mjs", "/../serving/evaluate.mjs"])
def test_no_other_file_is_given(live: Any, path: str) -> None:
    assert codes(live.http.get(path)) == ["NO_ROUTE"]


def test_nothing_is_written_as_html() -> None:
    assert {"textContent"} == set(re.findall(r"(?:inner|outer|text)[A-Z]\w+", MODULES["what_if.mjs"].decode()))
    for word in ("insertAdjacentHTML", "document.write", "eval(", "new Function", "POST", "sendBeacon", "localStorage"):
        assert word not in MODULES["what_if.mjs"].decode() + MODULES["evaluate.mjs"].decode()


def test_the_modules_are_installed(tmp_path: Path) -> None:
    says = "import serving, json; from serving.what_if import MODULES; print(json.dumps([serving.__file__, *MODULES]))"
    command = [sys.executable, "-I", "-c", says]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    file, *modules = json.loads(done.stdout)
    assert Path(file).parent != FOLDER
    assert modules == list(MODULES)
