"""Say in one sentence what is wrong with an input; every such sentence is worded here."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

_ROOM = "Make room on it, or name a place on another disk."
_RIGHTS = "Give yourself the right to it, or name another place."
_NAME = "Name another place."

_FOUND_BY_SYSTEM = {
    errno.ENOSPC: ("a disk without room", _ROOM),
    errno.EDQUOT: ("a disk whose share for you is used up", _ROOM),
    errno.EFBIG: ("a file larger than the disk or the system allows", _ROOM),
    errno.EROFS: ("a disk that can only be read", _NAME),
    errno.EACCES: ("no permission", _RIGHTS),
    errno.EPERM: ("no permission", _RIGHTS),
    errno.ENOTDIR: ("a file in the place of a folder", _NAME),
    errno.EEXIST: ("a file in the place of a folder", _NAME),
    errno.EISDIR: ("a folder in the place of a file", _NAME),
    errno.ENOENT: ("nothing of that name", "Correct the name."),
    errno.ENOTEMPTY: ("a folder that another program fills", "Try again when it is done."),
    errno.ENAMETOOLONG: ("a name that is too long", "Choose a shorter name."),
    errno.ELOOP: ("links that lead in a circle", _NAME),
    errno.EIO: ("a disk that reports an error", "Copy the file to another disk."),
    errno.ESTALE: ("a network folder that is gone", "Connect it again."),
    errno.EMFILE: ("too many open files", "Let fewer processes run at once."),
    errno.ENOMEM: ("no memory left", "Let fewer processes run at once."),
}
"""What the system means by a number of an error, and what to do; its own words hold paths."""


class BadInput(ValueError):
    """An input that cannot be used.

    The message names the place (file, column, row), what was expected, what was found
    and what to do about it.
    """


def refuse(where: str, *, expected: str, found: str, remedy: str) -> BadInput:
    """Return the error that names the place, the expectation, the finding and the remedy."""
    return BadInput(f"{where}: expected {expected}; found {found}. {remedy}")


def refuse_by_system(where: str, error: OSError, *, expected: str) -> BadInput:
    """Return the error that says why the system would not read or write; no path is in it."""
    found, remedy = _FOUND_BY_SYSTEM.get(
        error.errno, ("a failure of the disk or the system", "Try again, or name another place.")
    )
    return refuse(where, expected=expected, found=found, remedy=remedy)


def place_named(
    named: str, *, argument: str, variable: str, expected: str, people: str
) -> Path | None:
    """Return the folder or file that a reader named, else that of a variable, else None.

    Parameters
    ----------
    named : str
        What the argument says; empty if it says nothing.
    argument, variable : str
        Names of the argument, and of the environment variable that stands in for it.
    expected : str
        What should lie there.
    people : str
        On whom a page is built if nothing is named.

    Raises
    ------
    BadInput
        If a place is named and nothing is there.
    """
    text = named or os.environ.get(variable, "")
    if not text:
        return None
    path = Path(text).expanduser()
    if not path.exists():
        raise refuse(
            argument if named else variable,
            expected=expected,
            found="a name under which there is neither",
            remedy=f"Give the whole path; leave it out to build on simulated {people}.",
        )
    return path


@contextmanager
def told_of(where: str, *, expected: str) -> Iterator[None]:
    """Turn what the system would not do meanwhile into a :class:`BadInput` about a place."""
    try:
        yield
    except OSError as error:
        raise refuse_by_system(where, error, expected=expected) from error


def name_of(path: str | Path) -> str:
    """Return the name of a file or folder in quotes, without the folders it lies in."""
    path = Path(path)
    return f"'{path.name if path.name not in ('', '..') else path.resolve().name}'"


def place_of(error: OSError) -> str:
    """Return the name, without folders, of the file that an error of the system is about."""
    named = error.filename2 or error.filename
    named = named.decode(errors="replace") if isinstance(named, bytes) else named
    return name_of(named) if isinstance(named, str) and named else "A file or folder"


def listed(names: Iterable[object], most: int = 5) -> str:
    """Return the first few names in quotes, and how many more there are."""
    names = [f"'{name}'" for name in names]
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def check_columns(frame: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Raise :class:`BadInput` if a column is missing from the frame."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise refuse(
            where,
            expected=f"the columns {listed(columns, most=12)}",
            found=f"none named {listed(missing)} among {listed(frame.columns, most=12)}",
            remedy="Rename the columns or pass another table.",
        )


def check_one_of(value: object, allowed: Iterable[object], where: str) -> None:
    """Raise :class:`BadInput` if a setting is not one of the values it can take."""
    allowed = list(allowed)
    if value not in allowed:
        raise refuse(
            where,
            expected=f"one of {listed(allowed, most=20)}",
            found=repr(value),
            remedy="Choose one of these.",
        )
