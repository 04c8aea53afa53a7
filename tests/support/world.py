"""A whole small company in a folder: people with SSH keys, machine keys, a forge with log and gate, real evidence.

``found`` makes one with ``counterseal init`` itself; that takes a second, so a session makes one and each test gets a
copy (``World.copy_to``). Everything goes through the forge's objects, in this process: no clone, no hook to start.
Evidence is made by the real pipeline and kept beside the world: the same inputs mean the same thing to every test.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterseal.documents import entry, places
from counterseal.documents.advisories import Advisories
from counterseal.documents.entry import RegistryEntry
from counterseal.documents.spec import ModelSpec
from counterseal.documents.trust import Roots, Trust
from counterseal.values import instant, strict_json, strict_yaml
from counterseal.values.digest import of_digests, sha256
from counterseal.verification.admit import admit, fold
from counterseal.verification.git import Git
from counterseal.verification.log import read_log
from counterseal.verification.proposal import assess
from counterseal.verification.tree import Tree
from counterseal.verification.trustline import trust_at
from pipelines.run import run
from pipelines.step import Silent
from scripts.approve import Wish, countersign
from scripts.clock import now
from scripts.forge.gate import judge, judge_main
from scripts.forge.promote import Recorded, promote
from scripts.init import initialise
from scripts.main import main
from scripts.repository.base import Base
from scripts.repository.changes import Committer, write_commit, write_tree
from scripts.repository.evidence import CI
from scripts.repository.proposals import Proposal
from scripts.repository.repository import Repository
from scripts.repository.template import copy_template
from scripts.signing.countersign import Answer, approval, questions, roles_for
from scripts.signing.keys import SshKey, load_signer, read_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from securesystemslib.signer import CryptoSigner

    from counterseal.verification.ground import Admission
    from counterseal.verification.log import Log
    from counterseal.verification.proposal import Assessment

CHECKOUT = Path(__file__).parents[2]
#: When the company was founded: shortly before the session, because hooks and servers read the real clock. Workers and
#: processes started by tests inherit it.
START = instant.parse(os.environ.setdefault("COUNTERSEAL_TESTS_START", instant.render(now() - timedelta(hours=1))))
MODEL = "german-credit"

#: Person → roles. alice and anna own models, bob and bill judge risk; robo is a bot that holds a role.
PEOPLE: dict[str, tuple[str, ...]] = {
    "dana": (),
    "dora": (),
    "alice": ("owner",),
    "anna": ("owner",),
    "bob": ("risk",),
    "bill": ("risk",),
    "olga": ("operator",),
    "mia": ("maintainer",),
    "rita": (),
    "rolf": (),
    "robo": ("owner",),
}
QUORUMS = {
    "low": ["owner"],
    "medium": ["owner"],
    "high": ["owner", "risk"],
    "rules": ["owner", "risk"],
    "code": ["maintainer"],
    "waivers": ["risk"],
}


@dataclass
class World:
    """The company; ``now`` is its clock, which only ``later`` moves."""

    folder: Path
    now: datetime = START
    cache: Path = field(default=Path())

    @cached_property
    def git(self) -> Git:
        """The forge's objects."""
        return Git(self.forge)

    @property
    def forge(self) -> Path:
        """The bare repository with the hooks."""
        return self.folder / "forge.git"

    @property
    def keys(self) -> Path:
        """The machine keys, and roots.yaml."""
        return self.folder / "machine-keys"

    @cached_property
    def roots(self) -> Roots:
        """What a server is given."""
        path = self.keys / "roots.yaml"
        return Roots.read(path.read_bytes(), str(path))

    @property
    def main(self) -> str:
        """The tip of main."""
        return self.tip("main")

    @property
    def promotions(self) -> str:
        """The tip of the log."""
        return self.tip("promotions")

    @property
    def trust(self) -> Trust:
        """The trust at main's tip."""
        return trust_at(Tree(self.git, self.main), self.roots)

    def tip(self, branch: str) -> str:
        """Return a branch's commit."""
        return self._ref(branch).read_text().strip()

    def has(self, branch: str) -> bool:
        """Say whether there is such a branch."""
        return self._ref(branch).exists()

    def _ref(self, branch: str) -> Path:
        return self.forge / "refs" / "heads" / branch

    def key(self, person: str) -> SshKey:
        """Return a person's SSH key."""
        return read_key(str(self.folder / "people" / person))

    def signer(self, role: str) -> CryptoSigner:
        """Return a machine's key."""
        return load_signer(role, self.keys / f"{role}.pem")

    def committer(self, person: str) -> Committer:
        """Return a person as git sees them."""
        return Committer(person, f"{person}@acme.example", self.key(person))

    def repository(self) -> Repository:
        """Return the forge as the commands see a repository, without a remote."""
        return Repository(self.git, None, self.main, self.promotions, self.roots, pinned=True)

    def log(self) -> Log:
        """Return the log with what is merged and not recorded yet."""
        recorded = read_log(self.git, self.promotions, self.main, self.roots)
        return fold(self.git, self.roots, recorded, self.main, self.now)[0]

    def read(self, path: str, branch: str = "main") -> bytes:
        """Return a file of a branch."""
        return Tree(self.git, self.tip(branch)).need(path)

    def later(self, **how_much: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**how_much)
        return self.now

    def commit(
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        by: str | None = "dana",
        message: str = "A change",
        base: str | None = None,
    ) -> str:
        """Put a commit on a branch, made from main if it is new; ``by`` None leaves it unsigned."""
        parent = base or (self.tip(branch) if self.has(branch) else self.main)
        who = self.committer(by) if by else Committer("nobody", "nobody@example.org")
        return self.put(branch, write_commit(self.git, write_tree(self.git, parent, files), [parent], message, who))

    def put(self, branch: str, commit: str) -> str:
        """Move a branch, whatever it was; not even the gate is asked."""
        self.git.run("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def propose(self, version: int = 1, by: str = "dana", model: str = MODEL, branch: str = "", **changes: Any) -> str:
        """Propose a version of a model, with changes to its spec, and return the branch."""
        name = branch or f"proposal/{model}-v{version}"
        self.commit(name, {places.spec(model): spec(version, model, **changes)}, by, f"Propose {model} {version}")
        return name

    def prove(self, branch: str, model: str = MODEL) -> str:
        """Run the pipeline on a branch and commit the evidence, as CI does."""
        tree = Tree(self.git, self.tip(branch))
        base = Base.of(self.repository(), self.now)
        gone = [p for p in tree.files(*places.of_model(model)[1:]) if not p.endswith(".vex.cdx.json")]
        files = {**dict.fromkeys(gone), **self._evidence(base, model, tree)}
        commit = write_commit(
            self.git, write_tree(self.git, self.tip(branch), files), [self.tip(branch)], "Evidence", CI
        )
        return self.put(branch, commit)

    def _evidence(self, base: Base, model: str, tree: Tree) -> dict[str, bytes]:
        inputs = base.inputs(model, tree.need, tree.need)
        facts = {
            name: sha256(value if isinstance(value, bytes) else repr(value).encode())
            for name, value in vars(replace(inputs, replaces=0)).items()
        }
        facts["signer"] = sha256(self.signer("ci").public_key.keyid.encode())
        kept = self.cache / f"{of_digests(facts)}.json"
        if not kept.is_file():
            made = run(inputs, self.signer("ci"), START, Silent())
            fresh = kept.with_suffix(f".{id(made)}")
            fresh.write_text(json.dumps({path: content.decode() for path, content in made.items()}))
            fresh.replace(kept)
        files = {path: content.encode() for path, content in json.loads(kept.read_text()).items()}
        return files | {places.entry(model): _replacing(files[places.entry(model)], inputs.replaces)}

    def approve(
        self, branch: str, *people: str, reviews: tuple[str, ...] | None = None, days: int = 14, **wish: Any
    ) -> str:
        """Have people countersign a proposal, deciding every REVIEW unless told which; return the branch's tip.

        Raises what the command would. Between the first and the last nothing is judged: that is the gate's to do.
        """
        asked = list(questions(self.assess(branch).ground))
        decided = reviews if reviews is not None else tuple(name for item in asked for name in item.reviews)
        for person in people[:-1]:
            for item in asked:
                if roles := roles_for(item, self.trust.spec.roles, person):
                    word = item.decision == "promote"
                    answer = Answer(person, roles[0], "Seen and understood.", self.now, days, decided, word)
                    path, data = approval(item, answer, self.roots.spec.log_id, self.key(person))
                    self.commit(branch, {path: data}, person, f"Approval by {person}")
        said = Wish(yes=True, reason="Seen and understood.", reviews=decided, days=days, **wish)
        proposal = Proposal(self.tip(branch), branch)
        countersign(self.repository(), proposal, self.key(people[-1]), said, self.now, lambda page: page)
        return self.tip(branch)

    def reviews(self, branch: str) -> tuple[str, ...]:
        """Return the REVIEW ids that a proposal leaves to people."""
        return tuple(name for asked in questions(self.assess(branch).ground) for name in asked.reviews)

    def merge_of(self, branch: str, by: str = "alice") -> str:
        """Return the merge of a branch into main as an object; nothing moves, nobody judges."""
        main, head = self.main, self.tip(branch)
        tree = self.git.merged_tree(main, head)
        assert tree is not None, f"{branch} conflicts with main"
        return write_commit(self.git, tree, [main, head], f"Merge {branch}", self.committer(by))

    def admit(self, merge: str) -> Admission:
        """Judge a merge onto main's tip."""
        return admit(self.git, self.roots, self.log(), merge, self.now)

    def assess(self, branch: str) -> Assessment:
        """Judge a proposal."""
        return assess(self.git, self.roots, self.log(), self.main, self.tip(branch), self.now)

    def push(self, ref: str, commit: str) -> list[str]:
        """Push as the forge takes it: the gate first, then the ref moves; raises Refused otherwise."""
        old = self.git.resolve(ref) or "0" * len(commit)
        said = list(judge([f"{old} {commit} {ref}"], self._gate))
        self.git.run("update-ref", ref, commit, old)
        return said

    def _gate(self, old: str, new: str) -> list[Admission]:
        return judge_main(self.git, self.roots, old, new, self.now)

    def land(self, branch: str, by: str = "alice") -> Recorded:
        """Merge a proposal through the gate, and have it recorded."""
        self.push(places.MAIN, self.merge_of(branch, by))
        return self.record()

    def force(self, branch: str, by: str = "alice") -> str:
        """Merge a proposal round the gate; nothing is recorded."""
        return self.put("main", self.merge_of(branch, by))

    def record(self) -> Recorded:
        """Run the promoter."""
        return promote(self.git, self.roots, self.signer("promoter"), self.now)

    def promoted(self, version: int = 1, *people: str, by: str = "dana", model: str = MODEL, **changes: Any) -> str:
        """Bring a version of a model all the way into the log; return its branch."""
        branch = self.propose(version, by, model, **changes)
        self.prove(branch, model)
        self.approve(branch, *(people or ("alice", "bob")))
        assert self.land(branch).promotions, f"{branch} was not recorded"
        return branch

    def clone(self, person: str) -> Git:
        """Return a person's clone, set up as they would."""
        folder = self.folder / "clones" / person
        if not folder.exists():
            folder.parent.mkdir(exist_ok=True)
            self.git.run("clone", "--quiet", str(self.forge), str(folder))
        git = Git(folder)
        settings = {
            "user.name": person,
            "user.email": f"{person}@acme.example",
            "user.signingkey": str(self.folder / "people" / person),
            "counterseal.roots": str(self.keys / "roots.yaml"),
        }
        for name, value in settings.items():
            git.run("config", name, value)
        return git

    def types(self, person: str, *words: str) -> int:
        """Let a person type a command in their clone; return the exit code."""
        return main([*words, "--repo", str(self.clone(person).folder)])

    def close(self) -> None:
        """End the process that reads the forge's objects."""
        self.git.close()

    def copy_to(self, folder: Path) -> World:
        """Return a copy of this world that shares nothing with it but the evidence already made."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder)


def _replacing(data: bytes, number: int) -> bytes:
    """Return an entry that replaces another number; nothing else of a proof knows it."""
    found = RegistryEntry.read(data, "entry")
    written = RegistryEntry.of(found.metadata.name, found.spec.model_copy(update={"replaces": number})).write()
    return entry.GENERATED + written


def spec(version: int, model: str = MODEL, **changes: Any) -> bytes:
    """Return the shipped spec as another version, with changes to fields of its ``spec``."""
    path = f"model_specs/{MODEL}.yaml"
    document = ModelSpec.read((CHECKOUT / path).read_bytes(), path)
    return ModelSpec.of(model, document.spec.model_copy(update={"version": version, **changes})).write()


#: What no company of a test looks at; each is copied many hundred times.
UNUSED = ("tests", "benchmarks", "datasets/adult")


def make_people(folder: Path) -> None:
    """Make a key for each of the company's people."""
    folder.mkdir(parents=True)
    for person in PEOPLE:
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(folder / person)]
        subprocess.run(command, check=True)


def found(folder: Path) -> World:
    """Make a world in an empty folder, by ``counterseal init`` on a copy of this checkout."""
    make_people(folder / "people")
    (folder / "roster.yaml").write_bytes(strict_yaml.dumps(roster()))
    template = folder / "template"
    template.mkdir()
    copy_template(Git(CHECKOUT), template)
    Git(template).run("rm", "-r", "--quiet", "--", *UNUSED)
    _refresh_advisories(Git(template))
    world = World(folder, cache=folder.parent / "evidence")
    world.cache.mkdir(exist_ok=True)
    initialise(Git(template), folder / "roster.yaml", world.keys, world.forge, START)
    shutil.rmtree(template)
    return world


def _refresh_advisories(template: Git) -> None:
    """Date the shipped advisories on the day before the company's founding, or the tests would age with them."""
    path = template.folder / places.ADVISORIES
    shipped = Advisories.read_json(path.read_bytes(), places.ADVISORIES)
    spec = shipped.spec.model_copy(update={"retrieved": START - timedelta(days=1)})
    path.write_bytes(strict_json.pretty(Advisories.of(shipped.metadata.name, spec).plain()))
    template.run("commit", "--quiet", "--all", "--message=Advisories", environment=CI.environment)


def once(companies: Path, name: str, make: Callable[[Path], World]) -> World:
    """Make a world unless another test, or another worker, did."""
    cache = companies / "evidence"
    cache.mkdir(exist_ok=True)
    with _locked(companies / f"{name}.lock"):
        if not (companies / name).exists():
            unfinished = companies / f"{name}-unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            with closing(make(unfinished)) as made:
                made.git.run("repack", "-a", "-d", "-q")  # few files to copy
            unfinished.rename(companies / name)
    return World(companies / name, cache=cache)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def roster() -> dict[str, Any]:
    """Return the roster as plain values."""
    people = {
        name: {
            "title": f"{name.title()} of the company",
            "keys": [f"people/{name}"],
            "emails": [f"{name}@acme.example"],
            "roles": list(roles),
            "bot": name == "robo",
        }
        for name, roles in PEOPLE.items()
    }
    value = {"people": people, "root": {"members": ["rita", "rolf"], "threshold": 2}, "quorums": QUORUMS}
    return {"apiVersion": "counterseal/v1", "kind": "Roster", "metadata": {"name": "company"}, "spec": value}
