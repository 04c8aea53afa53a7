"""The one error boundary: what a person sees when a command does not end well, and the exit code.

* a refusal is printed as findings, exit 1; so is what git refuses, and what the machine does (a full disk, a folder
  nobody may write to);
* bad usage is one line, exit 2; Ctrl-C is silent, exit 130;
* anything else is our bug: its traceback goes to a file, the screen gets one line that names the file, exit 3.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
import traceback
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

from counterseal.values.finding import CountersealError, Finding, Refused, UsageError, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

_LOCKED = re.compile(
    r"Unable to create '([^'\n]+)\.lock': File exists|could not lock config file ([^:\n]+): File exists"
)
HELD, REFUSED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def exit_code(call: Callable[[], object]) -> int:
    """Run a command and return its exit code; nothing is raised."""
    try:
        _call(call)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else HELD
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
        return HELD
    except (CountersealError, OSError) as error:
        return _tell(_failed(error) if isinstance(error, OSError) else error)
    except Exception:  # noqa: BLE001 (whatever is left is our bug, and says so)
        _say(f"counterseal: this is a bug in counterseal; please report it with {_write_log()}")
        return BUG
    return HELD


def _call(call: Callable[[], object]) -> None:
    try:
        copy_context().run(call)  # what a command learns of its repository is forgotten with it
    finally:
        sys.stdout.flush()  # what cannot be written was not said


def _failed(error: OSError) -> Refused:
    where, why = str(error.filename or "this machine"), error.strerror or type(error).__name__
    mend = "make room or give way there, then run it again: nothing half done counts"
    return refuse("SYSTEM", where, "a machine that does what it is asked", why, mend)


def _tell(error: CountersealError) -> int:
    if isinstance(error, UsageError):
        _say(f"counterseal: {error}")
        return USAGE
    from scripts.report.show import findings_text  # only when there is something to tell

    findings = error.findings if isinstance(error, Refused) else (_told_by_git(str(error)),)
    _say(findings_text(findings, sys.stderr))
    return REFUSED


def _told_by_git(text: str) -> Finding:
    if locked := _LOCKED.search(text):
        path = f"{locked[1] or locked[2]}.lock"
        mend = f"if no git is at work there, one was killed: remove the file (rm {shlex.quote(path)}), do it again"
        return Finding("GIT_LOCKED", path, "a repository that no other git is changing", "a lock file", mend)
    return Finding("GIT", "git", "git to agree", text)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 (the door speaks to people)


def _silence() -> None:
    """Whoever read our output has left; Python must not complain about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write_log() -> str:
    """Write the traceback of the exception at hand to a file of its own and return where it is."""
    with tempfile.NamedTemporaryFile("w", prefix="counterseal-", suffix=".log", delete=False) as log:
        log.write(f"counterseal {' '.join(sys.argv[1:])}\npython {sys.version}\n\n{traceback.format_exc()}")
    return str(Path(log.name))
