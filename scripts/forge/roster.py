"""The roster: who takes part, as ``counterseal init`` reads it. It is an input, it stays outside the repository.

```yaml
apiVersion: counterseal/v1
kind: Roster
metadata: {name: acme-credit}
spec:
  people:
    dana:                            # also the login at the forge
      title: Data scientist
      keys: [keys/dana.pub]          # a public key, or the path of one or of its private half, seen from this file
      emails: [dana@acme.example]    # addresses in commits; they only ever add authors
      roles: [data-scientist]
    alice: {title: Model owner, keys: ["ssh-ed25519 AAAA…"], roles: [model-owner, operator]}
  root: {members: [rita, rolf], threshold: 2}
  quorums:                           # which roles must sign, each by another person
    low: [model-owner]
    medium: [model-owner]
    high: [model-owner, risk-officer]
    rules: [model-owner, risk-officer]
    code: [maintainer]
    waivers: [risk-officer]
  expires: 2027-11-22T00:00:00Z      # when the trust should have been looked at again; a year from now by default
```
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from counterseal.documents.document import Document, Value, validate
from counterseal.documents.trust import Quorum, Root, Trust, TrustSpec
from counterseal.values import instant, strict_yaml
from counterseal.values.instant import Instant
from counterseal.values.names import Name, Text
from scripts.signing.keys import SshKey, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

YEAR = timedelta(days=365)


class Member(Value):
    """One person or bot of the roster."""

    title: Text
    keys: Annotated[tuple[Text, ...], Field(min_length=1)]
    emails: tuple[Text, ...] = ()
    roles: tuple[Name, ...] = ()
    bot: bool = False


class RosterSpec(Value):
    """Who takes part, and how many of whom it takes."""

    people: Annotated[dict[Name, Member], Field(min_length=1)]
    root: Root
    quorums: dict[Quorum, Annotated[tuple[Name, ...], Field(min_length=1)]]
    expires: Instant | None = None
    sandbox: Literal[True] | None = None


class Roster(Document):
    """roster.yaml."""

    KIND: ClassVar[str] = "Roster"
    kind: Literal["Roster"]
    spec: RosterSpec

    def keys(self, folder: Path) -> dict[str, tuple[SshKey, ...]]:
        """Return person → keys; paths are seen from ``folder``."""
        return {name: tuple(read_key(key, folder) for key in who.keys) for name, who in self.spec.people.items()}

    def trust(
        self,
        log_id: str,
        keys: Mapping[str, tuple[SshKey, ...]],
        machines: Mapping[str, str],
        now: datetime,
        where: str,
    ) -> Trust:
        """Return the first trust version that the roster gives; raise Refused if it makes no sense."""
        people = {
            name: {"title": who.title, "keys": [k.public for k in keys[name]], "emails": who.emails, "bot": who.bot}
            for name, who in self.spec.people.items()
        }
        roles = dict.fromkeys(role for who in self.spec.people.values() for role in who.roles)
        value = {
            "version": 1,
            "log_id": log_id,
            "log": "required",
            "sandbox": self.spec.sandbox,
            "expires": instant.render(self.spec.expires or now + YEAR),
            "root": self.spec.root.model_dump(mode="json"),
            "people": people,
            "roles": {role: tuple(n for n, who in self.spec.people.items() if role in who.roles) for role in roles},
            "quorums": self.spec.quorums,
            "machines": {role: [{"publicKey": pem}] for role, pem in machines.items()},
        }
        return Trust.of("1", validate(TrustSpec, strict_yaml.Source(value, where, {})))
