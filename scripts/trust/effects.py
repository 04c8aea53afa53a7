"""What will happen to promotions once a trust version counts: the kernel is asked, nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.values import strict_json
from counterseal.values.finding import Refused
from counterseal.verification.admit import judge_ground
from counterseal.verification.commit import read_commit
from counterseal.verification.ground import Ground
from counterseal.verification.log import Log
from counterseal.verification.tree import Tree
from scripts.report.report import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Trust
    from counterseal.verification.log import Record
    from scripts.repository.repository import Repository

_COLUMNS = ("promotion", "of", "now", "then")


@dataclass(frozen=True)
class Effects:
    """A log under two trusts."""

    repository: Repository
    log: Log
    old: Trust
    new: Trust

    def tables(self) -> tuple[Table, ...]:
        """Return what changes for promotions and models; no table if nothing is taken back."""
        if not self._takes_back():
            return ()
        rows = [*self._promotions(), *self._models()]
        nothing = ("-", "-", "nothing needs what is taken back", "nothing stops")
        return (Table("what will happen", _COLUMNS, tuple(rows) or (nothing,)),)

    def _takes_back(self) -> bool:
        names = ("compromised", "void", "withdrawn")
        return any(getattr(self.old.spec, name) != getattr(self.new.spec, name) for name in names)

    def _promotions(self) -> Iterator[tuple[str, str, str, str]]:
        for record in self.log.records[1:]:
            made = record.promotion
            if not record.void and (fate := self._fate(record)):
                live = made.model and self.log.live(made.model) == made
                yield str(made.number), _named(made), "live" if live else "stands", fate

    def _fate(self, record: Record) -> str:
        """Return what becomes of a promotion; nothing if it stays as it is."""
        made = record.promotion
        if self._void(record):
            return "void: counts as never made"
        numbers = {made.number, self.log.origin(made).number}
        if numbers & (set(self.new.spec.withdrawn) - set(self.old.spec.withdrawn)):
            return "withdrawn: stops, and never comes back"
        keys = self.new.compromised_at(made.number) - self.old.compromised_at(made.number)
        why = self._needs(made, keys) if keys else ""
        if why and made.kind == "rules":
            return f"needs the key ({why}), and stays in force until the rules are replaced, or --void {made.number}"
        return f"does not hold without the key ({why}): stops" if why else ""

    def _void(self, record: Record) -> bool:
        number = record.promotion.number
        if number == 0:
            return False
        since = self.new.spec.compromised.get(self._key_of(record))
        return number in self.new.spec.void or (since is not None and number >= since)

    def _key_of(self, record: Record) -> str:
        """Return the id of the key that signed a record; none for one that is not recorded yet."""
        if record.provisional or self.repository.promotions is None:
            return ""
        path = places.record(record.promotion.number)
        data = Tree(self.repository.git, self.repository.promotions).need(path)
        return str(strict_json.loads(data, path)["dsseEnvelope"]["signatures"][0]["keyid"])

    def _needs(self, made: Promotion, keys: frozenset[str]) -> str:
        """Return why a promotion does not hold without some keys; nothing if it does."""
        git, roots = self.repository.git, self.repository.roots
        try:
            judge_ground(Ground(git, roots, self.log.before(made), read_commit(git, made.commit), made.time, keys))
        except Refused as refusal:
            return refusal.code
        return ""

    def _models(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield the models of which another promotion is live then, because numbers became void."""
        then = Log(tuple(replace(item, void=item.void or self._void(item)) for item in self.log.records))
        for model in self.log.models():
            now, later = _live(self.log, model), _live(then, model)
            if now != later:
                yield "-", model, f"{now} is live", f"{later} is live"


def _live(log: Log, model: str) -> str:
    live = log.live(model)
    return f"promotion {live.number}" if live else "nothing"


def _named(made: Promotion) -> str:
    return f"{made.kind} {made.model or 'the rules'}"
