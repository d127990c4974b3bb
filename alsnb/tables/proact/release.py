"""Find the tables of a PRO-ACT release in a folder or a zip, whatever its files are called.

Members of a zip are read in memory; nothing is ever unpacked to disk.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa

from alsnb.checks import BadInput, listed, refuse, told_of
from alsnb.tables.proact import schema
from alsnb.tables.proact.places import REMEDY, Place, is_inside

MARKER = "SIMULATED.txt"
"""A file of this name beside the tables says that no patient stands behind them."""

ENDINGS = (".csv", ".txt", ".tsv", ".csv.gz", ".xlsx", ".xls")
"""Endings of a file that may be a table, in the order of preference."""

MOST_ZIPS = 20
"""So many zips in a folder are looked into."""

_PREFIX = re.compile(r"^((?:\d{4}[-_]?\d{2}[-_]?\d{2}|all[-_]forms|pro-?act|f)[-_ ]+)+")


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
    inner : str
        Zip in the folder or zip that holds the tables; empty if they lie there themselves.
    remarks : tuple of tuple of str
        Pairs of a table and a sentence on what was found and left alone.
    """

    name: str
    path: Path
    files: dict[str, str]
    unknown: tuple[str, ...]
    simulated: bool
    members: dict[str, str]
    inner: str = ""
    remarks: tuple[tuple[str, str], ...] = ()

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
        return Place(self.path, self.inner).read(self.members[table])

    def size(self, table: str) -> int:
        """Return how many bytes a table's file holds."""
        return Place(self.path, self.inner).size(self.members[table])

    def pieces(self, table: str) -> Iterator[bytes]:
        """Yield the bytes of a table's file, a piece at a time; refused as :meth:`content`."""
        return Place(self.path, self.inner).pieces(self.members[table])


def find_release(path: str | Path) -> Release:
    """Recognize the tables of a release by the names of the files.

    Case and prefixes (``F_``, ``PROACT_``, dates) are disregarded, and the files may lie a few
    folders deep, in a zip, or in a zip within the folder or zip.

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
        files claim to be the same used table.
    """
    path = Path(path)
    where = path.name or "the folder"
    with told_of(where, expected="a folder or a zip that can be read"):
        place = _find_place(path, where)
        names = place.names()
    inside = [name for name in names if is_inside(name)]
    found = _by_table(inside)
    if "alsfrs" not in found:
        raise _no_alsfrs(where, found, names)
    members, doubled = _one_file_each(found, where)
    release = _release_of(members)
    folders = {str(PurePosixPath(member).parent) for member in members.values()}
    markers = {name for name in inside if _is_marker(name, folders)}
    taken = markers.union(*found.values())
    odd = len(names) - len(inside)
    remarks = [("", f"{odd} members of the zip lead out of its folder; they were left alone")]
    return Release(
        name=release,
        path=path,
        files={table: PurePosixPath(member).name for table, member in members.items()},
        unknown=tuple(PurePosixPath(name).name for name in inside if name not in taken),
        simulated=bool(markers),
        members=members,
        inner=place.inner,
        remarks=tuple(doubled + (remarks if odd else [])),
    )


def _find_place(path: Path, where: str) -> Place:
    """Return the folder or zip that holds the ALSFRS table, or the nearest to it."""
    if not path.exists():
        raise refuse(where, expected="a folder or a zip", found="no such path", remedy=REMEDY)
    if not path.is_dir() and not (path.is_file() and zipfile.is_zipfile(path)):
        found = "a file that is not a zip, or a zip that is cut"
        raise refuse(where, expected="a folder or a zip", found=found, remedy=REMEDY)
    place = Place(path)
    names = place.names()
    if "alsfrs" in _by_table(names):
        return place
    zips = [name for name in names if name.lower().endswith(".zip") and is_inside(name)]
    holding, damaged = [], []
    for name in zips[:MOST_ZIPS]:
        try:
            inner = Place(path, name)
            holding += [inner] if "alsfrs" in _by_table(inner.names()) else []
        except BadInput as error:
            damaged.append(error)
    if len(holding) > 1:
        found = f"{len(holding)} zips that each hold an ALSFRS table"
        raise refuse(where, expected="one release", found=found, remedy="Pass the zip you mean.")
    if damaged and not holding:
        raise damaged[0]
    return holding[0] if holding else place


# --- names -------------------------------------------------------------------------------


def _by_table(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the files of each table that is recognized, in the order of the schema."""
    known = _known_names()
    found: dict[str, list[str]] = {}
    for name in names:
        table = known.get(_bare(name))
        if table and is_inside(name):
            found.setdefault(table, []).append(name)
    return {table: found[table] for table in schema.tables() if table in found}


def _known_names() -> dict[str, str]:
    known = {
        _bare(file): name
        for name, table in schema.tables().items()
        for file in table.files.values()
    }
    # a table may also go by the name it has in this library, as in one readme's F_PROACT_VITALS
    return {name.replace("_", ""): name for name in schema.tables()} | known


def _bare(name: str) -> str:
    """Return a file's name without folder, ending, prefix, case and separators."""
    lower = PurePosixPath(name).name.lower()
    ending = next((e for e in sorted(ENDINGS, key=len)[::-1] if lower.endswith(e)), None)
    if ending is None:
        return ""
    return re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", lower.removesuffix(ending)))


def _is_marker(name: str, folders: set[str]) -> bool:
    path = PurePosixPath(name)
    return path.name.lower() == MARKER.lower() and str(path.parent) in folders


def _one_file_each(
    found: dict[str, list[str]], where: str
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the one file of each table; a used table with two is refused."""
    members, remarks = {}, []
    for table, names in found.items():
        ending = next(e for e in ENDINGS if any(n.lower().endswith(e) for n in names))
        names = [name for name in names if name.lower().endswith(ending)]
        if len(names) > 1 and schema.tables()[table].used:
            raise refuse(
                where,
                expected=f"one file of the table {table}",
                found=f"{len(names)} of them, {listed(names)}",
                remedy="Keep the one you mean.",
            )
        if len(names) > 1:
            remarks.append((table, f"{len(names)} files of this table; the first was counted"))
        members[table] = names[0]
    return members, remarks


def _release_of(members: dict[str, str]) -> str:
    """Return the oldest release that has the prefix of the ALSFRS file and all tables."""
    prefix = _PREFIX.match(PurePosixPath(members["alsfrs"]).name.lower())
    words = re.split(r"[-_ ]+", prefix[0] if prefix else "")
    named = "F" if "f" in words else "2022" if {"proact", "pro-act"} & set(words) else "2016"
    later = schema.RELEASES[schema.RELEASES.index(named) :]
    return next(name for name in later if set(members) <= set(schema.tables_of(name)))


def _no_alsfrs(where: str, found: dict[str, list[str]], names: list[str]) -> BadInput:
    """Return the refusal of a place without the one table that is necessary."""
    files = sorted(schema.tables()["alsfrs"].files.values())
    if found:
        text = f"{len(found)} other tables of PRO-ACT"
    elif any("all_forms_proact_" in name.lower() for name in names):
        text = "the long layout of the 2015 challenge, which is another format"
    else:
        text = f"{len(names):,} files, none named like a table of PRO-ACT"
    if odd := sum(not is_inside(name) for name in names):
        text += f", and {odd} members of a zip that lead out of its folder"
    return refuse(
        where, expected=f"the ALSFRS table, {listed(files)} by release", found=text, remedy=REMEDY
    )
