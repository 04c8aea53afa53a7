"""Thrift's compact protocol, read: what Parquet writes its footer and its page headers in.

A struct becomes a dict of field number → value, a list a list, a double its bytes; what a field is called is the
business of whoever reads it.
Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 16
MAX_ITEMS = 10_000_000

_TRUE, _FALSE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 8, 9, 10, 11, 12
_BYTES = {_TRUE: 1, _FALSE: 1, 3: 1, 7: 8}  # a truth in a list, a byte, a double: how long each is
_INTEGERS = {4, 5, 6}
_LONG = 15


class Compact:
    """Bytes, and how far they are read; anything odd is a ValueError."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self.data, self.at, self.items = data, 0, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Read a struct."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            if number in fields:
                msg = f"field {number} twice"
                raise ValueError(msg)
            kind = head & 0x0F
            fields[number] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:  # noqa: ANN401 (whatever is written there)
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            return self.struct(self._deeper(depth))
        if kind in {_LIST, _SET}:
            return self._list(self._deeper(depth))
        if kind == _MAP:
            return self._map(self._deeper(depth))
        if kind == _BINARY:
            return self._take(self._unsigned())
        if kind in _BYTES:
            return self._take(_BYTES[kind])
        msg = f"a value of the unknown kind {kind}"
        raise ValueError(msg)

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = self._unsigned() if head >> 4 == _LONG else head >> 4
        return [self._value(head & 0x0F, depth) for _ in range(self._counted(size))]

    def _map(self, depth: int) -> list[tuple[Any, Any]]:
        if not (size := self._unsigned()):
            return []
        kinds = self._byte()
        pairs = range(self._counted(size))
        return [(self._value(kinds >> 4, depth), self._value(kinds & 0x0F, depth)) for _ in pairs]

    def _counted(self, size: int) -> int:
        self.items += size
        if self.items > MAX_ITEMS:
            msg = f"more than {MAX_ITEMS} values"
            raise ValueError(msg)
        return size

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            msg = f"more than {MAX_DEPTH} levels"
            raise ValueError(msg)
        return depth + 1

    def _integer(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 (the highest bit says that more follows)
                return value
        msg = "an integer of more than 64 bits"
        raise ValueError(msg)

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        if len(taken) != size:
            msg = "bytes that end too soon"
            raise ValueError(msg)
        self.at += size
        return taken
