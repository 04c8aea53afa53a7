"""``counterseal serve``: a server that follows the log and trusts nobody's word but the root keys it was given.

It imports little before it hands over: ``serving`` shuts pickle's door before anything else is loaded.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from counterseal.values.finding import UsageError
from counterseal.verification.git import Git
from scripts.clock import now
from scripts.options import Repo, RootsFile
from scripts.report.screen import safe
from scripts.repository.sandbox import Sandbox

EXAMPLE_ROOTS = "docs/example-roots.yaml"


def serve(  # noqa: PLR0913, PLR0917 (the options of a command)
    remote: Annotated[str | None, typer.Option("--remote", metavar="URL", help="The repository to follow.")] = None,
    ref: Annotated[str, typer.Option("--ref", help="The branch to follow: an environment is a branch.")] = "main",
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where state and audit log live.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="The address to answer on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    poll: Annotated[float, typer.Option("--poll", min=0.05, max=3600, help="Seconds between two looks.")] = 1.0,
    min_promotion: Annotated[int, typer.Option("--min-promotion", min=0, help="Serve no older state of the log.")] = 0,
    min_trust: Annotated[int, typer.Option("--min-trust", min=0, help="Accept no older trust version.")] = 0,
    max_age: Annotated[
        float, typer.Option("--max-age", min=0, help="Hours after which the log's head is STALE; 0: never look.")
    ] = 48.0,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Give out the models too, for the form that answers in the browser.")
    ] = False,
    example: Annotated[bool, typer.Option("--example", help="Serve the example that this repository ships.")] = False,
    roots: RootsFile = None,
    repo: Repo = None,
) -> int:
    """Follow the log, admit what it promotes, and answer predictions over HTTP.

    A server is given the root keys and where to look, never the repository's word for anything. It asks the remote, and
    the clock, every --poll seconds; docs/OPERATIONS.md says what it does about which change.

    A remote that stands still may be hiding something: the promoter signs the log's head on a timer (record --refresh),
    and a head older than --max-age is warned of as STALE, while everything serves on.

    Stops on SIGTERM or Ctrl-C after the requests in flight.
    """
    with tempfile.TemporaryDirectory(prefix="counterseal-") as scratch:
        folder = (repo or Path()).resolve()
        if example:
            remote, ref = str(folder), "HEAD"
            roots, state = roots or folder / EXAMPLE_ROOTS, state or Path(scratch)
        elif remote is None and (sandbox := Sandbox.around(Git(folder))):
            remote, roots, state = str(sandbox.forge), roots or sandbox.roots, state or sandbox.server
        if remote is None or roots is None or state is None:
            msg = "name --remote, --roots and --state, or serve the --example; in a sandbox's clone they are known"
            raise UsageError(msg)
        from serving.server import serve as run
        from serving.settings import Settings

        settings = Settings(
            remote=remote,
            roots=roots,
            state=state,
            clock=now,
            say=_say,
            ref=ref,
            host=host,
            port=port,
            poll=poll,
            min_promotion=min_promotion,
            min_trust=min_trust,
            max_age=max_age,
            what_if=what_if,
        )
        return run(settings)


def _say(text: str) -> None:
    print(safe(text), file=sys.stderr, flush=True)  # noqa: T201 (the door speaks to people)
