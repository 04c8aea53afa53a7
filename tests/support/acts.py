"""What people and machines do in a world by hand: sign approvals, change rules and trust, revert, record, tamper.

Nothing here asks whether it may be done; that is what the tests are about. Everything is signed by real keys.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from counterseal.crypto.sealed import seal
from counterseal.crypto.sshsig import fingerprint
from counterseal.documents import codeowners, places
from counterseal.documents.advisories import Advisories, Advisory
from counterseal.documents.approval import Approval, ApprovalSpec, file_name
from counterseal.documents.dataset import Dataset, DatasetSpec
from counterseal.documents.layout import layout_digest, sign_layout
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.record import Head, Promotion, digest_of, seal_genesis
from counterseal.documents.rules import Code, Rules
from counterseal.documents.spec import ModelSpec
from counterseal.documents.trust import Trust
from counterseal.documents.waiver import Waiver, WaiverSpec
from counterseal.values import strict_yaml
from counterseal.values.digest import sha256
from counterseal.values.finding import Refused
from counterseal.verification import rulebook, trustline
from counterseal.verification.areas import change_digest
from counterseal.verification.evidence import model_files
from counterseal.verification.follow import Served, Snapshot, Stopped, follow
from counterseal.verification.git import Git
from counterseal.verification.history import History, verify_history
from counterseal.verification.log import read_log
from counterseal.verification.tree import Tree
from scripts.forge.genesis import PROMOTER
from scripts.repository.changes import Committer, write_commit, write_tree
from scripts.signing.keys import SshKey, make_machine_key, read_key, sign
from tests.support.world import MODEL, PEOPLE, World, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from counterseal.verification.git import Change

Edit = dict[str, Any]
SpecChange: TypeAlias = "Edit | Callable[[Edit], object]"


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """Expect a refusal whose first finding has this code."""
    with pytest.raises(Refused) as refusal:
        yield refusal
    assert refusal.value.code == code, str(refusal.value)


# -- approvals


def every_review(world: World) -> tuple[str, ...]:
    """Return the ids of all rules: whoever lists them decides whatever is REVIEW."""
    book = rulebook.load(Tree(world.git, world.main))
    return tuple(f"{name}/{rule.id}" for name, policy in book.policies.items() for rule in policy.spec.rules)


def approval(world: World, person: str, decision: str, key: SshKey | None = None, **facts: Any) -> bytes:
    """Return a signed Approval; ``days`` it may be used."""
    value = {
        "log_id": world.roots.spec.log_id,
        "decision": decision,
        "role": (PEOPLE.get(person) or ("owner",))[0],
        "reason": "Seen and understood.",
        "issued": world.now,
        "use_before": world.now + timedelta(days=facts.pop("days", 14)),
    }
    body = Approval.of(person, ApprovalSpec.model_validate(value | facts)).write()
    return seal(body, {person: sign(key or world.key(person), body)})


def put_approval(world: World, branch: str, person: str, decision: str, folder: str, **facts: Any) -> str:
    """Commit a signed Approval to a branch, as its person does."""
    data = approval(world, person, decision, **facts)
    path = f"{folder}/{file_name(person, decision)}"
    return world.commit(branch, {path: data}, person, f"Approval by {person}")


def countersign(world: World, branch: str, *people: str, model: str = MODEL, **facts: Any) -> str:
    """Approve the entry on a branch, deciding whatever is REVIEW."""
    entry = sha256(world.read(places.entry(model), branch))
    common = {"model": model, "entry": entry, "reviews": every_review(world), "reproduced": True} | facts
    for person in people:
        put_approval(world, branch, person, "promote", places.approvals(model), **common)
    return branch


def restore(world: World, branch: str, *people: str, to: int, model: str = MODEL, **facts: Any) -> str:
    """Approve the return to an earlier promotion."""
    common = {"model": model, "from": world.log().replaces(model), "to": to} | facts
    for person in people:
        put_approval(world, branch, person, "restore", places.approvals(model), **common)
    return branch


def retire(world: World, branch: str, *people: str, model: str = MODEL, **facts: Any) -> str:
    """Approve a model's end."""
    common = {"model": model, "from": world.log().replaces(model)} | facts
    for person in people:
        put_approval(world, branch, person, "retire", places.approvals(model), **common)
    return branch


def approve_rules(world: World, branch: str, *people: str) -> str:
    """Approve the rules on a branch."""
    entry = sha256(world.read(places.RULES, branch))
    for person in people:
        put_approval(world, branch, person, "rules", places.RULES_APPROVALS, entry=entry)
    return branch


def approve_change(
    world: World, branch: str, person: str, decision: str = "code", only: Callable[[Change], bool] = bool, **facts: Any
) -> str:
    """Approve a change of code or waivers."""
    folder = {"code": places.CODE_APPROVALS, "waivers": places.WAIVER_APPROVALS}[decision]
    base = world.git.run("merge-base", world.main, world.tip(branch))
    change = change_digest(filter(only, world.git.changes(base, world.tip(branch))))
    put_approval(world, branch, person, decision, folder, change=change, **facts)
    return branch


# -- models


def ready(world: World, version: int, *people: str, by: str = "dana", model: str = MODEL, **changes: Any) -> str:
    """Return a branch with a version of a model that only wants merging."""
    days = changes.pop("days", 14)
    branch = world.propose(version, by, model, **changes)
    world.commit(branch, dict.fromkeys(Tree(world.git, world.main).files(places.approvals(model))), by, "Start afresh")
    world.prove(branch, model)
    return countersign(world, branch, *(people or ("alice", "bob")), model=model, days=days)


def land(world: World, branch: str, by: str = "alice") -> tuple[Promotion, ...]:
    """Merge a branch through the gate, have it recorded, and let a minute pass."""
    made = world.land(branch, by).promotions
    world.later(minutes=1)
    return made


def promote(world: World, version: int, *people: str, **changes: Any) -> Promotion:
    """Bring a version of a model into the log."""
    (made,) = land(world, ready(world, version, *people, **changes))
    return made


def merge(world: World, branch: str, by: str = "alice") -> str:
    """Merge a branch through the gate; the promoter sleeps."""
    commit = world.merge_of(branch, by)
    world.push(places.MAIN, commit)
    return commit


def loans(seed: int = 1, version: int = 1, model: str = "loans") -> dict[str, bytes]:
    """Return the spec, the description and the public data of a small model of the lowest tier."""
    draw = random.Random(seed)
    rows = [(draw.gauss(0, 1), draw.gauss(0, 1), draw.choice("abc")) for _ in range(900)]
    lines = [f"{x:.6f},{y:.6f},{z},{int(x + y / 2 + draw.gauss(0, 1) > (z == 'a'))}" for x, y, z in rows]
    data = "\n".join(["x,y,z,late", *lines, ""]).encode()
    number = {"type": "number", "meaning": "A measured number", "minimum": -9, "maximum": 9}
    kinds = {"type": "category", "meaning": "A kind", "categories": {name: f"kind {name}" for name in "abc"}}
    described = {
        "title": "Loans that nobody ever took",
        "source": {"title": "Made up", "licence": "CC0-1.0", "attribution": "nobody", "reference": "this file"},
        "public": True,
        "file": "loans.csv",
        "format": "csv",
        "fingerprint": sha256(data),
        "target": {
            "column": "late",
            "meaning": "Was it late?",
            "task": "binary",
            "positive": {"value": "1", "label": "late"},
            "negative": {"value": "0", "label": "in time"},
        },
        "split": {"method": "hash", "holdout": 0.4},
        "columns": {"x": number, "y": number, "z": kinds},
    }
    wanted = {
        "version": version,
        "title": "Will it be late?",
        "purpose": "Shows in tests that a second model lives beside the first, and nothing else.",
        "contact": "tests@example.org",
        "licence": "Apache-2.0",
        "dataset": "loans",
        "features": ["x", "y", "z"],
        "facts": {"personal_data": False, "decision": "informs", "significant_effect": False},
        "estimator": {"name": "logistic-regression", "parameters": {"C": 1.0}},
    }
    return {
        places.dataset("loans"): Dataset.of("loans", DatasetSpec.model_validate(described)).write(),
        places.dataset("loans", "loans.csv"): data,
        places.spec(model): ModelSpec.of(model, wanted).write(),
    }


def ready_loans(world: World, *people: str, branch: str = "proposal/loans", **about: Any) -> str:
    """Return a branch with the small model that only wants merging."""
    world.commit(branch, {**loans(**about)}, "dora", "Propose loans")
    world.prove(branch, "loans")
    return countersign(world, branch, *(people or ("anna",)), model="loans")


def spec_of(version: int) -> bytes:
    """Return the shipped spec as another version."""
    return spec(version)


# -- rules, code and trust


def propose_rules(
    world: World, files: Mapping[str, bytes | None], branch: str = "rules/next", by: str = "mia", **facts: Any
) -> str:
    """Propose rules: some files changed, policies/entry.yaml and the layout made again; ``facts`` bend the entry."""
    tree = Tree(world.git, write_tree(world.git, world.main, files))
    before = Rules.read(world.read(places.RULES), places.RULES).spec
    code = tuple(dict.fromkeys((tree.code(), *before.code)))
    fresh = {
        "version": before.version + 1,
        "replaces": world.log().rules().number,
        "rules": rulebook.rule_digests(tree),
        "pipeline": sha256(tree.need(places.PIPELINE)),
        "code": code,
    }
    rules = Rules.of("rules", before.model_copy(update=fresh | facts)).write()
    layout = layout_file(world, tree, world.trust)
    world.commit(branch, {**files, places.RULES: rules, **layout}, by, "New rules")
    return branch


def limit(world: World, policy: str, name: str, value: float) -> dict[str, bytes | None]:
    """Return a policy with another limit."""
    path = places.rule(policy, "policy.yaml")
    plain: Any = strict_yaml.load(world.read(path), path).value
    plain["spec"]["limits"][name] = value
    return {path: strict_yaml.dumps(plain)}


def code_of(world: World) -> Code:
    """Return the code that the live rules name first."""
    return Rules.read(world.read(places.RULES), places.RULES).spec.code[0]


def proof(world: World, model: str = MODEL) -> dict[str, bytes]:
    """Return the files of the proof on main."""
    return model_files(Tree(world.git, world.main), model)


def layout_payload(world: World, pipeline: Pipeline) -> bytes:
    """Return the layout of a pipeline and the trust at main's tip."""
    return trustline.layout_for(pipeline, world.trust)


def layout_file(world: World, tree: Tree, trust: Trust) -> dict[str, bytes]:
    """Return the layout of a tree's pipeline and a trust, unless the tree has it."""
    pipeline = Pipeline.read(tree.need(places.PIPELINE), places.PIPELINE)
    payload = trustline.layout_for(pipeline, trust)
    path = places.layout(layout_digest(payload))
    return {} if tree.blob(path) else {path: sign_layout(payload, world.signer("layout"))}


def set_policy(world: World, name: str, **facts: Any) -> dict[str, bytes | None]:
    """Return a policy with other facts in its ``spec``; ``limits`` are put in one by one."""
    path = places.rule(name, "policy.yaml")
    plain: Any = strict_yaml.load(world.read(path), path).value
    plain["spec"]["limits"].update(facts.pop("limits", {}))
    plain["spec"].update(facts)
    return {path: strict_yaml.dumps(plain)}


def change_rules(world: World, files: Mapping[str, bytes | None]) -> None:
    """Bring changed rules into the log."""
    land(world, approve_rules(world, propose_rules(world, files), "alice", "bob"))


def waiver(world: World, rule: str, found: str, name: str = "one", **facts: Any) -> dict[str, bytes | None]:
    """Return a waiver of one failure, for 30 ``days``."""
    days = timedelta(days=facts.pop("days", 30))
    value = {"rule": rule, "model": MODEL, "found": found, "reason": "Not reachable.", "owner": "bob"}
    dates = {"issued": world.now, "expires": world.now + days}
    spec = WaiverSpec.model_validate({**value, **dates, **facts})
    return {f"{places.WAIVERS}/{name}.yaml": Waiver.of(name, spec).write()}


def waive(world: World, files: Mapping[str, bytes | None], branch: str = "waivers/next") -> None:
    """Bring waivers to main with their quorum."""
    world.commit(branch, files, "dana", "A waiver")
    land(world, approve_change(world, branch, "bob", "waivers"))


def advisories(world: World, flaws: Mapping[str, str], *, gone: Iterable[str] = ()) -> dict[str, bytes | None]:
    """Return the first advisories as retrieved now, with flaws (package → id), and some packages left out."""
    first = Tree(world.git, record(world, 0).commit).need(places.ADVISORIES)
    spec = Advisories.read_json(first, places.ADVISORIES).spec
    packages: dict[str, Any] = {name: dict(found) for name, found in spec.packages.items() if name not in set(gone)}
    for name, flaw in flaws.items():
        packages[name] = {version: (Advisory(id=flaw, summary="It leaks."),) for version in packages[name]}
    fresh = spec.model_copy(update={"packages": packages, "retrieved": world.now})
    return {places.ADVISORIES: Advisories.of("pypi", fresh).write_json()}


def advise(world: World, flaws: Mapping[str, str], *, gone: Iterable[str] = ()) -> None:
    """Bring new advisories to main."""
    branch = f"advisories/{world.now:%Y%m%d%H%M%S}"
    world.commit(branch, advisories(world, flaws, gone=gone), "dana", "Advisories")
    land(world, branch)


def next_trust(world: World, change: SpecChange, signers: Iterable[str] = ("rita", "rolf")) -> bytes:
    """Return the next trust version: the last one with a change to its spec, signed by some people."""
    return seal_trust(world, changed_trust(world, change), signers)


def changed_trust(world: World, change: SpecChange) -> Trust:
    """Return the next trust version, unsigned."""
    spec = world.trust.plain()["spec"]
    spec["version"] += 1
    spec.update(change) if isinstance(change, dict) else change(spec)
    return Trust.of(str(spec["version"]), spec)


def seal_trust(world: World, trust: Trust, signers: Iterable[str]) -> bytes:
    """Have people sign a trust version."""
    body = trust.write()
    return seal(body, {person: sign(world.key(person), body) for person in signers})


def propose_trust(
    world: World,
    change: SpecChange,
    branch: str = "trust/next",
    by: str = "rita",
    signers: Iterable[str] = ("rita", "rolf"),
) -> str:
    """Propose the next trust version with the layout and CODEOWNERS that it gives."""
    trust = changed_trust(world, change)
    tree = Tree(world.git, world.main)
    files = {
        places.trust(trust.spec.version): seal_trust(world, trust, signers),
        places.CODEOWNERS: codeowners.render(trust),
        **layout_file(world, tree, trust),
    }
    world.commit(branch, files, by, "New trust")
    return branch


def compromise(world: World, person: str, since: int) -> None:
    """Have the roots call a person's key compromised from a promotion on, and give them another."""
    lost = fingerprint(world.key(person).public)
    fresh = new_key(world, person)

    def change(spec: Edit) -> None:
        spec["people"][person]["keys"] = [fresh]
        spec["compromised"] = {**spec["compromised"], lost: since}

    world.land(propose_trust(world, change, branch=f"trust/{person}"), by="mia")


def make_key(path: Path) -> str:
    """Make an SSH key; return its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)], check=True)
    return read_key(str(path)).public


def new_key(world: World, person: str) -> str:
    """Give a person another SSH key beside the old one; return its public half."""
    path = world.folder / "people" / person
    for suffix in ("", ".pub"):
        path.with_name(f"{person}{suffix}").rename(path.with_name(f"{person}-old{suffix}"))
    return make_key(path)


def machine_key(world: World, name: str) -> Edit:
    """Make a machine key; return its line in a trust file."""
    make_machine_key(world.keys / f"{name}.pem")
    return {"publicKey": str(world.signer(name).public_key.keyval["public"])}


# -- history


def revert(world: World, commit: str, branch: str, by: str | None = None) -> str:
    """Type ``git revert -m 1`` by hand on a branch from main; unsigned if nobody is named."""
    with tempfile.TemporaryDirectory() as folder:
        world.git.run("worktree", "add", "--quiet", "--detach", folder, world.main)
        who = world.committer(by) if by else Committer("nobody", "nobody@example.org")
        flags = who.key.git_flags if who.key else ()
        signing = "-S" if who.key else "--no-gpg-sign"
        hands = Git(folder)
        hands.run(*flags, "revert", "--no-edit", signing, "-m", "1", commit, environment=who.environment)
        made = hands.run("rev-parse", "HEAD")
        world.git.run("worktree", "remove", "--force", folder)
    world.put(branch, made)
    return branch


def write_record(world: World, signer: str = "promoter", **facts: Any) -> Promotion:
    """Append a record to the log, whatever it says, with a head that fits, as a stolen promoter key could."""
    last = read_log(world.git, world.promotions, world.main, world.roots).records[-1]
    common = {
        "log_id": world.roots.spec.log_id,
        "number": last.promotion.number + 1,
        "previous": last.digest,
        "tree": Tree(world.git, facts["commit"]).root if world.git.resolve(facts["commit"]) else "0" * 40,
        "trust": world.trust.spec.version,
        "rules": world.log().rules().number,
        "time": world.now,
    }
    promotion = Promotion.model_validate(common | facts)
    data = promotion.sign(world.signer(signer))
    head = Head(
        log_id=promotion.log_id,
        number=promotion.number,
        record=digest_of(data),
        trust=promotion.trust,
        time=world.now,
    )
    files = {places.record(promotion.number): data, places.HEAD_FILE: head.sign(world.signer(signer))}
    write_log(world, files)
    return promotion


def found_again(world: World, commit: str, signers: Iterable[str] = ("rita", "rolf"), **facts: Any) -> None:
    """Begin the log anew with a record 0 about a commit, signed by some people."""
    tree = Tree(world.git, commit)
    common = {
        "log_id": world.roots.spec.log_id,
        "number": 0,
        "kind": "genesis",
        "entry": sha256(tree.need(places.RULES)),
        "commit": commit,
        "tree": tree.root,
        "trust": 1,
        "rules": 0,
        "time": world.now,
    }
    record = Promotion.model_validate(common | facts)
    payload = record.statement().payload()
    sealed = seal_genesis(record, {person: sign(world.key(person), payload) for person in signers})
    head = Head(log_id=record.log_id, number=0, record=digest_of(sealed), trust=1, time=world.now)
    files = {places.record(0): sealed, places.HEAD_FILE: head.sign(world.signer("promoter"))}
    begun = write_commit(world.git, write_tree(world.git, None, files), [], "0 genesis\n", PROMOTER)
    world.put("promotions", begun)


def write_log(world: World, files: Mapping[str, bytes | None]) -> str:
    """Commit to the branch promotions, as whoever may write the forge's folder can."""
    tree = write_tree(world.git, world.promotions, files)
    return world.put("promotions", write_commit(world.git, tree, [world.promotions], "records\n", PROMOTER))


def record(world: World, number: int) -> Promotion:
    """Return a promotion of the log."""
    return read_log(world.git, world.promotions, world.main, world.roots).records[number].promotion


# -- what comes of it


def snapshot(world: World) -> Snapshot:
    """Follow the log."""
    return follow(world.git, world.roots, world.main, world.promotions, world.now)


def served(world: World, model: str = MODEL) -> Served:
    """Return what serves."""
    found = snapshot(world).models[model]
    assert isinstance(found, Served), str(found)
    return found


def stopped(world: World, model: str = MODEL) -> Stopped:
    """Return why a model does not serve."""
    found = snapshot(world).models[model]
    assert isinstance(found, Stopped), str(found)
    return found


def history(world: World) -> History:
    """Judge every promotion again."""
    return verify_history(world.git, world.roots, world.main, world.promotions, world.now)
