"""Read the table of the DREAM 2012 challenge, the one real table of this book.

The table of section 17.2 of Efron and Hastie, *Computer Age Statistical Inference* (2016):
1,822 trial participants, 369 predictors from the first three months of a trial, the slope of
the ALSFRS total over months 3 to 12, and the split into 1,197 training and 625 test patients.
Its rows are never part of this project. A reader fetches the authors' file, and every cell is
checked against digests, so a result cannot come from a damaged or altered copy unnoticed.
"""

import hashlib
import os
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, listed, refuse
from alsnb.schema import PATIENT, SLOPE_UNIT
from alsnb.settings import data_folder
from alsnb.tables.source import Source, download, parse_cells, read_text

ADDRESS = "https://hastie.su.domains/CASI_files/DATA/ALS.txt"
VARIABLE = "ALSNB_DREAM2012"
REMEDY = (
    f"Run `alsnb fetch dream2012`, or save {ADDRESS} unchanged as data/dream2012/ALS.txt or "
    f"name its place in the environment variable {VARIABLE}."
)
ACCEPTED = ("*.txt", "*.csv", "*.txt.gz", "*.csv.gz")

N_PATIENTS, N_TEST = 1822, 625
TEST, SLOPE = "testset", "dFRS"

EXACT = "0cf85e3e11e4b1a545b3b7906492cb40f12d4f79fcacc10807543097dd2eceea"
ROUNDED = "d6746d5880502b062c10a185bb1ead4ff07a3aa8a2c90b305fc515e90a0071bb"
TEST_ROWS = "0e4be69d705463131c74769e670c221136c06e00b6b5c184a5de4711435a3453"
SORTED = "21c4ec706100ae4b12fcb6d386b88816f2c7064fe2cd644697888ed996de3bf6"
"""Digest of the exact block with each column sorted, which tells moved cells from altered ones."""

LOST_CELL = ("sum.dressing", 1528, 9.5)
"""Column, row from 0 and value of the one cell that a known copy of the table lacks."""

ITEMS = "speech salivation swallowing handwriting cutting dressing turning walking climbing.stairs"
SERIES = {
    "alsfrs.score": ("alsfrs", "points"),
    **{item: ("item", "points") for item in ITEMS.split()},
    "fvc.liters": ("fvc", "L"),
    "svc.liters": ("svc", "L"),
    "weight": ("vital", "kg"),
    "height": ("vital", "cm"),
    "resp.rate": ("vital", "breaths/min"),
    "bp.diastolic": ("vital", "mmHg"),
    "bp.systolic": ("vital", "mmHg"),
}
"""Family and unit of what was measured at the visits."""

SINGLE = {
    TEST: ("split", "held back by the challenge for its test", "flag", "0 or 1"),
    SLOPE: ("target", "ALSFRS total, months 3 to 12", "slope over time", SLOPE_UNIT),
    "Onset.Delta": ("static", "onset of symptoms", "value", "days"),
    "Age": ("static", "age", "value", "years"),
}
"""Family, measure, summary and unit of the columns that are neither flags nor of a series."""

SUMMARIES = {
    "max.": ("maximum", "{}"),
    "min.": ("minimum", "{}"),
    "last.": ("last value", "{}"),
    "mean.": ("mean", "{}"),
    "sum.": ("sum", "{}"),
    "meansquares.": ("mean of the squares", "({})^2"),
    "sd.": ("standard deviation", "{}"),
    ".slope": ("slope over time", "{} per month"),
    "num..visits": ("number of values", "values"),
    "first..date": ("day of the first value", "days"),
    "last..date": ("day of the last value", "days"),
    "lessthan2.": ("fewer than two values", "0 or 1"),
    "no..data": ("no value", "0 or 1"),
}
"""What surrounds the name of a series in a column, with the summary it means and its unit."""

NOTES = {
    "Onset.Delta": "Day of onset counted from the start of the trial, so negative.",
    "Symptom..": "The published file has lost the name of this symptom.",
    "Sex": "Both columns are 0 for 864 of the 1,822 patients: unknown sex is a level of its own. "
    "The low mean of Sex.Male (0.34) has been read as swapped labels; but among the patients "
    "with a sex 64 % are male, as in PRO-ACT, so nothing was changed.",
    "Study.Arm": "Both columns are 0 where the arm is unknown.",
    "height": "Filled with a constant (170) for 60 % of the patients; see no.height.data.",
    "svc": "Filled with constants for 91 % of the patients, without a flag.",
    "filled": "Filled with a constant where the flag no.{0}.data is 1.",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class DreamTable:
    """The table of the DREAM 2012 challenge, or a stand-in for it.

    Parameters
    ----------
    features : DataFrame of shape (n_patients, 369)
        Predictors, indexed by a key of ours (``"D0001"`` in the order of the file).
    slope : Series of shape (n_patients,)
        ALSFRS points per month over months 3 to 12; lower is faster decline.
    official_test : Series of bool
        Whether the challenge held the patient back for the test.
    source : Source
        Where the table came from.
    """

    # Rows stay out of the repr: a page or a failed test that shows the table must not show them.
    features: pd.DataFrame = field(repr=False)
    slope: pd.Series = field(repr=False)
    official_test: pd.Series = field(repr=False)
    source: Source


@cache
def column_names() -> tuple[str, ...]:
    """Return the 371 names of the published file, in its order."""
    return tuple(files("alsnb.tables").joinpath("dream_columns.txt").read_text().split())


def find_dream(path: str | Path = "") -> Path | None:
    """Return the file that holds the table, or None if there is none.

    Parameters
    ----------
    path : str or Path
        A file. Without it the environment variable ``ALSNB_DREAM2012`` is asked, then the
        folder ``data/dream2012`` beside the package (the first text, CSV or gzip of one).

    Returns
    -------
    Path or None

    Raises
    ------
    BadInput
        If the argument or the variable names something that is not a file.
    """
    named = str(path) or os.environ.get(VARIABLE, "")
    if not named:
        folder = data_folder() / "dream2012"
        found = [file for form in ACCEPTED for file in sorted(folder.glob(form)) if file.is_file()]
        return found[0] if found else None
    file = Path(named).expanduser()
    if not file.is_file():
        where = f"'{named}'" if str(path) else f"{VARIABLE}='{named}'"
        found = "a folder" if file.is_dir() else "nothing of that name"
        raise refuse(where, expected="a file", found=found, remedy=REMEDY)
    return file


def read_dream(path: str | Path = "", *, allow_stand_in: bool = False) -> DreamTable:
    """Read the table of the DREAM 2012 challenge and check every cell of it.

    Accepted are the authors' text, a CSV of it and a gzip of either, with quoted names or
    not, row names or not, and columns in any order.

    Parameters
    ----------
    path : str or Path
        The file; found by :func:`find_dream` if left out.
    allow_stand_in : bool
        Whether to return a stand-in drawn by us if there is no file. A file that is there
        but damaged is refused all the same.

    Returns
    -------
    DreamTable
        With the columns in their published order.

    Raises
    ------
    BadInput
        If there is no file, or its content is not exactly that of the published table.
    """
    file = find_dream(path)
    if file is None and allow_stand_in:
        # Imported here because the stand-in is built on this module.
        from alsnb.tables.dream_standin import make_stand_in

        return make_stand_in()
    if file is None:
        where = "the DREAM 2012 table"
        found = "none (data/dream2012 is missing or empty)"
        raise refuse(where, expected="a file", found=found, remedy=REMEDY)
    cells = parse_cells(read_text(file, remedy=REMEDY), file.name, remedy=REMEDY)
    numbers, notes = _numbers(_published_columns(cells, file.name), file.name)
    notes += _check_content(numbers, file.name)
    source = Source(
        name="dream2012",
        kind="real",
        title=f"Real patients: DREAM 2012 table, {N_PATIENTS:,} trial participants",
        n_patients=N_PATIENTS,
        sha256=content_digest(numbers),
        citations=("efron2016", "kueffner2015"),
        file_name=file.name,
        notes=notes,
    )
    return make_table(numbers, source)


def make_table(numbers: pd.DataFrame, source: Source) -> DreamTable:
    """Return the 371 columns as a table, with keys of ours for the patients."""
    keys = [f"D{row:04d}" for row in range(1, len(numbers) + 1)]
    numbers = numbers.set_axis(pd.Index(keys, name=PATIENT))
    return DreamTable(
        features=numbers.drop(columns=[TEST, SLOPE]),
        slope=numbers[SLOPE],
        official_test=numbers[TEST].astype(bool),
        source=source,
    )


def fetch_dream(folder: str | Path | None = None, *, address: str = ADDRESS) -> Path:
    """Download the authors' file, unless a good copy is in the folder already.

    Parameters
    ----------
    folder : str or Path, optional
        Where to put it; ``data/dream2012`` if left out, in the checkout or the working folder.
    address : str
        Where to get it.

    Returns
    -------
    Path
        The file, whose content has been checked.

    Raises
    ------
    BadInput
        If there is no network or the content is not that of the published table.
    """
    folder = data_folder() / "dream2012" if folder is None else Path(folder)
    target = folder / (address.rsplit("/", 1)[-1] or "ALS.txt")
    try:
        if target.is_file():
            read_dream(target)
            return target
    except BadInput:
        pass  # a damaged copy is replaced, but only once a good one has arrived
    remedy = f"Save {address} in a browser as data/dream2012/{target.name}."
    return download(address, target, read_dream, remedy=remedy)


def describe_columns() -> pd.DataFrame:
    """Return one row per published column: what it holds, and what to know about it.

    Returns
    -------
    DataFrame of shape (371, 6)
        ``name``, ``family`` (``"split"``, ``"target"``, ``"static"``, ``"alsfrs"``,
        ``"item"``, ``"fvc"``, ``"svc"`` or ``"vital"``), ``measure``, ``summary``, ``unit``
        and ``note`` (empty where there is nothing to say).
    """
    described = [_describe(name) for name in column_names()]
    columns = ["name", "family", "measure", "summary", "unit", "note"]
    return pd.DataFrame(described, columns=columns)


def _describe(name: str) -> tuple[str, ...]:
    """Return what one column holds, read from its name."""
    if name in SINGLE:
        return (name, *SINGLE[name], NOTES.get(name, ""))
    series = next((series for series in SERIES if series in name), "")
    if not series:
        measure = " ".join(name.replace(".", " ").split())
        note = next((NOTES[group] for group in NOTES if name.startswith(group)), "")
        return name, "static", measure, "flag", "0 or 1", note
    family, unit = SERIES[series]
    change = f"slope.{series}"
    of_changes = change in name
    if of_changes:
        unit += " per month"
    summary, form = SUMMARIES[name.replace(change if of_changes else series, "")]
    measure = series.replace(".", " ") + (", change between visits" if of_changes else "")
    note = NOTES.get(series.split(".")[0], "")
    if form != "0 or 1" and not note and f"no.{series}.data" in column_names():
        note = NOTES["filled"].format(series)
    return name, family, measure, summary, form.format(unit), note


def content_digest(numbers: pd.DataFrame) -> str:
    """Return the SHA-256 of all columns but ``testset``, the slope first, as float64."""
    return _sha256(_block(numbers))


def _block(numbers: pd.DataFrame) -> np.ndarray:
    return numbers.drop(columns=TEST).to_numpy("<f8")


def _sha256(block: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(block).tobytes()).hexdigest()


def _key(name: str) -> str:
    """Return a name without case and punctuation, which programs write differently."""
    return re.sub("[^a-z0-9]", "", name.lower())


def _published_columns(cells: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the columns under their published names and in their published order."""
    published = {_key(name): name for name in column_names()}
    if _key(cells.columns[0]) in ("x", "rownames", "unnamed0"):
        cells = cells.iloc[:, 1:]
    names = pd.Index([published.get(_key(name), name[:40]) for name in cells.columns])
    missing = [name for name in column_names() if name not in names]
    found = ""
    if len(missing) == len(published):
        # What stands in the header may then be a patient's row, so it is not repeated.
        found = "none of them in the first line"
    elif not names.is_unique:
        found = f"{listed(names[names.duplicated()])} twice"
    elif missing:
        others = names.difference(column_names(), sort=False)
        found = f"no {listed(missing)}" + (f", but {listed(others)}" if len(others) else "")
    elif len(names) > len(published):
        found = f"also {listed(names.difference(column_names(), sort=False))}"
    if found:
        expected = f"the {len(published)} published columns, each once"
        raise refuse(where, expected=expected, found=found, remedy=REMEDY)
    return cells.set_axis(names, axis=1)[list(column_names())]


def _numbers(cells: pd.DataFrame, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the cells as numbers, and a note if the one known lost cell was filled in."""
    if len(cells) != N_PATIENTS:
        cut = " (the file looks cut)" if len(cells) < N_PATIENTS else ""
        found = f"{len(cells):,}{cut}"
        raise refuse(where, expected=f"{N_PATIENTS:,} rows", found=found, remedy=REMEDY)
    numbers = cells.apply(pd.to_numeric, errors="coerce").astype(float)
    bad = np.argwhere(~np.isfinite(numbers.to_numpy()))
    column, row, value = LOST_CELL
    lost = numbers.columns.get_loc(column)
    notes = ()
    if bad.tolist() == [[row, lost]] and _is_gap(cells.iloc[row, lost]):
        numbers.iloc[row, lost] = value
        notes = (f"The missing cell of {column} in row {row + 1} was filled with {value}.",)
    elif len(bad):
        row, place = bad[0]
        cell = cells.iloc[row, place]
        what = "a missing cell" if _is_gap(cell) else f"'{str(cell)[:12]}'"
        more = f" and {len(bad) - 1:,} more such cells" if len(bad) > 1 else ""
        place = f"{where}, column '{numbers.columns[place]}', row {row + 1}"
        raise refuse(place, expected="a number", found=what + more, remedy=REMEDY)
    return numbers, notes


def _is_gap(cell: object) -> bool:
    """Whether a cell is empty or one of the usual signs for a missing value."""
    return str(cell).strip().lower() in ("", "na", "nan", "null", ".")


def _check_content(numbers: pd.DataFrame, where: str) -> tuple[str, ...]:
    """Refuse values that are not the published ones; return a note if digits were rounded."""
    test = numbers[TEST].to_numpy()
    if not np.isin(test, (0, 1)).all() or test.sum() != N_TEST:
        place = f"{where}, column '{TEST}'"
        expected = f"0 and 1, {N_TEST} of them 1"
        raise refuse(place, expected=expected, found=f"a sum of {test.sum():g}", remedy=REMEDY)
    block = _block(numbers)
    exact = _sha256(block) == EXACT
    same_block = exact or _rounded_digest(block) == ROUNDED
    if same_block and _sha256(test.astype("u1")) == TEST_ROWS:
        return () if exact else ("Values agree with the published ones to six digits.",)
    found = _what_differs(numbers) if not same_block else f"'{TEST}' altered or shuffled"
    expected = f"the published values (sha256 {EXACT[:12]})"
    raise refuse(where, expected=expected, found=found, remedy=REMEDY)


def _rounded_digest(block: np.ndarray) -> str:
    """Return the SHA-256 of the block printed with six digits."""
    line = ",".join(["%.6g"] * block.shape[1])
    return hashlib.sha256(
        "\n".join([line % tuple(row) for row in block.tolist()]).encode()
    ).hexdigest()


def _what_differs(numbers: pd.DataFrame) -> str:
    """Return the first thing that shows where the values are not the published ones."""
    same = np.flatnonzero(numbers.duplicated())
    if len(same):
        return f"row {same[0] + 1} equal to an earlier row"
    if _sha256(np.sort(_block(numbers), axis=0)) == SORTED:
        return "the published values in other rows (shuffled)"
    for low, high in (("min.", "mean."), ("mean.", "max."), ("last.", "max.")):
        for name in (name for name in numbers if name.startswith(low)):
            other = name.replace(low, high, 1)
            # The day of the last value has no maximum to compare with.
            above = np.flatnonzero(numbers[name] > numbers.get(other, np.inf) + 1e-6)
            if len(above):
                return f"'{name}' above '{other}' in row {above[0] + 1}"
    return f"altered values (sha256 {content_digest(numbers)[:12]})"
