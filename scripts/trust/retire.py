"""``counterseal trust retire``: propose that a person leaves, gives something back, or that a key ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.values.finding import UsageError, refuse
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.show import Format, show
from scripts.trust.keys import key_id
from scripts.trust.proposal import begin, propose
from scripts.trust.terms import Afresh, Amend, Expires, LayoutKey, Terms, Threshold

if TYPE_CHECKING:
    from scripts.trust.proposal import Begun


def trust_retire(  # noqa: PLR0913, PLR0917 (the options of a command)
    who: Annotated[str, typer.Argument(metavar="PERSON|KEY", help="Somebody, or a key as `trust show` prints it.")],
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="They only give back this role.")
    ] = None,
    root: Annotated[bool, typer.Option("--root", help="They only stop signing trust versions.")] = False,
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
    """Propose that a person leaves, or that a key ends; what it signed stands.

    Refused if a quorum could no longer be filled. A key that somebody else may have had is revoked instead:
    `counterseal trust revoke`.

    Example: counterseal trust retire nina; or a key: counterseal trust retire SHA256:…
    """
    begun = begin(repo, roots, Terms(root_threshold, expires, layout_key, ssh_key, amend, afresh), now())
    draft, chain = begun.draft, (*begun.chain, begun.started)
    if who in draft.value["people"]:
        for item in role or ():
            draft.take_role(who, _held(begun, who, item))
        if root:
            draft.take_root(who)
        if not (role or root):
            draft.remove(who)
    elif role or root:
        raise UsageError(f"{who} is nobody whom the trust lists")
    else:
        draft.retire_key(_in_use(begun, key_id(who, chain), who))
    return show(propose(begun), form)


def _held(begun: Begun, who: str, role: str) -> str:
    if who not in begun.draft.value["roles"].get(role, ()):
        raise refuse("ROLE", who, f"somebody who is {role}", "another role", "see `counterseal trust show`")
    return role


def _in_use(begun: Begun, key: str | None, named: str) -> str:
    if key is None or begun.draft.holder(key) is None:
        expected, mend = "a person, or a key in use", "see `counterseal trust show`"
        raise refuse("NO_SUCH_KEY", begun.draft.where, expected, named, mend)
    return key
