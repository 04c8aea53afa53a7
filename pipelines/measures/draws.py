"""Random draws that are the same on every machine: PCG64, seeded by what is asked and how many rows there are.

NumPy keeps a bit generator's stream fixed across releases, but not what Generator's methods make of it (NEP 19). So
only ``random`` is used, which is 53 bits of the stream over 2**53.
"""

from __future__ import annotations

import numpy as np

from counterseal.values.digest import sha256


def generator(question: str, rows: int) -> np.random.Generator:
    """Return the generator of a question about so many rows."""
    return np.random.Generator(np.random.PCG64(int(sha256(f"{question}\n{rows}".encode())[:32], 16)))


def resampled(question: str, rows: int, times: int) -> np.ndarray:
    """Return ``times`` samples of row numbers with replacement, as an array (times, rows)."""
    return (generator(question, rows).random((times, rows)) * rows).astype(np.int64)
