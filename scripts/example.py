"""``make example``: make the promoted example that this repository ships, from the working tree, and put it in place.

* Keys are made on the spot and thrown away with the scratch folder: nobody can sign as the example's people again.
* Its trust says ``log: none``: the tree is judged by itself, and ``verify`` says what that leaves unchecked.
* What was made is verified as a stranger would before a file of the working tree changes.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterseal.crypto.sealed import seal
from counterseal.documents import places
from counterseal.documents.approval import Approval, ApprovalSpec, file_name
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import layout_digest
from counterseal.documents.spec import ModelSpec
from counterseal.documents.trust import Trust
from counterseal.values import instant
from counterseal.values.digest import sha256
from counterseal.verification import plain_tree, trustline
from counterseal.verification.champion import NOBODY
from counterseal.verification.evidence import Judge, verify_proof
from counterseal.verification.git import Git
from counterseal.verification.judgement import judge, tier_of
from counterseal.verification.tree import Tree
from pipelines.run import run
from pipelines.step import Inputs
from scripts.boundary import exit_code
from scripts.clock import now
from scripts.forge.genesis import Founders, founders, founding_files
from scripts.forge.roster import Roster
from scripts.init import MACHINES
from scripts.report import progress
from scripts.repository.changes import Committer, write_commit, write_tree
from scripts.repository.repository import EXAMPLE_ROOTS, open_git
from scripts.repository.template import copy_template
from scripts.signing.keys import load_signer, make_machine_key, sign
from scripts.signing.reproduction import compared
from scripts.stage import cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from counterseal.verification.evidence import Proof
    from scripts.signing.keys import SshKey

LOG_ID = "00000000000000000000000000e8a391"
MODELS = ("german-credit", "adult-income")
YEAR = timedelta(days=365)
_MAKER = Committer("example", "example@localhost")
_REASONS = {
    "german-credit": {
        "owner": "The ranking is good enough to look at the riskiest first, and its limits are written down.",
        "risk": "The difference between age groups is small, its interval is wide because few are over 60: watch it.",
    },
    "adult-income": {
        "owner": "From 0.9 on nearly everybody who is picked is rightly picked, and nobody is refused anything.",
        "risk": "Women and older people are picked less often, as they earned less then; an invitation may be missed.",
    },
}
_RULES = "These are the rules this example is judged by."


def main() -> int:
    """Make the example anew in the repository around the current folder."""
    return exit_code(lambda: make(open_git(None).folder, now()))


def make(folder: Path, moment: datetime) -> int:
    """Make the example in a scratch folder, verify it there, and put it in place."""
    with tempfile.TemporaryDirectory(prefix="counterseal-example-") as scratch:
        maker = _Maker.begin(Path(scratch), Git(folder), moment)
        maker.found()
        for model in MODELS:
            maker.promote(model)
        maker.verify()
        place(folder, maker.changes)
    return 0


def place(folder: Path, changes: Mapping[str, bytes | None]) -> None:
    """Put files into the working tree, and take out those that are gone."""
    for path, content in changes.items():
        target = folder / path
        if content is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


@dataclass
class _Maker:
    """The example in the making: a scratch repository and the keys of its people."""

    git: Git
    trust: Trust
    keys: Mapping[str, tuple[SshKey, ...]]
    by: Founders
    moment: datetime
    commit: str
    changes: dict[str, bytes | None]

    @classmethod
    def begin(cls, scratch: Path, source: Git, moment: datetime) -> _Maker:
        copy_template(source, scratch / "tree")
        git = Git(scratch / "tree")
        cast.make_people(scratch / "keys")
        cast.write_roster(scratch / "roster.yaml", scratch / "keys")
        roster = Roster.read((scratch / "roster.yaml").read_bytes(), "roster.yaml")
        keys = roster.keys(scratch)
        for role in MACHINES:
            make_machine_key(scratch / f"{role}.pem")
        machines = {role: load_signer(role, scratch / f"{role}.pem") for role in MACHINES}
        pems = {role: str(signer.public_key.keyval["public"]) for role, signer in machines.items()}
        required = roster.trust(LOG_ID, keys, pems, moment, "roster.yaml")
        trust = Trust.of("1", required.spec.model_copy(update={"log": "none"}))
        by = founders(trust, keys, machines, "roster.yaml")
        return cls(git, trust, keys, by, moment, str(git.resolve("HEAD")), {})

    @property
    def tree(self) -> Tree:
        return Tree(self.git, self.commit)

    def put(self, files: Mapping[str, bytes | None]) -> None:
        """Change the scratch tree, and remember the change for the working tree."""
        kept = {path: content for path, content in files.items() if content is not None or self.tree.blob(path)}
        self.changes |= kept
        self.commit = write_commit(self.git, write_tree(self.git, self.commit, kept), [], "example\n", _MAKER)

    def found(self) -> None:
        specs = {places.spec(model): self.tree.need(places.spec(model)) for model in MODELS}
        self.put(founding_files(self.tree, self.trust, self.by))
        self.put({**specs, EXAMPLE_ROOTS: self.trust.roots().write()})
        for person, role in self._signers("rules"):
            bound = {"decision": "rules", "entry": sha256(self.tree.need(places.RULES))}
            self.approve(person, role, places.RULES_APPROVALS, bound, _RULES)

    def promote(self, model: str) -> None:
        inputs = self._inputs(model)
        with progress.steps() as shown:
            self.put(dict(run(inputs, self.by_ci, self.moment, shown)))
        entry = sha256(self.tree.need(places.entry(model)))
        proof, reviews = self._proof(model)
        materials = {"spec": inputs.spec, "dataset": inputs.dataset, "data": inputs.data, "champion": b""}
        with progress.steps() as shown:
            again = compared(model, materials | {"model": proof.model.write()}, proof, inputs.code, shown)
        for person, role in self._signers(inputs.tier):
            bound = {"model": model, "entry": entry, "reviews": list(reviews), "reproduced": bool(again)}
            self.approve(person, role, places.approvals(model), bound | {"decision": "promote"}, _REASONS[model][role])

    def approve(self, person: str, role: str, folder: str, bound: Mapping[str, Any], reason: str) -> None:
        value = {
            **bound,
            "log_id": LOG_ID,
            "role": role,
            "reason": reason,
            "issued": instant.render(self.moment),
            "use_before": instant.render(self.moment + timedelta(days=14)),
        }
        body = Approval.of(person, ApprovalSpec.model_validate(value)).write()
        signed = seal(body, {person: sign(self.keys[person][0], body)})
        self.put({f"{folder}/{file_name(person, str(bound['decision']))}": signed})

    def verify(self) -> None:
        """Judge what was made as a stranger would."""
        trust, book = plain_tree.check_trust(self.tree, self.trust.roots())
        for model in MODELS:
            plain_tree.check_model(self.tree, model, trust, book)

    @property
    def by_ci(self) -> Any:  # noqa: ANN401 (a signer, as securesystemslib types it)
        return self.by.machines["ci"]

    def _inputs(self, model: str) -> Inputs:
        _, book = plain_tree.check_trust(self.tree, self.trust.roots())
        spec = ModelSpec.read(self.tree.need(places.spec(model)), places.spec(model))
        described = places.dataset(spec.spec.dataset)
        dataset = Dataset.read(self.tree.need(described), described)
        return Inputs(
            model=model,
            spec=self.tree.need(places.spec(model)),
            dataset=self.tree.need(described),
            data=self.tree.need(places.dataset(spec.spec.dataset, dataset.spec.file)),
            lock=self.tree.need(places.LOCK),
            advisories=self.tree.need(places.ADVISORIES),
            champion=b"",
            code=book.rules.spec.code[0],
            layout=layout_digest(trustline.layout_for(book.pipeline, self.trust)),
            log_id=LOG_ID,
            replaces=0,
            tier=tier_of(book.tier, spec.plain()["spec"]["facts"]),
        )

    def _proof(self, model: str) -> tuple[Proof, tuple[str, ...]]:
        """Return a model's proof, and what the rules leave open."""
        _, book = plain_tree.check_trust(self.tree, self.trust.roots())
        proof = verify_proof(self.tree, model, Judge(self.trust, book.pipeline, book.tier, 0, NOBODY))
        return proof, judge(book.policies, proof.evidence).reviews

    def _signers(self, quorum: str) -> list[tuple[str, str]]:
        """Return a different person for each slot of a quorum; Dana wrote the spec, so she signs nothing."""
        used = {"dana"}
        found = []
        for role in self.trust.spec.quorums[quorum]:  # type: ignore[index]
            person = next(name for name in self.trust.spec.roles[role] if name not in used)
            used.add(person)
            found.append((person, role))
        return found


if __name__ == "__main__":
    sys.exit(main())
