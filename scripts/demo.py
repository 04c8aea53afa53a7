"""``counterseal demo``: a model's whole life in a scratch folder, told as a story, with nothing simulated.

Fresh keys, a fresh log, a local forge whose hook is the gate, the real pipeline on real data, a real server that
follows. Every
command shown is run as shown; one that ends otherwise than told ends the demo with exit code 3, for then the story is
wrong.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from counterseal.documents import places
from counterseal.documents.spec import ModelSpec
from counterseal.verification.git import Git
from scripts.options import Repo
from scripts.repository.repository import open_git
from scripts.repository.template import copy_template
from scripts.stage import cast
from scripts.stage.server import Server, Traffic, read_rows, shifted
from scripts.stage.story import Actor, Story

MODEL = "german-credit"
_DRIFTED = {"duration": 1.8, "amount": 2.5}


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server up, and print its address.")] = False,
    scratch: Annotated[
        Path | None, typer.Option("--scratch", metavar="DIR", help="Where to play; by default a new folder.")
    ] = None,
    repo: Repo = None,
) -> int:
    """Live a model's whole life in a scratch folder, and tell it as a story."""
    folder = (scratch or Path(tempfile.mkdtemp(prefix="counterseal-demo-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    play = Play(Story(), folder, open_git(repo))
    try:
        play.all()
    finally:
        if play.server and not keep:
            play.server.stop()
    play.farewell(keep=keep)
    return 0


@dataclass
class Play:
    """The story's chapters, in order; each leaves what the next begins with."""

    story: Story
    folder: Path
    source: Git
    actors: dict[str, Actor] = field(default_factory=dict)
    server: Server | None = None

    def all(self) -> None:
        """Tell the whole story."""
        self.found()
        self.propose_first()
        self.prove()
        self.countersign(f"proposal/{MODEL}-v1")
        self.promote_first()
        self.serve()
        self.propose_second()
        self.attack_proposal()
        self.swap()
        self.attack_main()
        self.drift()
        self.roll_back()
        self.audit()

    @property
    def forge(self) -> Path:
        """The local forge."""
        return self.folder / "forge.git"

    @property
    def live(self) -> Server:
        """The server, once it runs."""
        if self.server is None:
            raise AssertionError
        return self.server

    def found(self) -> None:
        """Chapter: trust, log and forge."""
        self.story.chapter(
            "A trust root, a log and a forge",
            "Rita and Rolf hold the root keys: it takes both to say who is trusted.",
            "The forge is a bare Git repository. Its pre-receive hook is the gate, and judges every push.",
        )
        template = self.folder / "clones" / "founder"
        template.mkdir(parents=True)
        copy_template(self.source, template)
        cast.make_people(self.folder / "keys")
        cast.write_roster(self.folder / "roster.yaml", self.folder / "keys")
        home = cast.enter("rita", self.folder, None)
        rita = Actor("rita", template, home.environment)
        where = ("--keys", str(self.folder / "machine-keys"), "--forge", str(self.forge))
        self.story.counterseal(rita, "init", "--roster", str(self.folder / "roster.yaml"), *where)
        for name in ("dana", "alice", "bob"):
            self.actors[name] = cast.enter(name, self.folder, self.forge)
        key = str(self.folder / "machine-keys" / "ci.pem")
        self.actors["ci"] = cast.enter("ci", self.folder, self.forge, COUNTERSEAL_CI_KEY=key)

    def propose_first(self) -> None:
        """Chapter: a data scientist proposes a model."""
        dana = self.actors["dana"]
        self.story.chapter(
            "Dana proposes a model", "She writes one file; the branch and her signed commit are made for her."
        )
        spec = dana.folder / places.spec(MODEL)
        spec.parent.mkdir(exist_ok=True)
        spec.write_bytes((self.source.folder / places.spec(MODEL)).read_bytes())
        self.story.counterseal(dana, "propose", MODEL)

    def prove(self) -> None:
        """Chapter: CI makes the evidence."""
        self.story.chapter(
            "CI proves it: validate → train → evaluate → bom → audit → record",
            "Each step signs an in-toto link and a Statement; the evidence is committed on the proposal's branch.",
        )
        self._run(f"proposal/{MODEL}-v1")

    def countersign(self, branch: str) -> None:
        """Chapter: two people countersign."""
        self.story.chapter(
            "Two code owners countersign",
            "An interval that straddles its limit is a REVIEW: whoever approves must decide it by name.",
        )
        status = self.story.counterseal(self.actors["alice"], "status", branch, ends=1, shows=70)
        self._approve(branch, status)

    def promote_first(self) -> None:
        """Chapter: the merge is the promotion."""
        self.story.chapter("Merging promotes", "The gate judges the merge; the promoter signs record number 1.")
        self.story.counterseal(self.actors["dana"], "merge", f"proposal/{MODEL}-v1")

    def serve(self) -> None:
        """Chapter: a server admits it."""
        self.story.chapter(
            "A server follows the log",
            "It was given the root keys and the forge's address, nothing else. It verifies before it parses a byte.",
        )
        roots = self.folder / "machine-keys" / "roots.yaml"
        self.server = Server.start(self.forge, roots, self.folder / "server")
        seconds = self.live.wait_for_number(MODEL, 1)
        self.story.say(f"it answers on {self.live.address}; promotion 1 was admitted after {seconds:.1f} s")
        answer = self.live.predict(MODEL, self._rows()[:2])
        for prediction in answer["predictions"]:
            self.story.say(f"a row: probability {prediction['probability']:.4f}, decision {prediction['decision']!r}")
        receipt = f"version {answer['version']}, promotion {answer['number']}, entry {answer['entry'][:12]}…"
        self.story.say(f"every answer carries its receipt: {receipt}")

    def propose_second(self) -> None:
        """Chapter: a second version."""
        self.story.chapter("Dana proposes version 2, and CI proves it")
        dana = self.actors["dana"]
        self.story.git(dana, "checkout", "--quiet", "main")
        self.story.git(dana, "pull", "--quiet", "--ff-only")
        spec = dana.folder / places.spec(MODEL)
        text = re.sub(r"version: 1\b", "version: 2", spec.read_text())
        spec.write_text(re.sub(r"parameters: \{C: [0-9.]+\}", "parameters: {C: 0.2}", text))
        self.story.say("regularisation C: 0.2, the rest as it was")
        self.story.counterseal(dana, "propose", MODEL)
        self._run(f"proposal/{MODEL}-v2")

    def attack_proposal(self) -> None:
        """Chapter: what must not pass, before the merge."""
        self.story.chapter("Two attacks on the proposal", "First: Dana approves her own model.")
        dana, branch = self.actors["dana"], f"proposal/{MODEL}-v2"
        status = self._status(branch)
        reviews = _flags(status)
        yes = ("--yes", "--reason", "It is mine, I know it is good", "--role", "owner", *reviews)
        self.story.refused(dana, "SELF_APPROVAL", "approve", branch, *yes)
        self.story.say("Second: a byte of the model is changed after CI signed it, on a branch of its own.")
        bad = f"proposal/{MODEL}-tampered"
        self.story.git(dana, "fetch", "--quiet")
        self.story.git(dana, "checkout", "--quiet", "-b", bad, f"origin/{branch}")
        model = dana.folder / places.model_file(MODEL, "model.json")
        model.write_text(_tampered(model.read_text()))
        self.story.git(dana, "commit", "--quiet", "--all", "--message", "Nothing to see here")
        self.story.git(dana, "push", "--quiet", "origin", bad)
        self.story.refused(dana, "DIGEST", "merge", bad)

    def swap(self) -> None:
        """Chapter: version 2 goes live under load."""
        self.story.chapter("Version 2 is countersigned, merged, and swapped in while requests are in flight")
        branch = f"proposal/{MODEL}-v2"
        self._approve(branch, self._status(branch))
        with Traffic(self.live, MODEL, self._rows()) as traffic:
            self.story.counterseal(self.actors["alice"], "merge", branch)
            seconds = self.live.wait_for_number(MODEL, 2)
            self.live.predict(MODEL, self._rows()[:1])
        counts = ", ".join(f"{n} by promotion {number}" for number, n in sorted(traffic.answered.items()))
        self.story.say(f"answered meanwhile: {counts}; failed: {len(traffic.failed)}")
        self.story.say(f"version 2 answered {seconds:.1f} s after the merge command returned")
        if traffic.failed:
            raise AssertionError(traffic.failed[0])

    def attack_main(self) -> None:
        """Chapter: attacks on main itself."""
        self.story.chapter("Two attacks on main", "First: a direct push, without a proposal.")
        dana = self.actors["dana"]
        self.story.git(dana, "checkout", "--quiet", "-B", "sneaky", "origin/main")
        self.story.git(dana, "pull", "--quiet", "--ff-only", "origin", "main")
        (dana.folder / "README.md").write_text("Trust me.\n")
        self.story.git(dana, "add", "README.md")
        self.story.git(dana, "commit", "--quiet", "--message", "Small fix")
        self.story.refused(dana, "NOT_A_MERGE", "push", "origin", "HEAD:main", git=True)
        self.story.say("Second: main is rewound to version 1, through the front door and then behind the gate's back.")
        main = str(Git(self.forge).resolve(places.MAIN))
        old = str(Git(self.forge).resolve(f"{main}^1"))
        self.story.refused(dana, "REWOUND_MAIN", "push", "--force", "origin", f"{old}:main", git=True)
        forge = Git(self.forge)
        forge.move(places.MAIN, old, main)
        self.story.say(f"somebody with a shell on the forge moved main back to {old[:12]}; the server says:")
        self.story.say(self.live.wait_for_event("REWOUND_MAIN"))
        number = self.live.predict(MODEL, self._rows()[:1])["number"]
        self.story.say(f"and goes on serving promotion {number}. Main is put back.")
        forge.move(places.MAIN, main, old)

    def drift(self) -> None:
        """Chapter: drifted traffic raises an alert."""
        self.story.chapter(
            "The world drifts", "Loans get longer and larger; the answers keep coming, and so does an alert."
        )
        inputs = self._inputs()
        rows = self._rows(complete=True)
        for batch in range(0, len(rows), 100):
            self.live.predict(MODEL, shifted(rows[batch : batch + 100], inputs, _DRIFTED))
        self.story.say(self.live.wait_for_event("DRIFT_ALERT"))
        features = self.live.get("/drift")["models"][MODEL]["features"]
        worst = sorted(features.items(), key=lambda item: -(item[1]["psi"] or 0))[:3]
        self.story.say("; ".join(f"{name}: PSI {found['psi']:.2f}, {found['status']}" for name, found in worst))

    def roll_back(self) -> None:
        """Chapter: git revert is the rollback."""
        self.story.chapter(
            "Alice rolls back by hand: git revert",
            "The revert brings the old proof back, byte for byte. One operator's signature makes it promotion 3.",
        )
        alice = self.actors["alice"]
        self.story.git(alice, "fetch", "--quiet")
        self.story.git(alice, "checkout", "--quiet", "-b", f"rollback/{MODEL}", "origin/main")
        self.story.git(alice, "revert", "--no-edit", "-m", "1", "HEAD")
        self.story.git(alice, "push", "--quiet", "origin", f"rollback/{MODEL}")
        yes = ("--yes", "--reason", "Drift: version 1 answers until we know more", "--role", "operator")
        self.story.counterseal(alice, "approve", f"rollback/{MODEL}", *yes, shows=-6)
        self.story.counterseal(alice, "merge", f"rollback/{MODEL}")
        seconds = self.live.wait_for_number(MODEL, 3)
        answer = self.live.predict(MODEL, self._rows()[:1])
        self.story.say(
            f"version {answer['version']} serves again, as promotion {answer['number']}, after {seconds:.1f} s"
        )

    def audit(self) -> None:
        """Chapter: an auditor proves all of it."""
        self.story.chapter(
            "An auditor proves all of it, offline",
            "A clone and the root keys: every promotion is judged again, by the rules of its time and by today's.",
        )
        self.actors["ada"] = cast.enter("ada", self.folder, self.forge)
        roots = str(self.folder / "machine-keys" / "roots.yaml")
        self.story.counterseal(self.actors["ada"], "verify", "--history", "--roots", roots, shows=60)

    def farewell(self, *, keep: bool) -> None:
        """Say where everything is; the evidence's path comes last."""
        print()  # noqa: T201
        if keep:
            pid = self.live.process.pid
            self.story.say(f"The server is up: {self.live.address}  (process {pid}; end it with: kill {pid})")
        self.story.say("The evidence, with its whole history, is a Git repository:")
        print(self.forge, flush=True)  # noqa: T201

    def _run(self, branch: str) -> None:
        ci = self.actors["ci"]
        self.story.git(ci, "fetch", "--quiet")
        self.story.git(ci, "checkout", "--quiet", branch)
        self.story.counterseal(ci, "run", "--push")

    def _status(self, branch: str) -> str:
        return self.story.counterseal(self.actors["alice"], "status", branch, ends=1, shows=1)

    def _approve(self, branch: str, status: str) -> None:
        for name, role, reason in (
            ("alice", "owner", "Better than asking the clerk first; the intervals are honest"),
            ("bob", "risk", "Young applicants: the interval is wide, the difference is small; we watch it"),
        ):
            yes = ("--yes", "--reason", reason, "--role", role, *_flags(status))
            self.story.counterseal(self.actors[name], "approve", branch, *yes, shows=-6)

    def _inputs(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.live.get(f"/model/{MODEL}")["inputs"]
        return found

    def _rows(self, *, complete: bool = False) -> list[dict[str, object]]:
        spec = ModelSpec.read((self.source.folder / places.spec(MODEL)).read_bytes(), places.spec(MODEL)).spec
        path = self.source.folder / "datasets" / spec.dataset / "german_credit.csv"
        rows = read_rows(path, self._inputs())
        return rows if complete else rows[:50]


def _flags(status: str) -> list[str]:
    """Return the options that decide each REVIEW a status page names."""
    found = dict.fromkeys(re.findall(r"REVIEW\s+\S+: ([a-z0-9-]+/[a-z0-9-]+)", status))
    return [word for name in found for word in ("--reviews", name)]


def _tampered(text: str) -> str:
    """Change one digit of the model's intercept."""
    return re.sub(r'("intercept": -?\d\.\d)(\d)', lambda m: f"{m[1]}{(int(m[2]) + 1) % 10}", text)
