"""The promotion log: records in order, chained by digest, each by the promoter trusted for it.

``read_log`` checks, in order: whole history; record 0 by the root threshold; then for each record its number, the
promoter key of
the trust version it names, the log id, the digest of the record before, a time not earlier. Void numbers stay in the
chain and
are skipped wherever "last" or "live" is asked for. The log gives order and time, never a verdict: ``admit`` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.documents.record import Head, digest_of, open_genesis, read_promotion
from counterseal.values import strict_json
from counterseal.values.finding import refuse
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import chain_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from counterseal.documents.record import Promotion
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.git import Git

PROVISIONAL = "0" * 64


@dataclass(frozen=True)
class Record:
    """A promotion and where it stands in the chain."""

    promotion: Promotion
    digest: str
    void: bool = False

    @property
    def provisional(self) -> bool:
        """Whether the merge is admissible but not recorded yet."""
        return self.digest == PROVISIONAL


@dataclass(frozen=True)
class Log:
    """Records 0 to n, in order; the answers of "last" and "live"."""

    records: tuple[Record, ...]
    whole: Log | None = field(default=None, repr=False, compare=False)

    @property
    def next_number(self) -> int:
        """The number that the next record gets."""
        return len(self.records)

    @cached_property
    def standing(self) -> tuple[Promotion, ...]:
        """The promotions that are not void, in order."""
        return tuple(record.promotion for record in self.records if not record.void)

    @cached_property
    def _by_model(self) -> dict[str | None, list[Promotion]]:
        found: dict[str | None, list[Promotion]] = {}
        for promotion in self.standing:
            found.setdefault(promotion.model, []).append(promotion)
        return found

    @cached_property
    def _voids(self) -> tuple[int, ...]:
        return tuple(record.promotion.number for record in self.records if record.void)

    @property
    def mark(self) -> tuple[object, ...]:
        """What no other log has: the last record's digest, which binds all before it, and what does not stand in it."""
        waiting = tuple(takewhile(lambda record: record.provisional, reversed(self.records)))
        last = self.records[len(self.records) - len(waiting) - 1]
        voids = (self.whole or self)._voids  # noqa: SLF001 (the same class)
        return last.digest, tuple(number for number in voids if number < self.next_number), waiting

    def of(self, model: str) -> tuple[Promotion, ...]:
        """Return a model's promotions that are not void, in order; a part of a log asks the whole one."""
        known = (self.whole or self)._by_model.get(model, ())  # noqa: SLF001 (the same class)
        return tuple(promotion for promotion in known if promotion.number < self.next_number)

    def last(self, model: str) -> Promotion | None:
        """Return a model's last record, a retirement included."""
        known = self.of(model)
        return known[-1] if known else None

    def live(self, model: str) -> Promotion | None:
        """Return the record that serves; None for a model that is retired or was never promoted."""
        last = self.last(model)
        return last if last and last.kind != "retire" else None

    def replaces(self, model: str) -> int:
        """Return the number that the next promotion of a model replaces; 0 for its first."""
        last = self.last(model)
        return last.number if last else 0

    def left_by(self, model: str, number: int) -> Promotion | None:
        """Return the record ``number`` of a model if it left something that serves; a void one left what it left.

        0 is before a model's first; raise Refused for a record of anything else.
        """
        records = (self.whole or self).records[: self.next_number]
        found = records[number].promotion if 0 < number < len(records) else None
        if number and (found is None or found.model != model):
            raise refuse("REPLACES_UNKNOWN", places.entry(model), f"the number of a record of {model}", str(number))
        return found if found and found.kind != "retire" else None

    def rules(self) -> Promotion:
        """Return the record that brought the live rules."""
        standing = (record.promotion for record in reversed(self.records) if not record.void)
        return next(promotion for promotion in standing if promotion.kind in ("genesis", "rules"))

    def models(self) -> list[str]:
        """Return every model the log knows, sorted."""
        return sorted(model for model in self._by_model if model)

    def origin(self, promotion: Promotion) -> Promotion:
        """Return the promote record whose state a promotion serves: itself, or the one it restores."""
        if promotion.restores is None:
            return promotion
        return self.records[promotion.restores].promotion

    def replaced_by(self, promotion: Promotion) -> int:
        """Return the number of the promote record whose state a model's ``promotion`` replaced; 0 for none."""
        before = [other for other in self.of(promotion.model or "") if other.number < promotion.number]
        return self.origin(before[-1]).number if before and before[-1].kind != "retire" else 0

    def upto(self, number: int) -> Log:
        """Return the log as it was before a number."""
        return Log(self.records[:number], self.whole or self)

    def after(self, merges: Collection[str]) -> Log:
        """Return the log up to the last record of some merges: as it was for the merge that followed them."""
        known = [promotion.number for promotion in self.standing if promotion.commit in merges]
        return self.upto(max(known, default=0) + 1)

    def before(self, promotion: Promotion) -> Log:
        """Return the log as it was before the merge of a promotion, which may have promoted other models too."""
        start, models = promotion.number, {promotion.model}
        for record in reversed(self.records[1 : promotion.number]):
            other = record.promotion
            if other.commit != promotion.commit or other.model in models:
                break
            start, models = start - 1, models | {other.model}
        return self.upto(start)

    def with_(self, promotion: Promotion, digest: str = PROVISIONAL) -> Log:
        """Return the log with one record more."""
        return Log((*self.records, Record(promotion, digest)))


def read_log(git: Git, promotions: str, main: str, roots: Roots) -> Log:
    """Read and check the log at commit ``promotions`` against the trust at commit ``main``."""
    if git.is_shallow():
        mend = "fetch the whole history: `git fetch --unshallow`"
        raise refuse("SHALLOW_CLONE", str(git.folder), "the whole history", "a shallow clone", mend)
    branch, chain = Tree(git, promotions), chain_at(Tree(git, main), roots)
    names = branch.names("records")
    if names != [places.record(number).partition("/")[2] for number in range(len(names))] or not names:
        raise refuse("LOG_FILES", "records/", "000000.json, 000001.json, … without a gap", f"{len(names)} files")
    files = branch.contents("records")
    records: list[Record] = []
    for number in range(len(names)):
        path = places.record(number)
        data = files.get(path) or branch.need(path)
        promotion = _open(data, path, chain, roots, records)
        void = number > 0 and _is_void(number, data, path, chain[-1])  # the roots themselves signed record 0
        records.append(Record(promotion, digest_of(data), void))
    return Log(tuple(records))


def _is_void(number: int, data: bytes, path: str, trust: Trust) -> bool:
    """Say whether the roots voided a number, or took back the key that signed it from that number on."""
    since = trust.spec.compromised.get(_key_of(data, path))
    return number in trust.spec.void or (since is not None and number >= since)


def read_head(git: Git, promotions: str, log: Log, *chain: Trust) -> Head:
    """Read the head and compare it with the log; raise Refused if it names another end.

    The promoter of the trust version that it names signs it, one of ``chain``: a promoter that has not seen the
    newest trust yet must not hide it.
    """
    data = Tree(git, promotions).need(places.HEAD_FILE)
    head = Head.open(data, _promoter_keys(chain), places.HEAD_FILE)
    _check_promoter(data, places.HEAD_FILE, head.trust, chain)
    last = log.records[-1]
    if (head.number, head.record, head.log_id) != (last.promotion.number, last.digest, chain[-1].spec.log_id):
        raise refuse("HEAD", places.HEAD_FILE, f"number {last.promotion.number}", f"number {head.number}")
    return head


def _open(data: bytes, path: str, chain: tuple[Trust, ...], roots: Roots, records: list[Record]) -> Promotion:
    if not records:
        return open_genesis(data, roots, path)
    promotion = read_promotion(dsse.open_bundle(data, _promoter_keys(chain), path), path)
    _check_promoter(data, path, promotion.trust, chain)
    facts = (promotion.number, promotion.previous, promotion.log_id)
    if facts != (len(records), records[-1].digest, roots.spec.log_id):
        raise refuse("LOG_CHAIN", path, "a record that continues the one before", "one that does not")
    before = next(record.promotion for record in reversed(records) if not record.void)  # a void one's time binds nobody
    if promotion.time < before.time or promotion.trust < before.trust:
        raise refuse("LOG_CHAIN", path, "time and trust that do not go back", "earlier ones")
    return promotion


def _check_promoter(data: bytes, path: str, version: int, chain: tuple[Trust, ...]) -> None:
    keys = [key for trust in chain if trust.spec.version == version for key in trust.machine_keys("promoter")]
    if _key_of(data, path) not in map(dsse.keyid, keys):
        raise refuse("RECORD_KEY", path, f"the promoter key of trust version {version}", "another")


def _promoter_keys(chain: tuple[Trust, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pem for trust in chain for pem in trust.machine_keys("promoter")))


def _key_of(data: bytes, path: str) -> str:
    return str(strict_json.loads(data, path)["dsseEnvelope"]["signatures"][0]["keyid"])
