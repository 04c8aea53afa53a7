"""Random draws that are the same on every machine: PCG64, seeded by what is asked and how many rows there are.

NumPy keeps a bit generator's stream fixed across releases, but not what Generator's methods make of it (NEP 19). So
only ``random`` is used, which is 53 bits of the stream over 2**53.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterseal.values.digest import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def generator(question: str, rows: int) -> np.random.Generator:
    """Return the generator of a question about so many rows."""
    return np.random.Generator(np.random.PCG64(int(sha256(f"{question}\n{rows}".encode())[:32], 16)))


def resampled(question: str, rows: int, times: int) -> Iterator[NDArray[np.intp]]:
    """Yield so many samples of row numbers, each of as many as there are rows, with replacement."""
    source = generator(question, rows)
    for _ in range(times):
        yield (source.random(rows) * rows).astype(np.intp)


def sample(question: str, rows: int, size: int) -> NDArray[np.intp]:
    """Return the numbers of so many of the rows, each at most once, in order; all of them if there are no more."""
    if rows <= size:
        return np.arange(rows)
    return np.sort(np.argsort(generator(question, rows).random(rows), kind="stable")[:size])


def normal(question: str, rows: int) -> NDArray[np.float64]:
    """Return so many standard normal draws, by Box and Muller's transformation."""
    first, second = generator(question, rows).random((2, rows))
    found: NDArray[np.float64] = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
    return found
