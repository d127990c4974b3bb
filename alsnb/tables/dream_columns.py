"""The content of the DREAM 2012 table: its columns, its numbers, and the digests they must have."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from alsnb.checks import listed, refuse
from alsnb.schema import PATIENT
from alsnb.tables.source import Source

ADDRESS = "https://hastie.su.domains/CASI_files/DATA/ALS.txt"
VARIABLE = "ALSNB_DREAM2012"
REMEDY = (
    f"Run `alsnb fetch dream2012`, or save {ADDRESS} unchanged as data/dream2012/ALS.txt or "
    f"name its place in the environment variable {VARIABLE}."
)

N_PATIENTS, N_TEST = 1822, 625
TEST, SLOPE = "testset", "dFRS"

EXACT = "0cf85e3e11e4b1a545b3b7906492cb40f12d4f79fcacc10807543097dd2eceea"
ROUNDED = "d6746d5880502b062c10a185bb1ead4ff07a3aa8a2c90b305fc515e90a0071bb"
TEST_ROWS = "0e4be69d705463131c74769e670c221136c06e00b6b5c184a5de4711435a3453"
SORTED = "21c4ec706100ae4b12fcb6d386b88816f2c7064fe2cd644697888ed996de3bf6"
"""Digest of the exact block with each column sorted, which tells moved cells from altered ones."""

LOST_CELL = ("sum.dressing", 1528, 9.5)
"""Column, row from 0 and value of the one cell that a known copy of the table lacks."""


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
    return tuple(
        files("alsnb.tables").joinpath("dream_columns.txt").read_text(encoding="utf-8").split()
    )


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


def published_columns(cells: pd.DataFrame, where: str) -> pd.DataFrame:
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


def read_numbers(cells: pd.DataFrame, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
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


def check_content(numbers: pd.DataFrame, where: str) -> tuple[str, ...]:
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
