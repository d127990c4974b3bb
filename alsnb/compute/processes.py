"""Make calls that share work, each with one thread, in this process or in several."""

import functools
import os
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import cloudpickle
import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from alsnb.checks import BadInput, refuse
from alsnb.compute.progress import PROGRESS_VARIABLE
from alsnb.compute.store import unfinished
from alsnb.settings import ONE_THREAD, store_folder

_inside: ContextVar[bool] = ContextVar("inside", default=False)
_unpacked: dict[str, tuple[Callable, dict]] = {}
_one_at_a_time = threading.Lock()


def is_shared() -> bool:
    """Return whether what runs now is one of several calls that share work."""
    return _inside.get()


def perform(token: str, packed: bytes | str, own: Mapping[str, object]) -> object:
    """Make one call in another process; return its result or its BadInput.

    The token names what the calls have in common, the function and keywords that are ``packed`` (or
    in that file); it is unpacked once for all of them. ``own`` are the other keywords.
    """
    # A worker of several threads would let calls change each other's random numbers.
    with _one_at_a_time:
        if token not in _unpacked:
            content = packed if isinstance(packed, bytes) else Path(packed).read_bytes()
            _unpacked.clear()
            _unpacked[token] = cloudpickle.loads(content)
        function, common = _unpacked[token]
        return attempt(function, {**common, **own})


def attempt(function: Callable, arguments: Mapping[str, object]) -> object:
    """Make one call with one thread; return its result or its BadInput."""
    # TensorFlow knows no other limit than these.
    for variable, number in ONE_THREAD.items():
        os.environ.setdefault(variable, number)
    mark = _inside.set(True)
    try:
        # One thread: another number of threads adds up in another order.
        with threadpool_limits(1):
            return function(**arguments)
    except BadInput as error:
        return error
    finally:
        _inside.reset(mark)


def among_processes(
    function: Callable, calls: Sequence[Mapping[str, object]], n_jobs: int
) -> Generator[tuple[int, object]]:
    """Make calls in several processes; give each result, behind the call's place, at once."""
    packed, own = divided(function, calls)
    # joblib renews a process that has grown, and says so: no call is lost by it
    warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
    with _file_of(packed) as path:
        with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = joblib.Parallel(n_jobs, return_as="generator_unordered", max_nbytes=None)
        home = (str(store_folder()), os.getpid())
        results = parallel(
            joblib.delayed(_perform_for)(home, number, path, arguments)
            for number, arguments in enumerate(own)
        )
        try:
            # 'yield from' would close them noisily
            for result in results:  # noqa: UP028
                yield result
        except TerminatedWorkerError:
            raise refuse(
                "A process that shares the work",
                expected="to run to its end",
                found="that the system ended it, most often because memory ran out",
                remedy="Let fewer processes run at once; what is stored is not computed again.",
            ) from None
        finally:
            _close_quietly(results)


def _perform_for(
    home: tuple[str, int], number: int, path: Path, own: Mapping[str, object]
) -> tuple[int, object]:
    """Make a call for the process that shares its work, whose store and id are given."""
    os.environ["ALSNB_STORE"], parent = home
    # what a part of the work does is no news about the whole
    os.environ.pop(PROGRESS_VARIABLE, None)
    _end_with(parent)
    return number, perform(path.name, str(path), own)


@functools.cache
def _end_with(parent: int) -> None:
    """End this process, which nobody else would, when the one it works for was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def divided(
    function: Callable, calls: Sequence[Mapping[str, object]]
) -> tuple[bytes, list[dict[str, object]]]:
    """Return the function packed with what all calls have in common, and the rest of each."""
    first = calls[0]
    common = {
        name: value
        for name, value in first.items()
        if all(name in call and call[name] is value for call in calls)
    }
    own = [{name: v for name, v in call.items() if name not in common} for call in calls]
    return cloudpickle.dumps((function, common)), own


@contextmanager
def _file_of(content: bytes) -> Iterator[Path]:
    """Give a file of this content; in the store, as it may hold what is known of patients."""
    with unfinished() as folder:
        path = folder / uuid.uuid4().hex
        path.write_bytes(content)
        yield path


def _close_quietly(results: Generator) -> None:
    """Stop the processes without joblib's warning that some results were not looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        results.close()
