"""The champion: the model that serves where a challenger wants to, and that the challenger is measured against.

The rules, in order:

* It is what the record left whose number the challenger's entry replaces: two challengers of one champion exclude each
  other, and whoever judges a promotion later finds the champion of then.
* Where nothing is replaced, or a retirement is, nothing serves: there is no champion, and its bytes are empty.
* After a return it is the model that was returned to. Its bytes are read at the record's merge, not at main's tip.
* Evidence names it twice, and both must be right: in the link of each step that takes it in, and in what the evaluate
  Statement compares with. No evidence can do without a comparison by saying that nothing serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.values.digest import sha256
from counterseal.values.finding import refuse
from counterseal.verification.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from counterseal.values.finding import Refused
    from counterseal.verification.git import Git
    from counterseal.verification.log import Log

NOBODY = sha256(b"")


def champion(git: Git, log: Log, model: str, replaces: int) -> bytes:
    """Return the champion's model.json, empty if nothing serves; raise Refused if ``replaces`` is no such record."""
    left = log.left_by(model, replaces)
    return Tree(git, left.commit).need(places.model_file(model, "model.json")) if left else b""


def check_compared(
    model: str, links: Mapping[str, Mapping[str, str]], comparison: Mapping[str, Any], champion: str
) -> None:
    """Refuse evidence that met another champion, by its SHA-256, or nobody where somebody serves.

    ``links`` are step → artifact → SHA-256, ``comparison`` is the evaluate Statement's; one that does not say whether
    there is a champion raises LookupError.
    """
    for step, digests in links.items():
        taken = digests.get("champion", champion)
        if taken != champion:
            raise _mismatch(places.link(model, step), champion, taken)
    serves, compared = comparison["champion"], comparison.get("digest", NOBODY)
    if serves is not (champion != NOBODY) or compared != champion:
        raise _mismatch(places.statement(model, "evaluate"), champion, compared)


def _mismatch(where: str, champion: str, compared: object) -> Refused:
    expected, found = (
        "a comparison with nothing" if digest == NOBODY else f"one with the model {str(digest)[:16]}"
        for digest in (champion, compared)
    )
    return refuse("CHAMPION_MISMATCH", where, f"{expected}, as the log has it", found, "run the pipeline again on main")
