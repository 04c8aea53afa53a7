"""Several runs at once: each model in a process of its own, as many at a time as there are cores.

* Cores are those this process may use: a container's or a task set's, not the machine's.
* A process starts fresh (``spawn``): no thread of another run and no half-taken lock lives in it.
* What a run makes comes back whole, or its refusal does; one model's refusal stops no other.
* A process that dies, of memory or by a hand, is a refusal (RUN_DIED) of every run that had not come back.
* What each run tells of its progress reaches the one who watches, in the order it was told.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from joblib import cpu_count

from counterseal.values.finding import Finding, Refused
from pipelines.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from multiprocessing.queues import Queue

    from securesystemslib.signer import CryptoSigner

    from pipelines.step import Inputs, Progress

    Told = tuple[str, str, tuple[Any, ...]]

#: How long the end waits for what is still being told, in seconds; a process that died while telling never finishes.
_PATIENCE = 5.0
#: Told to this process's watcher: set once when a process starts, because a queue cannot be sent with each run.
_told: list[Queue[Told | None]] = []


def run_all(
    jobs: Mapping[str, Inputs],
    load_signer: Callable[[], CryptoSigner],
    now: datetime,
    watch: Callable[[str], Progress],
) -> Iterator[tuple[str, dict[str, bytes] | Refused]]:
    """Yield each model with what its run made, or with its refusal, as they come back.

    ``load_signer`` is called in each process and must be importable there; ``watch`` gives the progress of a model.
    """
    context = multiprocessing.get_context("spawn")
    queue: Queue[Told | None] = context.Queue()
    size = min(len(jobs), cpu_count())
    with (
        _telling(queue, {model: watch(model) for model in jobs}),
        ProcessPoolExecutor(size, context, _tell_to, (queue,)) as pool,
    ):
        futures = {pool.submit(_one, model, inputs, load_signer, now): model for model, inputs in jobs.items()}
        for future in as_completed(futures):
            model = futures[future]
            try:
                yield model, future.result()
            except BrokenProcessPool:
                yield model, _died(model)


def _tell_to(queue: Queue[Told | None]) -> None:
    _told.append(queue)


def _one(
    model: str, inputs: Inputs, load_signer: Callable[[], CryptoSigner], now: datetime
) -> dict[str, bytes] | Refused:
    try:
        return run(inputs, load_signer(), now, _Teller(model))
    except Refused as refused:
        return refused


def _died(model: str) -> Refused:
    mend = "run it again, alone or on a machine with more memory"
    return Refused(Finding("RUN_DIED", model, "a run that comes back", "a process that was ended from outside", mend))


class _Teller:
    """Sends what a run tells to the process that watches."""

    def __init__(self, model: str) -> None:
        self.model = model

    def begin(self, step: str, title: str) -> None:
        """See ``Progress.begin``."""
        _told[-1].put((self.model, "begin", (step, title)))

    def fraction(self, done: float) -> None:
        """See ``Progress.fraction``."""
        _told[-1].put((self.model, "fraction", (done,)))

    def end(self, says: str) -> None:
        """See ``Progress.end``."""
        _told[-1].put((self.model, "end", (says,)))


@contextmanager
def _telling(queue: Queue[Told | None], watchers: Mapping[str, Progress]) -> Iterator[None]:
    """Hand on what is told, until everything that was told is handed on."""

    def hand_on() -> None:
        while (told := queue.get()) is not None:
            model, what, arguments = told
            getattr(watchers[model], what)(*arguments)

    listener = threading.Thread(target=hand_on, daemon=True)
    listener.start()
    try:
        yield
    finally:
        queue.put(None)
        listener.join(_PATIENCE)
        queue.cancel_join_thread()
        queue.close()
