"""Whether a key names each row once: exactly, in memory that does not grow with the rows.

* First reading: a 64-bit hash of each key goes to a file without a name.
* The hashes are gone through range by range, ``RANGE`` at once; one that occurs once is a key that occurs once.
* Second reading, only if a hash occurs twice: rows with such a hash are compared by the keys themselves, so that two
  keys with one hash stay two keys; ``RANGE`` hashes at once.

A key of which a part is missing names no row, and is not compared.
"""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.data.findings import MAX_FINDINGS
from pipelines.data.rules import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO

    from numpy.typing import NDArray

RANGE = 4 * 1024**2
_BYTES = 8


class Keys:
    """The hashes of the keys seen so far."""

    def __init__(self, names: Sequence[str]) -> None:
        """Begin with no row."""
        self.names, self.rows, self._file = list(names), 0, TemporaryFile()  # noqa: SIM115 (``close`` does)

    def close(self) -> None:
        """Let the hashes go."""
        self._file.close()

    def add(self, piece: pl.DataFrame) -> None:
        """Take note of the keys of a piece."""
        if self.names:
            hashes = self._hashes(piece.select(self.names).drop_nulls())
            self._file.write(hashes.to_numpy().tobytes())
            self.rows += len(hashes)

    def repeated(self, again: Callable[[], Iterable[pl.DataFrame]]) -> tuple[int, list[int]]:
        """Return how many rows have an earlier row's key, and the first of them; ``again`` reads the keys once more."""
        suspects = np.concatenate([np.empty(0, np.uint64), *map(_twice, self._ranges())])
        count, first = 0, list[int]()
        for start in range(0, len(suspects), RANGE):
            for rows in self._later(again(), pl.Series(suspects[start : start + RANGE])):
                count += len(rows)
                first = sorted([*first, *rows.head(MAX_FINDINGS)])[:MAX_FINDINGS]
        return count, first

    def _later(self, pieces: Iterable[pl.DataFrame], chosen: pl.Series) -> Iterator[pl.Series]:
        """Yield the rows whose hash is chosen and whose key was seen before, piece by piece."""
        seen: pl.DataFrame | None = None
        for piece in pieces:
            whole = piece.select(ROW, *self.names).drop_nulls()
            found = whole.filter(self._hashes(whole).is_in(chosen))
            firsts = found.unique(self.names, keep="first", maintain_order=True)
            if seen is not None:
                firsts = firsts.join(seen, on=self.names, how="anti", maintain_order="left")
            kept = firsts.with_columns(pl.col(pl.String) + "")  # a text that was filtered keeps its whole piece alive
            seen = kept if seen is None else pl.concat([seen, kept])
            yield found.join(firsts, on=ROW, how="anti", maintain_order="left")[ROW]

    def _hashes(self, piece: pl.DataFrame) -> pl.Series:
        key = pl.col(self.names[0]) if len(self.names) == 1 else pl.struct(self.names)
        return piece.select(key.hash()).to_series()

    def _ranges(self) -> Iterator[NDArray[np.uint64]]:
        """Yield all hashes, those of one range of values at once."""
        shares = -(-self.rows // RANGE)
        width = -(-(2**64) // max(shares, 1))
        for share in range(shares):
            low, high = np.uint64(share * width), np.uint64(min((share + 1) * width, 2**64) - 1)
            yield np.concatenate([part[(part >= low) & (part <= high)] for part in _parts(self._file)])


def _parts(file: IO[bytes]) -> Iterator[NDArray[np.uint64]]:
    file.seek(0)
    while block := file.read(RANGE * _BYTES):
        yield np.frombuffer(block, np.uint64)


def _twice(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the hashes that occur more than once, each once."""
    order = np.sort(hashes)
    return np.unique(order[1:][order[1:] == order[:-1]])
