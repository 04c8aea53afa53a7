"""How cells are spelled: numbers, dates, texts of a known shape, and what people write where a value is missing.

A spelling is a regular expression of Rust's regex that matches the whole cell.
"""

from __future__ import annotations

from pipelines.data.types import SPELLING

KINDS = {
    "integer": SPELLING["integer"],
    "number": SPELLING["number"],
    "date": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    "datetime": (
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z?$"
    ),
}

#: Spellings that other tools write and this one does not read: what they are called, and what to write instead.
FOREIGN = {
    r"^-?[0-9]{1,3}(\.[0-9]{3})*,[0-9]+$": ("numbers with a decimal comma", "write 1234.5, not 1.234,5"),
    r"^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$": ("numbers with commas between thousands", "write 1234.5, not 1,234.5"),
    r"^-?[0-9]+([.,][0-9]+)? ?%$": ("percentages", "write 12.5 and say `unit: percent`"),
    r"^[-+]?[$€£¥] ?[0-9.,]+$|^[-+]?[0-9.,]+ ?[$€£¥]$": (
        "amounts with a currency sign",
        "write 12.5 and name the currency as unit",
    ),
    r"^\+[0-9]+(\.[0-9]+)?$|^-?[0-9]*\.$|^-?\.[0-9]+$": (
        "numbers that JSON spells otherwise",
        "write 0.5, not .5 or +0.5",
    ),
    r"^[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{2}|[0-9]{4})$": ("dates with the day or month first", "write 2013-01-31"),
    r"^[0-9]{4}[./][0-9]{1,2}[./][0-9]{1,2}$": ("dates that ISO 8601 spells otherwise", "write 2013-01-31"),
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$": (
        "times with a space in the middle",
        "write 2013-01-31T05:15:00",
    ),
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T.*[-+][0-9]{2}:?[0-9]{2}$": ("times in a time zone", "write them in UTC, with a Z"),
}

#: What is a missing value wherever it stands, and what is one only among numbers and dates.
ABSENT = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL")
SUSPECT = ("-", "--", ".", "None", "none", "unknown", "Unknown", "missing", "x", "X")

#: Numbers that older tools wrote for a missing value.
SENTINELS = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)

FORMULA = r"^[=@\t]|^[-+][^0-9.]"

SHAPES = {
    "UUIDs": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "SHA-256 digests": r"[0-9a-f]{64}",
    "two capital letters": r"[A-Z]{2}",
    "three capital letters": r"[A-Z]{3}",
    "web addresses": r"https?://[^\s]+",
    "times of day": r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?",
    "year and month": r"[0-9]{4}-(0[1-9]|1[0-2])",
    "five digits": r"[0-9]{5}",
    "digits": r"[0-9]{1,30}",
    "capital letters and digits": r"[A-Z0-9]{1,30}",
    "letters, digits, dashes and underscores": r"[A-Za-z0-9_-]{1,64}",
}
