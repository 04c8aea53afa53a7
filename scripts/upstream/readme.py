"""README.md of an export: where it comes from, what its keys prove, and each tool's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scripts.upstream.part import Part
    from scripts.upstream.promotion import MachineKey, Verified


def write(
    found: Verified,
    parts: Iterable[Part],
    keys: Mapping[str, MachineKey],
    left_out: Iterable[str],
    *,
    sandbox: bool = False,
) -> str:
    """Return the page; ``keys`` is path → key, ``left_out`` what could not be written, and why."""
    gone = "\n".join(f"- {item}" for item in left_out)
    return _README.format(
        sandbox=_SANDBOX if sandbox else "",
        model=found.model,
        version=found.entry.version,
        what=f"promotion {found.number}" if found.number else "a tree by itself",
        log=found.entry.log_id,
        run=found.entry.run,
        keys="\n".join(f"- `{path}`{key.since and f', {key.since}'}" for path, key in sorted(keys.items())),
        sections="\n".join(part.section for part in parts if part.section),
        left_out=f"\n## Left out\n\n{gone}\n" if gone else "",
    )


_SANDBOX = """
**SANDBOX: everybody has the private halves of these keys, so nothing in this folder proves anything.**
"""
_README = """\
# {model} {version}, for other verifiers
{sandbox}
Written by `counterseal export` from {what} of the log `{log}`, after it was verified.
The run is `{run}`.

Run each block from this folder, in a shell of its own. It holds if it ends with exit code 0.

**The keys came along with the rest.** With them, these commands prove that this folder agrees with itself. Compare
`sha256sum keys/*` and `cut -d' ' -f3- approvals/allowed_signers | ssh-keygen -lf -` with what the people who run the
log told you themselves; only then do they prove where it came from.

{keys}

{sections}{left_out}"""
