"""Names that people give to what a command makes."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from counterseal.values.finding import UsageError
from counterseal.values.names import Name


def checked_name(name: str, option: str) -> str:
    """Return a name that a document and its folder can have; raise UsageError for any other."""
    try:
        return TypeAdapter(Name).validate_python(name)
    except ValidationError as error:
        msg = f"{option} {name}: expected lower-case letters, digits and dashes, at most 63"
        raise UsageError(msg) from error
