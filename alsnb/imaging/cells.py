"""Turn a text table into cells, and cells into numbers."""

import csv
import re
from dataclasses import dataclass
from io import StringIO

import numpy as np

from alsnb.checks import BadInput, refuse
from alsnb.tables.source import GZIP_START, NOT_A_TABLE, NOT_TEXT

MISSING = frozenset({"", "n/a", "na", "nan", "null", "none", ".", "-"})
"""What stands for a missing value, in small letters; BIDS writes ``n/a``."""

UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""Marks at the start of a text as some spreadsheets export it."""

REMEDY = "Save it as text with tabs or commas between the cells, in UTF-8."


@dataclass(frozen=True)
class Cells:
    """A table as text: the names of its columns, and its rows with their line numbers."""

    name: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]


def decode(content: bytes, name: str) -> str:
    r"""Return bytes as text, with every line end as ``\n``.

    UTF-8 and, if its mark is there, UTF-16 are read as such, anything else as Windows-1252.

    Raises
    ------
    BadInput
        If the file is empty or no text.
    """

    def no_table(found: str) -> BadInput:
        return refuse(name, expected="a table as text", found=found, remedy=REMEDY)

    starts = {start: what for start, what in NOT_TEXT.items() if start not in UTF16}
    for start, what in (starts | {GZIP_START: "a gzip archive"}).items():
        if content.startswith(start):
            raise no_table(what)
    try:
        text = content.decode(UTF16.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        if content[:2] in UTF16:
            raise no_table("text in UTF-16 that is cut") from error
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise no_table("a binary file, or text in UTF-16 without its mark")
    if not text.strip():
        raise no_table("an empty file")
    for start, what in NOT_A_TABLE.items():
        if text.lstrip().startswith(start):
            raise no_table(what)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def separator_of(line: str) -> str:
    """Return what separates the cells of a line: a tab, semicolon or comma, else a space."""
    bare = re.sub(r'"[^"]*"', "", line)
    return next((mark for mark in "\t;," if mark in bare), " ")


def read_cells(content: bytes, name: str) -> Cells:
    """Return the cells of a table whose first line names the columns.

    Empty lines are left out, and so is a column without a name or content at the end.

    Raises
    ------
    BadInput
        If the file is no text, has no row, or a row has another number of cells than the header.
    """
    lines = filled_lines(content, name)
    (_, header), body = lines[0], lines[1:]
    while header and not header[-1]:
        header = header[:-1]
    width = len(header)
    rows = []
    for number, row in body:
        if len(row) < width or any(row[width:]):
            raise refuse(
                f"{name}, line {number}",
                expected=f"{width:,} cells, as many as the header has names",
                found=f"{len(row):,}",
                remedy="Export the table again; a cell may hold the separator or a line end.",
            )
        rows.append(row[:width])
    if not rows:
        expected, remedy = "a row for each subject", "Export the table again."
        raise refuse(name, expected=expected, found="a header and no row", remedy=remedy)
    return Cells(name, header, rows, [number for number, _ in body])


def filled_lines(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that holds something, at least one, with its number.

    Raises
    ------
    BadInput
        If the file is no text, or holds nothing.
    """
    lines = [line for line in csv_lines(decode(content, name), name) if any(line[1])]
    if not lines:
        raise refuse(name, expected="a table as text", found="no cell", remedy=REMEDY)
    return lines


def csv_lines(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return the stripped cells of each line, with the number of the line counted from 1."""
    text = text.strip("\n")
    first = text.partition("\n")[0]
    mark = separator_of(first)
    if mark == " ":
        pairs = enumerate(text.split("\n"), start=1)
        return [(number, line.replace('"', "").split()) for number, line in pairs]
    reader = csv.reader(StringIO(text), delimiter=mark)
    try:
        return [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        found = f"a line that cannot be split, after line {reader.line_num}"
        raise refuse(name, expected="cells as text", found=found, remedy=REMEDY) from error


def as_number(text: str) -> float | None:
    """Return the number in a cell, NaN if it is missing, None if it holds something else.

    A single comma without a point is decimal, as spreadsheets in many countries write it.
    """
    bare = text.strip()
    if bare.lower() in MISSING:
        return np.nan
    if "," in bare and "." not in bare and bare.count(",") == 1:
        bare = bare.replace(",", ".")
    try:
        number = float(bare)
    except ValueError:
        return None
    return number if np.isfinite(number) and "_" not in bare else None
