"""How losses are told: their columns, from which share on, and what to do about each kind."""

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import tables

LOSSES = ("table", "what", "lost", "given", "of", "reasons", "unknown", "costs", "remedy")
"""Columns of the list of losses.

``what`` is a feature, a column, or a sentence on what is not there at all; of the ``given``
values, patients or rows (``of``) so many are ``lost``, both missing where there is nothing to
count. ``reasons`` are the rules that took them, ``unknown`` the commonest texts that nobody
understood, ``costs`` the features, and ``remedy`` what to do.
"""

REMARKS = ("table", "column", "cells", "emptied", "named")
"""Columns of the list of doubts: cells of a column with words or labels that are not known, how
many of the values beside them were ``emptied`` (the others were read, as their size said what they
are), and the commonest of these words."""

TOLD_FROM = 0.1
"""A feature that loses more than this share of its values or patients is told."""

REMEDIES = {
    "missing": "Give the column or the file the name of the release, if it is there under another.",
    "no value": "Look whether the values stand in another column.",
    "tests": "Write the tests by the names of the release.",
    "label": "Write the unit as one that is known, or convert the numbers.",
    "word": "Write the answers in known words: {ways}.",
    "number": "Write the column as plain numbers.",
    "days": "Look whether all days count in days, from the same day, and deaths too.",
    "range": "Look which unit the numbers are in, and whether a column was exchanged for another.",
    "lines": "Look at these lines of the file; it may be cut, or a cell may hold a line end.",
    "rules": "Look at the rules of this table: alsnb check --all lists them.",
}
"""What to do, by the kind of the first reason."""


def is_told(lost: int, given: int) -> bool:
    """Whether a loss is more than a tenth and no matter of a few."""
    return lost > TOLD_FROM * given and (lost >= SMALLEST_COUNT or lost == given)


def not_known(cells: int) -> str:
    """Return the reason that so many cells hold words that nobody knows."""
    return f"words not known ({cells:,})"


def unread_cells(raw: RawTables, table: str, keys: tuple[str, ...]) -> list[tuple[str, int, str]]:
    """Return the problems of cells in columns, each with its cells and the commonest text."""
    names = [column.name for column in tables()[table].columns if column.key in keys]
    failures = raw.failures
    of_columns = failures[(failures["table"] == table) & failures["column"].isin(names)]
    return [
        (line.problem, line.cells, f"'{line.commonest}'" if line.commonest else "")
        for line in of_columns.itertuples()
    ]
