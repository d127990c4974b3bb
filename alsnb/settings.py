"""Where the project lies, and what surrounds a run."""

import hashlib
import os
import platform
import sys
from pathlib import Path


def top_folder() -> Path:
    """Return the project's top folder, the one that holds ``alsnb`` and ``book``."""
    return Path(__file__).resolve().parent.parent


def store_folder() -> Path:
    """Return the folder of stored results: ``ALSNB_STORE``, or ``_store`` in the top folder."""
    return Path(os.environ.get("ALSNB_STORE") or top_folder() / "_store")


CORES_VARIABLE = "ALSNB_CORES"

ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
"""Environment in which TensorFlow has one thread; it is read when it is first imported."""


def n_cores() -> int:
    """Return how many processor cores this process may use: ``ALSNB_CORES``, or all it has."""
    given = os.environ.get(CORES_VARIABLE, "")
    if given.isdigit() and int(given):
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment_digest() -> str:
    """Return a digest of what surrounds the code: the lock file, Python and the processor.

    Two environments with the same digest are taken to compute the same numbers, so this is
    part of every key of the store.
    """
    lock = top_folder() / "requirements.lock"
    locked = lock.read_bytes() if lock.exists() else b"no lock file"
    surroundings = f"{sys.version_info[:2]} {platform.system()} {platform.machine()}"
    return hashlib.sha256(locked + surroundings.encode()).hexdigest()
