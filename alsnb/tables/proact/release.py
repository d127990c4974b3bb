"""Find the tables of a PRO-ACT release in a folder or a zip, whatever its files are called.

Members of a zip are read in memory; nothing is ever unpacked to disk.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa

from alsnb.checks import BadInput, listed, refuse, told_of
from alsnb.tables.proact import schema
from alsnb.tables.proact.file_names import (
    ENDINGS,
    PREFIX,
    SPREADSHEETS,
    by_table,
    ending_of,
    nearly_named,
)
from alsnb.tables.proact.places import REMEDY, Place, is_inside

MARKER = "SIMULATED.txt"
"""A file of this name beside the tables says that no patient stands behind them."""

MOST_NAMED, MOST_ZIPS = 200, 50
"""How many unknown files are asked whether they are meant for a table, and zips looked into."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A folder or zip in which the tables of a release were recognized.

    Parameters
    ----------
    name : str
        ``"2016"``, ``"2022"`` or ``"F"``.
    path : Path
        The folder or zip; for use only, never to be shown.
    files : dict of str to str
        Name of the file by name of the table, without folders.
    unknown : tuple of str
        Names of files that are no table of PRO-ACT.
    simulated : bool
        Whether the marker file lies beside the tables.
    members : dict of str to str
        Place of each table's file below ``path``.
    inners : dict of str to str
        Zip in the folder or zip that holds a table's file; empty if it lies there itself.
    remarks : tuple of tuple of str
        Pairs of a table and a sentence on what was found and left alone.
    """

    name: str
    path: Path
    files: dict[str, str]
    unknown: tuple[str, ...]
    simulated: bool
    members: dict[str, str]
    inners: dict[str, str]
    remarks: tuple[tuple[str, str], ...] = ()

    @property
    def inner(self) -> str:
        """The zip in the folder or zip that holds the ALSFRS table; empty if there is none."""
        return self.inners["alsfrs"]

    def open(self, table: str) -> BinaryIO:
        """Return the file of a table, opened for reading bytes."""
        return pa.BufferReader(self.content(table))

    def content(self, table: str) -> pa.Buffer:
        """Return the bytes of a table's file.

        Raises
        ------
        BadInput
            If the file, or the member of the zip, cannot be read.
        """
        return Place(self.path, self.inners[table]).read(self.members[table])

    def size(self, table: str) -> int:
        """Return how many bytes a table's file holds."""
        return Place(self.path, self.inners[table]).size(self.members[table])

    def pieces(self, table: str) -> Iterator[bytes]:
        """Yield the bytes of a table's file, a piece at a time; refused as :meth:`content`."""
        return Place(self.path, self.inners[table]).pieces(self.members[table])


def find_release(path: str | Path) -> Release:
    """Recognize the tables of a release by the names of the files.

    Case and prefixes (``F_``, ``PROACT_``, dates) are disregarded, and the files may lie a few
    folders deep, in a zip, in a zip within the folder or zip, or in several: one for each table.

    Parameters
    ----------
    path : str or Path
        Folder or zip of a PRO-ACT download.

    Returns
    -------
    Release
        Which tables there are, under which names.

    Raises
    ------
    BadInput
        If there is no such path, no table is recognized, the ALSFRS table is missing, or two
        files claim to be the same used table and differ.
    """
    path = Path(path)
    where = path.name or "the folder"
    with told_of(where, expected="a folder or a zip that can be read"):
        places, remarks = _find_places(path, where)
        names = places[0].names()
        odd = sum(not is_inside(name) for name in names)
        files = [File(place, name) for place in places for name in place.names() if is_inside(name)]
    found = _by_table(files)
    if "alsfrs" not in found:
        raise _no_alsfrs(where, found, names)
    chosen, doubled = _one_file_each(found, where)
    folders = {_folder_of(file) for file in chosen.values()}
    markers = [file for file in files if _is_marker(file, folders)]
    taken = [*markers, *(file for candidates in found.values() for file in candidates)]
    name = _release_of(chosen["alsfrs"].member, set(chosen))
    zips = {place.inner for place in places}
    unknown = [file for file in files if file not in taken and file.member not in zips]
    if odd:
        text = f"{odd} members of the zip lead out of its folder; they were left alone"
        remarks = [*remarks, ("", text)]
    return Release(
        name=name,
        path=path,
        files={table: PurePosixPath(file.member).name for table, file in chosen.items()},
        unknown=tuple(PurePosixPath(file.member).name for file in unknown),
        # patients stand behind the tables unless each of them says that there are none
        simulated=folders == {_folder_of(file) for file in markers},
        members={table: file.member for table, file in chosen.items()},
        inners={table: file.place.inner for table, file in chosen.items()},
        remarks=tuple(doubled + _nearly_named(unknown, chosen, name) + remarks),
    )


@dataclass(frozen=True)
class File:
    """A file in a folder or zip, by its place below."""

    place: Place
    member: str

    def __str__(self) -> str:
        inner = PurePosixPath(self.place.inner).name
        return f"{inner}/{self.member}" if inner else self.member

    def is_like(self, other: "File") -> bool:
        """Whether another file holds the same bytes."""
        return self.place.read(self.member).equals(other.place.read(other.member))


def _find_places(path: Path, where: str) -> tuple[list[Place], list[tuple[str, str]]]:
    """Return the folders and zips of one release, that of the ALSFRS table first, and remarks."""
    if not path.exists():
        raise refuse(where, expected="a folder or a zip", found="no such path", remedy=REMEDY)
    if not path.is_dir() and not (path.is_file() and zipfile.is_zipfile(path)):
        found = "a file that is not a zip, or a zip that is cut"
        raise refuse(where, expected="a folder or a zip", found=found, remedy=REMEDY)
    place = Place(path)
    names = place.names()
    is_here = "alsfrs" in by_table(names)
    zips = [name for name in names if name.lower().endswith(".zip") and is_inside(name)]
    whole, parts, damaged = [], [], {}
    for name in zips[:MOST_ZIPS]:
        inner = Place(path, name)
        try:
            tables = by_table(inner.names())
        except BadInput as error:
            damaged[name] = error
            continue
        (whole if "alsfrs" in tables else parts if tables else []).append(inner)
    if len(whole) > 1 and not is_here:
        named = listed(PurePosixPath(found.inner).name for found in whole)
        found = f"{len(whole)} zips that each hold an ALSFRS table, {named}"
        raise refuse(where, expected="one release", found=found, remedy="Pass the zip you mean.")
    if damaged and not whole and not is_here:
        raise next(iter(damaged.values()))
    alone = dict.fromkeys(damaged, "is damaged or cut") | {
        zipped.inner: "holds another ALSFRS table" for zipped in (whole if is_here else [])
    }
    remarks = [
        ("", f"the zip '{PurePosixPath(name).name}' {why}; it was left alone")
        for name, why in alone.items()
    ]
    places = [place, *parts] if is_here or not whole else [*whole, place, *parts]
    return places, remarks


# --- names -------------------------------------------------------------------------------


def _by_table(files: list[File]) -> dict[str, list[File]]:
    """Return the files of each table; what lies beside the ALSFRS table goes before the others."""
    first = files[0].place if files else None
    found: dict[str, list[File]] = {}
    tables = {table for file in files if file.place == first for table in by_table([file.member])}
    for file in files:
        for table in by_table([file.member]):
            if file.place == first or table not in tables:
                found.setdefault(table, []).append(file)
    return {table: found[table] for table in schema.tables() if table in found}


def _is_marker(file: File, folders: set[tuple[Place, str]]) -> bool:
    """Whether a file says that nobody stands behind the tables beside it."""
    path = PurePosixPath(file.member)
    return path.name.lower() == MARKER.lower() and _folder_of(file) in folders


def _folder_of(file: File) -> tuple[Place, str]:
    return file.place, str(PurePosixPath(file.member).parent)


def _one_file_each(
    found: dict[str, list[File]], where: str
) -> tuple[dict[str, File], list[tuple[str, str]]]:
    """Return the one file of each table; a used table with two that differ is refused."""
    chosen, remarks = {}, []
    for table, files in found.items():
        in_order = sorted(files, key=lambda file: ENDINGS.index(ending_of(file.member)))
        texts = [file for file in in_order if ending_of(file.member) not in SPREADSHEETS]
        first, *others = texts or in_order
        chosen[table] = first
        if not others and len(in_order) == 1:
            continue
        named = listed(map(str, in_order))
        if not schema.tables()[table].used:
            told = f"{len(in_order)} files of this table, {named}; the first was counted"
        elif all(first.is_like(other) for other in others):
            what = "the others hold the same" if others else "a spreadsheet is not read"
            told = f"{len(in_order)} files of this table, {named}; the first was read, {what}"
        else:
            raise refuse(
                where,
                expected=f"one file of the table {table}",
                found=f"{len(in_order)} of them that differ, {named}",
                remedy="Keep the one you mean.",
            )
        remarks.append((table, told))
    return chosen, remarks


def _nearly_named(
    unknown: list[File], chosen: dict[str, File], release: str
) -> list[tuple[str, str]]:
    """Return a remark on each file that may be meant for a table but is not named like it."""
    remarks = []
    for file in unknown[:MOST_NAMED]:
        if not (table := nearly_named(file.member)):
            continue
        read = chosen.get(table)
        told = f"'{file}' is named nearly like the table {table} and was not read"
        names = schema.tables()[table].files
        name = names.get(release, next(iter(names.values())))
        end = f"that is '{read}'" if read else f"if it is that table, name it '{name}'"
        remarks.append((table, f"{told}; {end}"))
    return remarks


def _release_of(alsfrs: str, tables: set[str]) -> str:
    """Return the oldest release that has the prefix of the ALSFRS file and all tables."""
    prefix = PREFIX.match(PurePosixPath(alsfrs).name.lower())
    words = re.split(r"[-_ ]+", prefix[0] if prefix else "")
    named = "F" if "f" in words else "2022" if {"proact", "pro-act"} & set(words) else "2016"
    later = schema.RELEASES[schema.RELEASES.index(named) :]
    return next(name for name in later if tables <= set(schema.tables_of(name)))


def _no_alsfrs(where: str, found: dict[str, list[File]], names: list[str]) -> BadInput:
    """Return the refusal of a place without the one table that is necessary."""
    files = sorted(schema.tables()["alsfrs"].files.values())
    if found:
        text = f"{len(found)} other tables of PRO-ACT"
    elif any("all_forms_proact_" in name.lower() for name in names):
        text = "the long layout of the 2015 challenge, which is another format"
    else:
        text = f"{len(names):,} files, none named like a table of PRO-ACT"
    if alike := [name for name in names if nearly_named(name) == "alsfrs"]:
        text += f", and {listed(alike)}, named nearly like it"
    if odd := sum(not is_inside(name) for name in names):
        text += f", and {odd} members of a zip that lead out of its folder"
    return refuse(
        where, expected=f"the ALSFRS table, {listed(files)} by release", found=text, remedy=REMEDY
    )
