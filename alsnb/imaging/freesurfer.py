"""Read group tables of FreeSurfer: ``aparcstats2table``, ``asegstats2table``, or several joined."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, listed, refuse
from alsnb.imaging.account import Account, Problem, several
from alsnb.imaging.cells import Cells, as_number, read_cells
from alsnb.imaging.keys import subject_key
from alsnb.imaging.measures import check_measures
from alsnb.imaging.regions import (
    atlas_regions,
    guessed_atlas,
    measure_name,
    region_of,
    written_atlas,
)
from alsnb.imaging.settings import ImagingSettings

MODALITY = "morphology"

_FIRST_CELL = re.compile(r"(?:lh|rh)\.(.+)\.(\w+)|Measure:(\w+)")
_DOUBLED = re.compile(r"\.\d+$")
_WHOLE = ("MeanThickness", "WhiteSurfArea")
"""Measures of a hemisphere that stand among its regions."""

MOST_DIFFERENT = 1e-3
"""Share by which a measure may differ between two tables, which round differently."""


@dataclass(frozen=True)
class Table:
    """One table of measures.

    Attributes
    ----------
    file : str
        Its name.
    atlas : str
        Parcellation of its cortical regions: a name of ``ATLASES``, ``"other"``, or empty if it
        holds no cortical region.
    numbers : DataFrame
        Indexed by the keys of the subjects, which may stand there twice; named with units.
    """

    file: str
    atlas: str
    numbers: pd.DataFrame


def read_freesurfer(
    contents: Iterable[tuple[str, bytes]], settings: ImagingSettings, account: Account
) -> pd.DataFrame:
    """Return the measures of every subject, of all tables side by side.

    Parameters
    ----------
    contents : iterable of (str, bytes)
        Names and contents of the tables.
    settings : ImagingSettings
        Says which parcellation is read.
    account : Account
        Gets what is wrong with single subjects.

    Returns
    -------
    DataFrame
        Indexed by the keys of the subjects of any table. Thickness in mm, area in mm2, volume in
        mm3, as the names say. Empty if no table is one of FreeSurfer.

    Raises
    ------
    BadInput
        If a table cannot be understood, or none is of the parcellation that is asked for.
    """
    tables = [table for file, content in contents if (table := _read(file, content, account))]
    chosen = _of_one_atlas(tables, settings, account)
    for table in chosen:
        _write_down_doubles(table, account)
        check_measures(table.numbers, table.file, account)
    return _side_by_side(chosen, account)


def _read(file: str, content: bytes, account: Account) -> Table | None:
    """Return a table, None if it is not one of FreeSurfer."""
    cells = read_cells(content, file)
    header = [_DOUBLED.sub("", name) for name in cells.header]
    named = _FIRST_CELL.fullmatch(header[0])
    if named and (named[3] or "volume") != "volume":
        account.note(file, f"a table of {named[3]}, which is not read")
        return None
    names = ["", *map(measure_name, header[1:])]
    if not any(names):
        _check_not_turned(cells)
        account.note(file, "no table of FreeSurfer; it is not read")
        return None
    keys = _keys(cells, header, account)
    aside = sum(not name for name in names[1:])
    if aside:
        account.note(file, f"{aside:,} columns are no thickness, area or volume; set aside")
    places = [place for place, name in enumerate(names) if name]
    numbers = _numbers(cells, places, [names[place] for place in places])
    numbers = _each_once(numbers, keys, file, account)
    _write_down_gaps(numbers, cells, account)
    atlas = _atlas_of(numbers.columns, named[1] if named and named[1] else "", file, account)
    return Table(file, atlas, numbers)


def _check_not_turned(cells: Cells) -> None:
    if sum(bool(measure_name(row[0])) for row in cells.rows) > len(cells.rows) / 2:
        raise refuse(
            cells.name,
            expected="a row per subject and a column per measure",
            found="a row per measure",
            remedy="Write the table again without --transpose.",
        )


def _keys(cells: Cells, header: list[str], account: Account) -> list[str]:
    """Return the key of each row's subject; tables joined side by side must agree on it."""
    keys = []
    again = [
        place
        for place, name in enumerate(header)
        if place and (name == header[0] or _FIRST_CELL.fullmatch(name))
    ]
    for line, row in zip(cells.lines, cells.rows, strict=True):
        key = subject_key(row[0])
        where = f"{cells.name}, line {line}"
        if not key:
            raise refuse(
                where,
                expected="the name of a subject in the first column",
                found="none",
                remedy="Name the subject, or take the row out.",
            )
        if any(subject_key(row[place]) != key for place in again):
            raise refuse(
                where,
                expected="tables that were joined with the same subject in each row",
                found="two subjects in one row",
                remedy="Join them by subject, or pass each table by itself.",
            )
        # it may stand there with the folders of a machine
        account.name(key, row[0].replace("\\", "/").rstrip("/").rpartition("/")[2])
        keys.append(key)
    return keys


def _numbers(cells: Cells, places: list[int], names: list[str]) -> pd.DataFrame:
    """Return the numbers in some columns; what is no number is missing."""
    texts = [[row[place] for place in places] for row in cells.rows]
    try:
        values = np.array(texts, dtype=float)
    except ValueError:
        values = np.array([[_number(text) for text in row] for row in texts])
    values[np.isinf(values)] = np.nan
    return pd.DataFrame(values, columns=names)


def _number(text: str) -> float:
    number = as_number(text)
    return np.nan if number is None else number


def _each_once(numbers: pd.DataFrame, keys: list[str], file: str, account: Account) -> pd.DataFrame:
    """Return the measures that stand in joined tables several times once.

    Where one of them is missing, as after a join of tables of other subjects, another counts.

    Raises
    ------
    BadInput
        If a measure of a region has different numbers at its places.
    """
    columns = dict(zip(numbers.columns, numbers.to_numpy().T, strict=True))
    for name in several(numbers.columns):
        twins = numbers.loc[:, numbers.columns == name].bfill(axis=1).to_numpy()
        columns[name] = twins[:, 0]
        gap = np.abs(twins - twins[:, :1]) > MOST_DIFFERENT * np.abs(twins[:, :1])
        differ = gap.any(axis=1)
        if differ.any() and region_of(name):
            raise refuse(
                file,
                expected="one number for each measure of a subject",
                found=f"the column {name} more than once, with different numbers",
                remedy="Pass the tables that were joined one by one.",
            )
        for row in np.flatnonzero(differ):
            _differs(keys[row], name, file, account)
    return pd.DataFrame(columns, index=pd.Index(keys, dtype="str"))


def _write_down_gaps(numbers: pd.DataFrame, cells: Cells, account: Account) -> None:
    gaps = numbers.isna().to_numpy()
    for row in np.flatnonzero(gaps.any(axis=1)):
        name = numbers.columns[int(np.flatnonzero(gaps[row])[0])]
        where = f"{cells.name}, line {cells.lines[row]}, {name}"
        found = f"something else, or nothing, in {gaps[row].sum()} columns"
        account.problems.append(
            Problem(numbers.index[row], MODALITY, where, "not a number", "finite numbers", found)
        )


def _differs(key: str, name: str, file: str, account: Account) -> None:
    found = f"{name} differs between tables; the first was kept"
    account.treat(key, MODALITY, file, "two numbers for one measure", found)


# --- parcellations -----------------------------------------------------------------------


def _atlas_of(names: Iterable[str], written: str, file: str, account: Account) -> str:
    """Return the parcellation of a table, having compared its regions with the known ones."""
    regions = {region_of(name) for name in names} - {"", *_WHOLE}
    if not regions:
        return ""
    atlas = written_atlas(written) or guessed_atlas(regions)
    known = set(atlas_regions(atlas))
    if known and (unknown := sorted(regions - known)):
        raise refuse(
            file,
            expected=f"the regions of the parcellation {atlas}",
            found=f"others, {listed(unknown)}",
            remedy="Write the table again with aparcstats2table, or correct its header.",
        )
    if known and (missing := sorted(known - regions)):
        account.note(file, f"regions of the parcellation {atlas} are missing: {listed(missing)}")
    return atlas


def _of_one_atlas(tables: list[Table], settings: ImagingSettings, account: Account) -> list[Table]:
    """Return the tables of one parcellation and those without cortical regions."""
    atlases = list(dict.fromkeys(table.atlas for table in tables if table.atlas))
    chosen = settings.atlas or ("dk" if "dk" in atlases else next(iter(atlases), ""))
    if settings.atlas and settings.atlas not in atlases:
        raise _no_such_atlas(settings.atlas, atlases)
    if not settings.atlas and len(atlases) > 1:
        others = listed(name for name in atlases if name != chosen)
        account.note("", f"of several parcellations '{chosen}' is read, not {others}")
    return [table for table in tables if table.atlas in ("", chosen)]


def _no_such_atlas(atlas: str, atlases: list[str]) -> BadInput:
    return refuse(
        "ImagingSettings(atlas=...)",
        expected="a parcellation of which there are tables",
        found=f"'{atlas}', where there are tables of {listed(atlases) or 'none'}",
        remedy="Choose another, or leave the choice out.",
    )


# --- subjects ----------------------------------------------------------------------------


def _write_down_doubles(table: Table, account: Account) -> None:
    for key in several(table.numbers.index):
        account.problems.append(
            Problem(key, MODALITY, table.file, "listed twice", "one row per subject", "several")
        )


def _side_by_side(tables: list[Table], account: Account) -> pd.DataFrame:
    """Return all tables as one frame; a measure that several have is taken from the first."""
    joined = pd.DataFrame(index=pd.Index([], dtype="str"))
    frames = [table.numbers[~table.numbers.index.duplicated()] for table in tables]
    everybody = list(dict.fromkeys(key for frame in frames for key in frame.index))
    for table, frame in zip(tables, frames, strict=True):
        for key in pd.Index(everybody).difference(frame.index, sort=False):
            expected, found = "a row of the subject in every table", "none"
            account.problems.append(
                Problem(key, MODALITY, table.file, "not in every table", expected, found)
            )
        frame = frame.reindex(everybody)
        for name in frame.columns.intersection(joined.columns):
            pair = frame[name].to_numpy(), joined[name].to_numpy()
            differ = ~np.isclose(*pair, rtol=MOST_DIFFERENT) & ~np.isnan(pair[0] - pair[1])
            for key in frame.index[differ]:
                _differs(key, name, table.file, account)
        joined = pd.concat(
            [
                joined.reindex(everybody),
                frame[frame.columns.difference(joined.columns, sort=False)],
            ],
            axis=1,
        )
    return joined
