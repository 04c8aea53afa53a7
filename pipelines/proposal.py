"""Can what a spec proposes be fitted and compiled? Whatever cannot is refused by name, with what can.

The rules, in order:

* each estimator is allowed (``estimators``), with these parameters; combinations are of what they can combine;
* a search is over parameters of the estimator, in values that it takes, of few enough combinations;
* each estimator has a form for the dataset's task, and can be fitted to its targets; a leaf of a tree stands for so
  many rows that it is no record, unless the dataset is public;
* each feature is prepared so that all estimators can take it (``suitability``).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from counterseal.values.finding import Finding
from pipelines import suitability
from pipelines.estimators import ESTIMATORS, LEAF
from pipelines.suitability import every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counterseal.documents.dataset import DatasetSpec
    from counterseal.documents.estimator import Estimator
    from counterseal.documents.spec import ModelSpecSpec
    from counterseal.values.strict_yaml import Path, Source

MAX_CANDIDATES = 200
_AT: Path = ("spec", "estimator")
_SEARCH: Path = ("spec", "search")


def findings(spec: ModelSpecSpec, source: Source) -> Iterator[Finding]:
    """Yield what is wrong with a proposal, whatever it learns from."""
    yield from _estimator(spec.estimator, source, _AT)
    if spec.estimator.name in ESTIMATORS:
        yield from _search(spec, source)


def misfits(spec: ModelSpecSpec, dataset: DatasetSpec, source: Source) -> Iterator[Finding]:
    """Yield what of a proposal with no ``findings`` does not fit its dataset."""
    for part in every(spec.estimator):
        yield from _task(part, dataset, source)
        if not dataset.public:
            yield from _leaves_of_few(part, spec, source)
    yield from suitability.misfits(spec, dataset, source)


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
    if estimator.of and "calibrated" in {part.name for part in every(estimator.of)}:
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
