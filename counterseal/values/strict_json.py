"""Strict JSON: what two readers could read differently is refused, and so is what would exhaust one.

In order: at most ``limit`` bytes; UTF-8; no duplicate keys; no NaN or infinity, spelled out or by overflow; no integer
beyond ``MAX_INTEGER`` (RFC 7493: readers that keep numbers as 64-bit floats would round it); no half of a surrogate
pair; no nesting beyond ``MAX_DEPTH``. ``canonical`` writes the one form that is signed; ``loads_canonical`` reads that
form and no other, and is quick about it: what is written again as the same bytes had each key once, and no NaN.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from counterseal.values.finding import refuse

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1
_NESTED = (dict, list)
#: Where the canonical form may hold an integer that is too large; sixteen digits inside a text do no harm.
_LONG = re.compile(rb"[:,\[-][0-9]{16}|^[0-9]{16}")


def loads(data: bytes, where: str, *, limit: int = MAX_BYTES) -> Any:  # noqa: ANN401 (JSON is any value)
    """Read one JSON value; raise Refused (JSON_*) with ``where`` for anything doubtful."""
    if len(data) > limit:
        raise refuse("JSON_TOO_LARGE", where, f"at most {limit} bytes", f"{len(data)} bytes")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise refuse("JSON_NOT_UTF8", where, "UTF-8", f"a broken byte at offset {error.start}") from error
    except UnicodeEncodeError as error:
        raise refuse("JSON_AMBIGUOUS", where, "JSON with one meaning", "half of a surrogate pair") from error
    except RecursionError as error:
        raise refuse("JSON_TOO_DEEP", where, f"at most {MAX_DEPTH} levels", "more") from error
    except json.JSONDecodeError as error:
        raise refuse("JSON_SYNTAX", f"{where}:{error.lineno}", "JSON", error.msg) from error
    except ValueError as error:
        raise refuse("JSON_AMBIGUOUS", where, "JSON with one meaning", error) from error
    if _depth(value) > MAX_DEPTH:
        raise refuse("JSON_TOO_DEEP", where, f"at most {MAX_DEPTH} levels", "more")
    return value


def loads_canonical(data: bytes, where: str, *, limit: int = MAX_BYTES) -> Any:  # noqa: ANN401
    """Read one JSON value in its canonical form; raise Refused (JSON_*, PAYLOAD_NOT_CANONICAL) for anything else."""
    if len(data) <= limit and (beyond_doubt := _quickly(data)):
        return beyond_doubt[0]
    value = loads(data, where, limit=limit)
    if canonical(value) != data:
        raise refuse("PAYLOAD_NOT_CANONICAL", where, "canonical JSON inside the envelope", "another spelling")
    return value


def _quickly(data: bytes) -> tuple[Any] | None:
    """Read what is canonical beyond doubt; None for the rest, some of which may be canonical all the same."""
    if _LONG.search(data):
        return None
    try:
        value = json.loads(data.decode("utf-8"))
        return (value,) if canonical(value) == data and _depth(value) <= MAX_DEPTH else None
    except (ValueError, RecursionError):
        return None


def canonical(value: Any) -> bytes:  # noqa: ANN401
    """Write the one form that is signed: sorted keys, no spaces, UTF-8, shortest round-trip numbers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def pretty(value: Any) -> bytes:  # noqa: ANN401
    """Write the form that is committed: sorted keys, one space of indentation, a newline at the end."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        msg = f"the key {twice[:60]!r} twice in one object"
        raise ValueError(msg)
    return result


def _constant(name: str) -> NoReturn:
    msg = f"{name}, which is not a JSON number"
    raise ValueError(msg)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        msg = f"the number {text[:40]}, which no 64-bit float can hold"
        raise ValueError(msg)
    return number


def _int(text: str) -> int:
    if len(text) > len(str(-MAX_INTEGER)) or abs(number := int(text)) > MAX_INTEGER:
        msg = f"the integer {text[:40]}, which a 64-bit float rounds"
        raise ValueError(msg)
    return number


def _depth(value: Any) -> int:  # noqa: ANN401
    deepest, level = 0, [value] if type(value) in _NESTED else []
    while level and deepest <= MAX_DEPTH:
        deepest += 1
        level = [
            child
            for item in level
            for child in (item.values() if type(item) is dict else item)
            if type(child) in _NESTED
        ]
    return deepest
