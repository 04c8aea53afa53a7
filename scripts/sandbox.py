"""``counterseal sandbox``: a folder in which one person lives the whole flow, as everybody in turn.

* Everything is the real thing: a forge whose hooks are gate and promoter, a log, a clone, the pipeline, the server.
  Only the keys are not: everybody has them (``crypto.published``), so the trust is marked, every page says SANDBOX,
  and no other trust takes such a key.
* The template is the checkout of Counterseal around this folder, less its example model; datasets stay.
* Each part is made aside and put in place whole, in this order: the page that says what the folder is, keys, roster,
  clone, then the log and the forge as ``init`` makes them. A run that died is finished by the next.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from counterseal.crypto import published
from counterseal.documents import places
from counterseal.documents.trust import Root
from counterseal.values.finding import Verdict, refuse
from counterseal.verification.git import Git
from counterseal.verification.tree import Tree
from scripts.clock import now
from scripts.forge.roster import Member, Roster, RosterSpec
from scripts.init import initialise
from scripts.options import Form, Repo
from scripts.report import progress
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository.repository import open_git
from scripts.repository.sandbox import SETTING, Sandbox, email
from scripts.repository.template import copy_template
from scripts.repository.tool import check_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from counterseal.documents.trust import Quorum
    from pipelines.step import Progress

PERSONAS = {
    "alice": ("Data scientist, who proposes models", ("owner",)),
    "bob": ("Owner of the models, and operator", ("owner", "operator", "maintainer")),
    "carol": ("Risk officer", ("risk", "maintainer")),
}
_MODEL = ("owner", "risk")
QUORUMS: dict[Quorum, tuple[str, ...]] = {
    **dict.fromkeys(("low", "medium", "high", "rules"), _MODEL),
    "code": ("maintainer",),
    "waivers": ("risk",),
}
PAGE = "SANDBOX.md"
ROSTER = "roster.yaml"
_ASIDE = ".counterseal-"
_SAYS = """# A Counterseal sandbox

Everything in this folder is for trying out. Its keys are derived from texts in Counterseal's source: everybody has
them. Nothing signed here counts anywhere else, and no other trust takes these keys.

    work/        the clone: type commands here
    forge.git/   the forge, whose hooks are the gate and the promoter
    keys/        everybody's keys, and roots.yaml for a server
    roster.yaml  who takes part, as `counterseal init` reads it
    server/      a server's state, once one ran
"""


def sandbox(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or is empty.")],
    repo: Repo = None,
    form: Form = Format.TEXT,
) -> int:
    """Found a folder to try everything in, as everybody in turn; it counts nowhere else.

    Run it in a checkout of Counterseal. DIR gets a forge, a clone and three people whose keys are no secret: live a
    model's whole life in DIR/work on data of your own. alice proposes, bob and carol countersign, each by --as NAME.
    """
    made = Sandbox(folder.resolve())
    with progress.steps() as shown:
        found(made, open_git(repo), now(), shown)
    open_git(made.work)
    return show(_report(made), form)


def found(made: Sandbox, source: Git, now: datetime, shown: Progress) -> None:
    """Found a sandbox, or finish what an earlier run began; raise Refused if the folder is something else's."""
    _check_outside(made.folder, source)
    made.folder.mkdir(parents=True, exist_ok=True)
    with _alone(made.folder):
        _check_free(made.folder)
        _place(made.folder / PAGE, lambda path: path.write_text(_SAYS))
        shown.begin("keys", "People and machines")
        _place(made.keys, _write_keys)
        _place(made.folder / ROSTER, lambda path: path.write_bytes(_roster().write()))
        shown.end(f"{', '.join(PERSONAS)}, and three machines")
        shown.begin("clone", "The template, without its example")
        _place(made.work, lambda path: _copy(source, path))
        shown.end(str(made.work))
        shown.begin("log", "Trust, log and forge")
        begun = initialise(Git(made.work), made.folder / ROSTER, made.keys, made.forge, now)
        _configure(made)
        shown.end(f"{begun.roots.spec.log_id} begins at {begun.main[:12]}")


def _check_outside(folder: Path, source: Git) -> None:
    """Refuse a folder in the checkout it is founded from: keys never lie in a repository."""
    inside = folder.resolve().is_relative_to(source.folder.resolve())
    if inside:
        mend = f"name another, such as {shlex.quote(str(source.folder.resolve().parent / 'sandbox'))}"
        raise refuse("SANDBOX_INSIDE", str(folder), "a folder outside the repository", "one inside", mend)


def _check_free(folder: Path) -> None:
    for left in folder.glob(f"{_ASIDE}*"):
        shutil.rmtree(left)
    there = sorted(path.name for path in folder.iterdir())
    if there and PAGE not in there:
        found, mend = f"other files: {', '.join(there[:3])}", "name a folder that does not exist yet"
        raise refuse("SANDBOX_FOLDER", str(folder), "an empty folder, or a sandbox", found, mend)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else founds here; the system lets go of the folder whatever ends this process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _place(target: Path, make: Callable[[Path], object]) -> None:
    """Make a file or folder aside and put it in place whole; what is there stays."""
    if target.exists():
        return
    with tempfile.TemporaryDirectory(prefix=_ASIDE, dir=target.parent) as aside:
        staged = Path(aside) / target.name
        make(staged)
        staged.rename(target)


def _write_keys(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    for name in published.PEOPLE:
        key = published.person(name)
        _write(folder / name, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        _write(folder / f"{name}.pub", public + f" {email(name)}\n".encode())
    for role in published.MACHINES:
        pem = published.machine(role).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(folder / f"{role}.pem", pem)


def _write(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)


def _roster() -> Roster:
    people = {
        name: Member(title=title, keys=(f"keys/{name}.pub",), emails=(email(name),), roles=roles)
        for name, (title, roles) in PERSONAS.items()
    }
    root = Root(members=tuple(PERSONAS), threshold=2)
    return Roster.of("sandbox", RosterSpec(people=people, root=root, quorums=QUORUMS, sandbox=True))


def _copy(source: Git, target: Path) -> None:
    """Copy the template; raise Refused if it is none, or of other code than this program."""
    if not (source.folder / places.PIPELINE).is_file():
        mend = "run it in a checkout of Counterseal, or name one: --repo DIR"
        raise refuse("NO_TEMPLATE", str(source.folder), "a checkout of Counterseal", "another repository", mend)
    target.mkdir()
    copy_template(source, target)
    check_template(Tree(Git(target), "HEAD"))


def _configure(made: Sandbox) -> None:
    """Make the clone know its sandbox, and whoever is not named alice."""
    settings = {
        SETTING: str(made.folder),
        "user.name": "alice",
        "user.email": email("alice"),
        "user.signingkey": str(made.person("alice")),
        "gpg.format": "ssh",
        "gpg.ssh.program": "ssh-keygen",
        "commit.gpgsign": "true",
    }
    for name, value in settings.items():
        Git(made.work).run("config", name, value)


def _report(made: Sandbox) -> Report:
    people = tuple((name, title, ", ".join(roles)) for name, (title, roles) in PERSONAS.items())
    tables = (Table("people", ("--as", "who", "signs as"), people), Table("what to type", ("", ""), _next(made)))
    headline = f"{made.folder} stands; its keys are everybody's, and good for nothing else"
    notes = ("Whoever is not named is alice. The keys of CI, layout and promoter are found without being named.",)
    return Report("sandbox", headline, Verdict.PASS, tables=tables, notes=notes)


def _next(made: Sandbox) -> tuple[tuple[str, str], ...]:
    """Return what one types next, and what it does."""
    path = f'export PATH="{Path(sys.executable).parent}:$PATH"'
    known = shutil.which("counterseal") is not None
    return (
        *(() if known else ((path, "so that the program is found"),)),
        (f"cd {shlex.quote(str(made.work))}", "the clone"),
        ("counterseal dataset new FILE", "describe your data; correct what it asks about"),
        ("counterseal model new NAME --dataset NAME", "ask for a model of it, in ten lines"),
        ("counterseal propose", "alice puts both on a branch, signed"),
        ("counterseal run --push", "CI trains it, and signs what it found"),
        ("counterseal status", "may it be merged, and who must act?"),
        ("counterseal approve --as bob", "one code owner reads and countersigns"),
        ("counterseal approve --as carol", "and so does the other"),
        ("counterseal merge", "the gate judges; the promoter records"),
        ("counterseal serve", "answers on http://127.0.0.1:8080"),
        ("counterseal rollback NAME --as bob", "proposes what served before"),
    )
