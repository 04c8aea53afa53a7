"""One process: the poller in a thread, everything else on uvicorn's loop, state in one folder that nobody else holds.

In order: pickle's door is shut; the roots are read, and a sandbox's answer this machine alone; the state folder is
locked; the audit log goes on; the address is bound, announced and written to ``<state>/address``; then requests are
answered, and the first poll begins. SIGTERM and SIGINT let requests in flight finish.
"""

from __future__ import annotations

from ipaddress import ip_address
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
        roots = read_roots(settings)
        check_host(settings.host, roots)
        return run(settings, roots, early)
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


def check_host(host: str, roots: Roots) -> None:
    """Refuse to answer other machines from a sandbox: anybody could have signed what it serves."""
    if roots.sandbox and not _is_loopback(host):
        mend = "leave --host away; for others, start a repository with keys of your own: `counterseal init`"
        expected = "an address of this machine alone, for these are a sandbox's roots"
        raise refuse("SANDBOX_HOST", "--host", expected, host, mend)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
