"""JSON-like values: everything both strict readers take."""

import json

from hypothesis import strategies as st

LARGEST = 2**53 - 1
ODD = "\n\r\t :#-\"'\\&*!|>%@`{}[],?~\x7f\x85\u2028\u2029\ufeff"

texts = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from(ODD)))
keys = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)).filter(lambda key: key != "<<")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-LARGEST, LARGEST),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from(["yes", "no", "null", "~", "012", "0x1F", "1_000", "1:30", "1e3", ".inf", "2026-11-22", "<<", "="]),
)


def values(names: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    def wider(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
        return st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4))

    return st.recursive(scalars, wider, max_leaves=12)


def same(one: object, other: object) -> bool:
    """Compare values with their types: 1 is neither True nor 1.0, and 0.0 is not -0.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
