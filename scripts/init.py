"""``counterseal init``: a clone of the template becomes a repository of its own, with fresh trust, keys and log.

* Everything is prepared aside and verified first; a refusal leaves nothing behind.
* Then it is put in place, each step whole: machine keys and root keys under ``--keys``, the two branches, the working
  tree, the forge. A run that died between two steps is finished by the next.
* Private keys of machines never lie in the repository; those of people are never read.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.documents import places
from counterseal.documents.trust import Roots, Trust, check_published
from counterseal.values.finding import Verdict, refuse
from counterseal.verification.git import Git
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from scripts.clock import now
from scripts.forge import forge as local_forge
from scripts.forge.genesis import Genesis, founders, prepare
from scripts.forge.roster import Roster
from scripts.options import Form, Repo
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository.repository import ROOTS_SETTING, open_git
from scripts.signing.keys import load_signer, make_machine_key
from scripts.trust.checks import check_quorums, warnings

if TYPE_CHECKING:
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

MACHINES = ("ci", "layout", "promoter")
ROOTS = "roots.yaml"
_UNFINISHED = "counterseal.unfinished"


def init(
    roster: Annotated[Path, typer.Option("--roster", metavar="FILE", help="Who takes part: a Roster document.")],
    keys: Annotated[
        Path | None,
        typer.Option("--keys", metavar="DIR", help="Where machine keys and roots.yaml go; by default REPO-keys."),
    ] = None,
    forge: Annotated[
        Path | None, typer.Option("--forge", metavar="DIR", help="Also make a bare repository with gate and promoter.")
    ] = None,
    repo: Repo = None,
    form: Form = Format.TEXT,
) -> int:
    """Start a repository of your own: fresh trust, keys, log and, if wanted, forge.

    Run it on a clean clone of the template. The root people's keys must be within reach of ssh-keygen; the roster says
    where. Afterwards give roots.yaml to whoever runs a server, by another way than this repository.
    """
    git = open_git(repo)
    folder = (keys or Path(f"{git.folder.resolve()}-keys")).absolute()
    found = initialise(git, roster, folder, forge.absolute() if forge else None, now())
    surprises = tuple(warnings(trust_at(Tree(git, found.main), found.roots)))
    return show(_report(found, folder, forge, surprises), form)


def initialise(git: Git, roster: Path, keys: Path, forge: Path | None, now: datetime) -> Genesis:
    """Found the log, or finish what an earlier run began; return what stands."""
    if keys.resolve().is_relative_to(git.folder.resolve()):
        raise refuse("KEYS_INSIDE", str(keys), "a folder outside the repository", "one inside", "name another: --keys")
    _finish_checkout(git)
    found = _standing(git, keys) or _found(git, roster, keys, now)
    git.run("config", ROOTS_SETTING, str(keys / ROOTS))
    if forge:
        _place_forge(git, found, keys, forge)
    return found


def _found(git: Git, roster: Path, keys: Path, now: datetime) -> Genesis:
    template = _clean_head(git)
    document = Roster.read(_read(roster), str(roster))
    people = document.keys(roster.parent)
    keys.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".counterseal-", dir=keys.parent) as aside:
        staged = _stage_keys(Path(aside), keys)
        machines = {role: load_signer(role, staged / f"{role}.pem") for role in MACHINES}
        pems = {role: _public(signer) for role, signer in machines.items()}
        trust = document.trust(_log_id(staged), people, pems, now, str(roster))
        check_published(trust.spec, str(roster))
        check_quorums(trust, str(roster), "give somebody the role in the roster")
        by = founders(trust, people, machines, str(roster))
        found = prepare(git, template, trust, by, now)
        _place_keys(staged, keys, found.roots)
    _place_branches(git, found)
    return found


def _standing(git: Git, keys: Path) -> Genesis | None:
    """Return the log that main already has; raise Refused if these are not its root keys."""
    main, promotions = git.resolve(places.MAIN), git.resolve(places.PROMOTIONS)
    data = Tree(git, main).read(places.trust(1)) if main else None
    if main is None or promotions is None or data is None:
        return None
    if Trust.open(data, places.trust(1))[0].spec.log != "required":
        return None
    mend = "this repository has a log already; start from a fresh clone of the template"
    if not (keys / ROOTS).is_file():
        raise refuse("ALREADY_FOUNDED", str(git.folder), "a clone of the template", "a repository with a log", mend)
    roots = Roots.read((keys / ROOTS).read_bytes(), str(keys / ROOTS))
    log = read_log(git, promotions, main, roots)
    return Genesis(log.records[0].promotion.commit, promotions, roots)


def _clean_head(git: Git) -> str:
    head = git.resolve("HEAD")
    if head is None:
        raise refuse("NO_COMMIT", str(git.folder), "a clone of the template", "a repository without a commit")
    if git.run("status", "--porcelain", "--untracked-files=no"):
        mend = "commit or undo what you changed: git status"
        raise refuse("DIRTY_TREE", str(git.folder), "a clean clone of the template", "uncommitted changes", mend)
    return head


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse(
            "MISSING_FILE", str(path), "a roster", error.strerror, "scripts/forge/roster.py shows one"
        ) from error


def _stage_keys(aside: Path, keys: Path) -> Path:
    """Return a folder with machine keys: those an earlier run made, else fresh ones."""
    if all((keys / f"{role}.pem").is_file() for role in MACHINES):
        return keys
    if keys.exists() and any(keys.iterdir()):
        mend = "name an empty folder: --keys"
        raise refuse("KEYS_FOLDER", str(keys), "an empty folder, or one with machine keys", "other files", mend)
    staged = aside / keys.name
    staged.mkdir(mode=0o700)
    for role in MACHINES:
        make_machine_key(staged / f"{role}.pem")
    return staged


def _log_id(staged: Path) -> str:
    """Return the log id that an earlier run drew, else a fresh one."""
    path = staged / ROOTS
    return Roots.read(path.read_bytes(), str(path)).spec.log_id if path.is_file() else secrets.token_hex(16)


def _public(signer: CryptoSigner) -> str:
    return str(signer.public_key.keyval["public"])


def _place_keys(staged: Path, keys: Path, roots: Roots) -> None:
    fresh = staged / f".{ROOTS}"
    fresh.write_bytes(roots.write())
    fresh.replace(staged / ROOTS)
    if staged != keys:
        if keys.exists():
            keys.rmdir()
        staged.rename(keys)


def _place_branches(git: Git, found: Genesis) -> None:
    """Move both branches in one transaction, then the working tree; the setting tells the next run to finish that."""
    git.run("config", _UNFINISHED, found.main)
    moves = {places.MAIN: found.main, places.PROMOTIONS: found.promotions}
    lines = [f"update {ref} {new} {git.resolve(ref) or '0' * len(new)}" for ref, new in moves.items()]
    git.run("update-ref", "--stdin", data="\n".join(["start", *lines, "prepare", "commit", ""]).encode())
    _finish_checkout(git)


def _finish_checkout(git: Git) -> None:
    wanted = git.attempt("config", "--get", _UNFINISHED).stdout.decode().strip()
    if wanted and wanted == git.resolve(places.MAIN):
        git.run("symbolic-ref", "HEAD", places.MAIN)
        git.run("reset", "--quiet", "--hard", wanted)
    git.attempt("config", "--unset-all", _UNFINISHED)


def _place_forge(git: Git, found: Genesis, keys: Path, forge: Path) -> None:
    if not forge.exists():
        forge.parent.mkdir(parents=True, exist_ok=True)
        promoter = Path(os.path.relpath(keys / "promoter.pem", forge))
        with tempfile.TemporaryDirectory(prefix=".counterseal-", dir=forge.parent) as aside:
            staged = Path(aside) / forge.name
            staged.mkdir()
            local_forge.create(staged, git, (places.MAIN, places.PROMOTIONS), found.roots, promoter)
            staged.rename(forge)
    elif local_forge.open_settings(forge)[0] != found.roots:
        raise refuse(
            "FORGE_EXISTS", str(forge), "no such folder, or this log's forge", "another", "name another: --forge"
        )
    _point_origin(git, forge)


def _point_origin(git: Git, forge: Path) -> None:
    """Make the forge ``origin``; what was origin becomes ``template``."""
    url = git.attempt("remote", "get-url", "origin").stdout.decode().strip()
    if url != str(forge):
        if url:
            git.run("remote", "rename", "origin", "template")
        git.run("remote", "add", "origin", str(forge))
    # `remote add` writes this after the address: a run that died in between left none
    git.run("config", "--replace-all", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    git.run("fetch", "--quiet", "origin")
    git.run("branch", "--quiet", "--set-upstream-to=origin/main", "main")


def _report(found: Genesis, keys: Path, forge: Path | None, surprises: tuple[str, ...]) -> Report:
    rows = [
        ("log id", found.roots.spec.log_id),
        ("genesis", found.main),
        ("root keys for servers", str(keys / ROOTS)),
        ("machine keys", ", ".join(str(keys / f"{role}.pem") for role in MACHINES)),
    ]
    rows += [("forge", str(forge.absolute()))] if forge else []
    headline = f"log {found.roots.spec.log_id} begins at {found.main[:12]}"
    notes = surprises if forge else (*surprises, "Push both branches: git push REMOTE main promotions")
    tables = (Table("founded", ("what", "where"), tuple(rows)),)
    return Report("init", headline, Verdict.PASS, tables=tables, notes=notes)
