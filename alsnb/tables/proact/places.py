"""Read files in a folder, in a zip, or in a zip within one of them, without unpacking to disk."""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa

from alsnb.checks import BadInput, refuse

MOST_FILES = 5_000
"""A folder with more files is not the folder of a release."""

DEEPEST = 4
"""So many folders deep a file is looked for."""

LARGEST_BYTES = 2_000_000_000
"""No file of a release is near this size; a zip member that unpacks to more is not one."""

REMEDY = (
    "Pass the folder or zip of a PRO-ACT download (release 2016, 2022 or F) with the tables as CSV."
)
"""What to do if a path is not the one of a release."""


@dataclass(frozen=True)
class Place:
    """A folder, a zip, or the zip ``inner`` within one of them."""

    path: Path
    inner: str = ""

    def names(self) -> list[str]:
        """Return the files below, with ``/`` between folders, in alphabetical order."""
        if not self.inner and self.path.is_dir():
            return sorted(_files_below(self.path))
        with self._archive() as archive:
            names = [member.filename.replace("\\", "/") for member in archive.infolist()]
        return sorted(n for n in names if n and not n.endswith("/") and not _is_hidden(n))

    def read(self, member: str) -> pa.Buffer:
        """Return the bytes of a file."""
        name = PurePosixPath(member).name
        if not self.inner and self.path.is_dir():
            return _mapped(self.path / member, name)
        with self._archive() as archive:
            return buffer_of(_unpacked(archive, _member(archive, member), name))

    def _archive(self) -> zipfile.ZipFile:
        name = PurePosixPath(self.inner or self.path.name).name
        if not self.inner:
            return _zip(self.path, name)
        if self.path.is_dir():
            return _zip(self.path / self.inner, name)
        with _zip(self.path, self.path.name) as outer:
            return _zip(io.BytesIO(_unpacked(outer, _member(outer, self.inner), name)), name)


def buffer_of(content: bytes) -> pa.Buffer:
    """Return bytes in memory of Arrow's own.

    Its threads may let go of a buffer after Python has begun to exit, and then must not need it.
    """
    memory = pa.BufferOutputStream()
    memory.write(content)
    return memory.getvalue()


def _files_below(folder: Path) -> Iterable[str]:
    """Yield the regular files below a folder; links to folders are not followed."""
    count = 0
    for parent, folders, files in os.walk(folder):
        below = Path(parent).relative_to(folder)
        folders[:] = [] if len(below.parts) >= DEEPEST else sorted(folders)
        for file in files:
            count += 1
            if count > MOST_FILES:
                found = f"more than {MOST_FILES:,} files"
                raise refuse(
                    folder.name, expected="the folder of a release", found=found, remedy=REMEDY
                )
            name = (below / file).as_posix()
            if not _is_hidden(name) and (Path(parent) / file).is_file():
                yield name


def _is_hidden(name: str) -> bool:
    """Whether a file is one that systems put beside the user's own."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or not parts or parts[-1].startswith((".", "~$"))


def is_inside(name: str) -> bool:
    """Whether a member of a zip would be unpacked below the folder it is unpacked in."""
    pure = PurePosixPath(name)
    return not (pure.is_absolute() or ".." in pure.parts or re.match(r"[A-Za-z]:", name))


def _mapped(path: Path, name: str) -> pa.Buffer:
    try:
        if path.stat().st_size == 0:
            return buffer_of(b"")
        return pa.memory_map(os.fsencode(path)).read_buffer()
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror or 'reading failed'})"
        raise refuse(name, expected="a table as text", found=found, remedy=REMEDY) from error


def _zip(archive: Path | BinaryIO, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        found = "a zip that is damaged or cut"
        remedy = "Download it again."
        raise refuse(name, expected="a zip", found=found, remedy=remedy) from error


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    return next(i for i in archive.infolist() if i.filename.replace("\\", "/") == name)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """Return the content of a zip's member, refusing what is damaged, locked or too large."""

    def no_table(found: str) -> BadInput:
        remedy = "Download the zip again, or unpack it and pass the folder."
        return refuse(name, expected="a table in the zip", found=found, remedy=remedy)

    if member.file_size > LARGEST_BYTES:
        raise no_table(f"more than {LARGEST_BYTES:,} bytes")
    try:
        with archive.open(member) as file:
            content = file.read(LARGEST_BYTES + 1)
    except RuntimeError as error:
        raise no_table("a member that needs a password or an unknown method") from error
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError) as error:
        raise no_table("a member that is damaged or cut") from error
    if len(content) > LARGEST_BYTES:
        raise no_table(f"more than {LARGEST_BYTES:,} bytes")
    return content
