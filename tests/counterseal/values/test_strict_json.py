"""Strict JSON: what it writes reads back, and every doubtful input is refused by its code, fast."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from counterseal.values.strict_json import MAX_BYTES, MAX_DEPTH, canonical, loads, loads_canonical, pretty
from tests.counterseal.values.jsonlike import LARGEST, same, texts, values

VALUES = values(texts)


def refused(data: bytes, **limit: int) -> Refused:
    with pytest.raises(Refused) as error:
        loads(data, "x.json", **limit)
    assert error.value.findings[0].where.startswith("x.json")
    return error.value


@given(VALUES)
def test_both_forms_read_back_as_the_same_value(value: object) -> None:
    assert same(loads(canonical(value), "x.json"), value)
    assert same(loads(pretty(value), "x.json"), value)


@given(VALUES)
def test_the_signed_form_is_one_form(value: object) -> None:
    text = canonical(value)
    assert canonical(loads(text, "x.json")) == text
    assert canonical(loads(pretty(value), "x.json")) == text


def test_the_forms_themselves() -> None:
    value = {"b": [1, 1.5, None], "a": "ü"}
    assert canonical(value) == '{"a":"ü","b":[1,1.5,null]}'.encode()
    assert pretty(value) == '{\n "a": "ü",\n "b": [\n  1,\n  1.5,\n  null\n ]\n}\n'.encode()


@pytest.mark.parametrize("write", [canonical, pretty])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_what_json_cannot_hold_is_never_written(write: object, value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write(value)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("code", "bad", "good"),
    [
        ("JSON_NOT_UTF8", b'"\xff"', b'"\xc3\xbc"'),
        ("JSON_NOT_UTF8", b'"\xed\xa0\x80"', b'"\xf0\x9f\x99\x82"'),
        ("JSON_NOT_UTF8", '"a"'.encode("utf-16"), b'"a"'),
        ("JSON_SYNTAX", b"", b"0"),
        ("JSON_SYNTAX", b"{", b"{}"),
        ("JSON_SYNTAX", b"[1,]", b"[1]"),
        ("JSON_SYNTAX", b"{'a': 1}", b'{"a": 1}'),
        ("JSON_SYNTAX", b"1 2", b"1"),
        ("JSON_SYNTAX", b"01", b"1"),
        ("JSON_SYNTAX", b"// x\n1", b"\n1"),
        ("JSON_SYNTAX", b"\xef\xbb\xbf1", b"1"),
        ("JSON_SYNTAX", b'"\n"', b'"\\n"'),
        ("JSON_AMBIGUOUS", b'{"a": 1, "a": 1}', b'{"a": 1, "b": 1}'),
        ("JSON_AMBIGUOUS", b'[{"a": 1, "\\u0061": 2}]', b'[{"a": 1}, {"a": 2}]'),
        ("JSON_AMBIGUOUS", b'{"a":1,"a" :1}', b'{"a":1,"b" :1}'),
        ("JSON_AMBIGUOUS", b'{"a":1,"a"\n:1}', b'{"a":1,"b"\n:1}'),
        ("JSON_AMBIGUOUS", b'{"a":1,"a"\t\t:1}', b'{"a":1,"b"\t\t:1}'),
        ("JSON_AMBIGUOUS", b'{"a":1,"a"\r:1}', b'{"a":1,"b"\r:1}'),
        ("JSON_AMBIGUOUS", b'{"a":"x\\":","b" :1,"b" :1}', b'{"a":"x\\":","b":1}'),
        ("JSON_AMBIGUOUS", b'{"a":[[[1]]],"a":1}', b'{"a":[[[1]]],"b":1}'),
        ("JSON_AMBIGUOUS", b'{"a":{"b":1,"b":"\\":"}}', b'{"a":{"b":1,"c":"\\":"}}'),
        ("JSON_AMBIGUOUS", b"NaN", b"null"),
        ("JSON_AMBIGUOUS", b"[Infinity]", b'["Infinity"]'),
        ("JSON_AMBIGUOUS", b"-Infinity", b"-1"),
        ("JSON_AMBIGUOUS", b"1e400", b"1e300"),
        ("JSON_AMBIGUOUS", b"-1e400", b"1e-400"),
        ("JSON_AMBIGUOUS", str(LARGEST + 1).encode(), str(LARGEST).encode()),
        ("JSON_AMBIGUOUS", str(-LARGEST - 1).encode(), str(-LARGEST).encode()),
        ("JSON_AMBIGUOUS", b"1" * 5000, b"1" * 15),
        ("JSON_AMBIGUOUS", b'"\\ud83d"', b'"\\ud83d\\ude42"'),
        ("JSON_AMBIGUOUS", b'{"\\ude42": 1}', b'{"\\u00fc": 1}'),
        ("JSON_TOO_DEEP", b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b"[" * MAX_DEPTH + b"]" * MAX_DEPTH),
        ("JSON_TOO_DEEP", b'{"a":' * 65 + b"1" + b"}" * 65, b'{"a":' * 64 + b"1" + b"}" * 64),
        ("JSON_TOO_LARGE", b" " * MAX_BYTES + b"1", b" " * (MAX_BYTES - 1) + b"1"),
    ],
)
def test_each_refusal_beside_what_is_taken(code: str, bad: bytes, good: bytes) -> None:
    loads(good, "x.json")
    assert refused(bad).code == code


CANONICAL = "PAYLOAD_NOT_CANONICAL"


@pytest.mark.parametrize(
    ("code", "bad", "good"),
    [
        (CANONICAL, b'{"a": 1}', b'{"a":1}'),
        (CANONICAL, b'{"b":1,"a":1}', b'{"a":1,"b":1}'),
        (CANONICAL, b"1e5", b"100000.0"),
        (CANONICAL, b"-0", b"-0.0"),
        (CANONICAL, b'"\\u00fc"', '"ü"'.encode()),
        (CANONICAL, b'"\\ud83d\\ude42"', '"🙂"'.encode()),
        ("JSON_AMBIGUOUS", b'{"a":1,"a":1}', b'{"a":1}'),
        ("JSON_AMBIGUOUS", b'{"a":{"b":1,"b":1}}', b'{"a":{"b":1}}'),
        ("JSON_AMBIGUOUS", b"[NaN]", b'["NaN"]'),
        ("JSON_AMBIGUOUS", b"[1e400]", b"[1e+300]"),
        ("JSON_AMBIGUOUS", b"[%d]" % (LARGEST + 1), b"[%d]" % LARGEST),
        ("JSON_AMBIGUOUS", b"[0,%d]" % (-LARGEST - 1), b"[0,%d]" % -LARGEST),
        ("JSON_AMBIGUOUS", b'{"a":%d}' % (LARGEST + 1), b'{"a":"%d"}' % (LARGEST + 1)),
        ("JSON_AMBIGUOUS", b"%d" % (LARGEST + 1), b"%d" % LARGEST),
        ("JSON_AMBIGUOUS", b"1" * 5000, b"1" * 15),
        ("JSON_AMBIGUOUS", b'"\\ud83d"', b'"d83d"'),
        ("JSON_NOT_UTF8", b'"\xff"', b'"\xc3\xbc"'),
        ("JSON_NOT_UTF8", '"a"'.encode("utf-16"), b'"a"'),
        ("JSON_SYNTAX", b"\xef\xbb\xbf1", b"1"),
        ("JSON_TOO_DEEP", b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b"[" * MAX_DEPTH + b"]" * MAX_DEPTH),
        ("JSON_TOO_DEEP", b"[" * 100_000 + b"]" * 100_000, b"[]"),
        ("JSON_TOO_LARGE", b'"%s"' % (b"x" * MAX_BYTES), b'"%s"' % (b"x" * (MAX_BYTES - 2))),
    ],
)
def test_the_signed_form_is_read_as_strictly(code: str, bad: bytes, good: bytes) -> None:
    assert same(loads_canonical(good, "x.json"), loads(good, "x.json"))
    with pytest.raises(Refused) as error:
        loads_canonical(bad, "x.json")
    assert error.value.code == code


@given(VALUES)
def test_whatever_is_canonical_is_read_as_such(value: object) -> None:
    assert same(loads_canonical(canonical(value), "x.json"), value)


@given(st.text(alphabet='{}[]",:0123456789eE-.\\uab', max_size=40))
def test_reading_the_signed_form_takes_nothing_more(text: str) -> None:
    try:
        value = loads_canonical(text.encode(), "x.json")
    except Refused:
        return
    assert same(loads(text.encode(), "x.json"), value)
    assert canonical(value) == text.encode()


KEYS = st.sampled_from(['"a"', '"b"', '"a":', '"\\u0061"', '"\\":"', '"a" :"', '"a\\\\"', '"\\\\\\":"'])
COLONS = st.sampled_from([":", ": ", " :", "\n: ", "\t:"])


@given(st.lists(st.tuples(KEYS, COLONS, st.sampled_from(["1", '"x"', '"\\":"', '{"a":1}', "[{}]"])), max_size=4))
def test_a_key_that_comes_twice_is_found_however_it_is_written(parts: list[tuple[str, str, str]]) -> None:
    text = "{" + ",".join(map("".join, parts)) + "}"
    try:
        pairs = json.loads(text, object_pairs_hook=lambda pairs: [key for key, _ in pairs])
    except json.JSONDecodeError:
        assert attempt(text.encode()) == "JSON_SYNTAX"
        return
    assert attempt(text.encode()) == ("JSON_TAKEN" if len(pairs) == len(set(pairs)) else "JSON_AMBIGUOUS")


def test_a_syntax_error_names_its_line() -> None:
    assert refused(b'{\n "a": 1\n "b": 2}').findings[0].where == "x.json:3"


def test_the_limit_is_the_callers() -> None:
    assert loads(b"[1]", "x.json", limit=3) == [1]
    assert refused(b"[1]", limit=2).code == "JSON_TOO_LARGE"


def test_a_refusal_quotes_little_of_a_long_key() -> None:
    key = json.dumps("k" * 1000).encode()
    assert len(str(refused(b"{" + key + b":1," + key + b":1}"))) < 300


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 10_000_000,
        b"[" * MAX_BYTES,
        b'{"a":' * (MAX_BYTES // 5),
        b"[[]," * (MAX_BYTES // 4),
        b"[" * 900 + b"]" * 900,
    ],
)
def test_nesting_is_refused_at_once(data: bytes) -> None:
    begin = time.process_time()
    assert refused(data).code in ("JSON_TOO_LARGE", "JSON_TOO_DEEP", "JSON_SYNTAX")
    assert time.process_time() - begin < 5


def test_one_key_twice_among_many_is_found_at_once() -> None:
    # Comparing each key with each other took minutes for a body of 1 MB.
    many = ",".join(f'"{number}":0' for number in range(100_000))
    begin = time.process_time()
    assert refused(f'{{{many},"99999":0}}'.encode()).code == "JSON_AMBIGUOUS"
    assert time.process_time() - begin < 5


def attempt(data: bytes) -> str:
    """Read and write back; return the code of the refusal, if there is one."""
    try:
        value = loads(data, "x.json")
    except Refused as error:
        return error.code
    assert same(loads(canonical(value), "x.json"), value)
    return "JSON_TAKEN"


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_refused(data: bytes) -> None:
    assert attempt(data).startswith("JSON_")


@given(st.text(alphabet='{}[]",:0123456789eE+-.\\untfalsrNI ', max_size=40))
def test_nor_does_any_text_like_json(text: str) -> None:
    assert attempt(text.encode()).startswith("JSON_")
