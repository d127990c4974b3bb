"""Read the laboratory results of some days only; the table is by far the largest.

It is split block by block, by as many threads as there are. Each block is thinned out at once, so
that the results of all other days are never looked at.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from alsnb.tables.proact import schema
from alsnb.tables.proact.cells import Cells, Records, columns_of
from alsnb.tables.proact.coercion import identifiers, numbers
from alsnb.tables.proact.content import Content, understand
from alsnb.tables.proact.framing import (
    BROKEN,
    NO_SUBJECT,
    NOT_USED,
    OUTSIDE,
    Log,
    check_filled,
    frame_of,
    make_frame,
    note_layout,
    split_table,
)
from alsnb.tables.proact.lab_names import codes_of_tests, measures
from alsnb.tables.proact.splitting import BLOCK_BYTES, parse

LONGEST_LINE = 1 << 16
"""No line of a well formed table has as many bytes."""

LINE_END = re.compile(b"[\r\n]")

MOST_QUOTED = 10_000
"""In a block with more quoted cells these are not looked through."""

AS_WRITTEN = ("test_result", "test_unit")
"""Columns that say nothing on whether a record is kept."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is kept of a block of the table, and what was left out of it.

    Parameters
    ----------
    table : pa.Table
        The cells of the records that are kept, columns by their place in the file.
    place : ndarray of int
        Where these records stand among those of the block.
    count : int
        Records of the block.
    subjects : list of str
        The different texts that stand for subjects.
    left_out : dict of str to int
        Number of records by the rule that leaves them out.
    touched : dict of str to ndarray of int64
        Subjects of these.
    """

    table: pa.Table
    place: np.ndarray
    count: int
    subjects: list[str]
    left_out: dict[str, int]
    touched: dict[str, np.ndarray]


def begin_reading(
    content: pa.Buffer, log: Log, window: pd.DataFrame, threads: Executor
) -> Callable[[], pd.DataFrame]:
    """Begin to read the results that are wanted, and return what waits for them.

    Parameters
    ----------
    content : pa.Buffer
        The file.
    log : Log
        Written to until then.
    window : DataFrame
        As of :func:`alsnb.tables.proact.framing.make_frame`.
    threads : Executor
        Who reads the blocks, at least two.
    """
    text, window = understand(content, log.table.name, log.file), window.sort_index()
    begun = [threads.submit(read_block, block, text, window) for block in blocks_of(text)]

    def join() -> pd.DataFrame:
        parts = [part.result() for part in begun]
        if not parts or any(part is None for part in parts):
            return make_frame(*split_table(content, log.table, log.file), log, window)
        return join_parts(parts, text, log)

    # begun after all blocks, so that with two threads the other one ends what this waits for
    return threads.submit(join).result


def blocks_of(text: Content) -> list[pa.Buffer]:
    """Return the table in blocks of whole lines; none if it must be read as a whole.

    It must if lines are overlong, a column stands there twice, or cells are separated by something
    else than commas, as then all numbers of a column decide what a comma in them means.
    """
    if text.separator != "," or text.doubled:
        return []
    try:
        return list(_blocks(text.body))
    except ValueError:
        return []


def _blocks(body: pa.Buffer) -> Iterator[pa.Buffer]:
    start = 0
    while body.size - start > BLOCK_BYTES:
        before = start + BLOCK_BYTES - LONGEST_LINE
        end = before + body.slice(before, LONGEST_LINE).to_pybytes().rindex(b"\n") + 1
        yield body.slice(start, end - start)
        start = end
    if start < body.size:
        yield body.slice(start)


def read_block(block: pa.Buffer, text: Content, window: pd.DataFrame) -> Part | None:
    """Return what is wanted of a block; nothing if the table must be read with more care.

    Parameters
    ----------
    block : pa.Buffer
        Whole lines of the table.
    text : Content
        The table; its separator is a comma.
    window : DataFrame
        As of :func:`alsnb.tables.proact.framing.make_frame`; its index is ascending.
    """
    as_written = [text.places[key] for key in AS_WRITTEN if key in text.places]
    written = block.to_pybytes()
    if not _is_plain(written):
        return None
    try:
        table = parse(
            text,
            block,
            text.places.values(),
            as_written=as_written,
            check_encoding=not written.isascii(),
        )
    except pa.ArrowInvalid:
        return None
    judged = {key: place for key, place in text.places.items() if key not in AS_WRITTEN}
    columns = columns_of(table, judged.values())
    cells = {key: columns[place] for key, place in judged.items()}
    blank = Cells(np.zeros(table.num_rows, dtype=np.int32), [""])
    days = cells.get(schema.normalise(schema.tables()["labs"].day), blank)
    if any("," in day for day in days.texts):
        return None
    return _thinned(table, cells["subject_id"], cells.get("test_name", blank), days, window)


def _is_plain(written: bytes) -> bool:
    """Whether a block has neither NUL nor line ends between quotes."""
    if b"\0" in written:
        return False
    first = written.find(b'"')
    for _ in range(MOST_QUOTED):
        if first < 0:
            return True
        last = written.find(b'"', first + 1)
        if last < 0 or LINE_END.search(written, first, last):
            return False
        first = written.find(b'"', last + 1)
    return False


def _thinned(table: pa.Table, ids: Cells, names: Cells, days: Cells, window: pd.DataFrame) -> Part:
    """Return the records of a block that are wanted."""
    subject = identifiers(ids.texts)
    known = _where(subject >= 0, ids)
    used = known & _where(codes_of_tests(names.texts) >= 0, names)
    place = _wanted(used, (ids, subject), days, window)
    outside = used.copy()
    outside[place] = False
    out = {NO_SUBJECT: ~known, NOT_USED: known & ~used, OUTSIDE: outside}
    kept = table.take(pa.array(place))
    for at, column in enumerate(kept.columns):
        if not pa.types.is_dictionary(column.type):
            kept = kept.set_column(at, kept.column_names[at], column.dictionary_encode())
    return Part(
        table=kept,
        place=place,
        count=table.num_rows,
        subjects=ids.texts,
        left_out={rule: int(np.count_nonzero(where)) for rule, where in out.items()},
        touched={rule: subject[_occurring(ids.codes[where])] for rule, where in out.items()},
    )


def _where(holds: np.ndarray, cells: Cells) -> np.ndarray:
    """Return which cells have a text of which something holds."""
    if holds.all():
        return np.ones(len(cells.codes), dtype=bool)
    return holds.take(cells.codes)


def _wanted(
    used: np.ndarray, subjects: tuple[Cells, np.ndarray], days: Cells, window: pd.DataFrame
) -> np.ndarray:
    """Return which of the records that are used are of a day that is wanted, or of none."""
    ids, subject = subjects
    day = numbers(days.texts).values
    first, last = _days_of(subject, window)
    # mostly there is a day in every record, and few subjects have one that is wanted
    if not np.isnan(day).any():
        used = used & _where(~(first > last), ids)
    rows = np.flatnonzero(used)
    of, on = ids.codes.take(rows), day.take(days.codes.take(rows))
    return rows[~((on < first.take(of)) | (on > last.take(of)))]


def _occurring(codes: np.ndarray) -> np.ndarray:
    """Return the different codes among some."""
    return np.flatnonzero(np.bincount(codes)) if len(codes) else codes


def _days_of(subject: np.ndarray, window: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last wanted day of each subject; none lies between if none is."""
    known = window.index.to_numpy()
    at = np.searchsorted(known, subject)
    there = np.append(known, -1)[at] == subject
    first = np.where(there, np.append(window["first"].to_numpy(), np.nan)[at], np.inf)
    last = np.where(there, np.append(window["last"].to_numpy(), np.nan)[at], -np.inf)
    return first, last


def join_parts(parts: list[Part], text: Content, log: Log) -> pd.DataFrame:
    """Return the frame of the results that are wanted, and write down what was found.

    Parameters
    ----------
    parts : list of Part
        All blocks of the table, in their order.
    text : Content
        The table.
    log : Log
        Written to.
    """
    starts = np.cumsum([0, *(part.count for part in parts)])
    row = np.concatenate(
        [part.place + start for part, start in zip(parts, starts[:-1], strict=True)]
    )
    joined = pa.concat_tables([part.table for part in parts])
    records = Records(
        columns=columns_of(joined, text.places.values()),
        row=(row + 1).astype(np.int32),
        lines=int(starts[-1]),
    )
    note_layout(text, records, log)
    log.count(records.lines, identifiers(list({s for part in parts for s in part.subjects})))
    _leave_out(parts, records.lines, log)
    cells = {key: records.columns[place] for key, place in text.places.items()}
    names = cells.get("test_name", Cells(np.zeros(len(row), dtype=np.int32), [""]))
    frame = frame_of(cells, records.row, measures(names), (text.separator, log))
    if len(frame):
        check_filled(frame, text, log)
    return frame


def _leave_out(parts: list[Part], lines: int, log: Log) -> None:
    """Account for all records of the file."""
    log.leave_out(BROKEN, lines, lines)
    for rule in (NO_SUBJECT, NOT_USED, OUTSIDE):
        after = lines - sum(part.left_out[rule] for part in parts)
        touched = np.unique(np.concatenate([part.touched[rule] for part in parts]))
        log.leave_out(rule, lines, after, 0 if rule == NO_SUBJECT else len(touched))
        lines = after
