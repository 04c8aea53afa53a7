"""Attacks on what answers: odd rows, floods, curious and forging clients."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from counterseal.documents import places
from counterseal.values.digest import sha256
from serving.body import MAX_BODY, MAX_ROWS
from tests.attacks.forging import NEXT, beside, forged
from tests.support import acts
from tests.support.world import MODEL, World

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx2

    from tests.attacks.attack import Attack
    from tests.attacks.follower import Follower

JSON = {"content-type": "application/json"}


@pytest.fixture
def server(ready: World, follower: Callable[..., Follower]) -> Follower:
    """A server that answers for version 1."""
    started = follower(ready)
    started.poll()
    return started


def codes(response: httpx2.Response) -> list[str]:
    return [finding["code"] for finding in response.json()["findings"]]


def good(server: Follower, **changed: Any) -> dict[str, Any]:
    """Return a row that the model answers, with something else in it."""
    return {**server.service.table.route(MODEL).served.golden.spec.rows[0].row, **changed}


def ask(server: Follower, *rows: Any) -> httpx2.Response:
    return server.http.post("/predict", json={"rows": rows})


def test_35_evasion_input(attack: Attack, server: Follower) -> None:
    inputs = server.service.table.route(MODEL).served.portable.inputs
    number = next(item for item in inputs if item.type != "category")
    category = next(item for item in inputs if item.type == "category")
    for row in (
        good(server, **{number.name: number.maximum * 10}),
        good(server, **{number.name: str(number.maximum)}),
        good(server, **{category.name: "no such category"}),
        good(server, surprise=1),
        {name: value for name, value in good(server).items() if name != category.name},
        [1, 2, 3],
    ):
        refused = ask(server, row)
        assert refused.status_code == 422
        attack.found(*codes(refused))
    attack.control(ask(server, good(server)).status_code == 200)


def test_36_extraction(attack: Attack, server: Follower) -> None:
    for path in (f"/model/{MODEL}/model.json", f"/model/{MODEL}/what-if", "/evaluate.mjs", "/docs", "/audit"):
        answer = server.http.get(path)
        assert answer.status_code == 404
        attack.found(*codes(answer))
    shown = server.http.get(f"/model/{MODEL}").text
    assert not {"weight", "weights", "intercept", "golden"} & set(json.loads(shown))
    attack.control(ask(server, good(server)).status_code == 200)


def test_37_drift_counters(attack: Attack, server: Follower, ready: World) -> None:
    watch = server.service.table.route(MODEL).watch
    size = watch.policy.window
    rows = [good(server)] * 300
    asked = 0
    while asked < 2 * size:
        attack.control(ask(server, *rows).status_code == 200)
        asked += len(rows)
    assert watch.window.rows <= 1.5 * size + len(rows)
    said = {event["code"] for event in server.http.get("/events").json()["events"]}
    attack.found(*({"DRIFT_ALERT"} & said))
    path = places.model_file(MODEL, "baseline.json")
    flat = ready.read(path, NEXT).replace(b'"counts": [', b'"counts": [1')
    with attack.refused("SUBJECT_DIGEST"):
        acts.merge(ready, beside(ready, forged(ready, {path: flat}), by=None))


def test_38_response_tampered(attack: Attack, server: Follower) -> None:
    answer = ask(server, good(server))
    (path,) = (server.settings.state / "audit").iterdir()
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    kept = {line.get("answer") for line in lines}
    attack.control(sha256(answer.content) in kept)
    assert sha256(answer.content.replace(b'"decision":"', b'"decision":"not ')) not in kept
    attack.found("answer")


def test_49_flood(attack: Attack, server: Follower, ready: World) -> None:
    row = good(server)
    refusals = (
        server.http.post("/predict", content=b" " * (MAX_BODY + 1), headers=JSON),
        ask(server, *[{}] * (MAX_ROWS + 1)),
        server.http.post("/predict", content=b'{"rows":' + b"[" * 5000 + b"]" * 5000 + b"}", headers=JSON),
        server.http.post("/predict", content=b"x=1", headers={"content-type": "application/x-www-form-urlencoded"}),
        server.http.post("/predict", content=b"\x1f\x8b", headers={**JSON, "content-encoding": "gzip"}),
    )
    assert [answer.status_code for answer in refusals] == [413, 422, 400, 415, 415]
    attack.found(*(code for answer in refusals for code in codes(answer)))
    attack.control(ask(server, row).status_code == 200)
    storm(attack, server, ready)


def storm(attack: Attack, server: Follower, ready: World) -> None:
    """Offer what does not hold again and again: it is judged once, and the last good version serves on."""
    log = ready.promotions
    ready.commit("promotions", {places.record(1): b"{}"}, by=None)
    judged: list[str] = []
    follow = server.source._follow

    def counting(*facts: Any) -> Any:
        judged.append("again")
        return follow(*facts)

    server.source._follow = counting
    for _ in range(20):
        attack.found(*server.said())
    assert judged == ["again"]
    assert ask(server, good(server)).status_code == 200
    ready.put("promotions", log)
    attack.control(not server.said())
