"""What a column's name says: whether it may be sensitive, name a person, number a row, or be what is predicted.

A name is read as words (``nativeCountry``, ``native_country``), each compared with short lists. They are hints for a
person to judge, in English, and they miss what they do not know.
"""

from __future__ import annotations

import re

SENSITIVE = {
    "age", "birth", "caste", "disability", "disabled", "ethnic", "ethnicity", "faith", "foreign",
    "foreigner", "gender", "immigrant", "minority", "nationality", "native", "pregnancy", "pregnant",
    "race", "religion", "religious", "sex", "tribe", "union", "veteran",
}  # fmt: skip
SENSITIVE_VALUES = ({"male", "female"}, {"m", "f"}, {"man", "woman"}, {"men", "women"}, {"boy", "girl"})
PERSONAL = {
    "address", "birthday", "birthdate", "dob", "email", "firstname", "forename", "fullname", "iban", "lastname", "mail",
    "mobile", "name", "passport", "phone", "ssn", "street", "surname", "telephone",
}  # fmt: skip
IDENTIFIERS = {"account", "applicant", "client", "customer", "guid", "id", "identifier", "key", "patient", "person",
    "user", "uuid"}  # fmt: skip
TARGETS = {
    "approved", "bad", "cancelled", "churn", "churned", "class", "converted", "default", "defaulted", "diagnosis",
    "fraud", "income", "label", "late", "outcome", "paid", "repaid", "response", "risk", "species", "survived",
    "target", "y",
}  # fmt: skip
UNITS = {
    "cm": "centimetres", "days": "days", "dollars": "dollars", "eur": "euros", "euros": "euros", "g": "grams",
    "hours": "hours", "kg": "kilograms", "km": "kilometres", "kwh": "kilowatt hours", "m": "metres",
    "miles": "miles", "minutes": "minutes", "mm": "millimetres", "months": "months", "ms": "milliseconds",
    "pct": "percent", "percent": "percent", "seconds": "seconds", "usd": "US dollars", "weeks": "weeks",
    "years": "years",
}  # fmt: skip
POSITIVE = {"1", "true", "yes", "y", "bad", "positive", "default", "fraud", "late", "sick", "churned", "t"}


def words(name: str) -> list[str]:
    """Return the words of a name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", name)]


def says(name: str, hints: set[str]) -> bool:
    """Say whether a word of a name is among the hints."""
    return not hints.isdisjoint(words(name))


def unit(name: str) -> str | None:
    """Return the unit that ends a name, as in ``bill_length_mm``."""
    *before, last = words(name) or [""]
    return "years" if [*before, last] == ["age"] else UNITS.get(last) if before else None


def spoken(name: str) -> str:
    """Return a name as people would say it, without the unit that ends it."""
    said = words(name)
    text = " ".join(said[:-1] if unit(name) and len(said) > 1 else said)
    return text[:1].upper() + text[1:]


def tells(name: str) -> bool:
    """Say whether a name is made of words long enough to mean something."""
    return any(len(word) > 2 for word in words(name) if word.isalpha())  # noqa: PLR2004 (x1, v2, pc say nothing)
