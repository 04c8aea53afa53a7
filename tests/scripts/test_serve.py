from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from counterseal.values.finding import UsageError
from scripts.serve import serve
from tests.support.world import CHECKOUT, MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World


def test_a_server_must_be_told_what_to_follow_and_by_whose_keys(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        serve(remote="somewhere", state=tmp_path)
    with pytest.raises(UsageError):
        serve(roots=tmp_path / "roots.yaml", state=tmp_path)


def test_a_server_answers_and_stops_when_told(promoted: World, tmp_path: Path) -> None:
    words = ["--remote", str(promoted.forge), "--roots", str(promoted.keys / "roots.yaml"), "--port", "0"]
    program = "import sys; from scripts.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "serve", *words, "--state", str(tmp_path / "state")]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(CHECKOUT)})
    try:
        assert MODEL in _model(tmp_path / "state" / "address")
    finally:
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 0
    assert b"ADMITTED german-credit: version 1 by promotion 1" in said


def _model(address: Path) -> str:
    """Return what /model answers, once the server is ready."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{address.read_text().strip()}/model", timeout=10) as answer:  # noqa: S310 (our own server)
                said = bytes(answer.read()).decode()
        except OSError:
            said = ""
        if MODEL in said:
            return said
        time.sleep(0.1)
    return "no answer"
