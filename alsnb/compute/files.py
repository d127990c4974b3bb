"""Write files and folders that are there complete, or not at all, and let nobody else read them.

What is being made lies in a workshop: a folder that only its owner may open, whatever the
umask, with a lock that is held while it is in use. The system takes the lock from a process that
is killed, so its workshop can be told from one in use, and is cleared away at the next start.
"""

import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

OWN_FOLDER, OWN_FILE = 0o700, 0o600
"""Who may do what with what is about patients: its owner everything, others nothing."""

LOCK, ROOM = "in-use.lock", "room"
"""In a workshop: the file that is locked while somebody works there, and the folder for it."""

SECONDS_TO_BEGIN = 5
"""A workshop younger than this may be one whose owner has not taken its lock yet."""


@contextmanager
def file_being_made(path: Path) -> Iterator[Path]:
    """Give the name of a file to write; it takes the place of ``path`` when all went well."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that it is either the old one or the new one, whenever the power fails."""
    content = content.encode() if isinstance(content, str) else content
    with file_being_made(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def own_folder(path: Path) -> Path:
    """Make a folder that only its owner may open, or close one that is there to all others.

    What is missing above it is made in the same way; what is there above it is left alone.
    """
    if not path.parent.exists():
        own_folder(path.parent)
    path.mkdir(mode=OWN_FOLDER, exist_ok=True)
    path.chmod(OWN_FOLDER)
    return path


def keep_to_owner(folder: Path) -> None:
    """Take every right to a folder and all that lies in it from everybody but its owner."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(OWN_FOLDER if path.is_dir() else OWN_FILE)


# --- workshops ---------------------------------------------------------------------------


@contextmanager
def workshop(parent: Path, prefix: str = "") -> Iterator[Path]:
    """Give an empty folder of one's own for what is not finished; it is gone at the end.

    Parameters
    ----------
    parent : Path
        Folder in which the workshop lies; it exists.
    prefix : str
        How the workshop's name begins. Those with it that nobody uses any more are cleared first.
    """
    clear_leftovers(parent, prefix)
    folder = parent / f"{prefix}{uuid.uuid4().hex}"
    folder.mkdir(mode=OWN_FOLDER)
    folder.chmod(OWN_FOLDER)
    try:
        with FileLock(folder / LOCK, mode=OWN_FILE):
            room = folder / ROOM
            room.mkdir()
            yield room
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def leftovers(parent: Path, prefix: str = "") -> list[Path]:
    """Return the workshops below a folder, with what is left in them, that nobody works in."""
    if not parent.is_dir():
        return []
    ours = re.compile(re.escape(prefix) + "[0-9a-f]{32}")
    found = sorted(path for path in parent.iterdir() if ours.fullmatch(path.name))
    return [path for path in found if not (is_in_use(path) or _is_beginning(path))]


def is_in_use(workshop: Path) -> bool:
    """Return whether somebody works in a workshop; the kernel knows, whoever was killed."""
    lock = workshop / LOCK
    try:
        if lock.exists():
            FileLock(lock, mode=OWN_FILE).acquire(timeout=0).lock.release()
    except Timeout:
        return True
    except OSError:
        pass  # it went away meanwhile, or is not ours to look into
    return False


def _is_beginning(workshop: Path) -> bool:
    with suppress(OSError):
        return time.time() - workshop.lstat().st_mtime < SECONDS_TO_BEGIN
    return False


def clear_leftovers(parent: Path, prefix: str = "") -> None:
    """Remove the workshops that nobody works in, as far as that is possible."""
    for path in leftovers(parent, prefix):
        with suppress(OSError):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it; raise OSError if something stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def folder_being_made(
    out: Path, *, check: Callable[[Path], None] = lambda out: None, own: bool = False
) -> Iterator[Path]:
    """Give a folder to write into; it takes the place of ``out`` when all went well.

    What lies there is away only for the moment of the exchange. Right before it ``check`` is
    called with ``out``, and raises if something else lies there now. While it is being made nobody
    but its owner may look into it; if it is ``own``, nor may they later.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{out.name}."
    for left in leftovers(out.parent, prefix):
        # of a process that was killed in the middle of the exchange
        _put_back(left / ROOM / "earlier", out)
    with workshop(out.parent, prefix) as room:
        unfinished, earlier = room / "new", room / "earlier"
        unfinished.mkdir()
        try:
            yield unfinished
            if own:
                keep_to_owner(unfinished)
            check(out)
            with suppress(FileNotFoundError):
                out.rename(earlier)
            unfinished.rename(out)
        finally:
            _put_back(earlier, out)


def _put_back(earlier: Path, out: Path) -> None:
    """Let what an exchange took away lie where it lay, if nothing else lies there."""
    if earlier.exists() and not out.exists():
        earlier.rename(out)
