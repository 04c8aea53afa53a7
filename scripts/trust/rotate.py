"""``counterseal trust rotate``: propose a new key for a person or a machine.

* A person's old key is retired, unless its signature is needed for the very version that retires it; then both count
  until ``trust retire`` ends the old one.
* CI's and the layout key overlap, so that nothing is made or signed again; the promoter's is replaced.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.crypto.dsse import keyid
from counterseal.crypto.sshsig import fingerprint
from counterseal.values.finding import UsageError, refuse
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.show import Format, show
from scripts.signing.keys import find_key, read_key
from scripts.trust import checks as trust_checks
from scripts.trust.draft import MACHINES, OVERLAPPING, Draft
from scripts.trust.keys import key_id, machine_key
from scripts.trust.proposal import begin, propose
from scripts.trust.terms import Afresh, Amend, Expires, LayoutKey, Terms, Threshold

if TYPE_CHECKING:
    from scripts.trust.proposal import Begun


def trust_rotate(  # noqa: PLR0913, PLR0917 (the options of a command)
    name: Annotated[str, typer.Argument(metavar="PERSON|MACHINE", help="A person, or ci, layout, promoter.")],
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="The new key; a person's is by default the one git uses."),
    ] = None,
    old: Annotated[
        str | None, typer.Option("--old", metavar="KEY", help="The key it replaces, if there are several.")
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
    """Propose a new key for a person or a machine; the root people sign it.

    What the old key signed stands. A key that somebody else may have had is not rotated but revoked:
    `counterseal trust revoke`.

    Example: counterseal trust rotate ci --key ci-2.pem --layout-key layout.pem
    """
    begun = begin(repo, roots, Terms(root_threshold, expires, layout_key, ssh_key, amend, afresh), now())
    says = _machine(begun, name, key, old) if name in MACHINES else _person(begun, name, key, old)
    return show(propose(begun, says), form)


def _machine(begun: Begun, role: str, key: str | None, old: str | None) -> tuple[str, ...]:
    if key is None:
        raise UsageError(f"--key FILE.pem names the new key of {role}")
    draft, listed = begun.draft, [keyid(item["publicKey"]) for item in begun.draft.value["machines"][role]]
    draft.add_machine(role, machine_key(Path(key)))
    if role in OVERLAPPING:
        return (f"Both keys of {role} count until `counterseal trust retire {_chosen(begun, role, old, listed)}`.",)
    draft.retire_key(_chosen(begun, role, old, listed))
    return ()


def _person(begun: Begun, name: str, key: str | None, old: str | None) -> tuple[str, ...]:
    draft = begun.draft
    listed = [fingerprint(line) for line in draft.person(name)["keys"]]
    gone = _chosen(begun, name, old, listed)
    fresh = (read_key(key) if key else find_key(begun.repository.git)).public
    if fingerprint(fresh) in listed:
        mend = "name the new one: --key FILE.pub"
        raise refuse("TRUST_UNCHANGED", draft.where, f"a new key for {name}", fingerprint(fresh), mend)
    draft.enter(name, None, bot=False, keys=[fresh])
    both = Draft(draft.version, draft.read().plain()["spec"], draft.number)
    draft.retire_key(gone)
    if trust_checks.signable(begun.chain[-1], draft.read()):
        return ()
    begun.draft = both
    return (f"{name} must sign before and after, so both keys count until `counterseal trust retire {gone}`.",)


def _chosen(begun: Begun, holder: str, named: str | None, listed: list[str]) -> str:
    """Return the id of the key that is replaced."""
    if named is None and len(listed) > 1:
        raise UsageError(f"{holder} has several keys; say which goes with --old: {', '.join(listed)}")
    found = listed[0] if named is None else key_id(named, (*begun.chain, begun.started))
    if found not in listed:
        raise refuse("NO_SUCH_KEY", begun.draft.where, f"one of {', '.join(listed)}", named)
    return found
