"""The window rolls, forgets, and keeps counts only."""

from counterseal.documents.baseline import Baseline, BaselineSpec, NumberBins
from serving.window import Window


def baseline() -> Baseline:
    return Baseline.of("m", BaselineSpec(rows=2, features={"x": NumberBins(cuts=(0.0,), counts=(1, 1, 0))}))


def test_holds_between_one_window_and_one_and_a_half() -> None:
    window = Window(baseline(), 10)
    for _ in range(100):
        window.add({"x": 1})
        full = window.seen >= 10
        assert window.rows == sum(window.counts()["x"])
        assert 10 <= window.rows < 15 if full else window.rows == window.seen


def test_forgets_what_came_before() -> None:
    window = Window(baseline(), 10)
    for _ in range(50):
        window.add({"x": -1})
    for _ in range(15):
        window.add({"x": 1})
    assert window.counts()["x"][0] == 0
    assert window.lifetime()["x"] == [50, 15, 0]


def test_missing_has_a_bin() -> None:
    window = Window(baseline(), 1)
    window.add({"x": None})
    assert window.lifetime()["x"] == [0, 0, 1]


def test_odd_windows_are_not_cut_short() -> None:
    for size in (1, 2, 3, 7):
        window = Window(baseline(), size)
        for _ in range(5 * size):
            window.add({"x": 1})
            assert window.seen < size or window.rows >= size
