"""Read files in a folder, in a zip, or in a zip within one of them, without unpacking to disk.

No file is mapped into memory: what another program cuts meanwhile would end this one.
"""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa

from alsnb.checks import BadInput, refuse, refuse_by_system
from alsnb.tables.unpacking import PIECE_BYTES, check_inner_zip, check_zip

MOST_FILES = 5_000
"""A folder with more files is not the folder of a release."""

DEEPEST = 4
"""So many folders deep a file is looked for."""

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
        if self._is_folder():
            return sorted(_files_below(self.path))
        with self._archive() as archive:
            names = [member.filename.replace("\\", "/") for member in archive.infolist()]
        return sorted(n for n in names if n and not n.endswith("/") and not _is_hidden(n))

    def read(self, member: str) -> pa.Buffer:
        """Return the bytes of a file."""
        memory = pa.allocate_buffer(self.size(member))
        view, end = memoryview(memory).cast("B"), 0
        for piece in self.pieces(member):
            if end + len(piece) > memory.size:
                break
            view[end : end + len(piece)] = piece
            end += len(piece)
        else:
            if end == memory.size:
                return memory
        raise _changed(PurePosixPath(member).name)

    def size(self, member: str) -> int:
        """Return how many bytes a file holds, unpacked, as the folder or zip says."""
        if self._is_folder():
            name = PurePosixPath(member).name
            try:
                return (self.path / member).stat().st_size
            except OSError as error:
                raise refuse_by_system(name, error, expected="a table as text") from error
        with self._archive() as archive:
            return _member(archive, member).file_size

    def pieces(self, member: str) -> Iterator[bytes]:
        """Yield the bytes of a file, a piece at a time."""
        name = PurePosixPath(member).name
        if self._is_folder():
            yield from _pieces_of(self.path / member, name)
            return
        with self._archive() as archive:
            yield from _unpacked(archive, _member(archive, member), name)

    def _is_folder(self) -> bool:
        return not self.inner and self.path.is_dir()

    def _archive(self) -> zipfile.ZipFile:
        name = PurePosixPath(self.inner or self.path.name).name
        if not self.inner:
            return _zip(self.path, name)
        if self.path.is_dir():
            return _zip(self.path / self.inner, name)
        with _zip(self.path, self.path.name) as outer:
            member = _member(outer, self.inner)
            check_inner_zip(member, name)
            content = io.BytesIO(b"".join(_unpacked(outer, member, name)))
            return _zip(content, name, packed=member.compress_size)


def buffer_of(content: bytes) -> pa.Buffer:
    """Return bytes in memory of Arrow's own.

    Its threads may let go of a buffer after Python has begun to exit, and then must not need it.
    """
    memory = pa.BufferOutputStream()
    memory.write(content)
    return memory.getvalue()


def _files_below(folder: Path) -> Iterable[str]:
    """Yield the regular files below a folder; links to folders are not followed."""

    def fail(error: OSError) -> None:
        name = Path(error.filename).name or "the folder"
        raise refuse_by_system(name, error, expected="a folder that can be read") from error

    count = 0
    for parent, folders, files in os.walk(folder, onerror=fail):
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


def _pieces_of(path: Path, name: str) -> Iterator[bytes]:
    """Yield the bytes of a file on the disk; refuse one that changes meanwhile."""
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            while piece := file.read(PIECE_BYTES):
                yield piece
            after = os.fstat(file.fileno())
            read = file.tell()
    except OSError as error:
        raise refuse_by_system(name, error, expected="a table as text") from error
    if (before.st_size, before.st_mtime_ns) != (read, after.st_mtime_ns):
        raise _changed(name)


def _changed(name: str) -> BadInput:
    return refuse(
        name,
        expected="a file that stays as it is while it is read",
        found="one that another program cut or wrote to",
        remedy="Try again when the copy or the program that writes it is done.",
    )


def _zip(archive: Path | BinaryIO, name: str, *, packed: int | None = None) -> zipfile.ZipFile:
    """Open a zip, on the disk or packed in another one in so many bytes."""
    try:
        opened = zipfile.ZipFile(archive)
    except PermissionError as error:
        raise refuse_by_system(name, error, expected="a zip") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        found = "a zip that is damaged or cut"
        remedy = "Download it again."
        raise refuse(name, expected="a zip", found=found, remedy=remedy) from error
    check_zip(opened, archive.stat().st_size if packed is None else packed, name)
    return opened


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    found = (i for i in archive.infolist() if i.filename.replace("\\", "/") == name)
    member = next(found, None)
    if member is None:
        raise _changed(PurePosixPath(name).name)
    return member


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """Yield the content of a zip's member, refusing what is damaged or locked."""

    def no_table(found: str) -> BadInput:
        remedy = "Download the zip again, or unpack it and pass the folder."
        return refuse(name, expected="a table in the zip", found=found, remedy=remedy)

    try:
        with archive.open(member) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    except RuntimeError as error:
        raise no_table("a member that needs a password or an unknown method") from error
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError) as error:
        raise no_table("a member that is damaged or cut") from error
