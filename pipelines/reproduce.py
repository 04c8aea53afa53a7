"""Reproduce: what the numbers come to from the data and model.json alone, beside what CI signed. Nothing is fitted.

The rules, in order:

* the data is read, checked and divided as the pipeline does it (``study``), so its fingerprint must hold;
* the model asks for the features of the spec, and answers with the classes of the dataset;
* the validate and evaluate steps' own functions measure, on the answers of the plain data;
* every number, text and count must be the one signed. A number that is rounded may differ by one unit of its last digit
  (``TOLERANCE``), for another processor rounds another way; a share of decisions may not differ at all, for it is one
  count divided by another, so equal shares are equal decisions.

Parity is not measured again: it compares with an estimator that is fitted, and what serves is the plain data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from counterseal.documents import places
from counterseal.documents.portable.model import PortableModel
from counterseal.values.finding import Finding, refuse
from pipelines import evaluate, study, validate
from pipelines.data.material import content, digest
from pipelines.intervals import DIGITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipelines.data.material import Material
    from pipelines.study import Study

TOLERANCE: float = 10**-DIGITS
METHOD = f"every number as signed, shares of decisions exactly, others within {TOLERANCE:g}"
_NOT_MEASURED = frozenset({"result", "parity"})
_NOTHING = "nothing"


@dataclass(frozen=True)
class Difference:
    """A number that is not the one signed."""

    step: str
    name: str
    signed: str
    recomputed: str

    def finding(self, model: str) -> Finding:
        """Return it as a finding about the step's Statement."""
        mend = "do not approve it: have the pipeline run again, and ask who holds CI's key"
        expected, found = f"{self.name} {self.signed}, as signed", f"{self.recomputed}, recomputed"
        return Finding("NOT_REPRODUCED", places.statement(model, self.step), expected, found, mend)


def recompute(materials: Mapping[str, Material], model: str, fraction: Callable[[float], None]) -> dict[str, Any]:
    """Return step → measures from spec, dataset, data, model and champion; raise Refused for what does not fit."""
    found = study.read(materials, model)
    portable = PortableModel.read(content(materials["model"]), places.model_file(model, "model.json"))
    _check_same_question(found, portable)
    fraction(0.3)
    return {
        "validate": validate.measure(found, digest(materials["data"])),
        "evaluate": evaluate.measure(found, portable, content(materials["champion"]), fraction),
    }


def differences(signed: Mapping[str, Any], recomputed: Mapping[str, Any]) -> list[Difference]:
    """Compare step → measures as signed with those recomputed; return what differs, in order of name."""
    found = []
    for step, measures in recomputed.items():
        kept = {name: value for name, value in signed[step].items() if name not in _NOT_MEASURED}
        found += [Difference(step, *item) for item in _differing("", kept, measures, TOLERANCE)]
    return found


def size(measures: object) -> int:
    """Count the values that are compared."""
    if isinstance(measures, Mapping):
        return sum(map(size, measures.values()))
    return sum(map(size, measures)) if isinstance(measures, list) else 1


def _check_same_question(found: Study, portable: PortableModel) -> None:
    where = places.model_file(found.model, "model.json")
    asked = tuple(item.name for item in portable.inputs)
    if (asked, portable.classes) != (found.spec.features, found.classes):
        expected = f"a model of {', '.join(found.spec.features)} that answers {' or '.join(found.classes)}"
        got = f"one of {', '.join(asked)} that answers {' or '.join(portable.classes)}"
        raise refuse("NOT_REPRODUCED", where, expected[:400], got[:400], "run the pipeline again")


def _differing(name: str, signed: object, found: object, within: float) -> Iterator[tuple[str, str, str]]:
    if isinstance(signed, Mapping) and isinstance(found, Mapping):
        share = str(found.get("method", "")).startswith("share of n")
        for key in sorted(set(signed) | set(found)):
            limit = 0.0 if share and key == "value" else TOLERANCE
            yield from _differing(f"{name}.{key}", signed.get(key, _NOTHING), found.get(key, _NOTHING), limit)
    elif isinstance(signed, list) and isinstance(found, list) and len(signed) == len(found):
        for place, pair in enumerate(zip(signed, found, strict=True)):
            yield from _differing(f"{name}[{place}]", *pair, within)
    elif not _same(signed, found, within):
        yield name.lstrip("."), _shown(signed), _shown(found)


def _same(signed: object, found: object, within: float) -> bool:
    """Say whether two values are the same; half a unit is what a binary fraction may miss a decimal one by."""
    if isinstance(signed, float) and isinstance(found, (int, float)):
        return abs(signed - found) < within + TOLERANCE / 2
    return type(signed) is type(found) and signed == found


def _shown(value: object) -> str:
    return f"{value:.{DIGITS}f}" if isinstance(value, float) else str(value)[:80]
