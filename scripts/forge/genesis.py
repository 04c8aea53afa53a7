"""The first commit and record 0 of a log of one's own, prepared as objects; no ref moves here.

* The tree is the template's, less its example: models, approvals, waivers, trust and layouts. Datasets stay.
* Trust version 1 and record 0 carry the signatures of threshold(root), made by ``ssh-keygen``; if too few keys are
  within reach, nothing is made and the finding says whose are not.
* What was made is verified as a stranger would, with the root keys alone, before anyone is told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterseal.crypto.sealed import seal
from counterseal.documents import codeowners, places
from counterseal.documents.layout import layout_digest, sign_layout
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.record import Head, Promotion, digest_of, seal_genesis
from counterseal.documents.rules import Rules, RulesSpec
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from counterseal.verification import rulebook, trustline
from counterseal.verification.admit import check_codeowners
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from scripts.repository.changes import Committer, write_commit, write_tree
from scripts.repository.repository import EXAMPLE_ROOTS
from scripts.signing.keys import can_sign, sign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.git import Git
    from scripts.signing.keys import SshKey

PROMOTER = Committer("counterseal promoter", "promoter@localhost")
_EXAMPLE = (
    *("model_specs", "registry", "attestations", "sbom"),
    *(places.RULES_APPROVALS, places.WAIVERS, places.TRUST_FOLDER, places.LAYOUTS),
    EXAMPLE_ROOTS,
)


@dataclass(frozen=True)
class Genesis:
    """The first commit of main, the first of promotions, and what verifies them."""

    main: str
    promotions: str
    roots: Roots


@dataclass(frozen=True)
class Founders:
    """Whoever signs a genesis: the root people within reach, and the machines."""

    people: Mapping[str, SshKey]
    machines: Mapping[str, CryptoSigner]

    def seal(self, payload: bytes) -> dict[str, str]:
        """Have every root person within reach sign."""
        return {person: sign(key, payload) for person, key in self.people.items()}


def founders(
    trust: Trust, keys: Mapping[str, tuple[SshKey, ...]], machines: Mapping[str, CryptoSigner], where: str
) -> Founders:
    """Return as many root people as must sign; raise Refused, saying whose keys are out of reach, if too few can."""
    root = trust.spec.root
    within = {name: next(filter(can_sign, keys[name]), None) for name in dict.fromkeys(root.members)}
    people = {name: key for name, key in within.items() if key is not None}
    if len(people) < root.threshold:
        missing = ", ".join(name for name in within if name not in people)
        mend = "bring the private half beside the public key, or load it into the agent: ssh-add FILE"
        expected = f"{root.threshold} root people who can sign here"
        raise refuse("ROOT_SIGNATURES", where, expected, f"{len(people)}; out of reach: {missing}", mend)
    return Founders(dict(list(people.items())[: root.threshold]), machines)


def prepare(git: Git, template: str, trust: Trust, by: Founders, now: datetime) -> Genesis:
    """Write the first commit of main and of promotions as objects, verified."""
    tree = write_tree(git, template, founding_files(Tree(git, template), trust, by))
    name, key = next(iter(by.people.items()))
    emails = trust.spec.people[name].emails
    who = Committer(trust.spec.people[name].title, emails[0] if emails else f"{name}@localhost", key)
    main = write_commit(git, tree, [], f"Genesis of log {trust.spec.log_id}\n", who)
    promotions = _promotions(git, trust, by, Tree(git, main), now)
    found = Genesis(main, promotions, trust.roots())
    _verify(git, found)
    return found


def founding_files(template: Tree, trust: Trust, by: Founders) -> dict[str, bytes | None]:
    """Return what founding changes in a template's files; None for what goes."""
    files: dict[str, bytes | None] = dict.fromkeys(template.files(*_EXAMPLE))
    pipeline = Pipeline.read(template.need(places.PIPELINE), places.PIPELINE)
    layout = trustline.layout_for(pipeline, trust)
    body = trust.write()
    files[places.trust(1)] = seal(body, by.seal(body))
    files[places.RULES] = _rules(template, trust).write()
    files[places.layout(layout_digest(layout))] = sign_layout(layout, by.machines["layout"])
    files[places.CODEOWNERS] = codeowners.render(trust)
    return files


def _rules(template: Tree, trust: Trust) -> Rules:
    spec = RulesSpec(
        log_id=trust.spec.log_id,
        version=1,
        replaces=0,
        rules=rulebook.rule_digests(template),
        pipeline=sha256(template.need(places.PIPELINE)),
        code=(template.code(),),
    )
    return Rules.of("rules", spec)


def _promotions(git: Git, trust: Trust, by: Founders, main: Tree, now: datetime) -> str:
    record = Promotion(
        log_id=trust.spec.log_id,
        number=0,
        kind="genesis",
        entry=sha256(main.need(places.RULES)),
        commit=main.revision,
        tree=main.root,
        trust=1,
        rules=0,
        time=now,
    )
    sealed = seal_genesis(record, by.seal(record.statement().payload()))
    head = Head(log_id=trust.spec.log_id, number=0, record=digest_of(sealed), trust=1, time=now)
    files = {places.record(0): sealed, places.HEAD_FILE: head.sign(by.machines["promoter"])}
    return write_commit(git, write_tree(git, None, files), [], "0 genesis\n", PROMOTER)


def _verify(git: Git, found: Genesis) -> None:
    tree = Tree(git, found.main)
    trust = trustline.trust_at(tree, found.roots)
    trustline.require_layout(tree, rulebook.load(tree).pipeline, trust)
    check_codeowners(tree, trust)
    read_log(git, found.promotions, found.main, found.roots)
