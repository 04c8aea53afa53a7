"""A server that follows a company: the real source, the real kernel, the real routes, without a socket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from counterseal.verification.follow import follow
from serving import app
from serving.poller import attempt
from serving.process import open_audit
from serving.service import Service
from serving.settings import Settings
from serving.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from serving.poller import Offer
    from tests.support.world import World


class Follower:
    """A server; ``poll`` is one turn of its poller."""

    def __init__(self, world: World, state: Path, **settings: Any) -> None:
        """Start it with the company's root keys, brought along from elsewhere."""
        common = Settings(
            remote=str(world.forge),
            roots=world.keys / "roots.yaml",
            state=state,
            clock=lambda: world.now,
            say=lambda _: None,
            sync_every=None,
        )
        self.settings = replace(common, **settings)
        self.source = Source(self.settings, world.roots, follow)
        self.service = Service(self.settings, open_audit(self.settings))
        self.http = TestClient(app.build(self.service))

    def poll(self) -> Offer:
        """Look at the remote, and take what holds."""
        offer = attempt(self.source.poll)
        self.service.take(offer)
        return offer

    def said(self) -> list[str]:
        """Poll, and return the codes of what was wrong with the offer."""
        return [finding.code for finding in self.poll().findings]

    def version(self, model: str) -> int:
        """Return the version that serves."""
        return self.service.table.route(model).served.version

    def close(self) -> None:
        """End it."""
        self.http.close()
        self.source.mirror.close()
        self.service.audit.close()
