"""``counterseal export``: a promotion, as other people's verifiers read it.

* The model is verified first, as ``counterseal verify`` does; what may not serve is not exported.
* The folder is a function of the repository and the keys at hand: no clock, no random number, the same bytes again.
* It is written aside and put in place whole; a folder that holds anything already is left alone.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterseal.crypto.dsse import keyid
from counterseal.values.finding import Verdict, refuse
from scripts.clock import now
from scripts.options import Form, Repo, RootsFile
from scripts.report.progress import working
from scripts.report.report import Report, Table
from scripts.report.show import Format, show
from scripts.repository.repository import open_repository
from scripts.repository.sandbox import machine_key
from scripts.signing.keys import load_private, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from counterseal.documents.trust import Trust
    from scripts.repository.repository import Repository
    from scripts.upstream.part import Part

README = "README.md"


def export(
    model: Annotated[str, typer.Argument(help="The model.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or is empty.")],
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="CI's key, for model.sig; else COUNTERSEAL_CI_KEY."),
    ] = None,
    layout_key: Annotated[
        Path | None,
        typer.Option(
            "--layout-key", metavar="FILE", help="The layout key, for root.layout; else COUNTERSEAL_LAYOUT_KEY."
        ),
    ] = None,
    repo: Repo = None,
    roots: RootsFile = None,
    form: Form = Format.TEXT,
) -> int:
    """Write what in-toto, Sigstore, OpenSSF Model Signing and OpenSSH check by themselves.

    Verifies the model, then writes the folder DIR for somebody who does not use Counterseal: in-toto/, bundles/,
    model/, approvals/, keys/, and a README.md with the commands to run. Without the two keys everything is written but
    model.sig and root.layout, which have to be signed anew.
    """
    _check_free(folder)
    repository = open_repository(repo, roots)
    named = {"ci": key, "layout": layout_key}
    ci, layout = (_key(role, machine_key(repository.git, role, named[role]), repository.trust) for role in named)
    with working("Judging what serves"):
        found = exported(repository, model, ci, layout, now())
    place(folder, found.files)
    notes = (*(f"left out: {item}" for item in found.left_out), *repository.notes, f"Next: read {folder / README}.")
    headline = f"{model}: {len(found.files)} files in {folder}"
    tables = (Table("files", ("where", "how many"), tuple(_counted(found.files))),)
    return show(Report("export", headline, Verdict.PASS, tables=tables, notes=notes), form)


def exported(
    repository: Repository,
    model: str,
    ci: EllipticCurvePrivateKey | None,
    layout: EllipticCurvePrivateKey | None,
    now: datetime,
) -> Part:
    """Verify a model and return everything there is to write; raise Refused if it may not serve."""
    from scripts.upstream import in_toto, model_signing, readme, sigstore, ssh
    from scripts.upstream.part import Part
    from scripts.upstream.promotion import verified

    found = verified(repository, model, now)
    parts = (in_toto.part(found, layout), model_signing.part(found, ci), ssh.part(found), sigstore.part(found))
    keys = {f"keys/{key.file}": key for part in parts for key in part.keys}
    files = {path: data for part in parts for path, data in part.files.items()}
    files |= {path: key.pem.encode() for path, key in keys.items()}
    left_out = tuple(item for part in parts for item in part.left_out)
    says = readme.write(found, parts, keys, left_out, sandbox=repository.roots.sandbox)
    return Part(dict(sorted((files | {README: says.encode()}).items())), says, left_out=left_out)


def place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, all of them or none; who is killed leaves a ``.counterseal-…`` beside it at most."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".counterseal-", dir=folder.parent) as aside:
        staged = Path(aside) / folder.name
        for path, data in files.items():
            (staged / path).parent.mkdir(parents=True, exist_ok=True)
            (staged / path).write_bytes(data)
        staged.rename(folder)


def _counted(paths: Iterable[str]) -> Iterable[tuple[str, str]]:
    tops = Counter(path.partition("/")[0] for path in paths)
    return ((name, str(number)) for name, number in sorted(tops.items()))


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        mend = "name a folder that does not exist yet"
        raise refuse("EXPORT_EXISTS", str(folder), "no such folder, or an empty one", "something is there", mend)


def _key(role: str, path: Path | None, trust: Trust) -> EllipticCurvePrivateKey | None:
    """Load a machine's key if it is at hand; raise Refused if the trust does not give it this role."""
    if path is None and not os.environ.get(variable_of(role)):
        return None
    from scripts.upstream.signing import public_pem

    private = load_private(role, path)
    pem = public_pem(private)
    if pem not in trust.machine_keys(role):
        trusted = ", ".join(keyid(item)[:12] for item in trust.machine_keys(role))
        mend = "name the key that the trust gives this role: see `counterseal trust show`"
        raise refuse("UNKNOWN_KEY", role, f"the key of the role {role!r}: {trusted}", keyid(pem)[:12], mend)
    return private
