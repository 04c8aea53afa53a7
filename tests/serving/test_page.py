"""The page: whole without anything from elsewhere, and everything in it escaped."""

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

from counterseal.values.finding import Finding
from serving import predict
from serving.html import fill
from serving.page import HEADERS, render_page
from serving.poller import Offer
from serving.service import Service
from tests.serving import toy

EVIL = "<script>alert('x')</script>\"&{title}"


def test_shows_what_serves_and_who_approved_it(live: Any) -> None:
    response = live.http.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for text in ("credit", "version 1", "ada, ben", "40 to go", "ADMITTED"):
        assert text in response.text


def test_nothing_comes_from_elsewhere_and_nothing_runs(live: Any) -> None:
    response = live.http.get("/")
    policy = response.headers["content-security-policy"]
    style = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode() in policy
    assert policy == HEADERS["content-security-policy"]
    assert "script" not in policy
    assert not re.search(r"<script|\son\w+=|https?://|//\w|style=", response.text.replace(style[0], ""))
    assert not re.search(r"url\(|@import|http", style[0])


def test_everything_is_escaped(service: Service) -> None:
    model = toy.served(approvers=(EVIL,), tier=EVIL, kind=EVIL)
    finding = Finding(EVIL, EVIL, EVIL, EVIL, EVIL)
    service.take(Offer(toy.snapshot(model, toy.stopped("churn"))))
    service.take(Offer(findings=(finding,)))
    page = render_page(service)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 5
    assert "{title}" in page


def test_drift_is_drawn(live: Any) -> None:
    live.predict(*[{"age": 95, "income": None, "purpose": "tv"}] * toy.WINDOW)
    page = live.http.get("/").text
    assert "drift: alert" in page
    assert page.count('<li class="alert">') == 4
    assert 'class="bar" width="100.0"' in page


def test_a_problem_is_shown(service: Service) -> None:
    service.take(Offer(toy.snapshot(toy.served())))
    service.take(Offer(findings=(Finding("REWOUND_MAIN", "main", "an extension", "none"),)))
    page = render_page(service)
    assert "the last good version serves on" in page
    assert "serving, with findings" in page


def test_a_sandbox_is_called_one_in_the_title_and_in_every_answer(service: Service) -> None:
    told = Finding("SANDBOX", "policies/trust/1.yaml", "keys of their own", "keys that everybody has")
    service.take(Offer(replace(toy.snapshot(toy.served(sandbox=True)), warnings=(told,))))
    assert "<title>Counterseal: SANDBOX: " in render_page(service)
    assert predict.receipt(service.table.routes["credit"])["sandbox"] is True
    service.take(Offer(toy.snapshot(toy.served())))
    assert "<title>Counterseal: serving" in render_page(service)
    assert "sandbox" not in predict.receipt(service.table.routes["credit"])


def test_fill_escapes_all_but_html() -> None:
    assert fill("<p>{a}{b}</p>", a="<&\"'>", b=fill("<b>{c}</b>", c="<")) == (
        "<p>&lt;&amp;&quot;&#x27;&gt;<b>&lt;</b></p>"
    )
