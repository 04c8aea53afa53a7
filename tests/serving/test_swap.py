"""Snapshots swap while requests are in flight: none fails, and each answer is all of one version."""

import json
import threading
from typing import Any

import httpx

from serving.poller import Offer
from tests.serving import toy

BODY = json.dumps({"rows": [toy.ROW] * 3}).encode()
ANSWERS = {version: toy.portable(version).predict(toy.ROW).probability for version in range(1, 60)}


def ask(url: str, stop: threading.Event, answers: list[Any]) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        while not stop.is_set():
            answers.append(client.post("/predict/credit", content=BODY, headers={"content-type": "application/json"}))


def test_no_request_fails_while_versions_swap(live: Any) -> None:
    stop, answers = threading.Event(), list[httpx.Response]()
    clients = [threading.Thread(target=ask, args=(live.url, stop, answers)) for _ in range(3)]
    for client in clients:
        client.start()
    for version in range(2, 40):
        before = len(answers)
        live.service.take(Offer(toy.snapshot(toy.served(version, version))))
        while len(answers) < before + 5:
            stop.wait(0.001)
    stop.set()
    for client in clients:
        client.join()
    assert {response.status_code for response in answers} == {200}
    seen = set()
    for value in (response.json() for response in answers):
        assert value["entry"] == f"{value['version']:064x}"
        assert {item["probability"] for item in value["predictions"]} == {ANSWERS[value["version"]]}
        seen.add(value["version"])
    assert len(seen) >= 35
