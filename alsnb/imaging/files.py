"""Find and read the files of a study in a folder or a zip, which is never unpacked to disk."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from alsnb.checks import BadInput, listed, refuse
from alsnb.tables.proact.places import is_inside

PARTICIPANTS = ("participants.tsv", "participants.csv", "participants.txt")
"""Names of the clinical table, which lies in the top folder of a study."""

MARKER = "SIMULATED.txt"
"""A file of this name beside the clinical table says that nobody stands behind the rows."""

LARGEST_BYTES = 100_000_000
"""No file of a study is near this size; a zip member that unpacks to more is not one."""

MOST_FILES = 200_000
DEEPEST = 4

REMEDY = "Pass the folder of a study, or a zip of it, laid out as help(alsnb.imaging) says."


class StudyFiles:
    """The files of a study by their names below its top folder, with ``/`` between folders.

    Parameters
    ----------
    path : str or Path
        A folder or a zip. Use it in a ``with`` block, which keeps the zip open.
    need_participants : bool
        Whether a study without a clinical table is refused.

    Raises
    ------
    BadInput
        If there is no such path, it is neither, or its top folder cannot be told.
    """

    def __init__(self, path: str | Path, *, need_participants: bool = True) -> None:
        self._path = Path(path).expanduser()
        self.where = self._path.name or "the folder"
        self._archive = None if self._path.is_dir() else _opened(self._path, self.where)
        self._members: dict[str, str] = {}
        self.outside = 0
        for given, name in self._all():
            if self._archive is not None and not is_inside(name):
                self.outside += 1
            elif not _is_hidden(name):
                self._members[name] = given
        self._top = self._find_top(need_participants)
        self.names = sorted(
            name.removeprefix(self._top) for name in self._members if name.startswith(self._top)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._archive is not None:
            self._archive.close()

    def below(self, *folders: str) -> list[str]:
        """Return the names of the files in folders of these names, at any depth."""
        return [
            name for name in self.names if not set(name.lower().split("/")[:-1]).isdisjoint(folders)
        ]

    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        BadInput
            If it cannot be read, is damaged or locked, or is larger than any such file.
        """
        member = self._members[self._top + name]
        short = name.rpartition("/")[2]
        try:
            if self._archive is None:
                with open(f"{self._path}/{member}", "rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    content = file.read() if size <= LARGEST_BYTES else b""
            else:
                # a member may unpack to more than it says
                with self._archive.open(member) as file:
                    content = file.read(LARGEST_BYTES + 1)
                size = len(content)
        except RuntimeError as error:
            raise _unreadable(short, "a member that needs a password") from error
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError) as error:
            raise _unreadable(short, "a file that is damaged, cut or locked") from error
        if size > LARGEST_BYTES:
            raise _unreadable(short, f"more than {LARGEST_BYTES:,} bytes")
        return content

    def _all(self) -> Iterator[tuple[str, str]]:
        """Yield the names of all files as they are kept, and with ``/`` between folders."""
        if self._archive is not None:
            for member in self._archive.infolist():
                if not member.is_dir():
                    yield member.filename, member.filename.replace("\\", "/")
            return
        count = 0
        for parent, folders, files in os.walk(self._path):
            below = Path(parent).relative_to(self._path)
            folders[:] = [] if len(below.parts) >= DEEPEST else sorted(folders)
            count += len(files)
            if count > MOST_FILES:
                found = f"more than {MOST_FILES:,} files"
                raise refuse(
                    self.where, expected="the folder of a study", found=found, remedy=REMEDY
                )
            start = "" if below == Path() else f"{below.as_posix()}/"
            for file in files:
                if os.path.isfile(os.path.join(parent, file)):
                    yield start + file, start + file

    def _find_top(self, need_participants: bool) -> str:
        """Return the folder of the clinical table, with ``/`` at its end, or nothing."""
        tables = [n for n in self._members if n.lower().rpartition("/")[2] in PARTICIPANTS]
        if not tables:
            if need_participants:
                raise self._no_participants()
            return ""
        depth = min(name.count("/") for name in tables)
        tops = {name.rpartition("/")[0] for name in tables if name.count("/") == depth}
        if len(tops) > 1:
            raise refuse(
                self.where,
                expected="one study",
                found=f"clinical tables in {len(tops)} folders, {listed(sorted(tops))}",
                remedy="Pass the folder of the study you mean.",
            )
        top = tops.pop()
        return f"{top}/" if top else ""

    def _no_participants(self) -> BadInput:
        n = len(self._members)
        found = f"{n:,} files, none of that name" if n else "no file"
        if self.outside:
            found += f", and {self.outside:,} members of a zip that lead out of its folder"
        return refuse(self.where, expected="participants.tsv", found=found, remedy=REMEDY)


def _is_hidden(name: str) -> bool:
    parts = name.split("/")
    return "__MACOSX" in parts or any(part.startswith((".", "~$")) for part in parts)


def _opened(path: Path, where: str) -> zipfile.ZipFile:
    if not path.exists():
        raise refuse(where, expected="a folder or a zip", found="no such path", remedy=REMEDY)
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        found = "a file that is not a zip, or a zip that is cut"
        raise refuse(where, expected="a folder or a zip", found=found, remedy=REMEDY) from error


def _unreadable(name: str, found: str) -> BadInput:
    remedy = "Restore the file from where the study came from."
    return refuse(name, expected="a file that can be read", found=found, remedy=remedy)
