"""Strict YAML: the subset with one meaning, read with line numbers, written deterministically.

In order: at most ``limit`` bytes; UTF-8; lines that end in a line feed and nothing else; one document; no anchors,
aliases, tags or merge keys; no duplicate, complex or non-ASCII keys; no nesting beyond ``MAX_DEPTH``; no more than
``MAX_NODES`` nodes; no NaN, no infinity, no integer beyond ``MAX_INTEGER``.
Plain scalars mean what JSON would mean by them (``null``, ``true``, ``1``, ``1.5``, ``1e3``), all else is text: there
are no dates, no octal numbers and no ``yes``. ``dumps`` writes text that reads back as the same value, and quotes what
other readers would take for a number or a yes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import yaml

from counterseal.values.finding import Refused, refuse
from counterseal.values.strict_json import MAX_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 200_000

Path: TypeAlias = tuple[str | int, ...]

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "": None}
_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")  # of a line in YAML 1.1 but not 1.2, or unseen by whoever reviews
_SIMILAR = re.compile(r"~|[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True)
class Source:
    """A value read from YAML and the line on which each part of it stands."""

    value: Any
    where: str
    lines: dict[Path, int] = field(repr=False)

    def at(self, path: Path) -> str:
        """Return ``file:line`` of the deepest known part of ``path``."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.where}:{self.lines.get(path, 1)}"


def load(data: bytes, where: str, *, limit: int = MAX_BYTES) -> Source:
    """Read one YAML document; raise Refused (YAML_*) with file and line for anything doubtful."""
    if len(data) > limit:
        mend = "say less: a column of very many values is text, or is pooled before it comes here"
        raise refuse("YAML_TOO_LARGE", where, f"at most {limit} bytes", f"{len(data)} bytes", mend)
    _check_text(data, where)
    try:
        return _Reader(where).document(yaml.parse(data, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise refuse("YAML_SYNTAX", f"{where}:{line}", "YAML", reason) from error


def _check_text(data: bytes, where: str) -> None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refuse("YAML_NOT_UTF8", where, "UTF-8", f"a broken byte at offset {error.start}") from error
    if odd := _BREAKS.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        mend = "end lines with a line feed alone; inside text, escape it in double quotes"
        raise refuse("YAML_LINE_BREAK", f"{where}:{line}", "plain line feeds", ascii(odd[0]), mend)


class _Reader:
    """Builds the value from the parser's events, so that nothing is resolved behind our back."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.lines: dict[Path, int] = {}
        self.nodes = 0

    def document(self, events: Iterator[yaml.Event]) -> Source:
        next(events)  # stream start
        if isinstance(next(events), yaml.StreamEndEvent):
            raise refuse("YAML_EMPTY", self.where, "a document", "nothing")
        value = self.node(next(events), events, ())
        next(events)  # document end
        if not isinstance(event := next(events), yaml.StreamEndEvent):
            raise self.no("YAML_MANY_DOCUMENTS", event, "one document", "a second one")
        return Source(value, self.where, self.lines)

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Any:  # noqa: ANN401
        self.check(event, path)
        self.lines[path] = _line(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.scalar(cast("yaml.ScalarEvent", event))

    def check(self, event: yaml.Event, path: Path) -> None:
        self.nodes += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.no("YAML_ANCHOR", event, "no anchors or aliases", "one", "write the value out")
        if tag := getattr(event, "tag", None):
            raise self.no("YAML_TAG", event, "no tags", ascii(tag), "remove the tag")
        if len(path) > MAX_DEPTH:
            raise self.no("YAML_TOO_DEEP", event, f"at most {MAX_DEPTH} levels", "more")
        if self.nodes > MAX_NODES:
            raise self.no("YAML_TOO_MANY_NODES", event, f"at most {MAX_NODES} nodes", "more")

    def mapping(self, events: Iterator[yaml.Event], path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self.check(event, path)
            if not isinstance(event, yaml.ScalarEvent) or not event.value.isascii() or not event.value.isprintable():
                raise self.no("YAML_KEY", event, "a key of ASCII text", "something else")
            if event.value == "<<":
                raise self.no("YAML_KEY", event, "a key of ASCII text", "a merge key", "write the values out")
            if event.value in result:
                raise self.no("YAML_DUPLICATE_KEY", event, "each key once", f"{event.value!r} again", "remove one")
            result[event.value] = self.node(next(events), events, (*path, event.value))
        return result

    def sequence(self, events: Iterator[yaml.Event], path: Path) -> list[Any]:
        result: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            result.append(self.node(event, events, (*path, len(result))))
        return result

    def scalar(self, event: yaml.ScalarEvent) -> Any:  # noqa: ANN401
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            if len(text) <= len(str(-MAX_INTEGER)) and abs(whole := int(text)) <= MAX_INTEGER:
                return whole
        elif _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
        if _FLOAT.fullmatch(text) or _SIMILAR.fullmatch(text):
            expected = "null, true, false, a finite number, an integer up to 2^53 - 1, or text in quotes"
            raise self.no("YAML_AMBIGUOUS", event, expected, text[:40], "put it in quotes, or spell it as JSON does")
        return text

    def no(self, code: str, event: yaml.Event, expected: str, found: str, mend: str = "") -> Refused:
        return refuse(code, f"{self.where}:{_line(event)}", expected, found, mend)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Writer(yaml.CSafeDumper):
    """Writes text so that ``load`` reads the same value back."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (shadows the library's own table)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


_TEXT = "tag:yaml.org,2002:str"


def _write_text(writer: _Writer, text: str) -> yaml.Node:
    if "\n" in text and not re.search(r"[ \t]\n|^\s|\n\n$|[^\n -\U0010ffff]", text) and not _BREAKS.search(text):
        return writer.represent_scalar(_TEXT, text, style="|")
    doubtful = text in _WORDS or _BREAKS.search(text) or any(form.fullmatch(text) for form in (_SIMILAR, _FLOAT, _INT))
    doubtful = doubtful or _is_other_to_others(text)
    return writer.represent_scalar(_TEXT, text, style='"' if doubtful else None)


def _is_other_to_others(text: str) -> bool:
    """Say whether a reader of YAML 1.1 takes a plain text for something else; instants it may take for instants."""
    forms = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    return any(tag != "tag:yaml.org,2002:timestamp" and form.match(text) for tag, form in forms)


def _write_number(writer: _Writer, number: float) -> yaml.Node:
    if not math.isfinite(number) or (isinstance(number, int) and abs(number) > MAX_INTEGER):
        msg = "a document cannot hold NaN, infinity or an integer beyond 2^53 - 1"
        raise ValueError(msg)
    return writer.represent_scalar(_TEXT, repr(number))


def _write_word(writer: _Writer, word: bool | None) -> yaml.Node:  # noqa: FBT001 (the library calls it)
    return writer.represent_scalar(_TEXT, "null" if word is None else str(word).lower())


_Writer.add_representer(str, _write_text)
_Writer.add_representer(int, _write_number)
_Writer.add_representer(float, _write_number)
_Writer.add_representer(bool, _write_word)
_Writer.add_representer(type(None), _write_word)


def dumps(value: Any) -> bytes:  # noqa: ANN401
    """Write a value as block YAML, keys in the order given, without line folding."""
    text = yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False)
    return str(text).encode()
