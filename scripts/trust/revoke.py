"""``counterseal trust revoke``: propose to take back what was trusted.

A key was somebody else's, records count as never made, promotions may not serve: what will happen then is asked of the
kernel, and told before anybody signs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.crypto.sshsig import fingerprint
from counterseal.values.finding import UsageError, refuse
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.show import Format, show
from scripts.signing.keys import read_key
from scripts.trust.draft import MACHINES
from scripts.trust.keys import key_id, machine_key
from scripts.trust.proposal import begin, propose
from scripts.trust.terms import Afresh, Amend, Expires, LayoutKey, Terms, Threshold

if TYPE_CHECKING:
    from scripts.trust.proposal import Begun


def trust_revoke(  # noqa: PLR0913, PLR0917 (the options of a command)
    who: Annotated[
        str | None, typer.Argument(metavar="PERSON|KEY", help="Whose key, or which, as `trust show` prints it.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option("--since", min=0, help="The first promotion without belief in the key; 0 if unsure."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="Their new key, in the same version."),
    ] = None,
    void: Annotated[
        list[str] | None, typer.Option("--void", metavar="A-B", help="Records that count as never made.")
    ] = None,
    withdraw: Annotated[
        list[str] | None, typer.Option("--withdraw", metavar="N", help="Promotions that may not serve any more.")
    ] = None,
    root_threshold: Threshold = None,
    expires: Expires = None,
    layout_key: LayoutKey = None,
    amend: Amend = False,
    afresh: Afresh = False,
    ssh_key: Key = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Propose to take trust back: a stolen key, bogus records, bad promotions.

    A key is not believed from --since on: promotions that do not hold without it stop, the promoter's records are void.
    A person without a new --key leaves. None of it can be undone. The page says what will happen; root people sign.

    Example: counterseal trust revoke bob --since 4 --key bob-2.pub; or: counterseal trust revoke --withdraw 7
    """
    begun = begin(repo, roots, Terms(root_threshold, expires, layout_key, ssh_key, amend, afresh), now())
    if who:
        _revoke(begun, who, since, key)
    elif since is not None or key:
        raise UsageError("say whose key: counterseal trust revoke PERSON|KEY --since N")
    for what, texts in (("void", void), ("withdrawn", withdraw)):
        for text in texts or ():
            begun.draft.take_back(what, _numbers(begun, text))
    return show(propose(begun), form)


def _revoke(begun: Begun, who: str, since: int | None, fresh: str | None) -> None:
    if since is None:
        raise UsageError("--since N: the first promotion for which the key may have been somebody else's; 0 if unsure")
    draft = begun.draft
    if who in draft.value["people"]:
        keys = [fingerprint(line) for line in draft.person(who)["keys"]]
    else:
        keys = [_known(begun, who)]
    holder = draft.holder(keys[0])
    if fresh and holder is None:
        raise UsageError(f"{who} is in use by nobody; a new key takes no place: leave --key out")
    if fresh:
        _give(begun, str(holder), fresh)
    elif holder in draft.value["people"] and len(draft.person(str(holder))["keys"]) == len(keys):
        draft.remove(str(holder))
    for item in keys:
        draft.compromise(item, since)


def _give(begun: Begun, holder: str, fresh: str) -> None:
    if holder in MACHINES:
        begun.draft.add_machine(holder, machine_key(Path(fresh)))
    else:
        begun.draft.enter(holder, None, bot=False, keys=[read_key(fresh).public])


def _known(begun: Begun, named: str) -> str:
    found = key_id(named, (*begun.chain, begun.started))
    if found is None:
        expected, mend = "a person, or a key that some version listed", "see `counterseal trust show`"
        raise refuse("NO_SUCH_KEY", begun.draft.where, expected, named, mend)
    return found


def _numbers(begun: Begun, text: str) -> range:
    """Read ``4`` or ``4-7``; refuse a promotion that the log does not have, and the beginning."""
    first, _, last = text.partition("-")
    try:
        found = range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise UsageError(f"write a number or a range like 4-7, not {text!r}") from error
    if not found or found[0] < 1 or found[-1] >= begun.log.next_number:
        expected = f"promotions from 1 to {begun.log.next_number - 1}"
        raise refuse("NO_PROMOTION", begun.draft.where, expected, text, "see `counterseal history`")
    return found
