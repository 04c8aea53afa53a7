"""The form in a real browser: it answers what the server answers, sends nothing, and notices a swap."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serving.poller import Offer
from tests.serving import toy
from tests.support import browser
from tests.support.browser import CONTRAST, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.browser import Tab

pytestmark = [pytest.mark.browser, pytest.mark.skipif(browser.CHROMIUM is None, reason="no Chromium on this machine")]

TASKS = ("binary", "multiclass", "regression")
ROWS = (toy.ROW, {"age": 77, "income": None, "purpose": "tv"}, {"age": 18, "income": 1e6, "purpose": "home"})
#: Once something holds in the page, or after five seconds, say whether it does.
SOON = """(async holds => {
  for (let turn = 0; turn < 200 && !holds(); turn += 1) await new Promise(next => setTimeout(next, 25));
  return Boolean(holds());
})(() => %s)"""
TYPE = """(row => {
  const sent = item => item.dispatchEvent(new Event('input', {bubbles: true}));
  [...document.querySelectorAll('[data-field]')].forEach(box => {
    const value = row[box.querySelector('label').innerText], field = box.querySelector('[data-value]');
    const missing = box.querySelector('[data-missing]'), options = [...(field.options ?? [])];
    if (missing) { missing.checked = value === null; sent(missing); }
    if (value !== null) field.value = options.length ? options.find(item => item.text === value).value : value;
    sent(field);
  });
})(%s)"""
ANSWER = """({
  outputs: [...document.querySelectorAll('[data-output] data')].map(item => item.value),
  decision: document.querySelector('[data-decision]').textContent,
})"""
ASKED = "performance.getEntriesByType('resource').map(item => new URL(item.name).pathname)"
WRITE = """(() => {
  try { document.querySelector('h2').%s = '<b>x</b>'; return 'written'; } catch (error) { return error.name; }
})()"""
STANDING = "document.querySelector('[data-standing]').textContent"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser.tab(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def form(tab: Tab, live: Any) -> Any:
    """The form, open and ready, of the model that serves."""

    def opened(model: Any = None, width: int = 1280, scheme: str = "light") -> Tab:
        tab.said.clear()
        if model:
            live.service.take(Offer(toy.snapshot(toy.served(2, 2, portable=model))))
        tab.open(f"{live.url}/model/credit/what-if", width, scheme)
        assert tab.value(SOON % "!document.querySelector('fieldset').disabled")
        return tab

    return opened


def typed(tab: Tab, row: dict[str, Any]) -> dict[str, Any]:
    tab.value(TYPE % json.dumps(row))
    return tab.value(ANSWER)  # type: ignore[no-any-return]


def of_task(task: str) -> Any:
    return toy.portable() if task == "binary" else toy.of_task(task)


@pytest.mark.parametrize("task", TASKS)
def test_it_answers_what_the_server_answers(form: Any, live: Any, task: str) -> None:
    tab = form(of_task(task))
    for row in ROWS:
        found = typed(tab, row)
        said = live.predict(row).json()["predictions"][0]
        expected = said.get("probabilities") or {"one": said.get("probability", said.get("value"))}
        assert [float(output) for output in found["outputs"]] == pytest.approx(list(expected.values()), rel=1e-12)
        assert found["decision"].split(",")[0] == said.get("decision", "")
    assert tab.said == []


def test_it_is_told_against_the_typical_row(form: Any) -> None:
    tab = form()
    model = toy.portable()
    before, after = model.predict(model.reference), model.predict({**model.reference, "age": 18})
    assert typed(tab, {**model.reference, "age": 18})["decision"] == "bad, not good"
    gap = before.probability - after.probability
    change = tab.value("document.querySelector('[data-change]').textContent")
    assert change == f"typical row {before.probability:.4f}, −{gap:.4f}"  # noqa: RUF001 (a minus)
    assert tab.value("document.querySelector('[data-told]').textContent") == "Other than in the typical row: age."
    tab.value("document.querySelector('[data-reset]').click()")
    assert tab.value(ANSWER)["decision"] == "good"
    assert tab.value("document.querySelector('[data-told]').textContent") == "This is the typical row."


@pytest.mark.parametrize("age", [17, 101, 40.5, "", "x"])
def test_what_the_server_refuses_has_no_answer(form: Any, live: Any, age: Any) -> None:
    tab = form()
    assert typed(tab, {**toy.ROW, "age": age}) == {"outputs": [""], "decision": "no answer"}
    assert live.predict({**toy.ROW, "age": age}).status_code == 422
    assert "expected" in tab.value("document.querySelector('[data-problem]').textContent")
    assert typed(tab, toy.ROW)["outputs"] != [""]
    assert tab.value("document.querySelector('[data-problem]').textContent") == ""


def test_nothing_that_is_typed_is_sent(form: Any, live: Any) -> None:
    tab, lines = form(), live.service.audit.head.number
    typed(tab, {"age": 87, "income": 654321, "purpose": "tv"})
    asked = tab.value(ASKED)
    assert set(asked) == {"/what_if.mjs", "/evaluate.mjs", "/model/credit/model.json", "/model/credit"}
    assert live.service.audit.head.number == lines
    assert live.service.table.routes["credit"].watch.window.seen == 0
    live.predict(toy.ROW)
    assert live.service.audit.head.number == lines + 1


def test_a_swap_is_noticed(form: Any, live: Any) -> None:
    tab = form()
    assert tab.value(STANDING) == ""
    for offered, told in ((toy.served(2, 2), "Promotion 2, version 2"), (toy.stopped(number=3), "does not serve")):
        live.service.take(Offer(toy.snapshot(offered)))
        tab.value("window.dispatchEvent(new Event('focus'))")
        assert tab.value(SOON % f"{STANDING}.includes({json.dumps(told)})"), tab.value(STANDING)
        assert "this page still answers by promotion 1" in tab.value(STANDING)
    live.service.take(Offer(toy.snapshot(toy.served())))
    tab.value("window.dispatchEvent(new Event('focus'))")
    assert tab.value(SOON % f"{STANDING} === ''")


def test_a_swap_before_the_model_came_is_noticed(tab: Tab, live: Any) -> None:
    tab.ask("Fetch.enable", patterns=[{"urlPattern": "*/what_if.mjs"}])
    tab.ask("Page.navigate", url=f"{live.url}/model/credit/what-if")
    paused = tab.until("Fetch.requestPaused")
    live.service.take(Offer(toy.snapshot(toy.served(2, 2))))
    tab.ask("Fetch.continueRequest", requestId=paused["requestId"])
    tab.ask("Fetch.disable")
    assert tab.value(SOON % "document.readyState === 'complete'")
    assert tab.value(SOON % f"{STANDING}.includes('Promotion 2, version 2, serves by now')")
    assert tab.value("document.querySelector('fieldset').disabled") is True


def test_html_and_scripts_from_elsewhere_are_forbidden(form: Any) -> None:
    tab = form()
    assert tab.value(WRITE % "innerHTML") == "TypeError"
    assert tab.value(WRITE % "textContent") == "written"
    assert tab.value("fetch('https://example.org/').then(() => 'asked', () => 'refused')") == "refused"
    assert any("Content Security Policy" in entry for entry in tab.said)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_can_be_read(form: Any, width: int, scheme: str) -> None:
    made = toy.portable().model_dump()
    made["inputs"][0]["says"] = "w" * 200
    made["inputs"][2]["categories"] = ("car", "home", "tv", "x" * 120)
    tab = form(type(toy.portable()).model_validate(made | {"classes": ("bad", "g" * 90)}), width, scheme)
    typed(tab, {**toy.ROW, "age": 7})
    assert tab.value(WIDTH) <= width
    ratio, words = tab.value(CONTRAST)
    assert ratio >= 4.5, words
    assert tab.said == []
