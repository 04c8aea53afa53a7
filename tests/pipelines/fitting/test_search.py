"""A search: what it chooses, that it is the same wherever it runs, and how it ends when it is interrupted."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import numpy as np
import pytest

from counterseal.values.finding import Refused
from pipelines import fit
from pipelines.fitting import search as module
from pipelines.fitting.search import Found, candidates, loss
from tests.pipelines.tasks import estimator, world

GRID: dict[str, Any] = {"C": [1e-6, 0.5, 1.0], "class_weight": [None, "balanced"]}
SHM = Path("/dev/shm")  # noqa: S108 (looked at, not used)


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FOUND", {})


def searched(task: str = "binary", name: str = "logistic-regression", **search: Any) -> tuple[Found, list[float]]:
    told: list[float] = []
    study = world(task).specified(estimator=estimator(name), search=search or GRID).study()
    found = fit.fit(study, told.append)
    assert found.search is not None
    assert found.chosen == found.search.chosen
    return found.search, told


def test_candidates_are_all_combinations_in_the_order_of_the_spec() -> None:
    spec = world("binary").specified(search=GRID, estimator=estimator("logistic-regression", tol=1e-5)).study().spec
    tried = [candidate.parameters for candidate in candidates(spec.estimator, spec.search or {})]
    assert tried[:2] == [{"tol": 1e-5, "C": 1e-6, "class_weight": way} for way in (None, "balanced")]
    assert len(tried) == 6


def test_the_best_is_chosen_and_progress_is_told_fit_by_fit() -> None:
    found, told = searched()
    assert (found.candidates, found.folds, found.metric) == (6, 5, "log loss")
    assert found.chosen.parameters["C"] != 1e-6
    assert told == [(place + 1) / 30 for place in range(30)]


@pytest.mark.parametrize(
    ("task", "name", "grid"),
    [
        ("multiclass", "random-forest", {"min_samples_leaf": [80, 5]}),
        ("regression", "ridge", {"alpha": [1.0, 1e6]}),
        ("binary", "gradient-boosting", {"learning_rate": [1e-4, 0.3]}),
    ],
)
def test_a_candidate_that_learns_little_is_not_chosen(task: str, name: str, grid: dict[str, Any]) -> None:
    found, _ = searched(task, name, **grid)
    [(parameter, (first, second))] = grid.items()
    assert found.chosen.parameters[parameter] == (first if name == "ridge" else second)


def test_what_was_just_searched_is_not_searched_again_and_another_study_is() -> None:
    first, told = searched()
    again, nothing = searched()
    assert again is first
    assert told
    assert not nothing
    assert searched(name="sgd", alpha=[0.1, 0.2])[1]
    assert searched()[1]


def test_of_equals_the_first_is_chosen() -> None:
    found, _ = searched(max_iter=[700, 800])
    assert found.chosen.parameters["max_iter"] == 700


def test_losses_by_hand() -> None:
    assert loss("binary", np.array([[0.8], [0.4]]), np.array([1, 0])) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert loss("multiclass", np.array([[0.2, 0.3, 0.5]]), np.array([1])) == pytest.approx(-np.log(0.3))
    assert loss("regression", np.array([[3.0], [5.0]]), np.array([1.0, 5.0])) == 2.0
    assert np.isfinite(loss("binary", np.array([[0.0]]), np.array([1])))


def test_a_candidate_that_cannot_be_fitted_ends_the_search() -> None:
    with pytest.raises(Refused, match="NOT_CONVERGED"):
        searched(max_iter=[1, 1000])


def test_a_class_that_a_fold_does_not_know_is_refused() -> None:
    made = world("multiclass", 90)
    lines = [line.replace(",high", ",low") if number % 7 else line for number, line in enumerate(made.lines)]
    rare = type(made)(spec=made.spec, dataset=made.dataset, lines=tuple(lines))
    calibrated = {"name": "calibrated", "of": estimator("decision-tree")}
    with pytest.raises(Refused, match=r"TOO_FEW_ROWS.*"):
        fit.fit(rare.specified(estimator=calibrated).study())


@pytest.mark.whole
def test_workers_choose_what_one_process_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = searched()
    monkeypatch.setattr(module, "_FOUND", {})
    monkeypatch.setattr(module, "FEW", 0)
    there, told = searched()
    assert there == here
    assert told[-1] == 1.0


STORY = """
import os, signal, subprocess, sys, threading
from counterseal.values.finding import Refused
from pipelines import fit
from pipelines.fitting import search
from tests.pipelines.tasks import estimator, world

search.FEW = 0
grid = {"n_estimators": [30, 40, 50], "max_depth": [3, 4, 5]}
study = world("binary", 2000).specified(estimator={"name": "random-forest"}, search=grid).study()
told = []

def strike():
    if sys.argv[1] == "worker":
        children = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True).stdout.split()
        lines = {child: open(f"/proc/{child}/cmdline").read() for child in children}
        victim = next(child for child, line in lines.items() if "loky.backend.popen_loky" in line)
        os.kill(int(victim), signal.SIGKILL)
    else:
        os.kill(os.getpid(), signal.SIGINT)

def tell(done):
    told.append(done)
    if len(told) == 3:
        threading.Thread(target=strike).start()

try:
    fit.fit(study, tell)
except Refused as refused:
    sys.exit(refused.code)
sys.exit("nothing happened")
"""


@pytest.mark.whole
@pytest.mark.skipif(not SHM.is_dir(), reason="looks for what is left in /dev/shm")
@pytest.mark.parametrize("who", ["worker", "everybody"])
def test_an_interrupted_search_is_refused_and_leaves_nothing(who: str, tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(Path.cwd()), "TMPDIR": str(tmp_path)}
    with Popen([sys.executable, "-c", STORY, who], stderr=PIPE, env=env, text=True) as begun:
        told = begun.communicate(timeout=200)[1]
    assert told.strip().endswith("SEARCH_INTERRUPTED")
    assert not [path for path in SHM.iterdir() if f"_{begun.pid}_" in path.name or f"-{begun.pid}-" in path.name]
    assert not list(tmp_path.iterdir())
