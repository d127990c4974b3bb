"""Write tables as the files of a release: names, headers in its spelling, bytes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from alsnb.compute.files import file_being_made

MARKER = "SIMULATED.txt"
"""File that lies beside the tables of a simulated release, and of no real one."""

MARKER_TEXT = (
    "These tables are simulated: a program drew every number in them, in the layout of PRO-ACT.\n"
    "No person stands behind any row, and nothing about ALS can be learned from them.\n"
)

LINES_AT_ONCE = 400_000
"""Rows that are joined to lines in one piece; bounds the memory, changes nothing else."""


def write_table(cells: pa.Table, header: list[str], path: Path) -> None:
    """Write text cells as a file separated by commas that appears complete or not at all.

    Null is written as nothing.
    """
    with file_being_made(path) as unfinished, unfinished.open("wb") as file:
        file.write((",".join(header) + "\n").encode())
        for start in range(0, cells.num_rows, LINES_AT_ONCE):
            file.write(_lines(cells.slice(start, LINES_AT_ONCE)))


def _lines(cells: pa.Table) -> memoryview:
    """Return the rows as the bytes of their lines."""
    columns = [_quoted(column) for column in cells.columns]
    lines = pc.binary_join_element_wise(*columns, ",", null_handling="replace")
    lines = pc.binary_join_element_wise(lines, pa.scalar("\n"), "")
    lines = pa.concat_arrays([lines])  # one whose bytes begin where its first line does
    offsets = memoryview(lines.buffers()[1]).cast("i")
    first = offsets[lines.offset]
    last = offsets[lines.offset + len(lines)]
    return memoryview(lines.buffers()[2])[first:last]


def _quoted(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Put quotes around the cells that a reader would otherwise split."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    needs = pc.match_substring_regex(column, '[,"\n\r]')
    if not pc.any(needs).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), column)
