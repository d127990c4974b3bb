"""Send work to the workers of a Dask cluster."""

import contextlib
import functools
import gc
import logging
import uuid
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from alsnb.checks import listed, refuse
from alsnb.compute.digests import PACKAGE, digest, file_digest
from alsnb.settings import environment_digest

SECONDS_TO_CONNECT = 20

SECONDS_WITHOUT_WORKERS = 30
"""How long a cluster may be without workers, which start anew after a failure, in its work."""


def run(
    address: str, perform: Callable, packed: bytes, own: Sequence[Mapping[str, object]]
) -> Generator[tuple[int, object]]:
    """Make calls on the workers of a cluster; give the place of each and its result as it arrives.

    ``perform`` makes one call, given a token, what is common to all calls (``packed``, sent to each
    worker once), and the call's ``own`` part. Refused if the cluster cannot be used, or is lost
    with all that could be tried again.
    """
    with connected(address) as client:
        check_workers(client, address)
        token = uuid.uuid4().hex
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            # not scattered: that would be lost with the workers that hold it
            common = client.submit(_unchanged, packed, key=f"alsnb-{token}", pure=False)
        submit = functools.partial(client.submit, perform, token, common, pure=False)
        waiting = {
            submit(arguments, key=f"alsnb-{token}-{n}"): n for n, arguments in enumerate(own)
        }
        while waiting:
            for future in _finished(client, list(waiting), address):
                yield waiting.pop(future), _result(future, address)


def _unchanged(packed: bytes) -> bytes:
    return packed


def _finished(client: Any, futures: list, address: str) -> set:
    """Wait until some calls have ended, however they did, and return them."""
    from distributed import CancelledError, wait

    try:
        with client.as_current():
            seconds = SECONDS_WITHOUT_WORKERS
            return wait(futures, timeout=seconds, return_when="FIRST_COMPLETED").done
    except TimeoutError:
        if client.status == "running" and client.ncores():
            return set()
        raise _lost(address, "no workers any more") from None
    except CancelledError:
        raise _lost(address, "that scheduler or workers ended with all they held") from None


def _result(future: Any, address: str) -> object:
    """Return what a worker computed, or say that the cluster lost it."""
    from distributed import KilledWorker

    if future.status == "finished":
        return future.result()
    error = future.exception() if future.status == "error" else None
    if error is None or isinstance(error, KilledWorker):
        raise _lost(address, "a worker that took the work ended, each time it was tried")
    raise error


def _lost(address: str, found: str) -> Exception:
    return refuse(
        f"The Dask cluster at {address}",
        expected="to finish the work it was given",
        found=found,
        remedy="Look at the log of its workers (memory, above all) and run this again: "
        "what is stored is not computed again.",
    )


START, AGAIN = "Start one with 'dask scheduler'", "Run this again when the machine is less busy"
CERTIFY = "Name the certificates to all three sides, as DASK_DISTRIBUTED__COMM__TLS__CA_FILE does"
"""What to do if there is none, if there may be one, and if it asks who is there."""


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler, or refuse; what is still computed is given up at the end."""
    try:
        from distributed import Client
    except ImportError:
        raise refuse(
            f"The Dask scheduler {address}",
            expected="the package 'distributed' in this environment",
            found="none",
            remedy="Install it: pip install -e '.[cluster]'.",
        ) from None
    # a page must not show what Dask says of a connection; what matters is raised
    for name in [name for name in logging.root.manager.loggerDict if name[:11] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    found, remedy = "", CERTIFY if address.startswith("tls://") else START
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            found = f"{type(error).__name__}: {error}"
        # fails in Dask if the machine is too busy to begin a thread in ten seconds
        except AssertionError as error:
            found, remedy = f"{type(error).__name__}: {error}", AGAIN
    if found:
        # A client that could not connect closes itself when it is collected. Were that while the
        # next one takes a lock of Dask's, both would wait for ever.
        gc.collect()
        raise refuse(
            f"The Dask scheduler {address!r}",
            expected="an address where one answers, such as 'tcp://10.0.0.1:8786'",
            found=found,
            remedy=f"{remedy}, or leave the address out to compute here.",
        )
    try:
        yield client
    finally:
        client.close()


def check_workers(client: Any, address: str) -> dict[str, str]:
    """Return what each worker of a cluster computes with, which is what this process does.

    Refused are a cluster without workers, and one with a worker on which another state of this
    library or of its environment is installed.
    """
    if not client.ncores():
        with contextlib.suppress(TimeoutError):
            client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
    found = client.run(state, on_error="return")
    unlike = sorted({_difference(theirs) for theirs in found.values()} - {""})
    if not found or unlike:
        raise refuse(
            f"The Dask cluster at {address}",
            expected="workers with the same state of 'alsnb' and of requirements.lock as here",
            found=listed(unlike) if unlike else "no workers",
            remedy="Start workers in this environment: "
            f"dask worker {address} --nworkers 2 --nthreads 1",
        )
    return found


def _difference(theirs: object) -> str:
    if isinstance(theirs, Exception):
        return f"{type(theirs).__name__}: {theirs}"
    return "" if theirs == state() else "workers with another one"


@functools.cache
def state() -> str:
    """Return a digest of this library as it was first used here, and of its environment."""
    files = [file for file in sorted(PACKAGE.rglob("*")) if file.suffix in (".py", ".yaml")]
    return digest([environment_digest(), [file_digest(file) for file in files]])
