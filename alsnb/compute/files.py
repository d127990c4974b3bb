"""Write files and folders that are there complete, or not at all."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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


@contextmanager
def folder_being_made(
    out: Path, *, check: Callable[[Path], None] = lambda out: None
) -> Iterator[Path]:
    """Give a folder to write into; it takes the place of ``out`` when all went well.

    What lies there is away only for the moment of the exchange. Right before it ``check`` is
    called with ``out``, and raises if something else lies there now.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.parent / f".{out.name}.{uuid.uuid4().hex[:8]}"
    earlier = unfinished.with_name(f"{unfinished.name}.earlier")
    unfinished.mkdir()
    try:
        yield unfinished
        check(out)
        with suppress(FileNotFoundError):
            out.rename(earlier)
        unfinished.rename(out)
    finally:
        for folder in (unfinished, earlier):
            shutil.rmtree(folder, ignore_errors=True)
