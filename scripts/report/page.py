"""A proposal's page: may it merge, what was found, who must act. ``check``, ``status`` and ``approve`` show it.

It is computed from what ``admit`` says of the merge that would be made, never stored, and says nothing of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding, Refused, Verdict
from counterseal.verification import plain_tree, quorum
from counterseal.verification.proposal import WAITING, assess
from counterseal.verification.tree import Tree
from scripts.report.report import Check, Report, Table
from scripts.repository.tool import check_tool
from scripts.review.review import chapter, chapters
from scripts.review.side import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from counterseal.documents.trust import Trust
    from counterseal.verification.judgement import Judgement
    from counterseal.verification.proposal import Assessment
    from counterseal.verification.quorum import Countersignature, QuorumResult
    from scripts.report.report import Chapter
    from scripts.repository.proposals import Proposal
    from scripts.repository.repository import Repository


APPROVALS = "approvals of"


@dataclass(frozen=True)
class Page:
    """What was judged, and how it reads."""

    assessment: Assessment
    report: Report

    def reviewed(self) -> Report:
        """Return the report with what the change does to each model, beside what serves now."""
        return replace(self.report, chapters=chapters(self.assessment.ground))


def judged(repository: Repository, proposal: Proposal, now: datetime) -> Page:
    """Judge a proposal as the gate would, with the kernel that the live rules name; raise Refused without a log."""
    log, skipped = repository.log(now)
    check_tool(repository, log, skipped)
    assessment = assess(repository.git, repository.roots, log, repository.main, proposal.commit, now)
    notes = tuple(f"main holds a merge that is not promoted: {oid[:12]}: {why}" for oid, why in skipped.items())
    return Page(assessment, _report(proposal, assessment, (*repository.notes, *notes)))


def judged_alone(repository: Repository, proposal: Proposal) -> Report:
    """Judge a tree by itself, as ``log: none`` has it; say what that leaves unchecked."""
    tree = Tree(repository.git, proposal.commit)
    checks: list[Check] = []
    told: list[Chapter] = []
    tables: list[Table] = []
    findings: tuple[Finding, ...] = ()
    try:
        trust, book = plain_tree.check_trust(tree, repository.roots)
        for model in tree.models():
            proof, judgement, signed = plain_tree.check_model(tree, model, trust, book)
            checks += _checks(model, judgement, signed.counted)
            told.append(chapter(Side(proof, tree), None))
            tables.append(_signed(model, signed, trust))
    except Refused as refusal:
        findings = refusal.findings
    notes = (*repository.notes, *(f"not checked: {item}" for item in plain_tree.UNCHECKED))
    verdict = Verdict.FAIL if findings else Verdict.PASS
    headline = f"{proposal.name}: {counted(findings) if findings else 'the tree holds by itself'}"
    return Report(proposal.name, headline, verdict, tuple(checks), findings, tuple(tables), notes, chapters=tuple(told))


def _report(proposal: Proposal, found: Assessment, notes: tuple[str, ...]) -> Report:
    ground = found.ground
    signed = {name: result.counted for name, result in ground.quorums.items()}
    judged = ground.judgements.items()
    checks = [check for model, judgement in judged for check in _checks(model, judgement, signed.get(model, ()))]
    tables = tuple(_approvals(found))
    against = tuple(item for item in found.findings if item.code not in WAITING)
    waiting = () if against else found.findings
    notes = (*notes, *(f"{item.where}: wanted {item.expected}; found {item.found}" for item in waiting))
    return Report(
        proposal.name,
        f"{proposal.name}: {_headline(found)}",
        found.verdict,
        tuple(checks),
        against,
        tables,
        notes,
    )


def _headline(found: Assessment) -> str:
    if found.admission:
        made = [f"{p.kind} {p.model or 'the rules'}, number {p.number}" for p in found.admission.promotions]
        return f"may be merged: {'; '.join(made) or f'a change of {found.admission.area}, which promotes nothing'}"
    if found.verdict is Verdict.REVIEW:
        asked = [
            f"{name}: {', '.join(_asked(found, result))}" for name, result in found.ground.quorums.items() if not result
        ]
        return f"holds, but may not be merged yet; still to sign {'; '.join(asked) or found.findings[0].expected}"
    return f"may not be merged: {counted(item for item in found.findings if item.code not in WAITING)}"


def counted(findings: Iterable[Finding]) -> str:
    """Say how many findings there are, and which."""
    codes = [item.code for item in findings]
    return f"{len(codes)} finding{'s' if len(codes) > 1 else ''} ({', '.join(dict.fromkeys(codes))})"


def _checks(model: str, judgement: Judgement, signed: Iterable[Countersignature] = ()) -> Iterator[Check]:
    """Yield what each rule says, and who carries it; what people carry is never shown as passed."""
    approvals = tuple(signed)
    for item in judgement.outcomes:
        deciders = dict.fromkeys(word.person for word in approvals if item.id in word.spec.reviews)
        decided = f" (decided by {', '.join(deciders)})" if item.verdict is Verdict.REVIEW and deciders else ""
        says = f" (waived by {item.waived})" if item.waived else decided
        carried = "waived" if item.waived else "decided" if decided else ""
        verdict = Verdict.REVIEW if item.waived else item.verdict
        yield Check(f"{model}: {item.id}", verdict, item.says, f"{item.found}{says}", item.mend, carried)


def _approvals(found: Assessment) -> Iterator[Table]:
    for name, result in found.ground.quorums.items():
        roles = list(dict.fromkeys(result.slots))
        rows = [_row(found, result, role) for role in roles]
        able = sorted({person for role in roles for person in _may_sign(found, result, role)})
        if result.asked.bots:
            signed = "" if "human" in result.lacks else ", ".join(result.people)
            rows.append((f"one human more ({', '.join(result.asked.bots)} wrote it)", "1", signed, ", ".join(able)))
        if result.asked.reproduced:
            word = [item.person for item in result.counted if item.spec.reproduced]
            again = sorted({*able, *result.people}) if not word else able
            rows.append(("metrics recomputed", "1", ", ".join(word), ", ".join(again)))
        ignored = [(f"{person}, not counted", "", reason, "") for person, reason in sorted(result.ignored.items())]
        yield Table(f"{APPROVALS} {name}", ("role", "needed", "signed", "may still sign"), (*rows, *ignored))


def _signed(model: str, result: QuorumResult, trust: Trust) -> Table:
    """Say who signed a model of a tree that is judged by itself, in which nobody is asked to sign any more."""
    held = {role: [name for name in result.people if name in trust.spec.roles[role]] for role in result.slots}
    rows = tuple((role, str(result.slots.count(role)), ", ".join(people)) for role, people in held.items())
    return Table(f"{APPROVALS} {model}", ("role", "needed", "signed"), rows)


def _row(found: Assessment, result: QuorumResult, role: str) -> tuple[str, ...]:
    signed = [name for name in result.people if name in found.ground.trust.spec.roles[role]]
    return role, str(result.slots.count(role)), ", ".join(signed), ", ".join(_may_sign(found, result, role))


def _asked(found: Assessment, result: QuorumResult) -> Iterator[str]:
    """Say what a quorum lacks, and who could give it."""
    able = {role: _may_sign(found, result, role) for role in dict.fromkeys(result.slots)}
    if "slots" in result.lacks:
        yield from _missing(found, result, able)
    anyone = sorted({person for people in able.values() for person in people})
    if "human" in result.lacks:
        yield f"one human more, for {', '.join(result.asked.bots)} wrote some of it ({_any_of(anyone)})"
    if "reproduction" in result.lacks and not result.unfilled:
        yield f"somebody who recomputes the metrics ({_any_of(sorted({*anyone, *result.people}))})"


def _missing(found: Assessment, result: QuorumResult, able: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the roles in which a signature would fill a slot; whoever signed already may move to another one."""
    roles = found.ground.trust.spec.roles

    def fills(person: str) -> bool:
        return len(quorum.unfilled(result.slots, [*result.people, person], roles)) < len(result.unfilled)

    helpful = {role: [person for person in people if fills(person)] for role, people in able.items()}
    for role in able:
        if helpful[role] or role in result.unfilled:
            yield f"{role} ({_any_of(helpful[role])})"


def _any_of(people: Iterable[str]) -> str:
    return " or ".join(people) or "nobody is left who may"


def _may_sign(found: Assessment, result: QuorumResult, role: str) -> list[str]:
    """Return who holds a role, has not signed, and wrote nothing of it."""
    trust: Trust = found.ground.trust
    out = {*result.people, *result.authors}
    return [name for name in trust.spec.roles[role] if name not in out and not trust.spec.people[name].bot]
