"""The page in a real browser: it fits a phone, its console is silent, and every word stands out from its ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.report.html import page
from tests.scripts.report.html.test_page import report
from tests.support import browser
from tests.support.browser import CONTRAST, WIDTH
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.browser import Tab
    from tests.support.world import World

pytestmark = [pytest.mark.browser, pytest.mark.skipif(browser.CHROMIUM is None, reason="no Chromium on this machine")]

SIZES = (360, 768, 1280)
LONG = "registry/a-model-whose-name-never-ends/" + "x" * 120
OPEN = "document.querySelectorAll('details').forEach(item => { item.open = true })"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser.tab(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(page.write(report(LONG)))
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
def test_the_longest_words_fit_and_can_be_read(tab: Tab, written: Path, width: int, scheme: str) -> None:
    tab.open(written, width, scheme)
    tab.value(OPEN)
    assert tab.value(WIDTH) <= width
    ratio, words = tab.value(CONTRAST)
    assert ratio >= 4.5, words
    assert tab.said == []


def test_what_overflows_fades_or_asks_for_more_would_be_seen(tab: Tab, written: Path) -> None:
    written.write_text(written.read_text().replace("<main>", '<main><img src="https://example.org/x.png">'))
    tab.open(written, 360, "light")
    assert any("Content Security Policy" in entry for entry in tab.said)
    tab.said.clear()
    tab.value("document.querySelector('h2').style.color = '#bbb'")
    assert tab.value(CONTRAST)[0] < 4.5
    tab.value("document.querySelector('main').style.width = '900px'")
    assert tab.value(WIDTH) > 360


def test_a_real_proposal_fits_a_phone(
    tab: Tab, proposed: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed.types("dana", "status", MODEL, "--format", "html")
    path = tmp_path / "page.html"
    path.write_text(capsys.readouterr().out)
    tab.open(path, 360, "light")
    tab.value(OPEN)
    assert tab.value(WIDTH) <= 360
    assert tab.value("document.querySelectorAll('svg.strip').length") > 5
    assert tab.value("document.querySelector('h1').innerText") == "Holds, but may not be merged yet."
    assert tab.said == []
