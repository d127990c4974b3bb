"""See what the store holds, and empty it."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd

from alsnb.checks import listed, refuse
from alsnb.compute.files import is_in_use, leftovers, remove
from alsnb.compute.store import KINDS, LOCKS, UNFINISHED, facts_in, files_in, told_of_store
from alsnb.settings import store_folder


def entries() -> pd.DataFrame:
    """Return what the store holds: kind, name, key, seconds it took, megabytes, and age in days."""
    columns = ["kind", "name", "key", "seconds", "megabytes", "days_old"]
    rows = []
    for folder in _entry_folders():
        facts = {"name": "damaged", "key": "", "seconds": 0.0} | facts_in(folder)
        size = sum(file.stat().st_size for file in files_in(folder))
        age = (time.time() - (folder / "entry.json").stat().st_mtime) / 86_400
        seconds = facts["seconds"]
        rows.append(
            [folder.parent.name, facts["name"], facts["key"][:16], seconds, size / 1e6, age]
        )
    return pd.DataFrame(rows, columns=columns)


def _entry_folders() -> list[Path]:
    with told_of_store(), suppress(FileNotFoundError):
        os.scandir(store_folder()).close()  # what looks for files takes one in its place for empty
    found = [file.parent for file in sorted(store_folder().glob("*/*/entry.json"))]
    return [folder for folder in found if folder.parent.name != UNFINISHED]


def left_behind() -> pd.DataFrame:
    """Return what lies in the store and is no entry: its name, megabytes, and age in days.

    It is what a killed process was making, or an entry that lost the file of its facts.
    """
    rows = []
    for path in _left_behind():
        size = sum(file.stat().st_size for file in files_in(path) or [path])
        rows.append([path.name, size / 1e6, (time.time() - path.lstat().st_mtime) / 86_400])
    return pd.DataFrame(rows, columns=["name", "megabytes", "days_old"])


def _left_behind() -> list[Path]:
    folders = [folder for kind in KINDS for folder in (store_folder() / kind).glob("*-*")]
    ours = [folder for folder in folders if re.search("-[0-9a-f]{16}$", folder.name)]
    bare = [folder for folder in ours if not (folder / "entry.json").is_file()]
    return [*leftovers(store_folder() / UNFINISHED), *sorted(bare)]


def empty() -> tuple[int, int]:
    """Remove all that is stored, and nothing else.

    Returns
    -------
    n_entries, n_left : int
        How many entries there were, and how much that no process finished.

    Raises
    ------
    alsnb.checks.BadInput
        If something could not be removed, or another process is at work in the store. All the
        rest is removed.
    """
    folders = _entry_folders()
    others = {*_left_behind(), *(store_folder() / UNFINISHED).glob("*")}
    locks = (store_folder() / LOCKS).glob("*.lock")
    tried = {path: _try_to_remove(path) for path in [*folders, *sorted(others), *locks]}
    kept = {path: why for path, why in tried.items() if why}
    if kept:
        names = [f"{path.parent.name}/{path.name}: {why}" for path, why in kept.items()]
        raise refuse(
            "The store",
            expected="to remove everything that is stored",
            found=f"what could not be removed, {listed(names)}",
            remedy="Close what uses it or give yourself the right to, then empty it again; "
            "the rest is removed.",
        )
    for name in (*KINDS, UNFINISHED, LOCKS):
        with suppress(OSError):
            (store_folder() / name).rmdir()
    return len(folders), len(others)


def _try_to_remove(path: Path) -> str:
    """Remove what lies in the store; return why that is not possible, nothing if it is gone."""
    if path.parent.name == UNFINISHED and is_in_use(path):
        return "another process works there"
    try:
        remove(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or "it cannot be removed"
    return ""
