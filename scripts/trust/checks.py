"""What must hold of a trust version before anybody is asked to sign it.

* It changes something.
* It may follow the versions before it (``documents.trust.check_step``).
* Every quorum can be filled, each slot by another person, no bot.
* Some set of root people can sign it: for the version before and for itself, each with one signature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.documents import places
from counterseal.documents.trust import OPERATOR
from counterseal.documents.trust_chain import check_step
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from counterseal.documents.trust import Roots, Trust


def check(chain: Sequence[Trust], trust: Trust, roots: Roots) -> None:
    """Refuse a next version that could not do its work."""
    where = places.trust(trust.spec.version)
    check_step(chain, trust, roots, where)
    mend = "give somebody the role in the same change: `counterseal trust add NAME --role ROLE`, then --amend"
    check_quorums(trust, where, mend)
    if not signable(chain[-1], trust):
        members = f"{chain[-1].spec.root.threshold} of {', '.join(chain[-1].spec.root.members)}"
        mend = "in two versions: first add the new key (`counterseal trust add NAME --key`), then take the old one away"
        expected = f"a version that {members} can sign, and its own root people"
        raise refuse("ROOT_UNSIGNABLE", where, expected, "too few whose key counts before and after", mend)


def check_quorums(trust: Trust, where: str, mend: str) -> None:
    """Refuse quorums that the people who are listed cannot fill, by name."""
    for name, slots in (*trust.spec.quorums.items(), ("undoing a promotion", (OPERATOR,))):
        if not fillable(slots, trust.spec.roles, people(trust)):
            expected = f"different people as {' and '.join(slots)}, for {name}"
            raise refuse("QUORUM_UNFILLABLE", where, expected, "too few", mend)


def people(trust: Trust) -> frozenset[str]:
    """Return everybody whose approval can count."""
    return frozenset(name for name, person in trust.spec.people.items() if not person.bot)


def fillable(slots: Sequence[str], roles: Mapping[str, tuple[str, ...]], free: frozenset[str]) -> bool:
    """Say whether each slot can be filled by another person (Kuhn's augmenting paths)."""
    fills: dict[str, int] = {}

    def place(slot: int, seen: set[str]) -> bool:
        for name in free & frozenset(roles.get(slots[slot], ())):
            if name in seen:
                continue
            seen.add(name)
            if name not in fills or place(fills[name], seen):
                fills[name] = slot
                return True
        return False

    return all(place(slot, set()) for slot in range(len(slots)))


def signable(old: Trust, new: Trust) -> bool:
    """Say whether the thresholds before and after can be met, though each person signs once, with one key."""
    before, after = old.roots().spec, new.roots().spec
    both = {name for name in before.keys if set(before.keys[name]) & set(after.keys.get(name, ()))}
    either = (set(before.keys) & set(after.keys)) - both
    missing = [max(0, side.threshold - len(set(side.keys) - either)) for side in (before, after)]
    return sum(missing) <= len(either)


def warnings(trust: Trust) -> Iterator[str]:
    """Yield what is allowed and may surprise: authors nobody could approve, root keys nobody may lose, idle roles."""
    spec = trust.spec
    for who in sorted(people(trust)):
        left = people(trust) - {who}
        if stuck := [name for name, slots in spec.quorums.items() if not fillable(slots, spec.roles, left)]:
            yield f"nothing that {who} wrote could be approved for {', '.join(stuck)}: authors never count"
    if spec.root.threshold == len(set(spec.root.members)):
        yield "every root person is needed: if one loses their key, the trust can never change again"
    asked = {OPERATOR, *(role for slots in spec.quorums.values() for role in slots)}
    if idle := sorted(set(spec.roles) - asked):
        yield f"no quorum asks for {', '.join(idle)}"
