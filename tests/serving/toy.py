"""A small model, and a judge that believes what a real repository's tree says: the kernel's ``follow`` in miniature.

Used by tests and by the server processes that they start, so it imports nothing of pytest.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.baseline import Baseline, BaselineSpec, CategoryBins, NumberBins
from counterseal.documents.golden import Golden, GoldenRow, GoldenSpec
from counterseal.documents.policy import DriftPolicySpec
from counterseal.documents.portable.additive import Additive, CategoryTerm, LinearTerm, Score
from counterseal.documents.portable.inputs import CategoryInput, NumberInput
from counterseal.documents.portable.model import PortableModel
from counterseal.documents.trust import Roots, RootsSpec
from counterseal.values.finding import Finding, refuse
from counterseal.verification.follow import Served, Snapshot, Stopped
from counterseal.verification.git import Git
from scripts.repository.changes import Committer, write_commit, write_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOG_ID = "0123456789abcdef" * 2
WINDOW = 40
ROW: dict[str, Any] = {"age": 40, "income": 1000.5, "purpose": "car"}


def portable(version: int = 1, model: str = "credit") -> PortableModel:
    """Return a model of three inputs; each version has an intercept of its own, so answers tell versions apart."""
    terms = (
        LinearTerm(kind="linear", input="age", impute=40, center=40, scale=12, weight=0.5),
        LinearTerm(kind="linear", input="income", impute=2000, center=2000, scale=900, weight=0.25),
        CategoryTerm(kind="category", input="purpose", impute=None, weights={"car": 0.1, "home": 0.3}, unseen=0),
    )
    purposes = ("car", "home", "tv")
    return PortableModel(
        format="counterseal/portable-model",
        formatVersion=1,
        model=model,
        version=version,
        task="binary",
        classes=("bad", "good"),
        inputs=(
            NumberInput(name="age", type="integer", minimum=18, maximum=100, nullable=False),
            NumberInput(name="income", type="number", minimum=0, maximum=1e6, nullable=True),
            CategoryInput(name="purpose", type="category", categories=purposes, nullable=False, says="What it is for"),
        ),
        reference={"age": 40, "income": 1450.5, "purpose": "home"},
        predictor=Additive(kind="additive", scores=(Score(intercept=0.001 * version, terms=terms),), link="logit"),
        threshold=0.5,
    )


def of_task(task: str) -> PortableModel:
    """Return the toy as a model of another task: three classes by three scores, or a value by an average of trees."""
    made = portable().model_dump() | {"task": task, "threshold": None}
    (score,) = made["predictor"]["scores"]
    if task == "multiclass":
        classes = ("low", "middle", "high")
        scores = [{**score, "intercept": intercept} for intercept in (0.0, 0.5, 0.75)]
        scores[2]["terms"] = score["terms"][:1]
        return PortableModel.model_validate(
            made | {"classes": classes, "predictor": {"kind": "additive", "scores": scores, "link": "softmax"}}
        )
    column = {"kind": "number", "input": "age", "impute": None, "center": 0.0, "scale": 1.0}
    tree = {"feature": (0, -1, -1), "threshold": (45.0,), "left": (1,), "right": (2,), "value": (1200.0, -300.0)}
    forest = {"kind": "trees", "columns": (column,), "cast": "float32", "base": (100.0,), "aggregate": "mean"}
    return PortableModel.model_validate(
        made | {"classes": (), "predictor": forest | {"link": "identity", "trees": (tree, tree)}}
    )


def baseline() -> Baseline:
    """Return bins in which ``ROW`` and its neighbours are common."""
    features: dict[str, NumberBins | CategoryBins] = {
        "age": NumberBins(cuts=(30, 45, 60), counts=(250, 250, 250, 250, 0)),
        "income": NumberBins(cuts=(1000, 3000), counts=(300, 400, 200, 100)),
        "purpose": CategoryBins(categories=("car", "home", "tv"), counts=(400, 300, 300, 0, 0)),
        "score": NumberBins(cuts=(0.4, 0.6), counts=(330, 340, 330, 0)),
    }
    return Baseline.of("credit", BaselineSpec(rows=1000, features=features))


def steady(index: int) -> dict[str, Any]:
    """Return row ``index`` of traffic that looks like the training data."""
    income = (500.0, 500.0, 500.0, 2000.0, 2000.0, 2000.0, 2000.0, 5000.0, 5000.0, None)[index * 7 % 10]
    purpose = ("car", "car", "car", "car", "home", "home", "home", "tv", "tv", "tv")[index * 3 % 10]
    return {"age": (25, 40, 50, 70)[index % 4], "income": income, "purpose": purpose}


def served(version: int = 1, number: int = 1, model: str = "credit", **changed: Any) -> Served:
    """Return an admitted version."""
    made = changed.get("portable", portable(version, model))
    golden = GoldenRow.of(made.reference, made.checked(made.reference))
    facts: dict[str, Any] = {
        "model": model,
        "number": number,
        "kind": "promote",
        "version": version,
        "tier": "high",
        "entry": f"{version:064x}",
        "commit": f"{number:040x}",
        "approvers": ("ada", "ben"),
        "dataset": "d" * 64,
        "time": NOW,
        "model_json": made.write(),
        "portable": made,
        "baseline": baseline(),
        "golden": Golden.of(model, GoldenSpec(rows=(golden,))),
        "drift": DriftPolicySpec(title="Drift", why="Because.", window=WINDOW, warning=0.1, alert=0.25),
    }
    return Served(**(facts | changed))


def snapshot(*models: Served | Stopped, main: str = "a" * 40, promotions: str | None = "b" * 40) -> Snapshot:
    """Return a snapshot of these models."""
    number = max((item.number for item in models), default=0)
    return Snapshot(main, promotions, number, 1, {item.model: item for item in models})


def stopped(model: str = "credit", number: int = 1, *, retired: bool = False) -> Stopped:
    """Return a model that may not serve."""
    finding = Finding("RETIRED" if retired else "WITHDRAWN", "trust", "a promotion that may serve", "one that may not")
    return Stopped(model, number, retired=retired, findings=(finding,))


def roots() -> Roots:
    """Return the root keys of the toy log; the toy judge does not look at them."""
    blob = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + b"k" * 32).decode()
    return Roots.of("roots", RootsSpec(log_id=LOG_ID, threshold=1, keys={"ada": (f"ssh-ed25519 {blob}",)}))


def judge(git: Git, _: Roots, main: str, promotions: str | None, now: datetime) -> Snapshot:
    """Read what serves from ``toy.json`` at the log's tip, or at main's if there is no log."""
    found = git.object(f"{promotions or main}:toy.json")
    if found is None:
        raise refuse("TOY", "toy.json", "a file", "none")
    said = json.loads(found[1])
    if "refuse" in said:
        raise refuse(said["refuse"], "toy.json", "something that holds", "something that does not")
    models: dict[str, Served | Stopped] = {}
    for model, (version, number) in said["models"].items():
        commit = {"commit": main, "time": now}
        models[model] = served(version, number, model, **commit) if version else stopped(model, number)
    return Snapshot(main, promotions, said["number"], said["trust"], models)


class Remote:
    """A bare repository with main and, unless it is plain, promotions; every step extends both."""

    def __init__(self, folder: Path, *, log: bool = True) -> None:
        """Start it with nothing in it."""
        folder.mkdir()
        self.git, self.log = Git(folder), log
        self.git.run("init", "--bare", "--quiet", "--initial-branch=main", ".")

    def offer(self, number: int = 1, trust: int = 1, **models: tuple[int, int]) -> tuple[str, str | None]:
        """Commit a state; model=(version, number), version 0 for a stopped one."""
        return self.say({"number": number, "trust": trust, "models": models or {"credit": (number, number)}})

    def say(self, said: dict[str, Any]) -> tuple[str, str | None]:
        """Commit what the judge reads."""
        files = {"toy.json": json.dumps(said).encode()}
        main = self._extend(places.MAIN, files)
        return main, self._extend(places.PROMOTIONS, files) if self.log else None

    def rewind(self, ref: str, commit: str) -> None:
        """Move a branch wherever one likes, as an attacker would."""
        self.git.run("update-ref", ref, commit)

    def _extend(self, ref: str, files: dict[str, bytes]) -> str:
        before = self.git.resolve(ref)
        commit = commit_files(self.git, files, "step", [before] if before else [], "toy")
        self.git.move(ref, commit, before)
        return commit


def commit_files(git: Git, files: Mapping[str, bytes], message: str, parents: Sequence[str], who: str) -> str:
    """Write a commit whose tree is that of its first parent with ``files`` put in; no ref is moved."""
    tree = write_tree(git, parents[0] if parents else None, files)
    return write_commit(git, tree, parents, message, Committer(who, f"{who}@localhost"))
