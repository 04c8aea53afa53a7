"""``counterseal trust add``: propose a person, a key, a role, a machine's key, or more root people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.values.finding import UsageError
from scripts.clock import now
from scripts.options import Form, Key, Repo, RootsFile
from scripts.report.show import Format, show
from scripts.signing.keys import read_key
from scripts.trust.keys import machine_key
from scripts.trust.proposal import begin, propose
from scripts.trust.terms import Afresh, Amend, Expires, LayoutKey, Terms, Threshold

if TYPE_CHECKING:
    from scripts.trust.draft import Draft


def trust_add(  # noqa: PLR0913, PLR0917 (the options of a command)
    name: Annotated[str | None, typer.Argument(metavar="PERSON|MACHINE", help="Also the login at the forge.")] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="KEY", help="Their public SSH key: its text or file.")
    ] = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="What they do, for people to read.")
    ] = None,
    email: Annotated[
        list[str] | None, typer.Option("--email", metavar="ADDRESS", help="An address in commits; adds authors.")
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="A role they sign in; may be repeated.")
    ] = None,
    bot: Annotated[bool, typer.Option("--bot", help="A bot: it may commit, its approvals never count.")] = False,
    root: Annotated[bool, typer.Option("--root", help="They sign trust versions from now on.")] = False,
    machine: Annotated[
        Path | None, typer.Option("--machine", metavar="FILE", help="A machine's key beside those it has: its PEM.")
    ] = None,
    quorum: Annotated[
        list[str] | None, typer.Option("--quorum", metavar="NAME=ROLE,ROLE", help="Who must sign what from now on.")
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
    """Propose a person, or another key or role for one; the root people sign it.

    A newcomer sends you their public key (`ssh-keygen -t ed25519` makes one). Somebody who is listed gets what you name
    beside what they have. `trust add ci --machine FILE.pem` lists a second CI key, so that old evidence stays good.
    Without a name: --quorum, --root-threshold or --expires alone.

    Example: counterseal trust add nina --key nina.pub --title "Owner of loans" --email nina@acme.example --role owner
    """
    terms = Terms(root_threshold, expires, layout_key, ssh_key, amend, afresh)
    begun = begin(repo, roots, terms, now())
    about_a_person = bool(key or title or email or role or bot or root)
    if about_a_person and (machine or not name):
        raise UsageError("say whom, and nothing of a machine: counterseal trust add PERSON --key …")
    if machine:
        begun.draft.add_machine(name or "", machine_key(machine))
    elif name:
        begun.draft.enter(name, title, bot=bot, keys=[read_key(item).public for item in key or ()])
        begun.draft.give(name, email or (), role or (), root=root)
    for item in quorum or ():
        _set_quorum(begun.draft, item)
    return show(propose(begun), form)


def _set_quorum(draft: Draft, text: str) -> None:
    name, given, roles = text.partition("=")
    if not given:
        raise UsageError(f"--quorum {text}: write it like high=owner,risk")
    draft.value["quorums"][name] = [role for role in roles.split(",") if role]
