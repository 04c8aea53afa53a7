"""Ten significant digits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.digits import rounded


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounded_numbers_stay_as_they_are_and_are_near(value: float) -> None:
    [found] = rounded([value])
    assert found == float(f"{value:.10g}")
    assert rounded(found) == found


def test_shapes_and_texts_are_kept() -> None:
    assert rounded(1 / 3).shape == ()
    assert rounded([[1 / 3, 2]]).tolist() == [[0.3333333333, 2.0]]
    assert rounded(np.array(["a", "b"], dtype=object)).tolist() == ["a", "b"]
    assert np.isinf(rounded([np.inf])).all()
