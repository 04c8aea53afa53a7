"""What this server has already seen, on disk, so that no restart can be shown less.

* Numbers and times in it only rise; commits are replaced only by their descendants (``source`` checks that).
* A mark that cannot be read, or that belongs to another log, is refused and never taken for "nothing seen yet".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field

from counterseal.documents.document import API_VERSION, Value, validate
from counterseal.values import strict_json, strict_yaml
from counterseal.values.digest import GitOid
from counterseal.values.finding import refuse
from counterseal.values.instant import Instant
from counterseal.values.names import LogId
from serving import durable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from counterseal.verification.follow import Snapshot

FILE = "high-water.json"
_MEND = "restore the file from a backup, or start with an empty state folder and --min-promotion"


class HighWater(Value):
    """The highest of everything admitted so far, and the latest time by which it was judged."""

    apiVersion: Literal["counterseal/v1"] = API_VERSION  # noqa: N815 (the documents' own spelling)
    kind: Literal["HighWater"] = "HighWater"
    log_id: LogId
    number: Annotated[int, Field(ge=0)]
    trust: Annotated[int, Field(ge=0)]
    main: GitOid
    promotions: GitOid | None
    floor: Instant

    @classmethod
    def of(cls, snapshot: Snapshot, log_id: str, now: datetime) -> Self:
        """Return the mark that a snapshot sets."""
        return cls(
            log_id=log_id,
            number=snapshot.number,
            trust=snapshot.trust,
            main=snapshot.main,
            promotions=snapshot.promotions,
            floor=now,
        )

    def write(self, folder: Path) -> None:
        """Write the mark so that it outlasts a crash; OSError means that it may not."""
        durable.replace(folder / FILE, strict_json.pretty(self.model_dump(mode="json")))


def read(folder: Path, log_id: str) -> HighWater | None:
    """Read the mark; None if there never was one; raise Refused if it is broken or another log's."""
    where = str(folder / FILE)
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refuse("HIGH_WATER_UNREADABLE", where, "a file this server may read", error.strerror, _MEND) from error
    mark = validate(HighWater, strict_yaml.Source(strict_json.loads(data, where), where, {}))
    if mark.log_id != log_id:
        raise refuse(
            "HIGH_WATER_LOG", where, f"log id {log_id}", mark.log_id, "give each log a state folder of its own"
        )
    return mark
