"""Thrift's compact protocol, written: structs of integers, bytes, lists and structs, to forge footers with."""

from __future__ import annotations

from typing import Any

INTEGER, BINARY, LIST, STRUCT = 6, 8, 9, 12


def struct(fields: dict[int, Any]) -> bytes:
    """Write a struct: field number → integer, bytes, list or dict."""
    out, last = bytearray(), 0
    for number, value in sorted(fields.items()):
        step = number - last
        kind = _kind(value)
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _zigzag(number)
        out += _value(value)
        last = number
    return bytes(out) + b"\0"


def _kind(value: Any) -> int:
    if isinstance(value, bool):
        return 1 if value else 2
    return {int: INTEGER, bytes: BINARY, list: LIST, dict: STRUCT}[type(value)]


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return b""
    if isinstance(value, int):
        return _zigzag(value)
    if isinstance(value, bytes):
        return _varint(len(value)) + value
    if isinstance(value, dict):
        return struct(value)
    kind = _kind(value[0]) if value else INTEGER
    size = bytes([len(value) << 4 | kind]) if len(value) < 15 else bytes([0xF0 | kind]) + _varint(len(value))
    return size + b"".join(map(_value, value))


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
