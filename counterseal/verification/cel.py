"""Policy expressions in CEL, strictly. The only file that knows the engine.

The rules, in order:

* An expression is compiled and type-checked before it is asked: names are declared, a condition's type is boolean.
* Division and ``double()`` are refused: they make NaN, for which ``!(x < limit)`` holds. ``||`` and ``exists()`` are
  refused: they hold where half of their evidence is missing. ``join()`` is refused: the engine walks a map in no fixed
  order; an expression that tells several things gives a list, which is sorted here.
* NaN, infinity, integers beyond 64 bits and anything JSON cannot hold are refused as evidence.
* Every document an expression names must be there, also where it would not have been looked at.
* Whatever goes wrong is an Answer without a value and with a reason: never an exception, never true. (The engine itself
  returns errors as values, and those are true for Python.)
* The engine bounds recursion, size and iterations; text is cut to ``MAX_TEXT`` and freed of control characters.

How to leave this engine: docs/adr/0001-policy-language.md.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from counterseal.values.digest import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_EXPRESSION = 2000
MAX_TEXT = 1000
MAX_DEPTH = 64
MAX_INTEGER = 2**63 - 1

#: What a policy's rules may name, and what a tier's condition may name.
EVIDENCE = ("bom", "dataset", "evaluation", "findings", "limits", "spec", "validation")
FACTS = ("facts",)

Kind = Literal["condition", "text"]

_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_REFUSED = {
    re.compile(r"\b[rRbB]{1,2}[\"']|\"{3}|'{3}"): "raw text, bytes or triple quotes; write plain text in quotes",
    re.compile(r"/|\bdouble\s*\("): "division or double(), which may give NaN; compare products instead",
    re.compile(r"\|\|"): "a || b, which holds where a's evidence is missing; write a ? true : b, or two rules",
    re.compile(
        r"\bexists\s*\("
    ): "exists(), which holds where evidence is missing; write size(list.filter(x, ...)) > 0",
    re.compile(r"\bjoin\s*\("): "join(), which puts a map's keys in no fixed order; give the list, it will be sorted",
}
_TELLING = re.compile(r"(LIST<)?(STRING|INT|DOUBLE|DYN)>?")
_STATUS = re.compile(r"^([A-Z_]+: )(ERROR: )?(<input>:)?")
_FIT = frozenset((dict, list, str, int, float, bool, type(None)))


@dataclass(frozen=True)
class Answer:
    """What an expression gave: a value, or the reason why there is none."""

    value: bool | str | None = None
    error: str = ""


@dataclass(frozen=True)
class Evidence:
    """Documents by name, each looked through once; one that cannot be judged is kept out, with the reason."""

    documents: Mapping[str, Any]
    unfit: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Mapping[str, Any]) -> Evidence:
        """Look through the documents."""
        unfit = {name: reason for name, value in documents.items() if (reason := _unfit(value))}
        return cls({name: value for name, value in documents.items() if name not in unfit}, unfit)

    def plus(self, name: str, document: Any) -> Evidence:  # noqa: ANN401 (JSON is any value)
        """Return the evidence with one more document."""
        more = Evidence.of({name: document})
        return Evidence({**self.documents, **more.documents}, {**self.unfit, **more.unfit})

    def question(self, names: tuple[str, ...], *expressions: str) -> Question:
        """Put the documents that these expressions name before the engine, once for all of them."""
        mentioned = {name for text in expressions for name in _mentioned(text, names)}
        data = {name: self.documents[name] for name in mentioned & set(self.documents)}
        missing = {name: self.unfit.get(name, "no such evidence") for name in mentioned - set(data)}
        return Question(names, missing, _environment(names).Activation(data))


@dataclass(frozen=True)
class Question:
    """Evidence as the engine holds it, ready for any number of expressions."""

    names: tuple[str, ...]
    missing: Mapping[str, str]
    activation: Any

    def holds(self, expression: str) -> Answer:
        """Say whether a condition holds."""
        return self._ask(expression, "condition")

    def tells(self, expression: str) -> Answer:
        """Return what an expression tells, as one line of text; a list is sorted."""
        return self._ask(expression, "text")

    def _ask(self, expression: str, kind: Kind) -> Answer:
        for name in sorted(_mentioned(expression, self.names) & set(self.missing)):
            return Answer(error=f"{name}: {self.missing[name]}")
        compiled = _compile(expression, self.names, kind)
        if isinstance(compiled, str):
            return Answer(error=compiled)
        try:
            result = compiled.eval(activation=self.activation)
            value = result.plain_value()
        except RuntimeError as error:
            return Answer(error=_reason(str(error)))
        if result.type() == cel.Type.ERROR:
            return Answer(error=_reason(str(value)))
        return _condition(value) if kind == "condition" else _text(value)


def problem(expression: str, names: tuple[str, ...], kind: Kind) -> str:
    """Say what is wrong with an expression before any evidence is there; nothing if it can be asked."""
    compiled = _compile(expression, names, kind)
    return compiled if isinstance(compiled, str) else ""


def clean(text: str) -> str:
    """Return text fit for a terminal and a report: one line, printable, cut with its digest where it is too long."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return plain if len(plain) <= MAX_TEXT else f"{plain[:MAX_TEXT]}… (sha256 {sha256(text.encode())})"


@lru_cache(maxsize=4096)
def _mentioned(expression: str, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in names if re.search(rf"\b{name}\b", expression))


@lru_cache(maxsize=16)
def _environment(names: tuple[str, ...]) -> cel.Env:
    document = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables=dict.fromkeys(names, document), extensions=[ext_strings.ExtStrings()])


@lru_cache(maxsize=4096)
def _compile(expression: str, names: tuple[str, ...], kind: Kind) -> cel.Expression | str:
    if len(expression) > MAX_EXPRESSION:
        return f"an expression of {len(expression)} characters; at most {MAX_EXPRESSION}"
    bare = _LITERAL.sub('""', expression)
    if reason := next((reason for refused, reason in _REFUSED.items() if refused.search(bare)), ""):
        return reason
    try:
        compiled = _environment(names).compile(expression)
    except RuntimeError as error:
        return _reason(str(error))
    found = compiled.return_type()
    fits = found == cel.Type.BOOL if kind == "condition" else _TELLING.fullmatch(str(found))
    return compiled if fits else f"an expression of type {found}, which is no {kind}"


def _reason(text: str) -> str:
    """Free an engine's message of its status codes."""
    text = _STATUS.sub("", text.removesuffix(" [INVALID_ARGUMENT]"))
    return clean(text.replace("Key not found in map : ", "nothing is called "))


def _condition(value: object) -> Answer:
    return Answer(value) if isinstance(value, bool) else Answer(error=f"neither true nor false: {clean(str(value))}")


def _text(value: object) -> Answer:
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, bool) or not isinstance(part, (str, int, float)) for part in parts):
        return Answer(error=f"neither text nor numbers: {clean(str(value))}")
    return Answer(clean("; ".join(sorted(map(str, parts)))))


def _unfit(document: object) -> str:
    """Say why a value is no evidence; nothing if it is."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        objects = [value for value in level if type(value) is dict]
        numbers = [value for value in level if type(value) in (int, float)]
        if not (_FIT.issuperset(map(type, level)) and all(map(_held, numbers)) and _only_text(chain(*objects))):
            return next(filter(None, map(_wrong, level)))
        level = [*chain(*map(dict.values, objects), *(value for value in level if type(value) is list))]
        if not level:
            return "" if isinstance(document, dict) else f"a {type(document).__name__}; expected a mapping"
    return f"more than {MAX_DEPTH} levels"


def _held(number: float) -> bool:
    return -MAX_INTEGER <= number <= MAX_INTEGER or (type(number) is float and math.isfinite(number))


def _only_text(keys: Iterable[object]) -> bool:
    return {str}.issuperset(map(type, keys))


def _wrong(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}"
    if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        return "an integer beyond 64 bits"
    if isinstance(value, dict) and not _only_text(value):
        return "a key that is no text"
    return "" if type(value) in _FIT else f"a {type(value).__name__}, which JSON does not have"
