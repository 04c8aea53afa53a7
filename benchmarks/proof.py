"""One model's whole proof in this process, libraries loaded: ``python -m benchmarks.proof``."""

from __future__ import annotations

from benchmarks.timing import company, seconds, several
from counterseal.verification.follow import Served, follow
from counterseal.verification.git import Git
from tests.support.world import MODEL


def main() -> None:
    """Do what a server or an auditor does: roots, trust, log, merge, evidence, policies, quorum, golden rows."""
    with company() as world:
        main, promotions = world.main, world.promotions

        def prove() -> None:
            found = follow(Git(world.forge), world.roots, main, promotions, world.now).models[MODEL]
            if not isinstance(found, Served):
                raise SystemExit(str(found))

        prove()
        several("one model's whole proof", lambda: seconds(prove))


if __name__ == "__main__":
    main()
