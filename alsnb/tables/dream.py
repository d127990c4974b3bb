"""Read the table of the DREAM 2012 challenge, the one real table of this book.

The table of section 17.2 of Efron and Hastie, *Computer Age Statistical Inference* (2016):
1,822 trial participants, 369 predictors from the first three months of a trial, the slope of
the ALSFRS total over months 3 to 12, and the split into 1,197 training and 625 test patients.
Its rows are never part of this project. A reader fetches the authors' file, and every cell is
checked against digests, so a result cannot come from a damaged or altered copy unnoticed.
"""

import os
from pathlib import Path

from alsnb.checks import BadInput, name_of, refuse
from alsnb.settings import data_folder
from alsnb.tables.dream_columns import (
    ADDRESS,
    N_PATIENTS,
    REMEDY,
    VARIABLE,
    DreamTable,
    check_content,
    content_digest,
    make_table,
    published_columns,
    read_numbers,
)
from alsnb.tables.dream_standin import make_stand_in
from alsnb.tables.source import Source, download, parse_cells, read_text

ACCEPTED = ("*.txt", "*.csv", "*.txt.gz", "*.csv.gz")


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
        where = name_of(named) if str(path) else f"{VARIABLE}={name_of(named)}"
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
        return make_stand_in()
    if file is None:
        where = "the DREAM 2012 table"
        found = "none (data/dream2012 is missing or empty)"
        raise refuse(where, expected="a file", found=found, remedy=REMEDY)
    cells = parse_cells(read_text(file, remedy=REMEDY), file.name, remedy=REMEDY)
    numbers, notes = read_numbers(published_columns(cells, file.name), file.name)
    notes += check_content(numbers, file.name)
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
