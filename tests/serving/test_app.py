"""Real requests to a real server: what is answered, what is refused, and what is left behind."""

import hashlib
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from counterseal.values.finding import Finding
from serving.audit_walk import walk
from serving.body import MAX_BODY, MAX_ROWS
from serving.poller import Offer
from serving.service import Service
from serving.settings import Settings
from tests.serving import toy

GOOD = json.dumps({"rows": [toy.ROW]}).encode()


def row(**changed: Any) -> bytes:
    return json.dumps({"rows": [{**toy.ROW, **changed}]}).encode()


def codes(response: httpx.Response) -> list[str]:
    return [finding["code"] for finding in response.json()["findings"]]


def lines(service: Service) -> list[dict[str, Any]]:
    folder = service.settings.state / "audit"
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_bytes().splitlines()]


def test_a_prediction_says_where_it_comes_from(live: Any) -> None:
    response = live.predict(toy.ROW)
    made = toy.served()
    expected = made.portable.predict(toy.ROW)
    value = response.json()
    assert response.status_code == 200
    assert len(value.pop("request_id")) == 32
    assert value == {
        "model": "credit",
        "version": 1,
        "number": 1,
        "entry": made.entry,
        "commit": made.commit,
        "predictions": [{"probability": expected.probability, "decision": expected.decision}],
    }


def test_the_only_model_needs_no_name(live: Any) -> None:
    assert live.post(GOOD, "/predict").json()["model"] == "credit"


def test_contributions_if_asked_for(live: Any) -> None:
    prediction = live.predict(toy.ROW, contributions=True).json()["predictions"][0]
    says = {item["feature"]: item["says"] for item in prediction["effects"]}
    effects = {item["feature"]: item["effect"] for item in prediction["effects"]}
    assert effects == {"purpose": pytest.approx(-0.2), "income": pytest.approx(-0.125)}
    assert (list(effects), says) == (["purpose", "income"], {"purpose": "What it is for", "income": None})


def test_many_rows_keep_their_order(live: Any) -> None:
    rows = [{**toy.ROW, "age": 18 + index % 80} for index in range(MAX_ROWS)]
    found = [item["probability"] for item in live.predict(*rows).json()["predictions"]]
    assert found == [toy.portable().predict(item).probability for item in rows]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (row(age=40, more=1), 422, "UNKNOWN_FEATURE"),
        (b'{"rows":[{"age":40,"income":1}]}', 422, "MISSING_FEATURE"),
        (row(age="40"), 422, "INVALID_FEATURE"),
        (row(age=True), 422, "INVALID_FEATURE"),
        (row(age=40.5), 422, "INVALID_FEATURE"),
        (row(age=17), 422, "INVALID_FEATURE"),
        (row(age=None), 422, "INVALID_FEATURE"),
        (row(age=[40]), 422, "INVALID_FEATURE"),
        (row(age={"age": 40}), 422, "INVALID_FEATURE"),
        (row(purpose="boat"), 422, "INVALID_FEATURE"),
        (row(purpose=1), 422, "INVALID_FEATURE"),
        (row(purpose=["car"]), 422, "INVALID_FEATURE"),
        (GOOD.replace(b"40", b"NaN"), 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b"40", b"Infinity"), 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b"40", b"1e999"), 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b"40", b"1" * 5000), 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b"40", b"9007199254740993"), 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b"40", b"040"), 400, "JSON_SYNTAX"),
        (GOOD.replace(b'"car"', b'"\\ud800"'), 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b'"age": 40', b'"age": 40, "age": 41'), 400, "JSON_AMBIGUOUS"),
        (b'{"rows":[],"rows":[]}', 400, "JSON_AMBIGUOUS"),
        (GOOD.replace(b"car", b"\xff\xfe"), 400, "JSON_NOT_UTF8"),
        (b"\xef\xbb\xbf" + GOOD, 400, "JSON_SYNTAX"),
        (b"", 400, "JSON_SYNTAX"),
        (b"{", 400, "JSON_SYNTAX"),
        (GOOD + b"{}", 400, "JSON_SYNTAX"),
        (b"[" * 100_000, 400, "JSON_TOO_DEEP"),
        (b'{"rows":' + b"[" * 70 + b"]" * 70 + b"}", 400, "JSON_TOO_DEEP"),
        (b"null", 422, "BODY_SHAPE"),
        (b"[]", 422, "BODY_SHAPE"),
        (b"{}", 422, "BODY_SHAPE"),
        (b'{"rows":{}}', 422, "BODY_SHAPE"),
        (b'{"rows":[]}', 422, "BODY_SHAPE"),
        (b'{"rows":[1]}', 422, "BODY_SHAPE"),
        (b'{"rows":[{}],"contributions":1}', 422, "BODY_SHAPE"),
        (b'{"rows":[{}],"row":1}', 422, "UNKNOWN_FIELD"),
        (b'{"rows":[' + b"{}," * MAX_ROWS + b"{}]}", 422, "TOO_MANY_ROWS"),
        (b" " * (MAX_BODY + 1), 413, "BODY_TOO_LARGE"),
    ],
)
def test_whatever_does_not_fit_is_refused_with_findings(live: Any, content: bytes, status: int, code: str) -> None:
    response = live.post(content)
    assert response.status_code == status
    assert codes(response)[0] == code
    assert all(item.keys() == {"code", "where", "expected", "found", "mend"} for item in response.json()["findings"])
    assert live.service.table.routes["credit"].watch.window.seen == 0


def test_values_are_never_quoted(live: Any) -> None:
    secret = "S3cr3tValue"
    for content in (
        row(age=secret),
        row(purpose=secret),
        row(income=[secret]),
        GOOD.replace(b"40", secret.encode()),
        GOOD.replace(b"40", b"987654321987654321987654321"),
        GOOD.replace(b"40", b"123456789e999"),
        json.dumps({"rows": secret}).encode(),
        json.dumps({"rows": [secret]}).encode(),
        json.dumps({secret: 1}).encode(),
    ):
        response = live.post(content)
        assert response.status_code in (400, 422)
        assert not {part for part in (secret, "98765432", "123456789e") if part in response.text}
    written = json.dumps(lines(live.service))
    assert secret not in written
    assert "1000.5" not in written


def test_findings_are_counted_not_piled_up(live: Any) -> None:
    response = live.predict(*[{"x": 1}] * MAX_ROWS)
    assert response.status_code == 422
    assert len(response.json()["findings"]) == 20


@pytest.mark.parametrize("name", ["<script>", "\u0000", "né", "a\nb", "%s{x}"])
def test_odd_names_are_only_odd(live: Any, name: str) -> None:
    response = live.predict({**toy.ROW, name: 1})
    assert codes(response) == ["UNKNOWN_FEATURE"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-type": "text/plain"}, "MEDIA_TYPE"),
        ({"content-type": "application/x-www-form-urlencoded"}, "MEDIA_TYPE"),
        ({"content-encoding": "gzip"}, "MEDIA_TYPE"),
    ],
)
def test_other_media_types_are_refused(live: Any, headers: dict[str, str], code: str) -> None:
    response = live.post(GOOD, **headers)
    assert response.status_code == 415
    assert codes(response) == [code]


def test_a_charset_is_no_other_media_type(live: Any) -> None:
    assert live.post(GOOD, **{"content-type": "Application/JSON; charset=utf-8"}).status_code == 200


def test_a_body_without_end_is_cut_off_while_it_arrives(live: Any) -> None:
    sent = 0
    with socket.create_connection(live.address, timeout=10) as connection:
        head = b"POST /predict/credit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        connection.sendall(head + b"transfer-encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n" % 8192 + b" " * 8192 + b"\r\n"
        try:
            while sent < 64 * MAX_BODY:
                connection.sendall(chunk)
                sent += 8192
        except OSError:
            pass
        answer = connection.recv(65536)
    assert b" 413 " in answer.splitlines()[0] or answer == b""
    assert sent < 64 * MAX_BODY


def test_a_declared_length_is_believed_before_a_byte_is_read(live: Any) -> None:
    with socket.create_connection(live.address, timeout=5) as connection:
        head = b"POST /predict/credit HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        connection.sendall(head + b"content-length: 99999999999\r\n\r\n")
        assert b" 413 " in connection.recv(65536).splitlines()[0]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NO_ROUTE"),
        ("GET", "/predict", 405, "NO_ROUTE"),
        ("DELETE", "/model", 405, "NO_ROUTE"),
        ("GET", "/model/other", 404, "UNKNOWN_MODEL"),
        ("GET", "/docs", 404, "NO_ROUTE"),
        ("GET", "/../../etc/passwd", 404, "NO_ROUTE"),
    ],
)
def test_other_paths_and_methods_are_findings_too(live: Any, method: str, path: str, status: int, code: str) -> None:
    response = live.http.request(method, path)
    assert (response.status_code, codes(response)) == (status, [code])


def test_a_model_of_another_name(live: Any) -> None:
    response = live.predict(toy.ROW, model="other")
    assert (response.status_code, codes(response)) == (404, ["UNKNOWN_MODEL"])


def test_a_closed_model_answers_503_by_name(live: Any) -> None:
    live.service.take(Offer(toy.snapshot(toy.stopped(retired=True))))
    response = live.predict(toy.ROW)
    assert (response.status_code, codes(response)) == (503, ["MODEL_CLOSED", "RETIRED"])
    assert live.http.get("/model/credit").json()["serves"] is False
    assert live.http.get("/readyz").status_code == 503


def test_before_anything_is_admitted(bare: Any) -> None:
    assert codes(bare.predict(toy.ROW)) == ["NOTHING_ADMITTED"]
    assert bare.http.get("/readyz").status_code == 503
    assert bare.http.get("/healthz").status_code == 200
    assert "Nothing has been admitted" in bare.http.get("/").text


def test_what_serves_is_described(live: Any) -> None:
    found = live.http.get("/model/credit").json()
    assert {"version": 1, "number": 1, "tier": "high", "approvers": ["ada", "ben"]}.items() <= found.items()
    assert [item["name"] for item in found["inputs"]] == ["age", "income", "purpose"]
    listed = live.http.get("/model").json()
    assert listed["models"]["credit"] == found
    assert listed["log"]["number"] == 1


def test_every_answer_is_a_line_of_the_audit_log(live: Any) -> None:
    response = live.predict(toy.ROW, toy.ROW)
    refused = live.post(b"{")
    predicted, refusal = lines(live.service)[-2:]
    assert predicted["request_id"] == response.json()["request_id"]
    assert predicted["answer"] == hashlib.sha256(response.content).hexdigest()
    assert (predicted["rows"], predicted["entry"], sum(predicted["decisions"].values())) == (2, toy.served().entry, 2)
    assert refusal["request_id"] == refused.json()["request_id"]
    assert (refusal["status"], refusal["codes"], refusal["model"]) == (400, ["JSON_SYNTAX"], "credit")
    assert predicted["ms"] >= 0
    health = live.http.get("/healthz").json()["audit"]
    held = walk(live.service.settings.state / "audit")
    assert (held.findings, held.head.digest, held.head.number) == ((), health["head"], health["lines"])


def test_an_answer_that_cannot_be_recorded_is_not_given(live: Any) -> None:
    seen = live.service.table.routes["credit"].watch.window.seen
    folder = live.service.settings.state / "audit"
    live.service.audit.close()
    folder.rename(folder.with_name("gone"))
    for content in (GOOD, b"{"):
        response = live.post(content)
        assert (response.status_code, codes(response)) == (503, ["AUDIT_LOG_FAILED"])
    assert live.http.get("/readyz").status_code == 503
    assert [item["code"] for item in live.http.get("/events").json()["events"]].count("AUDIT_LOG_FAILED") == 1
    folder.with_name("gone").rename(folder)
    assert live.predict(toy.ROW).status_code == 200
    assert live.http.get("/readyz").status_code == 200
    assert live.service.table.routes["credit"].watch.window.seen == seen + 1
    assert walk(folder).findings == ()


def test_drift_is_judged_told_and_scraped(live: Any) -> None:
    drifted = {"age": 95, "income": None, "purpose": "tv"}
    assert live.http.get("/drift").json()["models"]["credit"]["status"] == "collecting"
    live.predict(*[drifted] * toy.WINDOW)
    found = live.http.get("/drift").json()["models"]["credit"]
    assert (found["status"], found["rows"]) == ("alert", toy.WINDOW)
    assert found["limits"] == {"window": toy.WINDOW, "warning": 0.1, "alert": 0.25}
    assert found["features"]["age"]["status"] == "alert"
    assert found["features"]["age"]["psi"] > 1
    events = live.http.get("/events").json()["events"]
    assert {item["where"] for item in events if item["code"] == "DRIFT_ALERT"} >= {"credit.age", "credit.purpose"}
    assert [line["code"] for line in lines(live.service) if line["event"] == "event"].count("DRIFT_ALERT") == 4
    text = live.http.get("/metrics").text
    assert 'counterseal_drift_status{feature="age",model="credit"} 3.0' in text
    assert 'counterseal_bin_rows_total{bin="2",feature="purpose",model="credit",version="1"} 40.0' in text
    assert 'counterseal_rows_total{model="credit",version="1"} 40.0' in text
    assert 'counterseal_requests_total{model="credit",status="200"} 1.0' in text


def test_what_people_should_look_at_is_told_everywhere_and_keeps_it_ready(live: Any) -> None:
    assert live.http.get("/readyz").json() == {"ready": True, "findings": [], "warnings": []}
    stale = Finding("STALE", "head.json", "a head signed in the last 48 hours", "an older one")
    failed = Finding("RULE_FAIL", "registry/credit/entry.yaml", "a rule (a/b)", "a failure")
    snapshot = replace(toy.snapshot(toy.served(warnings=(failed,)), toy.stopped("churn")), warnings=(stale,))
    live.service.take(Offer(snapshot))
    live.service.take(Offer(findings=(Finding("CLOCK_FAILED", "clock", "an answer", "none"),), asked="clock"))
    live.service.take(Offer())
    ready = live.http.get("/readyz")
    codes = ["CLOCK_FAILED", "WITHDRAWN", "STALE", "RULE_FAIL"]
    assert (ready.status_code, [item["code"] for item in ready.json()["warnings"]]) == (200, codes)
    text = live.http.get("/metrics").text
    assert all(f'counterseal_warnings{{code="{code}"}} 1.0' in text for code in codes)
    assert [item["code"] for item in live.http.get("/model/credit").json()["warnings"]] == ["RULE_FAIL"]
    told = [item["code"] for item in live.http.get("/events").json()["events"]]
    assert told == ["CLOCK_FAILED", "RULE_FAIL", "STALE", "CLOSED", "ADMITTED"]
    assert [line["code"] for line in lines(live.service)[-4:]] == told[3::-1]
    live.service.take(Offer(asked="clock"))
    assert live.http.get("/events").json()["events"][0]["code"] == "RECOVERED"
    assert live.predict(toy.ROW).status_code == 200


def test_metrics_do_not_grow_with_names_that_strangers_send(live: Any) -> None:
    for number in range(5):
        live.predict(toy.ROW, model=f"other-{number}")
    text = live.http.get("/metrics").text
    assert "other-" not in text
    assert 'counterseal_requests_total{model="",status="404"} 5.0' in text


def test_a_failed_poll_is_told_once_and_so_is_its_end(live: Any) -> None:
    problem = Offer(findings=(Finding("REWOUND_MAIN", "main", "an extension", "none"),))
    for offer in (problem, problem, Offer(), Offer()):
        live.service.take(offer)
    told = [item["code"] for item in live.http.get("/events").json()["events"]]
    assert told == ["RECOVERED", "REWOUND_MAIN", "ADMITTED"]
    assert live.predict(toy.ROW).status_code == 200


def test_a_bug_of_ours_is_told_without_a_word_of_the_request(live: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("S3cr3tValue")

    monkeypatch.setattr("serving.predict.receipt", fail)
    response = live.predict(toy.ROW)
    assert (response.status_code, codes(response)) == (500, ["BUG"])
    assert "S3cr3t" not in response.text
    # uvicorn ends the connection after an exception
    events = httpx.get(f"{live.url}/events", trust_env=False).json()["events"]
    assert events[0]["code"] == "BUG"


def test_a_closed_terminal_stops_nothing(live: Any, make_settings: Callable[..., Settings]) -> None:
    def broken(_: str) -> None:
        raise BrokenPipeError

    live.service.settings = make_settings(say=broken)
    live.service.note("TEST", "here", "said to nobody")
    assert live.http.get("/events").json()["events"][0]["code"] == "TEST"


def test_nothing_is_cached_or_said_about_the_server(live: Any) -> None:
    for path in ("/", "/model", "/metrics", "/nowhere"):
        headers = live.http.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_tools_can_read_what_may_be_asked(live: Any) -> None:
    paths = live.http.get("/openapi.json").json()["paths"]
    assert paths["/predict/{model}"]["post"]["requestBody"]["required"] is True
