"""Compute nothing twice: results kept by the code, the data and the settings they came from.

An entry is a folder that appears in one step, complete, under a name that contains its key.
The key digests everything the result depends on, so an entry is never out of date: when
something changes the key changes, and the old entry is simply no longer asked for.
"""

import dataclasses
import functools
import inspect
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from filelock import FileLock

from alsnb.checks import refuse_by_system
from alsnb.compute.digests import code_digest, digest, digest_of_items, file_digest
from alsnb.compute.files import OWN_FILE, keep_to_owner, own_folder, workshop, write_atomically
from alsnb.settings import environment_digest, store_folder

FRAME = "frame.parquet"
"""The file that holds the result of a stored function."""

KINDS, UNFINISHED, LOCKS = ("chapters", "releases", "results", "studies"), "unfinished", "locks"
"""The folders of the store: those of entries by kind, what is being made, and locks."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One stored result: its kind, its name, its key and the folder that holds its files.

    A result whose files are not what was written, because the disk was full or somebody
    changed them, counts as not there and is computed again.
    """

    kind: str
    name: str
    key: str

    @property
    def folder(self) -> Path:
        """The folder of the entry; it appears when the entry is complete."""
        return store_folder() / self.kind / f"{self.name}-{self.key[:16]}"

    def exists(self) -> bool:
        """Return whether the result is there, whole."""
        try:
            files = self.facts()["files"]
            return all(file_digest(self.folder / name) == seen for name, seen in files.items())
        except (OSError, ValueError, KeyError):
            return False

    def facts(self) -> dict:
        """Return what was written down when the result was stored."""
        return facts_in(self.folder)


def facts_in(folder: Path) -> dict:
    """Return what was written down in the folder of an entry; nothing if it is damaged."""
    try:
        return json.loads((folder / "entry.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


@contextmanager
def being_made(entry: Entry, **facts: object) -> Iterator[Path]:
    """Give a folder to write the entry's files into; move it into place when all went well.

    If another process made the entry meanwhile, theirs is kept. The facts are written down beside
    the files, for :func:`entries`.
    """
    began = time.time()
    with unfinished() as room:
        made_in = room / "entry"
        made_in.mkdir()
        yield made_in
        made = {"name": entry.name, "key": entry.key, "seconds": round(time.time() - began, 3)}
        made["files"] = {
            file.relative_to(made_in).as_posix(): file_digest(file) for file in files_in(made_in)
        }
        write_atomically(made_in / "entry.json", json.dumps(made | facts, indent=1))
        keep_to_owner(made_in)
        own_folder(entry.folder.parent)
        if entry.folder.exists() and not entry.exists():
            shutil.rmtree(entry.folder)
        if not entry.folder.exists():
            made_in.rename(entry.folder)


@contextmanager
def unfinished() -> Iterator[Path]:
    """Give an empty folder in the store that is gone at the end.

    It is for what must not outlive a process and what only its owner may read. What killed
    processes left in such folders is cleared first.
    """
    place = own_folder(store_folder() / UNFINISHED)
    for folder in (store_folder() / kind for kind in KINDS):
        if folder.is_dir():  # it may be of a time when others could look into it
            own_folder(folder)
    with workshop(place) as room:
        yield room


@contextmanager
def told_of_store() -> Iterator[None]:
    """Turn what the system would not do with the store into a :class:`alsnb.checks.BadInput`."""
    try:
        yield
    except OSError as error:
        # an error about a file elsewhere is none of the store
        if error.filename and str(store_folder()) not in str(error.filename):
            raise
        expected = "a folder that can be written (ALSNB_STORE names another one)"
        raise refuse_by_system("The store of results", error, expected=expected) from error


def lock_of(entry: Entry) -> FileLock:
    """Return the lock that keeps two processes from computing the same entry at once."""
    folder = own_folder(store_folder() / LOCKS)
    return FileLock(folder / f"{entry.key[:32]}.lock", mode=OWN_FILE)


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder and in the folders inside it."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


# --- stored functions --------------------------------------------------------------------


def stored(function: Callable | None = None, *, ignore: tuple[str, ...] = ()) -> Callable:
    """Make a function that returns a frame look its result up before computing it.

    The key covers the function's module with all it imports from ``alsnb``, every argument's
    content, and the environment. ``ignore`` names arguments that cannot change the result, such as
    how many processes share the work; it must depend on the others alone.
    """
    if function is None:
        return functools.partial(stored, ignore=ignore)
    signature = inspect.signature(function)
    unknown = set(ignore) - set(signature.parameters)
    if unknown:
        raise TypeError(f"{function.__name__} has no argument named {sorted(unknown)}")

    def entry(args: Sequence, kwargs: Mapping, known: dict | None = None) -> Entry:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        inputs = {name: v for name, v in bound.arguments.items() if name not in ignore}
        return entry_of("results", function.__name__, [function.__module__], inputs, known=known)

    @functools.wraps(function)
    def look_up_or_compute(*args: object, **kwargs: object) -> pd.DataFrame:
        return _recall(entry(args, kwargs), lambda: function(*args, **kwargs))

    look_up_or_compute.entry = entry
    return look_up_or_compute


def entry_of(
    kind: str,
    name: str,
    modules: list[str],
    inputs: Mapping,
    *,
    known: dict[int, tuple[object, str]] | None = None,
) -> Entry:
    """Return the entry of a result: the one place where it is decided what is out of date.

    Parameters
    ----------
    kind, name : str
        Where the entry lies in the store.
    modules : list of str
        Modules that compute the result.
    inputs : mapping
        What it is computed from, by name.
    known : dict, optional
        Pass the same one for several results, and what they are computed from in common is
        digested once: values by their ``id``, and their digests.
    """
    known = {} if known is None else known
    for value in inputs.values():
        if id(value) not in known:
            # the value is kept with it: another one could get the id of one that is gone
            known[id(value)] = (value, digest(value))
    content = digest_of_items({item: known[id(value)][1] for item, value in inputs.items()})
    return Entry(kind, name, digest([name, code_digest(*modules), content, environment_digest()]))


def _recall(entry: Entry, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    if not entry.exists():
        with told_of_store(), lock_of(entry):
            if not entry.exists():
                with being_made(entry) as workshop:
                    _write_frame(compute(), workshop)
    return read_frame(entry)


def keep_frame(entry: Entry, frame: pd.DataFrame, *, seconds: float) -> None:
    """Store a frame that was computed elsewhere, in so many seconds."""
    with told_of_store(), being_made(entry, seconds=seconds) as workshop:
        _write_frame(frame, workshop)


def _write_frame(frame: pd.DataFrame, folder: Path) -> None:
    # pyarrow takes a name in UTF-8 only, whatever the system calls its files in
    with (folder / FRAME).open("wb") as file:
        frame.to_parquet(file)


def read_frame(entry: Entry) -> pd.DataFrame:
    """Return the frame of an entry that exists."""
    with (entry.folder / FRAME).open("rb") as file:
        return pd.read_parquet(file)
