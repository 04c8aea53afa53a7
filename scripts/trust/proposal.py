"""A trust version as a proposal: the file, CODEOWNERS and the layout that it gives, on a branch of its own, pushed.

* ``begin`` lays out what main has; a command edits the draft; ``propose`` does the rest, in this order: check it, sign
  it if whoever types is a root person, write it, judge it as the gate would, push it. A refusal leaves nothing.
* An open proposal of the same version is not overwritten: ``--amend`` goes on from it, ``--afresh`` begins again. What
  somebody else put there is never signed by the way; ``counterseal trust sign`` shows it first. Amending nothing makes
  CODEOWNERS and the layout again, after main's rules changed; signatures stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from counterseal.crypto import dsse
from counterseal.crypto.sealed import seal
from counterseal.documents import codeowners, places
from counterseal.documents.layout import layout_digest, sign_layout
from counterseal.documents.trust_chain import open_version
from counterseal.values.finding import Refused, UsageError, Verdict, refuse
from counterseal.verification import rulebook, trustline
from counterseal.verification.tree import Tree
from scripts.forge.roster import YEAR
from scripts.report.page import judged
from scripts.report.report import Report
from scripts.repository.changes import committer, publish, write_commit, write_tree
from scripts.repository.proposals import Proposal, find
from scripts.repository.repository import open_repository
from scripts.repository.sandbox import machine_key
from scripts.signing.keys import can_sign, find_key, load_signer, sign
from scripts.signing.people import person_of
from scripts.trust import checks as trust_checks
from scripts.trust import diff as trust_diff
from scripts.trust.draft import Draft
from scripts.trust.effects import Effects
from scripts.trust.signatures import Signing

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from counterseal.documents.trust import Trust
    from counterseal.verification.log import Log
    from scripts.repository.repository import Repository
    from scripts.signing.keys import SshKey
    from scripts.trust.terms import Terms

SOON = timedelta(days=90)


@dataclass
class Begun:
    """What a command starts from, and the draft that it edits."""

    repository: Repository
    chain: tuple[Trust, ...]
    log: Log
    terms: Terms
    now: datetime
    draft: Draft
    started: Trust
    tip: str | None

    @property
    def branch(self) -> str:
        """Where it is proposed."""
        return branch_name(self.draft.version)


def branch_name(version: int) -> str:
    """Return the branch on which a version is proposed."""
    return f"trust/{version}"


def begin(folder: Path | None, roots: Path | None, terms: Terms, now: datetime) -> Begun:
    """Open a repository, and start the version after main's; raise Refused if it is proposed already."""
    repository = open_repository(folder, roots, fetch=True)
    log, _ = repository.log(now)
    chain = trustline.chain_at(Tree(repository.git, repository.main), repository.roots)
    version = len(chain) + 1
    tip = _tip(repository, branch_name(version))
    started = _started(repository, chain[-1], version, tip, terms)
    draft = Draft.after(started, version, log.next_number)
    draft.renew(terms.root_threshold, terms.until())
    return Begun(repository, chain, log, terms, now, draft, started, tip if terms.amend else None)


def propose(begun: Begun, says: tuple[str, ...] = ()) -> Report:
    """Check the version, sign it if a root person typed, write it, judge it, push it; return how it stands."""
    repository, git = begun.repository, begun.repository.git
    trust, notes = _finished(begun)
    key = find_key(git, begun.terms.ssh_key)
    person = person_of(begun.chain[-1], key)
    body = trust.write()
    signatures = _kept(begun, body) if begun.tip else _own_signature(begun, trust, key, person, body)
    files = _files(begun, trust, seal(body, signatures) if signatures else body)
    base = begun.tip or repository.main
    message = f"Trust version {trust.spec.version}: {trust_diff.sentence(begun.chain[-1], trust)}\n"
    commit = write_commit(git, write_tree(git, base, files), [base], message, committer(git, key, person))
    check_ready(repository, commit, begun.branch, begun.now)
    publish(git, repository.remote, begun.branch, commit)
    return report(repository, begun.log, begun.chain[-1], Proposal(commit, begun.branch), (*says, *notes))


def check_ready(repository: Repository, commit: str, branch: str, now: datetime) -> None:
    """Refuse a proposal in which more than root signatures is missing."""
    page = judged(repository, Proposal(commit, branch), now)
    if bad := [item for item in page.assessment.findings if item.code != "TRUST_THRESHOLD"]:
        raise Refused(*bad)


def report(repository: Repository, log: Log, old: Trust, proposal: Proposal, notes: tuple[str, ...] = ()) -> Report:
    """Return what a proposed version changes, what will happen, and who has to sign."""
    signing = signing_of(repository, old, proposal)
    new = signing.new
    tables = (trust_diff.table(old, new), *Effects(repository, log, old, new).tables(), signing.table())
    headline = f"trust version {new.spec.version} is proposed on {proposal.name}; {signing.sentence()}"
    known = set(trust_checks.warnings(old))
    fresh = (item for item in trust_checks.warnings(new) if item not in known)
    said = (*repository.notes, *notes, *fresh, next_step(signing, proposal))
    return Report(proposal.name, headline, Verdict.PASS, tables=tables, notes=said)


def signing_of(repository: Repository, old: Trust, proposal: Proposal) -> Signing:
    """Return a proposal's version and signatures; nothing of it is trusted."""
    where = places.trust(old.spec.version + 1)
    return Signing(old, *open_version(Tree(repository.git, proposal.commit).need(where), where))


def next_step(signing: Signing, proposal: Proposal) -> str:
    """Return what is to be done next."""
    command = "merge" if signing.enough() else "trust sign"
    return f"Next: `counterseal {command} {proposal.name}`."


def _tip(repository: Repository, branch: str) -> str | None:
    try:
        return find(repository, branch).commit
    except UsageError:
        return None


def _started(repository: Repository, main: Trust, version: int, tip: str | None, terms: Terms) -> Trust:
    """Return what the draft starts from: the trust of main, or the one that is proposed."""
    if tip is None or terms.afresh:
        return main
    if not terms.amend:
        mend = "sign it (`counterseal trust sign`), go on from it (--amend), or begin again (--afresh)"
        raise refuse("TRUST_PROPOSED", branch_name(version), f"no open proposal of version {version}", "one", mend)
    return signing_of(repository, main, Proposal(tip, branch_name(version))).new


def _finished(begun: Begun) -> tuple[Trust, tuple[str, ...]]:
    """Return the checked version, and what to tell about its end."""
    draft = begun.draft
    notes: tuple[str, ...] = ()
    old = begun.chain[-1]
    if draft.read().spec == old.spec.model_copy(update={"version": draft.version}):
        found = f"what version {old.spec.version} says already"
        raise refuse("TRUST_UNCHANGED", draft.where, "a version that changes something", found, "nothing is to be done")
    if begun.terms.expires is None and draft.read().spec.expires - begun.now < SOON:
        draft.renew(None, begun.now + YEAR)
        notes = ("It would have expired within 90 days; it now lasts a year from today (--expires says otherwise).",)
    trust = draft.read()
    trust_checks.check(begun.chain, trust, begun.repository.roots)
    return trust, notes


def _own_signature(begun: Begun, trust: Trust, key: SshKey, person: str, body: bytes) -> dict[str, str]:
    """Return the signature of whoever types, if they are a root person and their key is within reach."""
    members = {*begun.chain[-1].spec.root.members, *trust.spec.root.members}
    return {person: sign(key, body)} if person in members and can_sign(key) else {}


def _kept(begun: Begun, body: bytes) -> dict[str, str]:
    """Return the signatures of the open proposal that still hold: all of them if only what lies beside it is new."""
    open_one = signing_of(begun.repository, begun.chain[-1], Proposal(begun.tip or "", begun.branch))
    return open_one.signers() if open_one.sealed.body == body else {}


def _files(begun: Begun, trust: Trust, data: bytes) -> dict[str, bytes | None]:
    main = Tree(begun.repository.git, begun.repository.main)
    draft = Tree(begun.repository.git, begun.tip) if begun.tip else main
    old = set(draft.files(places.LAYOUTS)) - set(main.files(places.LAYOUTS))  # of the draft that is amended
    files: dict[str, bytes | None] = dict.fromkeys(old)
    files |= {places.trust(trust.spec.version): data, places.CODEOWNERS: codeowners.render(trust)}
    return files | _layout(main, trust, begun.terms.layout_key)


def _layout(main: Tree, trust: Trust, key: Path | None) -> dict[str, bytes]:
    """Return the layout of main's pipeline and the new trust, unless main has it."""
    payload = trustline.layout_for(rulebook.load(main).pipeline, trust)
    path = places.layout(layout_digest(payload))
    if main.blob(path):
        return {}
    signer = load_signer("layout", machine_key(main.git, "layout", key), "--layout-key")
    if signer.public_key.keyid not in map(dsse.keyid, trust.machine_keys("layout")):
        mend = "name the PEM file of a layout key that the new version lists: --layout-key"
        raise refuse("LAYOUT_KEY", path, "a layout key of this version", signer.public_key.keyid, mend)
    return {path: sign_layout(payload, signer)}
