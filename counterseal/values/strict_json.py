"""Strict JSON: what two readers could read differently is refused, and so is what would exhaust one.

In order: at most ``limit`` bytes; UTF-8; no duplicate keys; no NaN or infinity, spelled out or by overflow; no integer
beyond ``MAX_INTEGER`` (RFC 7493: readers that keep numbers as 64-bit floats would round it); no half of a surrogate
pair; no nesting beyond ``MAX_DEPTH``. ``canonical`` writes the one form that is signed; ``loads_canonical`` reads no
other.

To look at each object for a key that comes twice takes longer than to read it. So colons are counted first: where they
are as many as the keys of the value that was read, no key came twice.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

from counterseal.values.finding import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    OfPairs = Callable[[list[tuple[str, Any]]], Any]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1
_NESTED = (dict, list)
_NUMBERS = re.compile(r"\[\n[-+.,0-9eE\s]+\]")  # no text holds a line's end as it is
_SPACES = (b" ", b"\n", b"\t", b"\r")


def loads(data: bytes, where: str, *, limit: int = MAX_BYTES) -> Any:  # noqa: ANN401 (JSON is any value)
    """Read one JSON value; raise Refused (JSON_*) with ``where`` for anything doubtful."""
    value, keys = _read(data, where, limit)
    return value if _each_once(data, keys) else _read(data, where, limit, _object)[0]


def loads_canonical(data: bytes, where: str) -> Any:  # noqa: ANN401
    """Read one JSON value in its canonical form; raise Refused (JSON_*, PAYLOAD_NOT_CANONICAL) for anything else."""
    value, _ = _read(data, where, MAX_BYTES)
    if canonical(value) != data:  # the same bytes again: each key was there once
        loads(data, where)
        raise refuse("PAYLOAD_NOT_CANONICAL", where, "canonical JSON inside the envelope", "another spelling")
    return value


def canonical(value: Any) -> bytes:  # noqa: ANN401
    """Write the one form that is signed: sorted keys, no spaces, UTF-8, shortest round-trip numbers."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def pretty(value: Any) -> bytes:  # noqa: ANN401
    """Write the form that is committed: sorted keys, one space of indentation, numbers of a list side by side."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{_NUMBERS.sub(_side_by_side, text)}\n".encode()


def _side_by_side(found: re.Match[str]) -> str:
    return " ".join(found[0].split()).replace("[ ", "[").replace(" ]", "]")


def _read(data: bytes, where: str, limit: int, of_pairs: OfPairs | None = None) -> tuple[Any, int]:
    """Return a value and how many keys it has; all but keys that come twice is refused here."""
    if len(data) > limit:
        raise refuse("JSON_TOO_LARGE", where, f"at most {limit} bytes", f"{len(data)} bytes")
    try:
        value = _parse(data.decode("utf-8"), of_pairs)
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
    keys, depth = _measured(value)
    if depth > MAX_DEPTH:
        raise refuse("JSON_TOO_DEEP", where, f"at most {MAX_DEPTH} levels", "more")
    return value, keys


def _parse(text: str, of_pairs: OfPairs | None) -> Any:  # noqa: ANN401
    return json.loads(text, object_pairs_hook=of_pairs, parse_constant=_constant, parse_float=_float, parse_int=_int)


def _each_once(data: bytes, keys: int) -> bool:
    """Say whether no key came twice in the text of a value that has so many keys; a no may be wrong.

    A key ends in a quote, perhaps spaces, and a colon. There is no other colon outside a text, and inside one it stands
    after a quote only if that is written with a backslash.
    """
    if data.count(b":") == keys:
        return True
    if b"\\\\" in data:
        return False
    before = Counter(part[-2:] for part in data.split(b":")[:-1])
    quoted = sum(times for end, times in before.items() if end.endswith(b'"') and end != b'\\"')
    return quoted == keys and not any(end.endswith(_SPACES) for end in before)


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


def _measured(value: Any) -> tuple[int, int]:  # noqa: ANN401
    """Return how many keys a value has, and how many levels; beyond ``MAX_DEPTH`` of these it counts no more."""
    keys, depth, level = 0, 0, [value] if type(value) in _NESTED else []
    while level and depth <= MAX_DEPTH:
        depth += 1
        objects = [item for item in level if type(item) is dict]
        keys += sum(map(len, objects))
        parts = chain((item for item in level if type(item) is list), map(dict.values, objects))
        level = [child for part in parts for child in part if type(child) in _NESTED]
    return keys, depth
