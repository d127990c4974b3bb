"""Share work out: among the processor's cores, or among the workers of a Dask cluster.

Every call uses one thread and sees nothing but its arguments, so the results are the same
wherever it runs. Work is shared out once: a call made by a call that was shared out runs
where it is made.

Where the environment variable ``ALSNB_SCHEDULER`` names the address of a Dask scheduler,
the work goes there. Results are written to the store by the process that asked for them;
the workers need no store of ours.
"""

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
from filelock import FileLock, Timeout

from alsnb.checks import BadInput
from alsnb.compute import cluster
from alsnb.compute.processes import among_processes, attempt, divided, is_shared, perform
from alsnb.compute.progress import report
from alsnb.compute.store import Entry, keep_frame, lock_of, read_frame

SCHEDULER_VARIABLE = "ALSNB_SCHEDULER"
"""Environment variable that holds the address of a Dask scheduler."""

MOST_AT_ONCE = 200
"""Calls of :func:`recall_many` that are shared out at a time; each holds a file open."""

SECONDS_BETWEEN_LOOKS = 0.2

Tell = Callable[[int, int, object, int], None]


def share(
    function: Callable, calls: Sequence[Mapping[str, object]], *, n_jobs: int = 1
) -> Generator[object]:
    """Call a function several times, and give the results in the order of the calls.

    A result is what the call returned, or the :class:`~alsnb.checks.BadInput` it ended with: the
    other calls go on. Any other error ends all of them.

    Parameters
    ----------
    function : callable
        Called with keywords. What it does depends on them alone.
    calls : sequence of mapping
        The keywords of each call. A value that is the same object in all of them travels once.
    n_jobs : int
        Processes; with 1 everything runs in this one. Of no account on a cluster.

    Raises
    ------
    BadInput
        If a process or the cluster is lost.
    """
    held: dict[int, object] = {}
    due = 0
    with closing(share_as_completed(function, calls, n_jobs=n_jobs)) as results:
        for number, result in results:
            held[number] = result
            while due in held:
                yield held.pop(due)
                due += 1


def share_as_completed(
    function: Callable, calls: Sequence[Mapping[str, object]], *, n_jobs: int = 1
) -> Generator[tuple[int, object]]:
    """Do what :func:`share` does, and give each result at once, behind the call's place, from 0."""
    address = os.environ.get(SCHEDULER_VARIABLE)
    if not calls or is_shared():
        return _in_this_process(function, calls)
    if address:
        return cluster.run(address, perform, *divided(function, calls))
    if n_jobs == 1:
        return _in_this_process(function, calls)
    return among_processes(function, calls, n_jobs)


def _in_this_process(
    function: Callable, calls: Sequence[Mapping[str, object]]
) -> Generator[tuple[int, object]]:
    for number, call in enumerate(calls):
        yield number, attempt(function, call)


def recall_many(
    function: Callable,
    calls: Sequence[Mapping[str, object]],
    *,
    n_jobs: int = 1,
    tell: Tell | None = None,
) -> list[pd.DataFrame | BadInput]:
    """Return the results of many calls of one stored function; compute those not stored yet.

    Each result is stored when it arrives, so an interruption loses what was being computed
    at that moment and nothing else. Two processes that ask for the same results compute
    each of them once, and the one that waits goes on if the other ends. A call that ended with
    BadInput has it in its place; it is not stored, and made again next time.

    The function is defined at the top of a module, under :func:`alsnb.compute.store.stored`.
    ``tell`` is called with each result as it is there, those that were stored first: how many are
    there, how many there will be, the result and the place of its call, from 0.
    """
    known: dict = {}
    todo = _Recall([function.entry((), call, known) for call in calls], tell)
    while missing := todo.look_up():
        with ExitStack() as stack:
            mine = todo.claim(missing, stack)
            work, claimed = partial(_timed, function), [calls[number] for number in mine]
            with closing(share_as_completed(work, claimed, n_jobs=n_jobs)) as results:
                for place, result in results:
                    todo.settle(mine[place], result)
        if not mine:
            report("waiting for what another process computes")
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return [todo.results[number] for number in range(len(calls))]


def check_scheduler(address: str) -> int:
    """Return how many workers a Dask cluster has, or refuse one that would not compute as we do."""
    with cluster.connected(address) as client:
        return len(cluster.check_workers(client, address))


@dataclass
class _Recall:
    """What :func:`recall_many` has and what it still needs."""

    entries: list[Entry]
    tell: Tell | None
    results: dict[int, object] = field(default_factory=dict)
    locks: dict[int, FileLock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places: dict[str, list[int]] = {}
        for number, entry in enumerate(self.entries):
            self.places.setdefault(entry.key, []).append(number)

    def look_up(self) -> list[int]:
        """Take what is stored; return the calls whose results are not, equal calls once."""
        missing = [numbers[0] for numbers in self.places.values()]
        missing = [number for number in missing if number not in self.results]
        for number in missing:
            if self.entries[number].exists():
                self._take(number, read_frame(self.entries[number]))
        return [number for number in missing if number not in self.results]

    def claim(self, missing: list[int], stack: ExitStack) -> list[int]:
        """Lock the missing results that no other process computes, and return their calls."""
        mine = []
        for number in missing[:MOST_AT_ONCE]:
            lock = lock_of(self.entries[number])
            with suppress(Timeout):
                stack.enter_context(lock.acquire(timeout=0))
                self.locks[number] = lock
                # it may have been stored since it was looked up
                if not self.entries[number].exists():
                    mine.append(number)
        return mine

    def settle(self, number: int, result: tuple[pd.DataFrame, float] | BadInput) -> None:
        """Store what was computed and let the others have it."""
        entry = self.entries[number]
        if not isinstance(result, BadInput):
            frame, seconds = result
            keep_frame(entry, frame, seconds=seconds)
            result = read_frame(entry)
        self.locks[number].release()
        self._take(number, result)

    def _take(self, number: int, result: object) -> None:
        for place in self.places[self.entries[number].key]:
            self.results[place] = result
            if self.tell:
                self.tell(len(self.results), len(self.entries), result, place)


def _timed(function: Callable, /, **arguments: object) -> tuple[object, float]:
    """Return what the function below the stored one computes, and the seconds it took."""
    began = time.time()
    return function.__wrapped__(**arguments), round(time.time() - began, 3)
