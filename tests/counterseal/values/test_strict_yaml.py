"""Strict YAML: what it writes reads back, and every doubtful input is refused by its code, with its line, fast."""

import time

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from counterseal.values.finding import Refused
from counterseal.values.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, Source, dumps, load
from tests.counterseal.values.jsonlike import LARGEST, keys, same, texts, values

VALUES = values(keys)


def read(data: bytes) -> object:
    return load(data, "x.yaml").value


def refused(data: bytes, **limit: int) -> Refused:
    with pytest.raises(Refused) as error:
        load(data, "x.yaml", **limit)
    assert error.value.findings[0].where.startswith("x.yaml")
    assert "\n" not in str(error.value)
    return error.value


@settings(max_examples=200)
@given(VALUES)
def test_what_is_written_reads_back_as_the_same_value(value: object) -> None:
    assert same(read(dumps(value)), value)


@given(VALUES)
def test_what_is_written_is_written_one_way(value: object) -> None:
    assert dumps(read(dumps(value))) == dumps(value)


@given(st.one_of(texts, st.from_regex(r"[-+.0-9a-fxobyon_:,]{1,6}", fullmatch=True)))
@example("no")
@example("0x1F")
@example("1:30")
@example("1_000")
@example("=")
def test_another_reader_sees_the_same_text(text: str) -> None:
    assert yaml.safe_load(dumps({"a": text}))["a"] == text


def test_instants_are_written_plain() -> None:
    assert dumps({"a": "2026-11-22T03:26:23Z"}) == b"a: 2026-11-22T03:26:23Z\n"


def test_block_text_and_the_order_of_keys_are_kept_for_people() -> None:
    value = {"b": "one\ntwo\n", "a": [1, {"x": True}], "n": None, "t": "true"}
    assert dumps(value) == b'b: |\n  one\n  two\na:\n- 1\n- x: true\nn: null\nt: "true"\n'


def test_lists_used_twice_are_written_twice() -> None:
    twice = ["x"]
    assert read(dumps({"a": twice, "b": twice})) == {"a": ["x"], "b": ["x"]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), LARGEST + 1, -LARGEST - 1, 10**25])
def test_what_would_not_read_back_is_never_written(value: float) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        dumps({"a": value})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        (str(LARGEST), LARGEST),
        ("1.5", 1.5),
        ("-0.0", -0.0),
        ("1e3", 1000.0),
        ("1.5E-3", 0.0015),
        ("1e-400", 0.0),
        # Everything else is text.
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("+1", "+1"),
        (".5", ".5"),
        ("1.", "1."),
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T03:26:23Z", "2026-11-22T03:26:23Z"),
        ("=", "="),
        ("'1'", "1"),
        ('"true"', "true"),
        ("'~'", "~"),
        ("|\n  1\n", "1\n"),
    ],
)
def test_what_plain_scalars_mean(text: str, value: object) -> None:
    assert same(read(f"a: {text}".encode()), {"a": value})


DEEP = MAX_DEPTH + 1


@pytest.mark.parametrize(
    ("code", "bad", "good"),
    [
        ("YAML_NOT_UTF8", b"a: \xff", b"a: \xc3\xbc"),
        ("YAML_NOT_UTF8", "a: 1".encode("utf-16"), b"a: 1"),
        ("YAML_LINE_BREAK", b"a: 1\r\nb: 2\r\n", b"a: 1\nb: 2\n"),
        ("YAML_LINE_BREAK", b"a: 1\rb: 2", b'a: "1\\rb: 2"'),
        ("YAML_LINE_BREAK", "a: 'x\u0085y'".encode(), b'a: "x\\Ny"'),
        ("YAML_LINE_BREAK", "a: x\u2028b: y".encode(), b'a: "x\\Lb: y"'),
        ("YAML_LINE_BREAK", "a: x\u2029b: y".encode(), b'a: "x\\Pb: y"'),
        ("YAML_LINE_BREAK", b"\xef\xbb\xbfa: 1", b"a: 1"),
        ("YAML_SYNTAX", b"a: [1", b"a: [1]"),
        ("YAML_SYNTAX", b"a: b: c", b"a: 'b: c'"),
        ("YAML_SYNTAX", b"\ta: 1", b" a: 1"),
        ("YAML_SYNTAX", b"a: \x00", b'a: "\\0"'),
        ("YAML_SYNTAX", b"a: \x1b[2J", b'a: "\\e[2J"'),
        ("YAML_SYNTAX", b'a: "\\ud83d"', b'a: "\\U0001f642"'),
        ("YAML_SYNTAX", b"%YAML 1.3\n---\na: 1", b"%YAML 1.1\n---\na: 1"),
        ("YAML_EMPTY", b"", b"a: 1"),
        ("YAML_EMPTY", b"# only a comment\n", b"# a comment\na: 1"),
        ("YAML_MANY_DOCUMENTS", b"a: 1\n---\nb: 2\n", b"---\na: 1\n...\n"),
        ("YAML_ANCHOR", b"a: &x 1", b"a: '&x 1'"),
        ("YAML_ANCHOR", b"a: &x [1]\nb: *x", b"a: [1]\nb: [1]"),
        ("YAML_ANCHOR", b"&x a: 1", b"a: 1"),
        ("YAML_ANCHOR", b"*x : 1", b"x: 1"),
        ("YAML_TAG", b"a: !!str 1", b"a: '1'"),
        ("YAML_TAG", b"a: !!python/object/apply:os.system [id]", b"a: [id]"),
        ("YAML_TAG", b"a: ! 1", b"a: 1"),
        ("YAML_TAG", b"!!map {a: 1}", b"{a: 1}"),
        ("YAML_TAG", b"!!str a: 1", b"a: 1"),
        ("YAML_TAG", b"%TAG ! tag:x,2000:\n---\na: !y 1", b"---\na: 1"),
        ("YAML_TAG", b"a: !<x%0ay> 1", b"a: 1"),
        ("YAML_KEY", b"<<: {a: 1}", b"a: {a: 1}"),
        ("YAML_KEY", b"{[a]: 1}", b"{a: 1}"),
        ("YAML_KEY", b"? {a: 1}\n: 2", b"? a\n: 2"),
        ("YAML_KEY", "ä: 1".encode(), b"a: 1"),
        ("YAML_KEY", "раth: 1".encode(), b"path: 1"),  # noqa: RUF001 (Cyrillic letters, that is the point)
        ("YAML_KEY", b'"a\\n": 1', b'"a": 1'),
        ("YAML_DUPLICATE_KEY", b"a: 1\na: 1", b"a: 1\nb: 1"),
        ("YAML_DUPLICATE_KEY", b"{a: 1, 'a': 1}", b"[{a: 1}, {a: 1}]"),
        ("YAML_DUPLICATE_KEY", b'b: {a: 1, "\\x61": 1}', b"b: {a: 1, b: 1}"),
        ("YAML_AMBIGUOUS", b"a: ~", b"a: null"),
        ("YAML_AMBIGUOUS", b"a: Null", b"a: 'Null'"),
        ("YAML_AMBIGUOUS", b"a: True", b"a: true"),
        ("YAML_AMBIGUOUS", b"a: FALSE", b"a: false"),
        ("YAML_AMBIGUOUS", b"a: .nan", b"a: '.nan'"),
        ("YAML_AMBIGUOUS", b"a: -.inf", b"a: -1"),
        ("YAML_AMBIGUOUS", b"a: 1e400", b"a: 1e300"),
        ("YAML_AMBIGUOUS", b"a: 9007199254740992", b"a: 9007199254740991"),
        ("YAML_AMBIGUOUS", b"a: -9007199254740992", b"a: -9007199254740991"),
        ("YAML_AMBIGUOUS", b"a: 12345678901234567890", b"a: 12345678901234567890.0"),
        ("YAML_AMBIGUOUS", b"a: " + b"9" * 5000, b"a: '" + b"9" * 5000 + b"'"),
        ("YAML_TOO_DEEP", b"[" * (DEEP + 1) + b"]" * (DEEP + 1), b"[" * DEEP + b"]" * DEEP),
        ("YAML_TOO_DEEP", b"{a: " * DEEP + b"1" + b"}" * DEEP, b"{a: " * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH),
        ("YAML_TOO_MANY_NODES", b"[" + b"1," * MAX_NODES + b"]", b"[" + b"1," * 5_000 + b"]"),
        ("YAML_TOO_LARGE", b"#" * MAX_BYTES + b"\n", b"#" * (MAX_BYTES - 2) + b"\n1"),
    ],
)
def test_each_refusal_beside_what_is_taken(code: str, bad: bytes, good: bytes) -> None:
    read(good)
    assert refused(bad).code == code


def test_the_limit_is_the_callers() -> None:
    assert load(b"[1]", "x.yaml", limit=3).value == [1]
    large = refused(b"[1]", limit=2)
    assert large.code == "YAML_TOO_LARGE"
    assert "pooled" in large.findings[0].mend


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: [\n  1,\n  ~]", 4),
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", 4),
        (b"a: 1\nb: ]\n", 2),
        (b"a: 1\nb: !x 1\n", 2),
        (b"a: 1\n---\nb: 2", 2),
        (b"a: 1\nb: 2\r\n", 2),
        (b"a: 1\n\nb: &x 1", 3),
    ],
)
def test_a_refusal_names_its_line(data: bytes, line: int) -> None:
    assert refused(data).findings[0].where == f"x.yaml:{line}"


def test_values_know_their_lines() -> None:
    source = load(b"a:\n  - x\n  - y: 1\nb: 2\n", "x.yaml")
    assert source.at(("a", 0)) == "x.yaml:2"
    assert source.at(("a", 1, "y")) == "x.yaml:3"
    assert source.at(("b",)) == "x.yaml:4"
    assert source.at(("a", 1, "not there", 3)) == "x.yaml:3"
    assert source.at(()) == "x.yaml:1"
    assert Source(None, "y.json", {}).at(("a",)) == "y.json:1"


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 10_000_000,
        b"[" * MAX_BYTES,
        b"{a: " * (MAX_BYTES // 4),
        b"- " * (MAX_BYTES // 2),
        b"? " * (MAX_BYTES // 2),
        b"".join(b" " * n + b"a:\n" for n in range(1400)),
        b"a: &a [x]\nb: [" + b"*a," * 10_000 + b"]",
    ],
)
def test_nesting_is_refused_at_once(data: bytes) -> None:
    begin = time.process_time()
    assert refused(data).code in ("YAML_TOO_LARGE", "YAML_TOO_DEEP", "YAML_KEY", "YAML_ANCHOR")
    assert time.process_time() - begin < 5


def attempt(data: bytes) -> str:
    """Read and write back; return the code of the refusal, if there is one."""
    try:
        value = read(data)
    except Refused as error:
        return error.code
    assert same(read(dumps(value)), value)
    return "YAML_TAKEN"


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_refused(data: bytes) -> None:
    assert attempt(data).startswith("YAML_")


@given(st.text(alphabet="ab:{}[],-?!&*#|>%@`'\"\n ~01.e<=", max_size=40))
def test_nor_does_any_text_like_yaml(text: str) -> None:
    assert attempt(text.encode()).startswith("YAML_")
