"""The table of attacks: each row's name, where it is written down, what stops it, and what is missing.

rows.yaml is the one source: the tests take the expected refusals from it, docs/THREATS.md and ``make attacks`` are
printed from it. A row is one of four things, by what it holds:

* stopped: ``stopped_by`` alone;
* partly:  ``stopped_by`` and a ``gap``, which says what nobody has built or tested;
* open:    a ``gap`` alone;
* not ours: a reason in ``not_ours``, and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from counterseal.documents.document import Value, validate
from counterseal.values import strict_yaml
from counterseal.values.names import Text

FILE = Path(__file__).with_name("rows.yaml")
State = Literal["stopped", "partly", "open", "not ours"]


class Stop(Value):
    """A place in the code, and the names of what it says to an attack."""

    at: Annotated[str, Field(pattern=r"^[a-z_]+(\.[A-Za-z_]+)*$")]
    says: Annotated[tuple[str, ...], Field(min_length=1)]


class Row(Value):
    """One attack."""

    number: Annotated[int, Field(ge=1)]
    attack: Text
    sources: Annotated[tuple[Text, ...], Field(min_length=1)]
    stopped_by: tuple[Stop, ...] = ()
    gap: Text | None = None
    not_ours: Text | None = None

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        answers = (bool(self.stopped_by or self.gap), bool(self.not_ours))
        if sum(answers) != 1:
            msg = "what stops it or a gap, or else why it is not ours"
            raise ValueError(msg)
        return self

    @property
    def state(self) -> State:
        """How far the attack is stopped."""
        if self.not_ours:
            return "not ours"
        if not self.stopped_by:
            return "open"
        return "partly" if self.gap else "stopped"

    @property
    def says(self) -> frozenset[str]:
        """Every name by which the attack must be refused."""
        return frozenset(name for stop in self.stopped_by for name in stop.says)

    def at(self, name: str) -> tuple[str, ...]:
        """Return the places that say a name."""
        return tuple(stop.at for stop in self.stopped_by if name in stop.says)


class Part(Value):
    """Attacks of one kind, and the file that holds their tests."""

    title: Text
    file: Text
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]


class Suite(Value):
    """The whole table."""

    parts: tuple[Part, ...]

    @property
    def rows(self) -> dict[int, Row]:
        """The rows by number."""
        return {row.number: row for part in self.parts for row in part.rows}


def read(file: Path = FILE) -> Suite:
    """Read the table."""
    return validate(Suite, strict_yaml.load(file.read_bytes(), file.name))


SUITE = read()
