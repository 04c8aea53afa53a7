"""Can what a spec proposes be fitted and compiled? Whatever cannot is refused by name, with what can.

The rules, in order:

* each estimator is allowed (``estimators``), with these parameters; combinations are of what they can combine;
* a search is over parameters of the estimator, in values that it takes, of few enough combinations;
* each estimator has a form for the dataset's task, and can be fitted to its targets; a leaf of a tree stands for so
  many rows that it is no record, unless the dataset is public;
* each feature is prepared in a way for its type, and in one that all estimators take: missing numbers, categories
  without an order, weights of evidence, interactions, and the direction in which the answer may move.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from pydantic import ValidationError

from counterseal.values.finding import Finding
from pipelines.estimators import ESTIMATORS, LEAF, MAX_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.column import Feature
    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.estimator import Estimator
    from counterseal.documents.spec import ModelSpecSpec
    from counterseal.values.strict_yaml import Path, Source

MAX_CANDIDATES = 200
_AT: Path = ("spec", "estimator")
_SEARCH: Path = ("spec", "search")
_WAYS: Path = ("spec", "preprocessing")


def findings(spec: ModelSpecSpec, source: Source) -> Iterator[Finding]:
    """Yield what is wrong with a proposal, whatever it learns from."""
    yield from _estimator(spec.estimator, source, _AT)
    if spec.estimator.name in ESTIMATORS:
        yield from _search(spec, source)


def misfits(spec: ModelSpecSpec, dataset: DatasetSpec, source: Source) -> Iterator[Finding]:
    """Yield what of a proposal with no ``findings`` does not fit its dataset."""
    for part in _all(spec.estimator):
        yield from _task(part, dataset, source)
        if not dataset.public:
            yield from _leaves_of_few(part, spec, source)
    for name in (name for name in spec.features if name in dataset.readable):
        yield from _feature(name, dataset.readable[name], spec, dataset, source)


def _estimator(estimator: Estimator, source: Source, at: Path) -> Iterator[Finding]:
    allowed = ESTIMATORS.get(estimator.name)
    if allowed is None:
        expected, mend = f"one of {', '.join(sorted(ESTIMATORS))}", "what does not compile to plain data is not run"
        yield Finding("ESTIMATOR_NOT_ALLOWED", source.at((*at, "name")), expected, estimator.name, mend)
        return
    for name, value in estimator.parameters.items():
        yield from _parameter(estimator.name, name, value, source.at((*at, "parameters", name)))
    yield from _combination(estimator, source, at)
    inner = [(*at, "of")] if estimator.of else [(*at, "members", place) for place in range(len(estimator.parts))]
    for part, path in zip(estimator.parts, inner, strict=True):
        yield from _estimator(part, source, path)


def _parameter(estimator: str, name: str, value: object, where: str) -> Iterator[Finding]:
    parameters = ESTIMATORS[estimator].parameters()
    if name not in parameters:
        known = ", ".join(sorted(parameters)) or "none"
        yield Finding("PARAMETER_UNKNOWN", where, f"a parameter of {estimator}: {known}", name)
    elif not parameters[name].allows(value):
        yield Finding("PARAMETER_INVALID", where, f"{name}: {parameters[name].says}", repr(value)[:60])


def _combination(estimator: Estimator, source: Source, at: Path) -> Iterator[Finding]:
    weights, members = estimator.parameters.get("weights"), estimator.members or ()
    if isinstance(weights, tuple) and len(weights) != len(members):
        where, expected = source.at((*at, "parameters", "weights")), f"{len(members)} weights, one for each member"
        yield Finding("PARAMETER_INVALID", where, expected, str(len(weights)))
    if estimator.of and "calibrated" in {part.name for part in _all(estimator.of)}:
        where, expected = source.at((*at, "of", "name")), "an estimator that is not calibrated yet"
        yield Finding("ESTIMATOR_NOT_ALLOWED", where, expected, "calibrated inside calibrated", "calibrate once")


def _search(spec: ModelSpecSpec, source: Source) -> Iterator[Finding]:
    search = spec.search or {}
    for name, values in search.items():
        where = source.at((*_SEARCH, name))
        for value in values:
            yield from _parameter(spec.estimator.name, name, value, where)
        if name in spec.estimator.parameters:
            expected = f"{name} among the parameters or in the search"
            yield Finding("PARAMETER_TWICE", where, expected, "both", "remove one")
    if (count := prod(map(len, search.values()))) > MAX_CANDIDATES:
        expected, mend = f"at most {MAX_CANDIDATES} combinations to try", "try fewer values"
        yield Finding("SEARCH_TOO_LARGE", source.at(_SEARCH), expected, str(count), mend)


def _task(part: Estimator, dataset: DatasetSpec, source: Source) -> Iterator[Finding]:
    task, allowed, where = dataset.target.task, ESTIMATORS[part.name], source.at((*_AT, "name"))
    form = allowed.form(task)
    if form is None:
        fitting = ", ".join(sorted(name for name, other in ESTIMATORS.items() if other.form(task)))
        yield Finding("ESTIMATOR_NOT_FOR_TASK", where, f"an estimator for the task {task}: {fitting}", part.name)
        return
    for name in sorted(set(part.parameters) - set(form.parameters)):
        expected = f"a parameter of {part.name} for the task {task}"
        yield Finding("PARAMETER_UNKNOWN", source.at((*_AT, "parameters", name)), expected, name)
    if allowed.least is not None and dataset.target.task == "regression" and dataset.target.minimum < allowed.least:
        expected, found = f"targets of at least {allowed.least:g} for {part.name}", f"{dataset.target.minimum:g}"
        yield Finding("ESTIMATOR_NOT_FOR_TASK", where, expected, f"a minimum of {found}", "use another estimator")


def _leaves_of_few(part: Estimator, spec: ModelSpecSpec, source: Source) -> Iterator[Finding]:
    tried = (spec.search or {}).get("min_samples_leaf", ()) if part is spec.estimator else ()
    for least in (*tried, part.parameters.get("min_samples_leaf", LEAF)):
        if isinstance(least, int) and least < LEAF:
            expected = f"leaves of at least {LEAF} rows, because the dataset is not public"
            mend = f"raise min_samples_leaf of {part.name}: a leaf of few rows is a record of them"
            yield Finding("LEAF_TOO_SMALL", source.at(_AT), expected, f"of {least}", mend)


def _feature(
    name: str, column: Feature, spec: ModelSpecSpec, dataset: DatasetSpec, source: Source
) -> Iterator[Finding]:
    how, where = spec.preprocessing, source.at((*_WAYS, "columns", name))
    try:
        way = how.of_category(name) if column.type == "category" else how.of_number(name)
    except ValidationError:
        expected = f"a way to prepare a {'category' if column.type == 'category' else 'number'}"
        yield Finding("PREPARATION_MISFIT", where, expected, f"another, for {name}")
        return
    kind = way.encode if column.type == "category" else "bins" if way.bins != "none" else "number"  # type: ignore[union-attr]
    for problem in _problems(name, kind, column, spec, dataset):
        yield Finding(problem[0], where, *problem[1:])
    if column.type != "category" and column.nullable and way.impute == "none":
        yield from _missing(name, kind, spec, where)


def _problems(
    name: str, kind: str, column: Feature, spec: ModelSpecSpec, dataset: DatasetSpec
) -> Iterator[tuple[str, str, str, str]]:
    leaves, how, task = _leaves(spec.estimator), spec.preprocessing, dataset.target.task
    multiplied = any(name in pair for pair in how.interactions)
    if kind == "native" and (other := _unable("native", leaves)):
        yield "ENCODING_NOT_SUPPORTED", _able("native", "categories without an order"), other, "encode as one_hot"
    most = _most_categories(spec)
    if kind == "native" and column.type == "category" and len(column.categories) > most:
        found = f"{len(column.categories)} of {name}"
        yield "TOO_MANY_CATEGORIES", f"at most {most} categories without an order", found, "encode as ordinal or woe"
    if kind == "woe" and (task != "binary" or "calibrated" in {part.name for part in _all(spec.estimator)}):
        found = f"the task {task}" if task != "binary" else "calibrated, whose folds would know each other's outcomes"
        yield "ENCODING_NOT_SUPPORTED", "weights of evidence for two classes", found, "encode as one_hot"
    if kind in ("number", "ordinal", "woe") and (other := _such("indicators", leaves)):
        yield "ENCODING_NOT_SUPPORTED", f"bins or one_hot for {other}", f"{kind} for {name}", "set bins, or encode"
    if multiplied and (kind == "native" or _unable("products", leaves)):
        found = f"{name}, encoded as native" if kind == "native" else _unable("products", leaves)
        yield "INTERACTION_NOT_SUPPORTED", "a product of numbers for an estimator that takes it", found, "remove it"
    if name in how.monotone:
        yield from _monotone(name, kind, leaves, task)


def _monotone(name: str, kind: str, leaves: list[Estimator], task: str) -> Iterator[tuple[str, str, str, str]]:
    code, mend = "MONOTONE_NOT_SUPPORTED", "remove it from monotone"
    if other := _unable("monotone", leaves):
        yield code, _able("monotone", "directions"), other, mend
    if task == "multiclass":
        yield code, "a direction for two classes or a value", "three classes or more", mend
    if kind not in ("number", "ordinal"):
        yield code, f"a direction for a number, or a category encoded as ordinal, in {name}", kind, mend


def _missing(name: str, kind: str, spec: ModelSpecSpec, where: str) -> Iterator[Finding]:
    other = "bins" if kind == "bins" else _unable("missing", _leaves(spec.estimator))
    if other:
        expected = f"an imputation for {name}, which may be missing; {_able('missing', 'missing numbers')}"
        yield Finding("IMPUTATION_NEEDED", where, expected, f"none, for {other}", "set impute")


def _most_categories(spec: ModelSpecSpec) -> int:
    """Return how many categories without an order a column may have: as many as the estimators have bins."""
    said = [part.parameters.get("max_bins") for part in _all(spec.estimator)]
    tried = (spec.search or {}).get("max_bins", ())
    return min([MAX_CATEGORIES, *(bins for bins in (*said, *tried) if isinstance(bins, int))])


def _unable(what: str, leaves: list[Estimator]) -> str:
    return _such(what, leaves, wanted=False)


def _such(what: str, leaves: list[Estimator], *, wanted: bool = True) -> str:
    """Return the names of the estimators of which something is true, or is not."""
    return ", ".join(sorted({leaf.name for leaf in leaves if getattr(ESTIMATORS[leaf.name], what) is wanted}))


def _able(what: str, words: str) -> str:
    return f"estimators that take {words}: {', '.join(sorted(n for n, a in ESTIMATORS.items() if getattr(a, what)))}"


def _all(estimator: Estimator) -> list[Estimator]:
    return [estimator, *(inner for part in estimator.parts for inner in _all(part))]


def _leaves(estimator: Estimator) -> list[Estimator]:
    return [part for part in _all(estimator) if not part.parts]
