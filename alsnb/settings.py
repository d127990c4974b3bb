"""Where the project lies, and what surrounds a run."""

import hashlib
import os
import platform
import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path


def top_folder() -> Path:
    """Return the folder that holds ``alsnb``, which in a checkout is the project's top folder."""
    return Path(__file__).resolve().parent.parent


def is_checkout() -> bool:
    """Return whether the package lies in a checkout, with the book beside it."""
    top = top_folder()
    return (top / "book").is_dir() and (top / "_toc.yml").is_file()


def store_folder() -> Path:
    """Return the folder of stored results.

    It is what ``ALSNB_STORE`` names, else ``_store`` in a checkout, else the user's cache folder.
    """
    named = os.environ.get("ALSNB_STORE")
    if named:
        return Path(named)
    if is_checkout():
        return top_folder() / "_store"
    from platformdirs import user_cache_path

    return user_cache_path("alsnb", appauthor=False)


def data_folder() -> Path:
    """Return the folder of downloads: ``data`` in a checkout, else in the working folder."""
    return (top_folder() if is_checkout() else Path.cwd()) / "data"


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
    """Return a digest of what surrounds the code: its packages, Python and the processor.

    Two environments with the same digest are taken to compute the same numbers, so this is
    part of every key of the store. In a checkout the lock file stands for the packages.
    """
    lock = top_folder() / "requirements.lock"
    locked = lock.read_bytes() if lock.exists() else _installed().encode()
    surroundings = f"{sys.version_info[:2]} {platform.system()} {platform.machine()}"
    return hashlib.sha256(locked + surroundings.encode()).hexdigest()


def _installed() -> str:
    """Return the installed version of each package that this one needs."""
    versions = []
    with suppress(PackageNotFoundError):
        for text in requires("alsnb") or []:
            name = re.match(r"[\w.-]+", text)[0]
            with suppress(PackageNotFoundError):
                versions.append(f"{name}=={version(name)}")
    return " ".join(versions) or "no packages known"
