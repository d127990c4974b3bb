"""Make the frame of one table from its text, and write down what was found on the way."""

from collections.abc import Iterable

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
)
from alsnb.tables.proact.content import REMEDY, Content, understand
from alsnb.tables.proact.costs import NOTHING, cost_if_empty, cost_of_column, cost_of_table
from alsnb.tables.proact.counting import count_records
from alsnb.tables.proact.ends import ends_within_record, has_last_line_end
from alsnb.tables.proact.lab_names import measures
from alsnb.tables.proact.log import Log
from alsnb.tables.proact.naming import name_commonest
from alsnb.tables.proact.splitting import split
from alsnb.tables.proact.subjects import count_rounded, names_of, without_footers

BROKEN, NO_SUBJECT, NOT_USED = "broken line", "footer or no subject", "test not used"
"""Rules by which reading leaves rows out, in this order."""

ROUNDED = "written like 9.88E+08"
"""How a spreadsheet writes long identifiers, of which it loses the last digits."""

MOST_SHOWN = 12
"""So many unknown columns of one table are named."""


def split_table(content: pa.Buffer, table: schema.Table, file: str) -> tuple[Content, Records]:
    """Return the text of a used table and the cells of the columns that are needed.

    Raises
    ------
    BadInput
        If the file is no table.
    """
    text = understand(content, table.name, file)
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
    _note_end(text, records, log)
    cells = {key: records.columns[place] for key, place in text.places.items()}
    subject = _subjects(cells, log)
    log.count(records.lines, subject)
    ids = cells["subject_id"].spread(subject)
    keep, measure = _rows_to_keep(cells, subject, records, log)
    row = records.row
    if keep is not None:
        cells = {key: column.take(keep) for key, column in cells.items()}
        row, ids = row.take(keep), ids.take(keep)
    if keep is not None and measure is None:
        cells = {key: column.compact() for key, column in cells.items()}
    if measure is not None and keep is not None:
        measure = measure[keep]
    frame = {"row": row, "subject_id": ids} | _values_of(cells, ids, text.separator, log)
    if measure is not None:
        frame["measure"] = measure
    result = pd.DataFrame(frame, copy=False)
    _check_filled(result, text, log)
    return result


def _subjects(cells: dict[str, Cells | Numbers], log: Log) -> np.ndarray:
    """Return the subject each different text stands for; write down what stands for none."""
    column = cells["subject_id"]
    subject = without_footers(identifiers(column.texts), cells)
    log.names.update(names_of(subject, column.texts))
    if (subject < 0).any() and (count := count_rounded(column)):
        text = f"{count:,} rows whose subject is {ROUNDED} were left out"
        remedy = "digits are lost in it; write the subjects as text"
        log.note(f"{text} ({remedy})", cost_of_table(log.table.name))
    return subject


def _values_of(
    cells: dict[str, Cells | Numbers], ids: np.ndarray, separator: str, log: Log
) -> dict[str, np.ndarray | pd.Categorical]:
    """Return the columns of records that are kept, and log what is lost in their cells."""
    frame = {}
    columns = log.table.columns[1:]
    of_numbers = [cells.get(column.key) for column in columns if column.kind != "text"]
    texts = [found.texts for found in of_numbers if isinstance(found, Cells)]
    # who separates cells by something else than commas may do so because these are decimal
    how = separator != "," and any(map(has_decimal_commas, texts)), log
    for column in columns:
        found = cells.get(column.key)
        frame[column.key] = (
            _nothing(column, len(ids)) if found is None else _values(column, found, ids, how)
        )
    return frame


def count_table(pieces: Iterable[bytes], packed: int, log: Log) -> None:
    """Write down the rows and subjects of a table that is not used, from so many bytes of it."""
    lines, subjects = count_records(pieces, packed, log.table.name, log.file)
    log.count(lines, identifiers(subjects))


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
    column: schema.Column, cells: Cells | Numbers, subjects: np.ndarray, how: tuple[bool, Log]
) -> np.ndarray | pd.Categorical:
    """Return the values of a column, given whether others have decimal commas, and log losses."""
    if isinstance(cells, Numbers):
        return cells.values
    if column.kind == "text":
        # the commas in laboratory results are for the cleaning to judge, for each test
        return categories(cells, keep_dash=column.key == "test_result")
    elsewhere, log = how
    commas = has_decimal_commas(cells.texts, elsewhere=elsewhere)
    if commas:
        log.note(f"{column.name}: commas were read as decimal")
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


def _note_end(text: Content, records: Records, log: Log) -> None:
    """Write down that a file ends within a record, else whether its last line ends."""
    if ends_within_record(text, records):
        cost = cost_of_table(log.table.name)
        cost = "every questionnaire" if log.table.necessary else cost
        log.note("the file ends within a record, so it was cut", f"of what is cut off: {cost}")
    else:
        log.has_end[log.table.name] = has_last_line_end(text)


def _check_filled(frame: pd.DataFrame, text: Content, log: Log) -> None:
    """Refuse a necessary table without rows or days; note what an empty column costs."""
    table = log.table
    if table.necessary:
        _check_necessary(frame, table, log)
    if frame.empty:
        log.note("the table has no row", cost_of_table(table.name))
        return
    for column in table.columns[1:]:
        cost = cost_if_empty(table.name, column.key)
        if column.key in text.places and cost != NOTHING and frame[column.key].isna().all():
            unread = (table.name, column.key) in log.unread
            found = "no value that can be read" if unread else "no value"
            log.note(f"the column {column.name} holds {found}", cost)


def _check_necessary(frame: pd.DataFrame, table: schema.Table, log: Log) -> None:
    day = schema.normalise(table.day)
    if frame.empty or frame[day].isna().all():
        rounded = any(ROUNDED in note for _, note, _ in log.notes)
        how = f"; they are {ROUNDED}, in which digits are lost" if rounded else ""
        found = (
            f"no row with a subject{how}" if frame.empty else f"no number in the column {table.day}"
        )
        expected = f"{table.row} a row, with its subject and its day"
        raise refuse(log.file, expected=expected, found=found, remedy=REMEDY)
