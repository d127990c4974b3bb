"""Make the frame of one table from its text, and write down what was found on the way."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from alsnb.checks import listed, refuse
from alsnb.tables.proact import schema
from alsnb.tables.proact.cells import Cells, Numbers, Records
from alsnb.tables.proact.coercion import (
    categories,
    has_decimal_commas,
    identifiers,
    log_of_failures,
    numbers,
    with_decimal_points,
)
from alsnb.tables.proact.content import REMEDY, Content, understand
from alsnb.tables.proact.costs import NOTHING, cost_if_empty, cost_of_column, cost_of_table
from alsnb.tables.proact.lab_names import measures
from alsnb.tables.proact.naming import name_commonest
from alsnb.tables.proact.splitting import split

BROKEN, NO_SUBJECT, NOT_USED = "broken line", "footer or no subject", "test not used"
"""Rules by which reading leaves rows out, in this order."""

MOST_SHOWN = 12
"""So many unknown columns of one table are named."""


@dataclass(frozen=True)
class Log:
    """What is written down while a table is read: rows of the frames of ``RawTables``.

    Parameters
    ----------
    table : schema.Table
        The table.
    file : str
        Name of its file, for refusals and notes.
    """

    table: schema.Table
    file: str
    audit: list[tuple] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    counts: list[tuple] = field(default_factory=list)
    notes: list[tuple] = field(default_factory=list)
    subjects: list[np.ndarray] = field(default_factory=list)
    unread: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def leave_out(self, rule: str, before: int, after: int, patients: int = 0) -> None:
        """Account for the rows that a rule leaves out."""
        self.audit.append((self.table.name, rule, before, after, 0, patients))

    def note(self, text: str, costs: str = NOTHING) -> None:
        """Write down a remark and what it costs downstream."""
        self.notes.append((self.table.name, text, costs))

    def count(self, lines: int, subject: np.ndarray) -> None:
        """Write down the rows of the file and the subjects its different texts stand for."""
        known = subject[subject >= 0]
        subjects = np.unique(known)
        entry = (self.table.name, self.file, lines, len(subjects), self.table.used)
        self.counts.append(entry)
        if self.table.used:
            self.subjects.append(subjects)
            if more := len(known) - len(subjects):
                self.note(f"{more:,} subjects are written in more than one way, as with a '.0'")


def split_table(content: pa.Buffer, table: schema.Table, file: str) -> tuple[Content, Records]:
    """Return the text of a table and the cells of the columns that are needed.

    Of a table that is not used these are the subjects alone.

    Raises
    ------
    BadInput
        If the file is no table.
    """
    text = understand(content, table.name, file)
    if not table.used:
        return text, split(text, [text.places["subject_id"]], file)
    places = [*text.places.values(), *text.doubled.values()]
    return text, split(text, places, file, as_numbers=_places_of_numbers(text, table))


def _places_of_numbers(text: Content, table: schema.Table) -> list[int]:
    """Return the columns that should hold numbers; none where their texts are looked at."""
    if text.doubled or table.name == "labs":
        return []
    keys = [column.key for column in table.columns[1:] if column.kind != "text"]
    return [text.places[key] for key in keys if key in text.places]


def make_frame(text: Content, records: Records, log: Log) -> pd.DataFrame:
    """Return the frame of one used table and write down what was found.

    Parameters
    ----------
    text, records
        What :func:`split_table` returns.
    log : Log
        Says which table it is; written to.

    Returns
    -------
    DataFrame
        ``row`` and every column of the schema; for laboratory results only those of tests
        that are used, with their ``measure``.

    Raises
    ------
    BadInput
        If a necessary table holds no row or no day.
    """
    _note_layout(text, records, log)
    cells = {key: records.columns[place] for key, place in text.places.items()}
    subject = identifiers(cells["subject_id"].texts)
    log.count(records.lines, subject)
    keep, measure = _rows_to_keep(cells, subject, records, log)
    row = records.row
    if keep is not None:
        cells = {key: column.take(keep) for key, column in cells.items()}
        row = row.take(keep)
    if keep is not None and measure is None:
        cells = {key: column.compact() for key, column in cells.items()}
    if measure is not None and keep is not None:
        measure = measure[keep]
    result = _frame_of(cells, row, measure, (text.separator, log))
    _check_filled(result, text, log)
    return result


def _frame_of(
    cells: dict[str, Cells | Numbers],
    row: np.ndarray,
    measure: pd.Categorical | None,
    how: tuple[str, Log],
) -> pd.DataFrame:
    """Return the frame of records that are kept, and log what is lost in their cells."""
    subject = identifiers(cells["subject_id"].texts)
    frame = {"row": row, "subject_id": cells["subject_id"].spread(subject)}
    for column in how[1].table.columns[1:]:
        found = cells.get(column.key)
        frame[column.key] = (
            _nothing(column, len(row))
            if found is None
            else _values(column, found, frame["subject_id"], how)
        )
    if measure is not None:
        frame["measure"] = measure
    return pd.DataFrame(frame, copy=False)


def count_table(text: Content, records: Records, log: Log) -> None:
    """Write down the rows and subjects of a table that is not used."""
    log.count(records.lines, identifiers(records.columns[text.places["subject_id"]].texts))


# --- rows --------------------------------------------------------------------------------


def _rows_to_keep(
    cells: dict[str, Cells], subject: np.ndarray, records: Records, log: Log
) -> tuple[np.ndarray | None, pd.Categorical | None]:
    """Return the records to keep, None for all, and the measure of each laboratory result."""
    count = len(records.row)
    whole = count + records.footers
    log.leave_out(BROKEN, records.lines, whole)
    ids = cells["subject_id"].codes
    keep = None if (subject >= 0).all() else (subject >= 0)[ids]
    kept = count if keep is None else int(keep.sum())
    log.leave_out(NO_SUBJECT, whole, kept)
    if log.table.name != "labs":
        return (None if keep is None else np.flatnonzero(keep)), None
    names = cells.get("test_name", Cells(np.zeros(count, dtype=np.int32), [""]))
    measure = measures(names)
    if "test_name" in cells and count:
        _note_absent_tests(names, (subject, ids), log)
    used = measure.codes >= 0 if keep is None else (measure.codes >= 0) & keep
    dropped = ids[~used if keep is None else ~used & keep]
    touched = len(np.unique(subject[np.bincount(dropped, minlength=len(subject)) > 0]))
    after = int(used.sum())
    log.leave_out(NOT_USED, kept, after, touched)
    return (None if after == count else np.flatnonzero(used)), measure


def _note_absent_tests(names: Cells, subjects: tuple[np.ndarray, np.ndarray], log: Log) -> None:
    """Write down which tests no row is of, and the commonest names of those that are not used.

    The subjects are given as the different ones and the place of each row's among them.
    """
    of_text = measures(Cells(np.arange(len(names.texts)), names.texts))
    absent = of_text.categories.difference(of_text.dropna(), sort=False)
    if not len(absent):
        return
    rows = np.flatnonzero((of_text.codes < 0)[names.codes])
    subject, place = subjects
    others = name_commonest(names.codes[rows], names.texts, subject[place[rows]])
    named = f"; the commonest names of tests that are not used: {others}" if others else ""
    tests = ", ".join(absent)
    log.note(f"no row of {len(absent)} tests that are used{named}", tests)


# --- columns -----------------------------------------------------------------------------


def _nothing(column: schema.Column, count: int) -> np.ndarray | pd.Categorical:
    """Return the values of a column that the file lacks."""
    if column.kind == "text":
        return categories(Cells(np.zeros(count, dtype=np.int32), [""]))
    return np.full(count, np.nan)


def _values(
    column: schema.Column, cells: Cells | Numbers, subjects: np.ndarray, how: tuple[str, Log]
) -> np.ndarray | pd.Categorical:
    """Return the values of a column, given what separates the cells, and log what is lost."""
    if isinstance(cells, Numbers):
        return cells.values
    separator, log = how
    commas = has_decimal_commas(cells.texts, separator)
    is_text, is_result = column.kind == "text", column.key == "test_result"
    # in a file with commas between the cells, those in results are for the cleaning to judge
    commas = commas and (not is_text or (is_result and separator != ","))
    if commas:
        log.note(f"{column.name}: commas were read as decimal")
    if is_text:
        tidy = Cells(cells.codes, with_decimal_points(cells.texts)) if commas else cells
        return categories(tidy, keep_dash=is_result)
    coerced = numbers(cells.texts, decimal_comma=commas)
    where = {"table": log.table.name, "file": log.file, "column": column.name}
    if any(coerced.problems):
        log.failures.extend(log_of_failures(cells, coerced, subjects, **where))
        unread = np.array([problem != "" for problem in coerced.problems])
        log.unread[log.table.name, column.key] = np.flatnonzero(unread[cells.codes])
    return cells.spread(coerced.values)


def _note_layout(text: Content, records: Records, log: Log) -> None:
    """Write down what is odd about a file's columns."""
    for note in (*text.notes, *records.notes):
        log.note(note)
    if text.unknown:
        named = listed(text.unknown, most=MOST_SHOWN)
        log.note(f"columns that are not known and were not read: {named}")
    for key, place in text.doubled.items():
        if not records.columns[text.places[key]].is_like(records.columns[place]):
            name = log.table.column(key).name
            log.note(f"the column {name} stands there twice; the second was ignored")
    for column in log.table.columns:
        if column.key not in text.places:
            cost = cost_of_column(log.table.name, column.key)
            log.note(f"the column {column.name} is missing", cost)


def _check_filled(frame: pd.DataFrame, text: Content, log: Log) -> None:
    """Refuse a necessary table without rows or days; note what an empty column costs."""
    table = log.table
    if table.necessary:
        _check_necessary(frame, table, log.file)
    if frame.empty:
        log.note("the table has no row", cost_of_table(table.name))
        return
    for column in table.columns[1:]:
        cost = cost_if_empty(table.name, column.key)
        if column.key in text.places and cost != NOTHING and frame[column.key].isna().all():
            unread = (table.name, column.key) in log.unread
            found = "no value that can be read" if unread else "no value"
            log.note(f"the column {column.name} holds {found}", cost)


def _check_necessary(frame: pd.DataFrame, table: schema.Table, file: str) -> None:
    day = schema.normalise(table.day)
    if frame.empty or frame[day].isna().all():
        found = "no row with a subject" if frame.empty else f"no number in the column {table.day}"
        expected = f"{table.row} a row, with its subject and its day"
        raise refuse(file, expected=expected, found=found, remedy=REMEDY)
