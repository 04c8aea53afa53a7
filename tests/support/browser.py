"""A real browser, spoken to over two pipes: Chromium's DevTools protocol, JSON with a zero byte behind each message."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)

WIDTH = "document.documentElement.scrollWidth"  # a phone widens its window to what overflows it, so that tells nothing
#: Each text's contrast with what lies behind it, as WCAG 2.2 has it (1.4.3); the least of them, with the words.
CONTRAST = """(() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = item => {
    for (let at = item; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour) && colour !== 'transparent') return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = [99, ''];
  while (words.nextNode()) {
    const item = words.currentNode.parentElement, text = words.currentNode.data.trim();
    if (!text || !item.checkVisibility()) continue;
    const style = getComputedStyle(item);
    const pair = [light(item.closest('svg') ? style.fill : style.color), light(ground(item))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < least[0]) least = [ratio, text.slice(0, 40)];
  }
  return least;
})()"""


@dataclass
class Tab:
    """A page that is open, and what its console said."""

    to: BinaryIO
    answers: BinaryIO
    session: str = ""
    said: list[str] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one message and return its answer; what the console says meanwhile is kept."""
        number = next(self.ids)
        message = {"id": number, "method": method, "params": parameters}
        message |= {"sessionId": self.session} if self.session else {}
        self.to.write(json.dumps(message).encode() + b"\0")
        self.to.flush()
        return self._until(lambda heard: heard.get("id") == number)["result"]  # type: ignore[no-any-return]

    def open(self, page: Path | str, width: int, scheme: str) -> None:
        """Load a page, a file or an address, as wide as a screen, light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 700)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Page.navigate", url=page if isinstance(page, str) else page.as_uri())
        self.until("Page.loadEventFired")

    def until(self, event: str) -> dict[str, Any]:
        """Wait for an event and return what it says."""
        return self._until(lambda heard: heard.get("method") == event)["params"]  # type: ignore[no-any-return]

    def value(self, script: str) -> Any:
        """Return what an expression is in the page, or what it promises."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        return self.ask("Runtime.evaluate", **asked)["result"].get("value")

    def _until(self, wanted: Any) -> dict[str, Any]:
        while True:
            heard = self._next()
            if heard.get("method") in {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}:
                self.said.append(json.dumps(heard["params"]))
            if wanted(heard):
                assert "error" not in heard, heard
                return heard

    def _next(self) -> dict[str, Any]:
        letters = bytearray()
        while (letter := self.answers.read(1)) != b"\0":
            assert letter, "the browser has gone"
            letters += letter
        return json.loads(letters)  # type: ignore[no-any-return]


@contextmanager
def tab(folder: Path) -> Iterator[Tab]:
    """Start a browser with a profile of its own and open a tab in it."""
    assert CHROMIUM
    (its_in, our_out), (our_in, its_out) = os.pipe(), os.pipe()
    begin = f'exec "$0" "$@" 3<&{its_in} 4>&{its_out}'  # the two descriptors that the browser listens and answers on
    command = ["bash", "-c", begin, CHROMIUM, *QUIET, f"--user-data-dir={folder}", "about:blank"]
    with (
        os.fdopen(our_out, "wb") as to,
        os.fdopen(our_in, "rb") as answers,
        subprocess.Popen(command, pass_fds=(its_in, its_out), stderr=subprocess.DEVNULL) as process,
    ):
        os.close(its_in)
        os.close(its_out)
        try:
            yield _attached(Tab(to, answers))
        finally:
            process.terminate()


def _attached(found: Tab) -> Tab:
    targets = found.ask("Target.getTargets")["targetInfos"]
    target = next(item["targetId"] for item in targets if item["type"] == "page")
    found.session = found.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Log", "Runtime"):
        found.ask(f"{domain}.enable")
    return found
