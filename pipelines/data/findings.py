"""How many findings a person is shown, and how many rows a dataset may have."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FINDINGS = 20
MAX_ROWS = 100_000_000
MAX_COLUMNS = 2_000


def refuse_all(findings: Iterable[Finding]) -> None:
    """Raise Refused if there is a finding; of very many, the first ones."""
    if some := tuple(islice(findings, MAX_FINDINGS)):
        raise Refused(*some)
