"""Who has signed a trust version, and who still must: the root people of the version before, and its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.report.report import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.crypto.sealed import Sealed
    from counterseal.documents.trust import Roots, Trust


@dataclass(frozen=True)
class Signing:
    """A proposed version, the one before it, and the signatures so far; none of them is believed unseen."""

    old: Trust
    new: Trust
    sealed: Sealed

    def enough(self) -> bool:
        """Say whether both thresholds are met."""
        return all(roots.enough(self.sealed) for _, roots in self._sides())

    def signers(self) -> dict[str, str]:
        """Return person → signature for each one that counts on either side."""
        found = {name for _, roots in self._sides() for name in self.sealed.signers(roots.spec.keys)}
        return {name: self.sealed.signatures[name] for name in sorted(found)}

    def sentence(self) -> str:
        """Return who still has to sign, in a line."""
        missing = dict(self._missing())
        if not missing:
            return "signed by enough root people: it may be merged"
        if len(set(missing.values())) == 1:
            return f"still to sign: {next(iter(missing.values()))}"
        return f"still to sign: {'; '.join(f'{who} for {whose}' for whose, who in missing.items())}"

    def table(self) -> Table:
        """Return both thresholds, who signed, and who still may."""
        rows = []
        for whose, roots in self._sides():
            signed = sorted(self.sealed.signers(roots.spec.keys))
            left = [name for name in sorted(roots.spec.keys) if name not in signed]
            rows.append((f"root people of {whose}", str(roots.spec.threshold), ", ".join(signed), ", ".join(left)))
        return Table("signatures", ("by", "needed", "signed", "may still sign"), tuple(rows))

    def _sides(self) -> tuple[tuple[str, Roots], ...]:
        return tuple((f"version {trust.spec.version}", trust.roots()) for trust in (self.old, self.new))

    def _missing(self) -> Iterator[tuple[str, str]]:
        for whose, roots in self._sides():
            signed = self.sealed.signers(roots.spec.keys)
            if not roots.enough(self.sealed):
                left = [name for name in sorted(roots.spec.keys) if name not in signed]
                need = max(1, roots.spec.threshold - len(signed))
                yield whose, ", ".join(left) if need >= len(left) else f"{need} of {', '.join(left)}"
