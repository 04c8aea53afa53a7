"""A serving process with the toy judge; every line on its standard input is answered with the modules it has loaded.

``python -I run_toy.py '{"remote": …, "state": …}'``; with ``"real": true`` the judge is the kernel's, and ``clock``
names a file that says what time it is.
"""

# ruff: noqa: E402, T201 (the door for pickle is shut before anything else is imported; a program may print)

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from serving import no_pickle

EARLY = no_pickle.shut()

from counterseal.values import instant
from counterseal.values.finding import Refused
from serving import process, server
from serving.settings import Settings
from tests.serving import toy


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def list_modules() -> None:
    for _ in sys.stdin:
        print(json.dumps(sorted(sys.modules)), flush=True)


def time_by(clock: str) -> datetime:
    return instant.parse(Path(clock).read_text(encoding="ascii")) if clock else datetime.now(UTC)


def main() -> int:
    told: dict[str, Any] = {"port": 0, "poll": 0.05, **json.loads(sys.argv[1])}
    told |= {"roots": Path(told.pop("roots", "none")), "state": Path(told.pop("state"))}
    real, clock = told.pop("real", False), told.pop("clock", "")
    settings = Settings(**told, clock=lambda: time_by(clock), say=say)
    threading.Thread(target=list_modules, daemon=True).start()
    try:
        return server.serve(settings) if real else process.run(settings, toy.roots(), EARLY, toy.judge)
    except Refused as refusal:
        say(str(refusal))
        return 1


if __name__ == "__main__":
    sys.exit(main())
