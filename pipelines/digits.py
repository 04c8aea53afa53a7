"""What was learned has ``DIGITS`` significant digits: the last bits, in which processors differ, are not kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

DIGITS = 10


def rounded(values: Any, digits: int = DIGITS) -> NDArray[Any]:  # noqa: ANN401 (numbers, or texts, which stay)
    """Return an array of the same shape with rounded numbers."""
    given = np.asarray(values)
    if given.dtype.kind == "O":
        return given
    return np.array([float(f"{value:.{digits}g}") for value in given.flat], dtype=np.float64).reshape(given.shape)
