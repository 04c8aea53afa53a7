"""One process: the poller in a thread, everything else on uvicorn's loop, state in one folder that nobody else holds.

In order: pickle's door is shut; the roots are read; the state folder is locked; the audit log goes on; the address is
bound, announced and written to ``<state>/address``; then requests are answered, and the first poll begins. SIGTERM and
SIGINT let requests in flight finish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents.trust import Roots
from counterseal.values.finding import refuse
from serving import no_pickle

if TYPE_CHECKING:
    from serving.settings import Settings


def serve(settings: Settings) -> int:
    """Serve until told to stop; raise Refused if roots or state cannot be used."""
    early = no_pickle.shut()
    from serving.process import run  # noqa: PLC0415 (uvicorn imports pickle; the door is shut first)

    try:
        return run(settings, read_roots(settings), early)
    except OSError as error:
        raise refuse("STATE_FAILED", str(settings.state), "a folder this server may write to", error) from error


def read_roots(settings: Settings) -> Roots:
    """Read the root keys that the operator brought."""
    try:
        data = settings.roots.read_bytes()
    except OSError as error:
        mend = "give the server the root keys, from elsewhere than the repository"
        raise refuse("ROOTS_MISSING", str(settings.roots), "a file of root keys", error.strerror, mend) from error
    return Roots.read(data, str(settings.roots))
