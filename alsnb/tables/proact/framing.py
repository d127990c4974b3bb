"""Make the frame of one table from its text, and write down what was found on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd
import pyarrow as pa

from alsnb.checks import listed, refuse
from alsnb.tables.proact import schema
from alsnb.tables.proact.coercion import (
    categories,
    has_decimal_commas,
    identifiers,
    log_of_failures,
    numbers,
    with_decimal_points,
)
from alsnb.tables.proact.content import REMEDY, Content, understand
from alsnb.tables.proact.costs import NOTHING, cost_of_column, cost_of_table
from alsnb.tables.proact.splitting import Cells, Records, split

BROKEN, NO_SUBJECT, NOT_USED = "broken line", "footer or no subject", "test not used"
"""Rules by which reading leaves rows out, in this order."""

MOST_SHOWN = 12
"""So many unknown columns of one table are named."""


@dataclass(frozen=True)
class Log:
    """What is written down while tables are read: rows of the frames of ``RawTables``."""

    audit: list[tuple] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    counts: list[tuple] = field(default_factory=list)
    notes: list[tuple] = field(default_factory=list)
    subjects: list[np.ndarray] = field(default_factory=list)

    def n_patients(self) -> int:
        """Return the number of different subjects in all used tables."""
        return len(np.unique(np.concatenate(self.subjects))) if self.subjects else 0


def merged(logs: Iterable[Log]) -> Log:
    """Return what several logs hold, in their order."""
    whole = Log()
    for log in logs:
        for part in fields(Log):
            getattr(whole, part.name).extend(getattr(log, part.name))
    return whole


def split_table(content: pa.Buffer, table: schema.Table, file: str) -> tuple[Content, Records]:
    """Return the text of a table and the cells of the columns that are needed.

    Of a table that is not used these are the subjects alone.

    Raises
    ------
    BadInput
        If the file is no table.
    """
    text = understand(content, table.name, file)
    places = [*text.places.values(), *text.doubled.values()]
    return text, split(text, places if table.used else [text.places["subject_id"]], file)


def make_frame(
    text: Content, records: Records, table: schema.Table, file: str, log: Log
) -> pd.DataFrame:
    """Return the frame of one used table and write down what was found.

    Parameters
    ----------
    text, records
        What :func:`split_table` returns.
    table : schema.Table
        What the table should hold.
    file : str
        Name of its file, for refusals and notes.
    log : Log
        Written to.

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
    _note_layout(table, text, records, log)
    cells = {key: records.columns[place] for key, place in text.places.items()}
    subject = identifiers(cells["subject_id"].texts)
    keep, measure = _rows_to_keep(table, cells, subject, records, log)
    row = records.row
    _count(table, file, records, subject, log)
    if keep is not None:
        cells = {key: column.take(keep) for key, column in cells.items()}
        row = row.take(keep)
    if keep is not None and measure is None:
        cells = {key: column.compact() for key, column in cells.items()}
        subject = identifiers(cells["subject_id"].texts)
    frame = {"row": row, "subject_id": subject[cells["subject_id"].codes]}
    for column in table.columns[1:]:
        frame[column.key] = _values(column, cells, frame["subject_id"], text, (table, file, log))
    if measure is not None:
        frame["measure"] = measure if keep is None else measure[keep]
    result = pd.DataFrame(frame, copy=False)
    _check_filled(table, result, text, file, log)
    return result


def count_table(text: Content, records: Records, table: schema.Table, file: str, log: Log) -> None:
    """Write down the rows and subjects of a table that is not used."""
    ids = records.columns[text.places["subject_id"]]
    _count(table, file, records, identifiers(ids.texts), log)


# --- rows --------------------------------------------------------------------------------


def _rows_to_keep(
    table: schema.Table, cells: dict[str, Cells], subject: np.ndarray, records: Records, log: Log
) -> tuple[np.ndarray | None, pd.Categorical | None]:
    """Return the records to keep, None for all, and the measure of each laboratory result."""
    count = len(records.row)
    log.audit.append((table.name, BROKEN, records.lines, count, 0, 0))
    ids = cells["subject_id"].codes
    keep = None if (subject >= 0).all() else (subject >= 0)[ids]
    kept = count if keep is None else int(keep.sum())
    log.audit.append((table.name, NO_SUBJECT, count, kept, 0, 0))
    if table.name != "labs":
        return (None if keep is None else np.flatnonzero(keep)), None
    names = cells.get("test_name", Cells(np.zeros(count, dtype=np.int32), [""]))
    measure = _measures(_codes_of_tests(names.texts)[names.codes])
    used = measure.codes >= 0 if keep is None else (measure.codes >= 0) & keep
    dropped = ids[~used if keep is None else ~used & keep]
    touched = len(np.unique(subject[np.bincount(dropped, minlength=len(subject)) > 0]))
    after = int(used.sum())
    log.audit.append((table.name, NOT_USED, kept, after, 0, touched))
    return (None if after == count else np.flatnonzero(used)), measure


def _codes_of_tests(texts: list[str]) -> np.ndarray:
    """Return for each name of a test the number of its measure, -1 if it is not used."""
    known = {
        _plain(name): code
        for code, test in enumerate(schema.lab_tests().values())
        for name in (test.name, *test.aliases)
    }
    return np.array([known.get(_plain(text), -1) for text in texts], dtype=np.int8)


def _plain(name: str) -> str:
    """Return a test's name without case and doubled blanks."""
    return " ".join(name.lower().split())


def _measures(codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(list(schema.lab_tests()), dtype="str"))


def _count(table: schema.Table, file: str, records: Records, subject: np.ndarray, log: Log) -> None:
    """Write down the rows and subjects of a table."""
    texts = subject[subject >= 0]
    subjects = np.unique(texts)
    log.counts.append((table.name, file, records.lines, len(subjects), table.used))
    if table.used:
        log.subjects.append(subjects)
        if more := len(texts) - len(subjects):
            note = f"{more:,} subjects are written in more than one way, as with a '.0'"
            log.notes.append((table.name, note, NOTHING))


# --- columns -----------------------------------------------------------------------------


def _values(
    column: schema.Column,
    cells: dict[str, Cells],
    subjects: np.ndarray,
    text: Content,
    place: tuple[schema.Table, str, Log],
) -> np.ndarray | pd.Categorical:
    """Return the values of a column; NaN in every row if the file lacks it."""
    table, file, log = place
    found = cells.get(column.key)
    if found is None and column.kind == "text":
        return categories(Cells(np.zeros(len(subjects), dtype=np.int32), [""]))
    if found is None:
        return np.full(len(subjects), np.nan)
    commas = has_decimal_commas(found.texts, text.separator)
    if column.kind == "text":
        is_result = column.key == "test_result"
        if is_result and commas and text.separator != ",":
            found = Cells(found.codes, with_decimal_points(found.texts))
            log.notes.append((table.name, f"{column.name}: commas were read as decimal", NOTHING))
        return categories(found, keep_dash=is_result)
    if commas:
        log.notes.append((table.name, f"{column.name}: commas were read as decimal", NOTHING))
    coerced = numbers(found.texts, decimal_comma=commas)
    log.failures.extend(
        log_of_failures(found, coerced, subjects, table=table.name, file=file, column=column.name)
    )
    return coerced.values[found.codes]


def _note_layout(table: schema.Table, text: Content, records: Records, log: Log) -> None:
    """Write down what is odd about a file's columns."""
    notes = [(note, NOTHING) for note in (*text.notes, *records.notes)]
    if text.unknown:
        named = listed(text.unknown, most=MOST_SHOWN)
        notes.append((f"columns that are not known and were not read: {named}", NOTHING))
    for key, place in text.doubled.items():
        name = table.column(key).name
        if not _same(records.columns[text.places[key]], records.columns[place]):
            notes.append((f"the column {name} stands there twice; the second was ignored", NOTHING))
    for column in table.columns:
        if column.key not in text.places:
            cost = cost_of_column(table.name, column.key)
            notes.append((f"the column {column.name} is missing", cost))
    log.notes.extend((table.name, note, cost) for note, cost in notes)


def _same(first: Cells, second: Cells) -> bool:
    """Whether two columns hold the same texts."""
    texts = [pd.Index(cells.texts, dtype="str") for cells in (first, second)]
    if not len(first.codes):
        return True
    return bool((texts[0].take(first.codes) == texts[1].take(second.codes)).all())


def _check_filled(
    table: schema.Table, frame: pd.DataFrame, text: Content, file: str, log: Log
) -> None:
    """Refuse a necessary table without rows or days; note what an empty column costs."""
    if table.necessary:
        _check_necessary(table, frame, file)
    if frame.empty:
        log.notes.append((table.name, "the table has no row", cost_of_table(table.name)))
        return
    for column in table.columns[1:]:
        cost = cost_of_column(table.name, column.key)
        if column.key in text.places and cost != NOTHING and frame[column.key].isna().all():
            log.notes.append((table.name, f"the column {column.name} holds no value", cost))


def _check_necessary(table: schema.Table, frame: pd.DataFrame, file: str) -> None:
    day = schema.normalise(table.day)
    if frame.empty or frame[day].isna().all():
        found = "no row with a subject" if frame.empty else f"no number in the column {table.day}"
        raise refuse(
            file,
            expected=f"{table.row} a row, with its subject and its day",
            found=found,
            remedy=REMEDY,
        )
