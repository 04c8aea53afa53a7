"""``counterseal run`` beside a bare fit, again, and of many models: ``python -m benchmarks.pipeline``.

* adult: the whole command, against a process that reads the same file, fits the same estimator on the same share of
  rows and predicts the others; interleaved. Then the command once more, with nothing changed.
* many models: the same command for ``MODELS`` of German Credit, on one core and on all.

Whole processes, imports included, in a sandbox.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from joblib import cpu_count

from benchmarks.timing import seconds, several
from counterseal.documents import places
from counterseal.verification.git import Git
from scripts.repository.sandbox import Sandbox
from scripts.stage.story import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MODELS = 20
TIMES = 3

#: What there is to do at least: read, split at random, fit, predict.
BARE = """
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
data = pd.read_csv("datasets/adult/adult_train.csv", na_values="?")
texts, numbers = ["workclass", "occupation"], ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
learn, hold = train_test_split(data, test_size=0.3, random_state=0)
encode = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
columns = ColumnTransformer([("texts", encode, texts)], remainder="passthrough")
boosting = HistGradientBoostingClassifier(max_iter=120, max_leaf_nodes=15, early_stopping=False, random_state=0)
model = make_pipeline(columns, boosting)
model.fit(learn[texts + numbers], learn["income"])
model.predict_proba(hold[texts + numbers])
"""


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory(prefix="counterseal-benchmark-") as folder:
        _command("sandbox", str(Path(folder) / "sandbox"), cwd=ROOT)
        made = Sandbox(Path(folder) / "sandbox")
        _adult(made)
        _many(made)


def _adult(made: Sandbox) -> None:
    (made.work / places.SPECS).mkdir(exist_ok=True)
    (made.work / places.spec("adult-income")).write_bytes((ROOT / places.spec("adult-income")).read_bytes())
    pairs = [(_bare(made), _fresh(made, ["adult-income"])) for _ in range(TIMES)]
    bare, whole = (median(column) for column in zip(*pairs, strict=True))
    _say(
        f"adult: bare fit and predict {bare:.2f} s, counterseal run {whole:.2f} s; 3 x + 10 s is {3 * bare + 10:.1f} s"
    )
    several("adult: run again, nothing changed", lambda: seconds(lambda: _run(made, ["adult-income"])), TIMES)


def _many(made: Sandbox) -> None:
    names = list(_specs(made))
    one = _fresh(made, names, ["taskset", "--cpu-list", "0"])
    every = _fresh(made, names)
    _say(f"{MODELS} models: {one:.1f} s on one core, {every:.1f} s on {cpu_count()}, {one / every:.2f} x")


def _specs(made: Sandbox) -> Iterator[str]:
    plain = (ROOT / places.spec("german-credit")).read_text()
    for number in range(MODELS):
        name = f"credit-{number:02}"
        text = plain.replace("name: german-credit", f"name: {name}").replace("C: 0.3", f"C: 0.{number + 10}")
        (made.work / places.spec(name)).write_text(text)
        yield name


def _bare(made: Sandbox) -> float:
    return seconds(lambda: subprocess.run([sys.executable, "-c", BARE], cwd=made.work, check=True))


def _fresh(made: Sandbox, models: list[str], before: list[str] | None = None) -> float:
    """Return how long the command takes where no evidence lies."""
    Git(made.work).run("clean", "--quiet", "-d", "--force", "-x", "registry", "attestations", "sbom")
    return seconds(lambda: _run(made, models, before))


def _run(made: Sandbox, models: list[str], before: list[str] | None = None) -> None:
    _command("run", *models, cwd=made.work, before=before)


def _command(*words: str, cwd: Path, before: list[str] | None = None) -> None:
    subprocess.run([*(before or []), *PROGRAM, *words], cwd=cwd, check=True, capture_output=True)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (its one purpose)


if __name__ == "__main__":
    main()
