"""One small document of every kind, from fixed keys and times: the same bytes on every machine.

Keys are derived from fixed numbers and signatures are deterministic, so that signed files can be compared whole. The
names of the files are their places in a repository.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from counterseal.crypto import dsse, sealed
from counterseal.crypto.sshsig import NAMESPACE
from counterseal.documents import baseline, codeowners, entry, golden, places, policy, record, rules, spec
from counterseal.documents.advisories import Advisories
from counterseal.documents.approval import Approval, file_name
from counterseal.documents.dataset import Dataset
from counterseal.documents.layout import compile_layout, layout_digest, make_link
from counterseal.documents.pipeline import Pipeline
from counterseal.documents.portable import model as portable
from counterseal.documents.statement import (
    EXTENSION,
    PREDICATES,
    Materials,
    Scope,
    Statement,
)
from counterseal.documents.trust import Trust
from counterseal.documents.waiver import Waiver
from counterseal.values.digest import sha256
from counterseal.values.strict_json import canonical, pretty
from tests.counterseal.crypto.ssh import armoured, field, line, signed_bytes, sshsig

if TYPE_CHECKING:
    from counterseal.documents.document import Document
    from counterseal.documents.portable.inputs import Row

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOG_ID = "0123456789abcdef" * 2
MODEL = "german-credit"
PEOPLE = ("ann", "bob", "dana", "kim", "robo")
ROLES = ("ci", "layout", "promoter")


def person(name: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(sha256(name.encode())))


def ssh_blob(name: str) -> bytes:
    return field(b"ssh-ed25519") + field(person(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def ssh_key(name: str) -> str:
    return line(ssh_blob(name))


def ssh_sign(name: str, message: bytes) -> str:
    value = person(name).sign(signed_bytes(message, NAMESPACE.encode()))
    return armoured(sshsig(ssh_blob(name), NAMESPACE.encode(), field(b"ssh-ed25519") + field(value)))


def seal(body: bytes, *people: str) -> bytes:
    return sealed.seal(body, {name: ssh_sign(name, body) for name in people})


def machine(role: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int(sha256(role.encode()), 16) >> 1, ec.SECP256R1())


def pem(role: str) -> str:
    return machine(role).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def envelope(role: str, payload: bytes, kind: str = dsse.STATEMENT) -> dict[str, Any]:
    pae = b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)
    value = machine(role).sign(pae, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    signature = {"keyid": dsse.keyid(pem(role)), "sig": base64.b64encode(value).decode()}
    return {"payload": base64.b64encode(payload).decode(), "payloadType": kind, "signatures": [signature]}


def bundle(role: str, payload: bytes, kind: str = dsse.STATEMENT) -> bytes:
    return pretty(dsse.bundle(envelope(role, payload, kind)))


def document(kind: type[Document], name: str, **fields: Any) -> Any:
    return kind.model_validate(
        {"apiVersion": "counterseal/v1", "kind": kind.KIND, "metadata": {"name": name}, "spec": fields}
    )


def trust(version: int = 1, **changed: Any) -> Trust:
    people: dict[str, Any] = {name: {"title": name.title(), "keys": [ssh_key(name)]} for name in PEOPLE}
    people["dana"]["emails"] = ["dana@example.org"]
    people["robo"]["bot"] = True
    fields = {
        "version": version,
        "log_id": LOG_ID,
        "log": "required",
        "expires": NOW + timedelta(days=365),
        "root": {"members": ["ann", "kim"], "threshold": 2},
        "people": people,
        "roles": {
            "data-scientist": ["dana"],
            "model-owner": ["ann", "bob"],
            "operator": ["bob"],
            "risk": ["kim", "bob"],
        },
        "quorums": {
            "low": ["model-owner"],
            "medium": ["model-owner"],
            "high": ["model-owner", "risk"],
            "rules": ["model-owner", "risk"],
            "code": ["model-owner"],
            "waivers": ["risk"],
        },
        "machines": {role: [{"publicKey": pem(role)}] for role in ROLES},
    }
    made: Trust = document(Trust, str(version), **(fields | changed))
    return made


def second_trust() -> Trust:
    gone = dsse.keyid(pem("old-ci"))
    return trust(2, retired={"SHA256:" + "A" * 43: 3}, compromised={gone: 2}, void=[4], withdrawn=[1])


def pipeline() -> Pipeline:
    steps = [
        ("validate", ["spec", "dataset", "data"], ["validation"]),
        ("train", ["spec", "dataset", "data"], ["model", "golden", "baseline", "provenance"]),
        ("evaluate", ["spec", "dataset", "data", "model", "golden", "champion"], ["evaluation"]),
        ("bom", ["spec", "dataset", "lock", "model", "evaluation"], ["bom"]),
        ("audit", ["bom", "lock", "advisories"], ["findings"]),
    ]
    listed = [{"name": n, "title": f"Do {n}.", "materials": m, "products": p} for n, m, p in steps]
    made: Pipeline = document(Pipeline, "model", steps=listed)
    return made


def dataset() -> Dataset:
    made: Dataset = document(
        Dataset,
        MODEL,
        title="A few applicants",
        source={"title": "German Credit", "licence": "CC-BY-4.0", "attribution": "H. Hofmann", "reference": "UCI 144"},
        public=True,
        file="german_credit.csv",
        format="csv",
        fingerprint=sha256(b"data"),
        target={
            "column": "credit_risk",
            "meaning": "Did it go bad?",
            "task": "binary",
            "positive": {"value": "2", "label": "bad"},
            "negative": {"value": "1", "label": "good"},
        },
        columns={
            "age": {"type": "integer", "meaning": "Years", "minimum": 18, "maximum": 100, "groups": [26, 60]},
            "amount": {
                "type": "number",
                "meaning": "Marks",
                "unit": "DM",
                "minimum": 0,
                "maximum": 1e6,
                "nullable": True,
            },
            "purpose": {
                "type": "category",
                "meaning": "What for",
                "categories": {"A40": "a new car", "A41": "a used car"},
            },
        },
        dropped={"sex": "Miscoded in the common copies."},
    )
    return made


def model_spec() -> spec.ModelSpec:
    made: spec.ModelSpec = document(
        spec.ModelSpec,
        MODEL,
        version=1,
        title="Will this credit go bad?",
        purpose="Ranks applications,\nriskiest first.\n",
        contact="models@example.org",
        licence="Apache-2.0",
        dataset=MODEL,
        features=["age", "amount", "purpose"],
        facts={"personal_data": True, "decision": "assists", "significant_effect": True},
        estimator={
            "name": "logistic-regression",
            "parameters": {"C": 0.3, "class_weight": None, "fit_intercept": True},
        },
        limitations=["A handful of rows."],
    )
    return made


def portable_model() -> portable.PortableModel:
    terms = [
        {"kind": "linear", "input": "age", "impute": None, "center": 35.5, "scale": 11.25, "weight": -0.2},
        {"kind": "linear", "input": "amount", "impute": 2300, "center": 3271, "scale": 2822, "weight": 0.3},
        {"kind": "category", "input": "purpose", "impute": None, "weights": {"A40": 0.4}, "unseen": 0},
    ]
    return portable.PortableModel.model_validate(
        {
            "format": portable.FORMAT,
            "formatVersion": 1,
            "model": MODEL,
            "version": 1,
            "task": "binary",
            "classes": ("good", "bad"),
            "inputs": [
                {"name": "age", "type": "integer", "minimum": 18, "maximum": 100, "nullable": False},
                {"name": "amount", "type": "number", "minimum": 0, "maximum": 1e6, "nullable": True},
                {"name": "purpose", "type": "category", "categories": ["A40", "A41"], "nullable": False},
            ],
            "reference": {"age": 33, "amount": 2300.0, "purpose": "A40"},
            "predictor": {
                "kind": "additive",
                "link": "logit",
                "scores": [{"intercept": -0.875, "terms": terms}],
            },
            "threshold": 0.5,
        }
    )


def baseline_document() -> baseline.Baseline:
    made: baseline.Baseline = document(
        baseline.Baseline,
        MODEL,
        rows=100,
        features={
            "age": {"type": "number", "cuts": [30, 45], "counts": [40, 30, 30, 0]},
            "purpose": {"type": "category", "categories": ["A40"], "counts": [60, 39, 1]},
            "score": {"type": "number", "cuts": [0.5], "counts": [70, 30, 0]},
        },
    )
    return made


def golden_document() -> golden.Golden:
    model = portable_model()
    rows: list[Row] = [{"age": 40, "amount": None, "purpose": "A40"}, {"age": 18, "amount": 9000.5, "purpose": "A41"}]
    answers = [model.checked(row) for row in rows]
    listed = [golden.GoldenRow.of(row, answer) for row, answer in zip(rows, answers, strict=True)]
    made: golden.Golden = document(golden.Golden, MODEL, rows=listed)
    return made


def code() -> rules.Code:
    return rules.Code(counterseal=sha256(b"kernel"), pipelines=sha256(b"pipelines"), lock=sha256(b"lock"))


def layout() -> bytes:
    return compile_layout(pipeline().spec, {"ci": (pem("ci"),)}, LOG_ID)


def scope(step: str) -> Scope:
    described = sha256(dataset().write())
    written = sha256(model_spec().write())
    materials = Materials(dataset=described, code=code(), layout=layout_digest(layout()))
    run = rules.run_id(written, described, code())
    return Scope(log_id=LOG_ID, model=MODEL, version=1, step=step, run=run, spec=written, materials=materials)


def measures() -> dict[str, Any]:
    return {
        "task": "binary",
        "quality": {
            "auc": {"value": 0.79, "low": 0.74, "high": 0.84, "n": 300, "method": "DeLong"},
            "brier": {"value": 0.17, "low": 0.15, "high": 0.19, "n": 300, "method": "normal"},
        },
        "groups": {"age": {"groups": {}, "difference": {"value": 0.05, "low": 0.0, "high": 0.1, "method": "Newcombe"}}},
    }


def statement(step: str, subjects: dict[str, bytes], **predicate: Any) -> Statement:
    about = {path: sha256(content) for path, content in subjects.items()}
    return Statement.about(about, PREDICATES[step], predicate)


def statements() -> dict[str, Statement]:
    """Return step → Statement, their predicates as short as their types allow."""
    model = {places.model_file(MODEL, "model.json"): portable_model().write()}
    ours = {step: {EXTENSION: {"scope": scope(step).model_dump(mode="json")}} for step in PREDICATES}
    judged = {"result": "PASSED", "configuration": [], "passedTests": [], "warnedTests": [], "failedTests": []}
    evaluation = {EXTENSION: {**ours["evaluate"][EXTENSION], "measures": measures()}}
    built = {"buildDefinition": {"buildType": "urn:counterseal:pipeline:v1"}, "runDetails": {"builder": {"id": "ci"}}}
    scanned = {"scanFinishedOn": "2026-11-22T12:00:00Z"}
    return {
        "validate": statement("validate", model, **judged, **ours["validate"]),
        "train": statement("train", model, **built, **ours["train"]),
        "evaluate": statement("evaluate", model, **judged, **evaluation),
        "bom": statement("bom", {places.bom(MODEL): bill()}, **bill_value()),
        "audit": statement(
            "audit", {places.bom(MODEL): bill()}, scanner={"result": []}, metadata=scanned, **ours["audit"]
        ),
    }


def bill_value() -> dict[str, Any]:
    properties = scope("bom").properties()
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"properties": properties}, "components": []}


def bill() -> bytes:
    return pretty(bill_value())


def links() -> dict[str, bytes]:
    """Return step → payload of its link; each artifact's digest is that of its name."""
    run = scope("train").run
    return {
        step.name: make_link(
            step.name,
            run,
            {name: sha256(name.encode()) for name in step.materials},
            {name: sha256(name.encode()) for name in step.products},
        )
        for step in pipeline().spec.steps
    }


def owned() -> dict[str, bytes]:
    files = {
        places.spec(MODEL): model_spec().write(),
        places.model_file(MODEL, "model.json"): portable_model().write(),
        places.model_file(MODEL, "baseline.json"): baseline_document().write_json(),
        places.model_file(MODEL, "golden.json"): golden_document().write_json(),
        places.bom(MODEL): bill(),
    }
    files |= {places.statement(MODEL, step): bundle("ci", made.payload()) for step, made in statements().items()}
    return files | {places.link(MODEL, step): pretty(envelope("ci", payload)) for step, payload in links().items()}


def entry_bytes() -> bytes:
    digests = {path: sha256(content) for path, content in owned().items()}
    return entry.build(scope("record"), "high", 0, measures(), digests)


def rules_document() -> rules.Rules:
    made: rules.Rules = document(
        rules.Rules,
        "rules",
        log_id=LOG_ID,
        version=1,
        replaces=0,
        rules={"quality": sha256(b"policy"), "tier": sha256(b"tier")},
        pipeline=sha256(pipeline().write()),
        code=[code()],
    )
    return made


def approval(who: str, decision: str, **changed: Any) -> Approval:
    fields = {
        "log_id": LOG_ID,
        "decision": decision,
        "role": "model-owner",
        "reason": "Read it, ran it.",
        "issued": NOW,
        "use_before": NOW + timedelta(days=30),
    }
    made: Approval = document(Approval, who, **(fields | changed))
    return made


def approvals() -> dict[str, bytes]:
    """Return path → a sealed Approval of every decision."""
    bound = {"model": MODEL, "entry": sha256(entry_bytes())}
    change = sha256(b"change")
    folder = places.approvals(MODEL)
    listed: list[tuple[str, str, str, dict[str, Any]]] = [
        (folder, "ann", "promote", {**bound, "reviews": ["group-difference/age"], "reproduced": True}),
        (folder, "kim", "reject", bound),
        (folder, "bob", "restore", {"model": MODEL, "from": 3, "to": 2, "role": "operator"}),
        (folder, "ann", "retire", {"model": MODEL, "from": 4}),
        (places.RULES_APPROVALS, "ann", "rules", {"entry": sha256(rules_document().write())}),
        (places.CODE_APPROVALS, "ann", "code", {"change": change}),
        (places.WAIVER_APPROVALS, "kim", "waivers", {"change": change, "role": "risk"}),
    ]
    return {
        f"{place}/{file_name(who, decision)}": seal(approval(who, decision, **binds).write(), who)
        for place, who, decision, binds in listed
    }


def promotion(number: int, **fields: Any) -> record.Promotion:
    facts = {"log_id": LOG_ID, "number": number, "commit": f"{number + 1:040x}", "tree": f"{number + 9:040x}"}
    return record.Promotion.model_validate(facts | {"trust": 1, "rules": 0, "time": NOW} | fields)


def records() -> dict[str, bytes]:
    """Return path → record, one of each kind, chained."""
    first = promotion(0, kind="genesis", entry=sha256(rules_document().write()))
    payload = first.statement().payload()
    chain = [record.seal_genesis(first, {name: ssh_sign(name, payload) for name in ("ann", "kim")})]
    digest = sha256(entry_bytes())
    for fields in (
        {"kind": "promote", "model": MODEL, "entry": digest, "approvals": (sha256(b"ann"), sha256(b"kim"))},
        {"kind": "rules", "entry": sha256(b"rules 2")},
        {"kind": "restore", "model": MODEL, "entry": digest, "restores": 1, "rules": 2},
        {"kind": "retire", "model": MODEL, "rules": 2},
    ):
        made = promotion(len(chain), previous=record.digest_of(chain[-1]), **fields)
        chain.append(bundle("promoter", made.statement().payload()))
    head = record.Head(log_id=LOG_ID, number=len(chain) - 1, record=record.digest_of(chain[-1]), trust=1, time=NOW)
    files = {places.record(number): content for number, content in enumerate(chain)}
    return files | {places.HEAD_FILE: bundle("promoter", canonical(head.model_dump(mode="json")), dsse.HEAD)}


def policies() -> dict[str, bytes]:
    """Return path → policies of every kind, a suite and a sample."""
    rule = {
        "id": "auc",
        "says": "AUC is at least 0.7.",
        "passes": "evaluation.quality.auc.low >= limits.auc",
        "review": "evaluation.quality.auc.high >= limits.auc",
        "found": "evaluation.quality.auc.value",
        "mend": "Train better.",
    }
    why = {"title": "Good enough", "why": "Because."}
    limits = {"auc": 0.7, "rows": 500, "strict": True, "licences": ["Apache-2.0", "MIT"], "name": "no"}
    cases = [
        {"name": "good", "sample": "samples/good.yaml", "expect": {"auc": "PASS"}},
        {"name": "high", "sample": "samples/high.yaml", "tier": "high"},
    ]
    tiers = [{"tier": "high", "when": "facts.significant_effect", "says": "Somebody is affected."}]
    made: dict[str, Document] = {
        "quality/policy": document(
            policy.Policy, "quality", **why, on_live="stop", effective_on=NOW, limits=limits, rules=[rule]
        ),
        "quality/suite": document(policy.Suite, "quality", cases=cases),
        "quality/samples/good": document(policy.Sample, "good", evaluation=measures()),
        "tier/policy": document(policy.TierPolicy, "tier", **why, tiers=tiers),
        "drift/policy": document(policy.DriftPolicy, "drift", **why, window=500, warning=0.1, alert=0.2),
    }
    return {f"{places.RULE_FOLDER}/{name}.yaml": item.write() for name, item in made.items()}


def others() -> dict[str, bytes]:
    advisory = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "summary": "Bad.", "fixed": ["1.1"]}
    listed = {"cryptography": {"50.0.2": []}, "some-package": {"1.0": [advisory]}}
    waived = {"rule": "quality/auc", "model": MODEL, "found": "0.69", "reason": "Known.", "owner": "kim"}
    advisories = document(Advisories, "pypi", source="OSV", retrieved=NOW, packages=listed)
    waiver = document(Waiver, "low-auc", **waived, issued=NOW, expires=NOW + timedelta(days=90))
    return {
        places.ADVISORIES: advisories.write_json(),
        f"{places.WAIVERS}/low-auc.yaml": waiver.write(),
        places.CODEOWNERS.rpartition("/")[2]: codeowners.render(trust()),
        "roots.yaml": trust().roots().write(),
    }


def files() -> dict[str, bytes]:
    """Return path → bytes of every document."""
    payload = layout()
    return {
        places.trust(1): seal(trust().write(), "ann", "kim"),
        places.trust(2): seal(second_trust().write(), "ann", "kim"),
        places.RULES: rules_document().write(),
        places.PIPELINE: pipeline().write(),
        places.layout(layout_digest(payload)): pretty(envelope("layout", payload)),
        places.dataset(MODEL): dataset().write(),
        places.entry(MODEL): entry_bytes(),
        **owned(),
        **approvals(),
        **records(),
        **policies(),
        **others(),
    }
