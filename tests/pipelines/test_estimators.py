"""The list of estimators: every one is scikit-learn's, its parameters too, and it is compiled by a module."""

from __future__ import annotations

from importlib import import_module
from inspect import signature

import pytest

from pipelines.compiling.family import FAMILIES
from pipelines.estimators import ESTIMATORS, Form
from tests.pipelines.tasks import COMBINED, TASKS, listed

FORMS = [
    (name, form) for name, allowed in ESTIMATORS.items() for form in (allowed.classifier, allowed.regressor) if form
]


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[form.path for _, form in FORMS])
def test_a_form_is_a_class_of_scikit_learn_with_these_parameters(name: str, form: Form) -> None:
    module, _, title = form.path.rpartition(".")
    taken = signature(getattr(import_module(module), title)).parameters
    assert title in FAMILIES, name
    assert form.parameters.keys() | form.defaults.keys() <= taken.keys()
    assert not {"random_state", "n_jobs", "warm_start", "verbose", "monotonic_cst"} & form.parameters.keys()


@pytest.mark.parametrize(("name", "form"), FORMS, ids=[form.path for _, form in FORMS])
def test_defaults_here_are_allowed(name: str, form: Form) -> None:
    given = {key: value for key, value in form.defaults.items() if key in form.parameters}
    assert all(form.parameters[key].allows(value) for key, value in given.items()), name


def test_every_estimator_is_for_some_task_and_is_tried_there() -> None:
    tried = {(task, item["name"]) for task in TASKS for item in listed(task)}
    assert tried == {(task, name) for task in TASKS for name, allowed in ESTIMATORS.items() if allowed.form(task)}
    assert {name for _, name in tried} == set(ESTIMATORS) >= set(COMBINED)
