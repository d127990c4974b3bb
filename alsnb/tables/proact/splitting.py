"""Split a table's text into cells, each column as codes into its different texts.

A release repeats few texts many times, so everything later looks at each text once. A large
file that is well formed is split by all processors; one that is not, by one that survives it.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv

from alsnb.checks import refuse
from alsnb.tables.proact.cells import LARGEST, Cells, Records, columns_of
from alsnb.tables.proact.content import REMEDY, Content, decode
from alsnb.tables.proact.places import buffer_of
from alsnb.tables.proact.schema import MISSING_MARKERS
from alsnb.tables.proact.subjects import looks_like_subject

BLOCK_BYTES = 4 << 20
"""So many bytes are split at a time."""

LARGE_BYTES = 16 << 20
"""A smaller file is split by one processor, so that it need not wait behind a larger one."""

FIRST_BYTES = 1 << 20
"""So many at a time where a text among numbers must be come upon soon."""

MOST_TRIES = 4
"""So often it is tried which columns hold nothing but numbers."""

MOST_LINES = 20
"""A cell with more line ends than this is one whose quote was never closed."""

_TEXT = pa.dictionary(pa.int32(), pa.string())
_NO_NUMBER = re.compile(r"In CSV column #(\d+):.* CSV conversion error to double")
_MISSING = sorted(
    {marker for text in MISSING_MARKERS for marker in (text, text.upper(), text.capitalize())}
)


def split(
    content: Content, places: list[int], where: str, *, as_numbers: Collection[int] = ()
) -> Records:
    """Split the body of a table into the cells of some of its columns.

    Parameters
    ----------
    content : Content
        The table.
    places : list of int
        Places of the columns to keep.
    where : str
        Name of the file, for refusals.
    as_numbers : collection of int
        Places of the columns that come as numbers if all of theirs are written plainly.

    Raises
    ------
    BadInput
        If most lines do not have as many cells as the header.
    """
    if content.body.size == 0:
        return _records(None, places, np.arange(0), 0, ())
    try:
        table = _parse_numbers(content, places, as_numbers)
        columns = columns_of(table, places)
    except pa.ArrowInvalid:
        return _split_with_care(content, places, where)
    count = table.num_rows
    joined = len(set(places)) < content.width and _has_joined_lines(content.body, count)
    texts = [cells.texts for cells in columns.values() if isinstance(cells, Cells)]
    if joined or any(map(_is_odd, texts)):
        return _split_with_care(content, places, where)
    return Records(columns=columns, row=np.arange(1, count + 1, dtype=np.int32), lines=count)


def parse(
    content: Content,
    body: pa.Buffer,
    places: Iterable[int],
    *,
    as_numbers: Collection[int] = (),
    on_broken: Callable | None = None,
    with_quotes: bool = True,
) -> pa.Table:
    """Split with all processors, or, given what to do with broken lines, with one.

    The cells of each column are codes into its different texts, but for those of the columns
    ``as_numbers``, which must be numbers or missing.
    """
    kinds = dict.fromkeys(places, _TEXT) | dict.fromkeys(as_numbers, pa.float64())
    names = [str(place) for place in range(content.width)]
    careful = on_broken is not None
    return pyarrow.csv.read_csv(
        pa.BufferReader(body),
        read_options=pyarrow.csv.ReadOptions(
            column_names=names,
            use_threads=not careful and body.size > LARGE_BYTES,
            block_size=body.size + 1 if careful else FIRST_BYTES if as_numbers else BLOCK_BYTES,
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=content.separator,
            quote_char='"' if with_quotes else False,
            newlines_in_values=careful and with_quotes,
            invalid_row_handler=on_broken,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={str(place): kind for place, kind in kinds.items()},
            include_columns=[str(place) for place in kinds],
            null_values=_MISSING,
            check_utf8=not _is_utf8(body),
        ),
    )


def _is_utf8(body: pa.Buffer) -> bool:
    """Whether all bytes are UTF-8, which is much faster to tell of all than of each cell."""
    ends = pa.py_buffer(np.array([0, body.size], dtype=np.int64))
    try:
        pa.Array.from_buffers(pa.large_utf8(), 1, [None, ends, body]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _parse_numbers(content: Content, places: list[int], as_numbers: Collection[int]) -> pa.Table:
    """Split with those columns as numbers in which nothing else is written."""
    left = set(as_numbers)
    for _ in range(MOST_TRIES):
        try:
            table = parse(content, content.body, places, as_numbers=left)
        except pa.ArrowInvalid as error:
            found = _NO_NUMBER.match(str(error))
            if found is None or int(found[1]) not in left:
                break
            left.remove(int(found[1]))
            continue
        odd = {place for place in left if not _is_plain(table.column(str(place)))}
        if not odd:
            return table
        left -= odd
    return parse(content, content.body, places)


def _is_plain(column: pa.ChunkedArray) -> bool:
    """Whether all numbers of a column are written as such and of a size that occurs."""
    values = column.to_numpy()
    return np.count_nonzero(np.abs(values) <= LARGEST) == len(column) - column.null_count


def _split_with_care(content: Content, places: list[int], where: str) -> Records:
    """Split a text that has broken lines, line ends in cells, NUL or another encoding."""
    text, notes = decode(content.body.to_pybytes())
    if not text.strip():
        return _records(None, places, np.arange(0), 0, tuple(notes))
    body = buffer_of(text)
    records = _without_broken_lines(content, body, where)
    if records.broken > len(records.left_out):
        # a quote that is opened and never closed swallows lines; as a letter it does not
        literal = _without_broken_lines(content, body, where, with_quotes=False)
        if literal.broken < records.broken:
            records = literal
        notes.append("a quote is opened and never closed")
    if len(records.row) < records.broken:
        expected = f"rows of {content.width} cells, as many as the header has names"
        found = f"{records.broken:,} of {records.lines:,} with more or fewer"
        raise refuse(where, expected=expected, found=found, remedy=REMEDY)
    return replace(records, notes=tuple(notes))


def _without_broken_lines(
    content: Content, body: pa.Buffer, where: str, *, with_quotes: bool = True
) -> Records:
    """Return the records with as many cells as the header, and count the other lines."""
    broken: list[tuple[int, int, bool]] = []

    def leave_out(line: pyarrow.csv.InvalidRow) -> str:
        lines = _lines_in(line.text)
        broken.append((line.number, lines, lines == 1 and _is_footer(line.text, content)))
        return "skip"

    everywhere = list(range(content.width))
    try:
        table = parse(content, body, everywhere, on_broken=leave_out, with_quotes=with_quotes)
    except pa.ArrowInvalid as error:
        expected = f"rows of {content.width} cells"
        found = "text that cannot be split into cells"
        raise refuse(where, expected=expected, found=found, remedy=REMEDY) from error
    left_out = np.array([number for number, _, _ in broken], dtype=np.int64)
    row = np.setdiff1d(np.arange(1, table.num_rows + len(broken) + 1), left_out)
    lines = table.num_rows + sum(count for _, count, _ in broken)
    records = _records(table, everywhere, row, lines, ())
    if not with_quotes:
        bare = {place: cells.without_quotes() for place, cells in records.columns.items()}
        records = replace(records, columns=bare)
    footers = sum(footer for _, _, footer in broken)
    records = replace(records, left_out=left_out, footers=footers)
    return _without_swallowed(records, content)


def _records(
    table: pa.Table | None, places: list[int], row: np.ndarray, lines: int, notes: tuple[str, ...]
) -> Records:
    empty = Cells(np.zeros(0, dtype=np.int32), [])
    columns = dict.fromkeys(places, empty) if table is None else columns_of(table, places)
    return Records(columns=columns, row=row.astype(np.int32), lines=lines, notes=notes)


def _has_joined_lines(body: pa.Buffer, count: int) -> bool:
    """Whether a quote may have joined lines to fewer records, in a column that is not read."""
    if re.search(b'"', body) is None:
        return False
    view = memoryview(body)
    starts = range(0, len(view), BLOCK_BYTES)
    lines = sum(view[start : start + BLOCK_BYTES].tobytes().count(b"\n") for start in starts)
    return count < lines + (view[-1:] != b"\n")


def _is_odd(texts: list[str]) -> bool:
    """Whether any text holds a line end or NUL, which a well formed table does not."""
    joined = "".join(texts)
    return "\n" in joined or "\r" in joined or "\0" in joined


def _is_footer(line: str, content: Content) -> bool:
    """Whether a line has no subject, such as the message of a database below the records."""
    cells = line.split(content.separator)
    place = content.places["subject_id"]
    return not looks_like_subject(cells[place if place < len(cells) else 0])


def _lines_in(text: str) -> int:
    return 1 + text.strip("\r\n").count("\n")


def _without_swallowed(records: Records, content: Content) -> Records:
    """Leave out records in which a quote that was never closed has swallowed later lines."""
    swallowed = np.zeros(len(records.row), dtype=np.int64)
    for cells in records.columns.values():
        lines = np.array([_swallowed_by(text, content) for text in cells.texts], dtype=np.int64)
        if lines.any():
            swallowed += lines[cells.codes]
    if not swallowed.any():
        return records
    keep = np.flatnonzero(swallowed == 0)
    return replace(
        records,
        columns={place: cells.take(keep).compact() for place, cells in records.columns.items()},
        row=records.row[keep],
        lines=records.lines + int(swallowed.sum()),
        left_out=np.append(records.left_out, records.row[swallowed > 0]),
    )


def _swallowed_by(text: str, content: Content) -> int:
    """Return how many lines a cell has swallowed; none if its line ends may be meant."""
    if "\n" not in text and "\r" not in text:
        return 0
    lines = text.strip("\r\n").splitlines()
    whole = any(_is_record(line, content) for line in lines)
    return max(len(lines) - 1, 1) if whole or len(lines) > MOST_LINES else 0


def _is_record(line: str, content: Content) -> bool:
    """Whether a line has as many cells as a record, and a subject."""
    enough = line.count(content.separator) >= content.width - 1
    return enough and not _is_footer(line, content)
