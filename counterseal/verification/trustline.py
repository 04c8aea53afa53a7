"""The trust along main's first-parent line: the highest version counts, and nothing of it is ever taken away.

* ``trust_at`` follows policies/trust/1.yaml, 2.yaml, … of one tree from the root keys the caller brought along.
* ``check_kept`` refuses a line on which a trust file or layout was changed or removed.
* ``layout_for`` is the layout that a trust and a pipeline give; ``check_layout`` accepts one whose keys are trusted
  still, so that rotating keys with an overlap makes nothing again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterseal.crypto import dsse
from counterseal.documents import places
from counterseal.documents.layout import compile_layout, layout_digest, open_layout
from counterseal.documents.trust_chain import follow
from counterseal.values import strict_json
from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from typing import Any

    from counterseal.documents.pipeline import Pipeline
    from counterseal.documents.trust import Roots, Trust
    from counterseal.verification.git import Git
    from counterseal.verification.tree import Tree


def chain_at(tree: Tree, roots: Roots) -> tuple[Trust, ...]:
    """Return every trust version of a tree, oldest first, each checked; raise Refused otherwise."""
    key = ("trust", tree.oid(places.TRUST_FOLDER), roots.model_dump_json())
    return tree.git.remember(key, lambda: _chain(tree, roots))


def _chain(tree: Tree, roots: Roots) -> tuple[Trust, ...]:
    names = tree.names(places.TRUST_FOLDER)
    expected = [f"{number}.yaml" for number in range(1, len(names) + 1)]
    if sorted(names) != sorted(expected):
        raise refuse(
            "TRUST_FILES", places.TRUST_FOLDER, "1.yaml, 2.yaml, … without a gap", ", ".join(names) or "nothing"
        )
    return follow(((path := places.trust(n), tree.need(path)) for n in range(1, len(names) + 1)), roots)


def trust_at(tree: Tree, roots: Roots, upto: int | None = None) -> Trust:
    """Return the highest trust version of a tree, or the one numbered ``upto``."""
    chain = chain_at(tree, roots)
    if upto is not None and upto > len(chain):
        raise refuse("TRUST_VERSION", places.trust(upto), f"trust version {upto}", f"only {len(chain)} on main")
    return chain[(upto or len(chain)) - 1]


def check_kept(git: Git, old: str | None, new: str) -> None:
    """Refuse a first-parent line after ``old`` up to ``new`` on which trust files or layouts changed or went away."""
    span = f"{old}..{new}" if old else new
    flags = ("--first-parent", "--diff-merges=first-parent", "--diff-filter=DMT", "--no-renames", "--format=%H")
    found = git.run("log", *flags, span, "--", places.TRUST_FOLDER, places.LAYOUTS).split()
    if found:
        mend = "merge the missing files again; trust and layouts are only ever added to"
        raise refuse("TRUST_REMOVED", found[-1][:12], "trust files and layouts that stay as they are", "a change", mend)


def layout_for(pipeline: Pipeline, trust: Trust) -> bytes:
    """Return the payload of the layout that a pipeline and a trust give."""
    roles = {step.role for step in pipeline.spec.steps}
    return compile_layout(pipeline.spec, {role: trust.machine_keys(role) for role in roles}, trust.spec.log_id)


def read_layout(tree: Tree, path: str, trust: Trust) -> dict[str, Any]:
    """Return a layout signed by the layout key and filed under its own digest; raise Refused otherwise."""
    layout = open_layout(tree.need(path, "compile it with `counterseal run`"), trust.machine_keys("layout"), path)
    if places.layout(layout_digest(strict_json.canonical(layout))) != path:
        raise refuse("LAYOUT_DIGEST", path, "the digest in its name", "another")
    return layout


def check_layout(tree: Tree, digest: str, pipeline: Pipeline, trust: Trust) -> dict[str, Any]:
    """Return the layout filed under ``digest``; refuse one that is not of this pipeline, or by keys not trusted now."""
    where = places.layout(digest)
    key = ("layout", where, tree.blob(where), pipeline.model_dump_json(), trust.model_dump_json())
    return tree.git.remember(key, lambda: _checked(tree, where, pipeline, trust))


def _checked(tree: Tree, where: str, pipeline: Pipeline, trust: Trust) -> dict[str, Any]:
    layout = read_layout(tree, where, trust)
    roles: dict[str, str] = {step.name: step.role for step in pipeline.spec.steps}
    named = {keyid for step in layout["steps"] for keyid in step["pubkeys"] if step["name"] in roles}
    kept = {role: tuple(pem for pem in trust.machine_keys(role) if dsse.keyid(pem) in named) for role in roles.values()}
    again = compile_layout(pipeline.spec, kept, trust.spec.log_id) if all(kept.values()) else b""
    if again != strict_json.canonical(layout):
        mend = "run the pipeline again: its layout is of another pipeline, or of keys no longer trusted"
        raise refuse("LAYOUT_NOT_OF_JUDGE", where, "the layout of this code and this trust", "another", mend)
    return layout


def require_layout(tree: Tree, pipeline: Pipeline, trust: Trust) -> None:
    """Refuse a tree that lacks the layout of this pipeline and this trust."""
    payload = layout_for(pipeline, trust)
    path = places.layout(layout_digest(payload))
    if tree.blob(path) is None:
        raise refuse("LAYOUT_MISSING", path, "the layout of this trust and these rules", "none", "compile it again")
    check_layout(tree, layout_digest(payload), pipeline, trust)
