"""Values that name a person: e-mail addresses, telephone and bank account numbers, cards, network addresses.

Each is judged by a library that knows its checksum or its numbering plan: email-validator, phonenumbers, python-stdnum.
Only a sample is looked at, so rare ones are missed; a column is called personal when most of its sample is.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from scripts.dataset import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.dataset.cells import Seen

MANY = 200
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
MOSTLY = 0.5
LEAST = 5


def why(seen: Seen, missing: tuple[str, ...]) -> str:
    """Say why a column of texts seems to name people, by its values or by its name; empty if it does not."""
    sample = [value for value in seen.sample if value not in missing]
    if found := recognised(sample):
        return f"It looks like {found[0]} ({found[1]} of {len(sample)} values looked at)"
    if words.says(seen.name, words.PERSONAL) and seen.distinct > min(MANY, seen.rows / 2):
        return f"Its name, {seen.name}, says that it names people"
    return ""


def recognised(values: Sequence[str]) -> tuple[str, int] | None:
    """Return what most of a sample of distinct values is, and how many of them are; None if nothing personal."""
    for what, is_one in DETECTORS.items():
        count = sum(map(is_one, values))
        if count >= max(LEAST, MOSTLY * len(values)):
            return what, count
    return None


def is_email(text: str) -> bool:
    """Say whether a text is an e-mail address."""
    from email_validator import EmailNotValidError, validate_email

    if "@" not in text:
        return False
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def is_iban(text: str) -> bool:
    """Say whether a text is an international bank account number."""
    from stdnum import iban

    return text[:2].isalpha() and bool(iban.is_valid(text, check_country=False))


def is_card(text: str) -> bool:
    """Say whether a text is the number of a payment card."""
    from stdnum import luhn

    digits = text.replace(" ", "").replace("-", "")
    return digits.isdigit() and 13 <= len(digits) <= 19 and bool(luhn.is_valid(digits))  # noqa: PLR2004 (ISO/IEC 7812)


def is_social_security(text: str) -> bool:
    """Say whether a text is a social security number of the United States, with its dashes."""
    from stdnum.us import ssn

    return text.count("-") == 2 and bool(ssn.is_valid(text))  # noqa: PLR2004 (three parts)


def is_phone(text: str) -> bool:
    """Say whether a text is a telephone number with its country, or one of grouped digits."""
    import phonenumbers

    grouped = text.startswith(("+", "00", "(")) or any(mark in text for mark in " -/")
    if not grouped or _DATE.match(text):
        return False
    for region in (None, "US", "GB", "DE"):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def is_address(text: str) -> bool:
    """Say whether a text is a network address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


DETECTORS: dict[str, Callable[[str], bool]] = {
    "e-mail addresses": is_email,
    "bank account numbers": is_iban,
    "card numbers": is_card,
    "social security numbers": is_social_security,
    "network addresses": is_address,
    "telephone numbers": is_phone,
}
