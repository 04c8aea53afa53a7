"""One attack under test: each refusal is one that its row names, raised where the row says, beside a control."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import walk_tb
from typing import TYPE_CHECKING

from tests.support import acts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from counterseal.values.finding import Refused
    from tests.attacks.rows import Row


@dataclass
class Attack:
    """What a row's test has shown so far."""

    row: Row
    said: set[str] = field(default_factory=set)
    controls: int = 0

    @contextmanager
    def refused(self, code: str) -> Iterator[pytest.ExceptionInfo[Refused]]:
        """Expect a refusal by this code, raised inside one of the places that the row names for it."""
        with acts.refused(code) as refusal:
            yield refusal
        self.found(code)
        passed, places = set(_functions(refusal.value)), self.row.at(code)
        assert any(name.startswith(places) for name in passed), f"{code} came from elsewhere than {places}: {passed}"

    def found(self, *names: str) -> None:
        """Note what was said to the attack where nothing is raised: a finding, an event, a status."""
        assert names, "nothing was said to the attack"
        assert set(names) <= self.row.says, f"row {self.row.number} does not name {set(names) - self.row.says}"
        self.said |= set(names)

    def control(self, passed: object) -> None:
        """Show that the same thing without the attack is let through."""
        assert passed, "the control was stopped too"
        self.controls += 1

    def check(self) -> None:
        """Refuse a test that showed less than its row promises, or had no control."""
        assert self.said == self.row.says, f"never seen: {sorted(self.row.says - self.said)}"
        assert self.controls, "an attack without a control proves nothing"


def _functions(error: BaseException | None) -> Iterator[str]:
    """Return every function that an error passed through, and whatever it explains did."""
    explained: list[BaseException] = []
    while error is not None and error not in explained:
        explained.append(error)
        for frame, _ in walk_tb(error.__traceback__):
            yield f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}"
        error = error.__cause__ or error.__context__
