"""Repositories with many models, written as Git objects: one real proof under many names.

* ``crowd`` puts the files of one model under other names, unchanged: they stand in the tree, and prove nothing.
* ``proof_of`` makes a model's proof again under another name, with everything that binds it, its own dataset too,
  so that no two proofs have a blob in common but the layout and the figures. CI's real key signs, real people approve.
* ``long_log`` gives a repository a past: merges that bring one copy each, and records of them, chained and signed.
"""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING, Any

from counterseal.documents import entry, places
from counterseal.documents.card import card
from counterseal.documents.dataset import Dataset
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.layout import sign_link
from counterseal.documents.record import Head, Promotion, digest_of
from counterseal.documents.rules import run_id
from counterseal.documents.spec import ModelSpec
from counterseal.documents.statement import EXTENSION, Materials, Scope, Statement
from counterseal.values import strict_json
from counterseal.values.digest import sha256
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from tests.support import acts
from tests.support.world import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.support.world import World

STEPS = ("validate", "train", "evaluate", "bom", "audit")
_WHO = "committer b <b@example.org> 1700000000 +0000\n"


def names(count: int) -> list[str]:
    """Return so many names of models."""
    return [f"model-{number:05}" for number in range(count)]


def fast_import(world: World, commits: Iterable[bytes]) -> None:
    """Write commits as they are described in git's own language."""
    command = ["git", "-C", str(world.forge), "fast-import", "--quiet", "--force"]
    subprocess.run(command, input=b"".join(commits), check=True)


def commit(ref: str, subject: str, parents: Iterable[str], commands: Iterable[bytes], mark: int = 1) -> bytes:
    """Describe a commit: its first parent's files, and what the commands change in them."""
    first, *merged = parents
    links = [f"from {first}\n", *(f"merge {parent}\n" for parent in merged)]
    head = f"commit refs/heads/{ref}\nmark :{mark}\n{_WHO}data {len(subject)}\n{subject}\n{''.join(links)}"
    return head.encode() + b"".join(commands)


def put(files: Mapping[str, bytes]) -> list[bytes]:
    """Return the commands that write files."""
    return [b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data) for path, data in files.items()]


def under(world: World, name: str, source: Tree) -> list[bytes]:
    """Return the commands that put a model's files under another name, as they are."""
    oids = [(path, source.oid(path)) for path in places.of_model(MODEL)]
    modes = {path: "040000" if path.startswith(("registry", "attestations")) else "100644" for path, _ in oids}
    renamed = [(modes[path], oid, path.replace(MODEL, name)) for path, oid in oids if oid]
    return [f"M {mode} {oid} {path}\n".encode() for mode, oid, path in renamed]


def crowd(world: World, source: Tree, count: int) -> None:
    """Put so many copies of a model on main, in one commit that no gate was asked about."""
    commands = [line for name in names(count) for line in under(world, name, source)]
    fast_import(world, [commit("main", "A crowd", [world.main], commands)])


def long_log(world: World, source: Tree, count: int) -> None:
    """Put so many merges on main, each bringing a copy, and a record of each in the log."""
    if count:
        before, tip = world.main, world.main
        commits = []
        for number in range(count):
            files = under(world, f"past-{number:05}", source)
            side, merge = 2 * number + 1, 2 * number + 2
            commits.append(commit("side", "A proposal", [tip], files, side))
            commits.append(commit("main", "Its merge", [tip, f":{side}"], files, merge))
            tip = f":{merge}"
        fast_import(world, commits)
        _record(world, world.git.first_parents(before, world.main))


def _record(world: World, merges: Iterable[str]) -> None:
    last = read_log(world.git, world.promotions, world.main, world.roots).records[-1]
    number, previous, files = last.promotion.number, last.digest, {}
    signer = world.signer("promoter")
    common = {"log_id": world.roots.spec.log_id, "trust": 1, "rules": 0, "time": world.now}
    for merge in merges:
        number += 1
        facts = {"number": number, "previous": previous, "kind": "promote", "model": f"past-{number:05}"}
        about = {"entry": "0" * 64, "commit": merge, "tree": world.git.root(merge)}
        files[places.record(number)] = Promotion.model_validate(common | facts | about).sign(signer)
        previous = digest_of(files[places.record(number)])
    head = {"log_id": common["log_id"], "number": number, "record": previous, "trust": 1, "time": world.now}
    files[places.HEAD_FILE] = Head.model_validate(head).sign(signer)
    fast_import(world, [commit("promotions", "records", [world.promotions], put(files))])


def proof_of(world: World, source: Tree, name: str) -> dict[str, bytes]:
    """Return the files of a proof made again under another name, with approvals and the dataset's description."""
    again = _Again(world, source, name)
    for path in (places.spec(MODEL), places.dataset(MODEL), *(places.model_file(MODEL, f) for f in places.MODEL_FILES)):
        again.text(path)
    again.run()
    again.text(places.bom(MODEL))
    for step in STEPS:
        again.statement(places.statement(MODEL, step))
    for step in STEPS:
        again.link(places.link(MODEL, step))
    again.papers()
    return again.files


class _Again:
    """One model made again; what a digest was, and what it is now."""

    def __init__(self, world: World, source: Tree, name: str) -> None:
        self.world, self.source, self.name = world, source, name
        self.now: dict[bytes, bytes] = {MODEL.encode(): name.encode()}
        self.files: dict[str, bytes] = {}
        self.ci = world.signer("ci")
        self.before = RegistryEntry.read(source.need(places.entry(MODEL)), "entry").spec

    def renamed(self, data: bytes) -> bytes:
        for old, new in self.now.items():
            data = data.replace(old, new)
        return data

    def keep(self, path: str, was: bytes, data: bytes) -> None:
        self.files[path.replace(MODEL, self.name)] = data
        self.now[sha256(was).encode()] = sha256(data).encode()

    def text(self, path: str) -> None:
        data = self.source.need(path)
        self.keep(path, data, self.renamed(data))

    def run(self) -> None:
        spec, dataset = self.files[places.spec(self.name)], self.files[places.dataset(self.name)]
        found = run_id(sha256(spec), sha256(dataset), self.before.materials.code)
        self.now[self.before.run.encode()] = found.encode()

    def statement(self, path: str) -> None:
        data = self.source.need(path)
        payload = self.renamed(base64.b64decode(json.loads(data)["dsseEnvelope"]["payload"]))
        self.keep(path, data, Statement.parse(strict_json.loads(payload, path), path).sign(self.ci))

    def link(self, path: str) -> None:
        data = self.source.need(path)
        self.keep(path, data, sign_link(self.renamed(base64.b64decode(json.loads(data)["payload"])), self.ci))

    def papers(self) -> None:
        """Make card and entry, and have two people approve."""
        read: Callable[[str], Any] = lambda path: strict_json.loads(self.files[path], path)  # noqa: E731
        evaluate = places.statement(self.name, "evaluate")
        payload = base64.b64decode(read(evaluate)["dsseEnvelope"]["payload"])
        measures = strict_json.loads(payload, evaluate)["predicate"][EXTENSION]["measures"]
        for name in card.figures(measures):
            self.text(places.figure(MODEL, name))
        spec = ModelSpec.read(self.files[places.spec(self.name)], "spec")
        dataset = Dataset.read(self.files[places.dataset(self.name)], "dataset")
        self.files[places.card(self.name)] = card.render(spec, dataset, measures, read(places.bom(self.name)))
        digests = {path: sha256(data) for path, data in self.files.items() if not path.startswith("datasets/")}
        found = entry.build(self.scope(spec), self.before.tier, 0, measures, digests)
        self.files[places.entry(self.name)] = found
        common: dict[str, Any] = {"model": self.name, "entry": sha256(found), "reviews": acts.every_review(self.world)}
        for person in ("alice", "bob"):
            approval = acts.approval(self.world, person, "promote", reproduced=True, **common)
            self.files[f"{places.approvals(self.name)}/{person}.yaml"] = approval

    def scope(self, spec: ModelSpec) -> Scope:
        materials = self.before.materials
        dataset = sha256(self.files[places.dataset(self.name)])
        digest = sha256(self.files[places.spec(self.name)])
        return Scope(
            log_id=self.world.roots.spec.log_id,
            model=self.name,
            version=spec.spec.version,
            step="record",
            run=run_id(digest, dataset, materials.code),
            spec=digest,
            materials=Materials(dataset=dataset, code=materials.code, layout=materials.layout),
        )
