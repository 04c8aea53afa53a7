"""Validation of many rows: ``python -m benchmarks.validation [--rows N] [--flat N] [--peers VENV] [--turns N]``.

10 million rows of 17 columns under 27 rules with planted defects (``defects``), as one Parquet file in a folder that
goes with the run. Each engine (``peers``) runs in a process of its own, in turns, and must count what was planted. What
a row costs pydantic and Great Expectations (in VENV, if it is given) is measured on one million. Many more rows
(``--flat``) show whether memory grows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks import defects
from benchmarks.cost import tell

ROWS, FLAT, FEW, TURNS = 10_000_000, 30_000_000, 1_000_000, 3
_GREAT = Path(__file__).parent / "peers" / "by_great_expectations.py"


@dataclass(frozen=True)
class Engine:
    """What is called, and what it is called on the page."""

    says: str
    module: str
    call: str = "validate"


OURS = Engine("counterseal: counts, row numbers, values, keys", "ours")
COPY = Engine("counterseal: the private copy and its SHA-256, first", "ours", "copy")
POLARS = Engine("hand-written streaming polars: counts alone", "by_polars")
KEYLESS = Engine("hand-written streaming polars: counts alone, no keys", "by_polars", "without_keys")
PYDANTIC = Engine("pydantic, row by row, from CSV", "by_pydantic")


@dataclass(frozen=True)
class Measured:
    """Seconds on the clock and of CPU, and the most memory in megabytes."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(prog="benchmarks.validation")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--flat", type=int, default=FLAT)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--engine", nargs=3, metavar=("MODULE", "CALL", "FILE"))
    asked = parser.parse_args()
    if asked.engine:
        measured(*asked.engine)
        return
    with tempfile.TemporaryDirectory(prefix="counterseal-benchmark-") as folder:
        compare(Path(folder), asked.rows, asked.turns)
        by_row(Path(folder), asked.peers)
        flat(Path(folder), asked.flat)


def compare(folder: Path, rows: int, turns: int) -> None:
    """Run what streams over the same file, in turns."""
    file = made(folder, rows)
    engines = (OURS, COPY, POLARS, KEYLESS)
    runs = [{engine: run(engine, file, rows) for engine in engines} for _ in range(turns)]
    for engine in engines:
        said(engine.says, rows, [found[engine] for found in runs])
    for unit in ("wall", "cpu"):
        ratio = median(getattr(found[POLARS], unit) / getattr(found[OURS], unit) for found in runs)
        tell(f"counterseal is {ratio:.2f} times as fast as hand-written polars, by {unit} time, median of {turns}")


def by_row(folder: Path, peers: Path | None) -> None:
    """Run what goes row by row over fewer rows, as CSV, which all of them read."""
    file = folder / "few.csv"
    pl.read_parquet(made(folder, FEW)).write_csv(file)
    said(f"{OURS.says}, from CSV", FEW, [run(OURS, file, FEW)])
    said(PYDANTIC.says, FEW, [run(PYDANTIC, file, FEW)])
    if peers:
        said("great expectations, complete results, from CSV", FEW, [great(peers, file)])
    else:
        tell("great expectations: not measured, no --peers")


def flat(folder: Path, rows: int) -> None:
    """Show how much memory more rows take."""
    if rows:
        said(OURS.says, rows, [run(OURS, made(folder, rows), rows)])


def made(folder: Path, rows: int) -> Path:
    """Make so many rows, instead of those that were there."""
    file = folder / "rows.parquet"
    file.unlink(missing_ok=True)
    defects.write(file, rows)
    return file


def run(engine: Engine, file: Path, rows: int) -> Measured:
    """Measure an engine in a process of its own; stop if it does not count what was planted."""
    words = [sys.executable, "-m", "benchmarks.validation", "--engine", engine.module, engine.call, str(file)]
    return checked(engine.says, subprocess.run(words, check=True, capture_output=True).stdout, rows)


def great(peers: Path, file: Path) -> Measured:
    """Measure Great Expectations in the Python that has it."""
    rules = file.with_suffix(".json")
    rules.write_text(json.dumps([[kind, name, values(name, kind)] for name, kind in defects.RULES]))
    words = [str(peers / "bin" / "python"), str(_GREAT), str(file), str(rules)]
    return checked("great expectations", subprocess.run(words, check=True, capture_output=True).stdout, FEW)


def values(name: str, kind: str) -> object:
    """Return what a rule compares with, as JSON has it."""
    if kind == "bounds":
        return [str(defects.SINCE), str(defects.UNTIL)] if name == "opened" else [0, defects.NUMBERS[name]]
    if kind == "category":
        return defects.listed(name)
    return f"^(?:{defects.PATTERNS[name]})$" if kind == "pattern" else None


def checked(says: str, out: bytes, rows: int) -> Measured:
    """Read what a process printed, and hold its counts against the truth."""
    found = json.loads(out.splitlines()[-1])
    truth = defects.planted(rows)
    if wrong := [(*rule, count) for *rule, count in found["counts"] if truth.get(tuple(rule), 0) != count]:
        tell(f"{says} counts otherwise than was planted: {wrong}")
    return Measured(found["wall"], found["cpu"], found["memory"])


def measured(module: str, call: str, file: str) -> None:
    """Be the process that is measured: libraries loaded, one call, its counts."""
    validate = getattr(import_module(f"benchmarks.peers.{module}"), call)
    began, spent = time.perf_counter(), time.process_time()
    counts = validate(Path(file))
    cost = {"wall": time.perf_counter() - began, "cpu": time.process_time() - spent}
    print(json.dumps({**cost, "memory": most_memory(), "counts": [[*rule, count] for rule, count in counts.items()]}))  # noqa: T201


def most_memory() -> float:
    """Return the most megabytes this process had; `ru_maxrss` would count those of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def said(what: str, rows: int, runs: list[Measured]) -> None:
    """Print medians."""
    wall, cpu, memory = (median(getattr(found, name) for found in runs) for name in ("wall", "cpu", "memory"))
    rate = rows / wall / 1e6
    tell(f"{what}: {rows:,} rows in {wall:.2f} s, {cpu:.2f} s CPU, {rate:.2f} million rows/s, {memory:.0f} MB")


if __name__ == "__main__":
    main()
