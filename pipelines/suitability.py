"""Whether each feature comes out of its preparation as all proposed estimators can take it.

The rules, in order:

* it is prepared in a way for its type;
* ``native``: only for estimators that see no order in categories, and of so many as these tell apart;
* ``woe``: for two classes, and nothing calibrated, whose folds would know each other's outcomes;
* ``indicators``: estimators that take nothing but 0 and 1 get bins, or one_hot;
* ``interactions``: products of numbers, for estimators that take them;
* ``monotone``: a number, or a category in order, for estimators that can be held to it, and not of several classes;
* ``missing``: a number that may be missing is imputed, unless all estimators take it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from counterseal.values.finding import Finding
from pipelines.estimators import ESTIMATORS, MAX_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.column import Feature
    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.estimator import Estimator
    from counterseal.documents.spec import ModelSpecSpec
    from counterseal.values.strict_yaml import Source

    Problem = tuple[str, str, str, str]  # a finding's code, what was expected, what was found, how to mend it


@dataclass(frozen=True)
class Asked:
    """A feature, what it becomes (``number``, ``bins`` or its encoding), and what it is for."""

    name: str
    column: Feature
    becomes: str
    imputed: bool
    spec: ModelSpecSpec
    task: str

    @property
    def leaves(self) -> list[Estimator]:
        """The estimators that see the features: those that are not made of others."""
        return [part for part in every(self.spec.estimator) if not part.parts]

    def such(self, what: str, *, wanted: bool = True) -> str:
        """Return the names of the estimators of which something is true, or is not."""
        return ", ".join(sorted({leaf.name for leaf in self.leaves if getattr(ESTIMATORS[leaf.name], what) is wanted}))


def every(estimator: Estimator) -> list[Estimator]:
    """Return an estimator and all that it is made of."""
    return [estimator, *(inner for part in estimator.parts for inner in every(part))]


def misfits(spec: ModelSpecSpec, dataset: DatasetSpec, source: Source) -> Iterator[Finding]:
    """Yield what is wrong with the preparation of each feature."""
    for name in (name for name in spec.features if name in dataset.readable):
        where = source.at(("spec", "preprocessing", "columns", name))
        asked = _asked(name, dataset.readable[name], spec, dataset.target.task)
        problems = (problem for rule in _RULES for problem in rule(asked)) if asked else (_OF_ANOTHER_TYPE,)
        yield from (Finding(code, where, *told) for code, *told in problems)


_OF_ANOTHER_TYPE = ("PREPARATION_MISFIT", "a way to prepare a feature of its type", "one for another", "correct it")


def _asked(name: str, column: Feature, spec: ModelSpecSpec, task: str) -> Asked | None:
    how = spec.preprocessing
    try:
        if column.type == "category":
            category = how.of_category(name)
            return Asked(name, column, category.encode, category.impute != "none", spec, task)
        number = how.of_number(name)
        return Asked(name, column, "number" if number.bins == "none" else "bins", number.impute != "none", spec, task)
    except ValidationError:
        return None


def _native(asked: Asked) -> Iterator[Problem]:
    if asked.becomes != "native" or asked.column.type != "category":
        return
    if other := asked.such("native", wanted=False):
        yield "ENCODING_NOT_SUPPORTED", _able("native", "categories without an order"), other, "encode as one_hot"
    if (count := len(asked.column.categories)) > (most := _most_categories(asked.spec)):
        expected, mend = f"at most {most} categories without an order", "encode as ordinal or woe"
        yield "TOO_MANY_CATEGORIES", expected, f"{count} of {asked.name}", mend


def _evidence(asked: Asked) -> Iterator[Problem]:
    calibrated = "calibrated" in {part.name for part in every(asked.spec.estimator)}
    if asked.becomes == "woe" and (asked.task != "binary" or calibrated):
        found = "calibrated" if calibrated else f"the task {asked.task}"
        expected = "weights of evidence for two classes, and nothing calibrated"
        yield "ENCODING_NOT_SUPPORTED", expected, found, "encode as one_hot"


def _indicators(asked: Asked) -> Iterator[Problem]:
    if asked.becomes in ("number", "ordinal", "woe") and (other := asked.such("indicators")):
        expected = f"bins or one_hot for {other}"
        yield "ENCODING_NOT_SUPPORTED", expected, f"{asked.becomes} for {asked.name}", "set bins, or encode"


def _interactions(asked: Asked) -> Iterator[Problem]:
    other = f"{asked.name}, encoded as native" if asked.becomes == "native" else asked.such("products", wanted=False)
    if other and any(asked.name in pair for pair in asked.spec.preprocessing.interactions):
        yield "INTERACTION_NOT_SUPPORTED", "a product of numbers for an estimator that takes it", other, "remove it"


def _monotone(asked: Asked) -> Iterator[Problem]:
    if asked.name not in asked.spec.preprocessing.monotone:
        return
    code, mend = "MONOTONE_NOT_SUPPORTED", "remove it from monotone"
    if other := asked.such("monotone", wanted=False):
        yield code, _able("monotone", "directions"), other, mend
    if asked.task == "multiclass":
        yield code, "a direction for two classes or a value", "three classes or more", mend
    if asked.becomes not in ("number", "ordinal"):
        expected = f"a direction for a number, or a category encoded as ordinal, in {asked.name}"
        yield code, expected, asked.becomes, mend


def _missing(asked: Asked) -> Iterator[Problem]:
    if asked.imputed or not asked.column.nullable or asked.column.type == "category":
        return
    if other := "bins" if asked.becomes == "bins" else asked.such("missing", wanted=False):
        expected = f"an imputation for {asked.name}, which may be missing; {_able('missing', 'missing numbers')}"
        yield "IMPUTATION_NEEDED", expected, f"none, for {other}", "set impute"


_RULES = (_native, _evidence, _indicators, _interactions, _monotone, _missing)


def _most_categories(spec: ModelSpecSpec) -> int:
    """Return how many categories without an order a column may have: as many as the estimators have bins."""
    said = [part.parameters.get("max_bins") for part in every(spec.estimator)]
    tried = (spec.search or {}).get("max_bins", ())
    return min([MAX_CATEGORIES, *(bins for bins in (*said, *tried) if isinstance(bins, int))])


def _able(what: str, words: str) -> str:
    names = sorted(name for name, allowed in ESTIMATORS.items() if getattr(allowed, what))
    return f"estimators that take {words}: {', '.join(names)}"
