"""Read a connectome that is text: a matrix, with labels around it or not, or a list of edges."""

import re

import numpy as np

from alsnb.checks import BadInput
from alsnb.imaging.cells import MISSING, as_number, csv_lines, decode, separator_of
from alsnb.imaging.forms import (
    MOST_REGIONS,
    Edges,
    Matrix,
    Unreadable,
    check_square,
    unreadable_because,
)


def parse_text(content: bytes, name: str, *, is_list: bool) -> Matrix | Edges:
    """Return the matrix or the edges in a text file.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name.
    is_list : bool
        Whether the name says that it is a list of edges; a text with three cells in each of many
        lines is one, too.

    Raises
    ------
    Unreadable
        If it is neither.
    """
    try:
        text = decode(content, name).strip("\n")
    except BadInput as error:
        raise unreadable_because(error, "a connectome as text") from error
    if "#" in text or "%" in text or "\n\n" in text:
        kept = [line for line in text.split("\n") if line.strip() and line[0] not in "#%"]
        text = "\n".join(kept)
    lines = text.split("\n")
    if is_list:
        table = _plain_numbers(lines, 3)
        return _edges(_cells(text, name)) if table is None else _numbered_edges(table)
    weights = _plain_numbers(lines, len(lines)) if 2 <= len(lines) <= MOST_REGIONS else None
    if weights is not None:
        return Matrix(weights)
    cells = _cells(text, name)
    # a matrix of three regions has three lines, or four with labels
    if len(cells) > 4 and all(len(line) == 3 for line in cells):
        return _edges(cells)
    return _matrix_of_cells(cells)


def _cells(text: str, name: str) -> list[list[str]]:
    try:
        return [cells for _, cells in csv_lines(text, name) if any(cells)]
    except BadInput as error:
        raise Unreadable("cannot be read", "a connectome as text", "an open quote") from error


def _plain_numbers(lines: list[str], width: int) -> np.ndarray | None:
    """Return the numbers of lines that hold nothing else, None if one has another width."""
    if not any(line.strip() for line in lines):
        return None
    mark = separator_of(lines[0])
    if mark != " ":
        lines = [line.rstrip().removesuffix(mark) for line in lines]
    try:
        values = np.loadtxt(lines, delimiter=None if mark == " " else mark, comments=None, ndmin=2)
    except ValueError:
        return None
    return values if values.shape == (len(lines), width) else None


def _matrix_of_cells(lines: list[list[str]]) -> Matrix:
    """Return the matrix of lines that may have labels in the first row and column."""
    above: list[str] = []
    if _is_row_of_labels(lines):
        above, lines = lines[0], lines[1:]
    beside = [line[0] for line in lines] if _is_column_of_labels(lines) else []
    if beside:
        lines = [line[1:] for line in lines]
    weights = _numbers(lines)
    found = [_texts(labels[-len(lines) :], len(lines)) for labels in (above, beside)]
    if all(found) and found[0] != found[1]:
        one, other = (
            "the same labels twice",
            "other labels in the first row than in the first column",
        )
        raise Unreadable("labels differ", one, other)
    return Matrix(weights, found[0] or found[1])


def _is_row_of_labels(lines: list[list[str]]) -> bool:
    """Whether the first line holds words, an empty corner, or the numbers of the columns."""
    if len(lines) < 3:
        return False
    first = lines[0]
    if len(first) == len(lines) and not first[0]:
        return True
    if sum(as_number(cell) is None for cell in first[1:]) > len(first) / 2:
        return True
    return len(first) == len(lines) - 1 and _is_counted(first)


def _is_column_of_labels(lines: list[list[str]]) -> bool:
    """Whether there is one cell more a line than lines, and the first holds words or a count."""
    if any(len(line) != len(lines) + 1 for line in lines):
        return False
    first = [line[0] for line in lines]
    return _is_counted(first) or all(as_number(cell) is None for cell in first)


def _is_counted(cells: list[str]) -> bool:
    # two numbers may be weights
    return len(cells) > 2 and cells in (
        [str(n + start) for n in range(len(cells))] for start in (0, 1)
    )


def _texts(labels: list[str], n: int) -> tuple[str, ...]:
    """Return labels if there is one for each region and they are not just numbers."""
    is_named = len(labels) == n and all(as_number(label) is None for label in labels)
    return tuple(labels) if is_named else ()


def _numbers(body: list[list[str]]) -> np.ndarray:
    """Return the cells as a square matrix of floats; missing cells are NaN."""
    n = len(body)
    widths = {len(line) for line in body}
    if widths != {n}:
        found = f"{n:,} rows of {' or '.join(str(width) for width in sorted(widths)[:3])} cells"
        raise Unreadable("not square", "a square matrix, a row and a column per region", found)
    check_square((n, n))
    values = np.empty((n, n))
    for i, line in enumerate(body):
        for j, cell in enumerate(line):
            number = _with_infinity(cell)
            if number is None:
                where = f"'{cell}' in row {i + 1}, column {j + 1}"
                raise Unreadable("not numbers", "a matrix of numbers", where)
            values[i, j] = number
    return values


def _with_infinity(cell: str) -> float | None:
    if cell.lower() in MISSING:
        return np.nan
    infinite = re.fullmatch(r"[-+]?inf(inity)?", cell, re.IGNORECASE)
    return float(cell) if infinite else as_number(cell)


def _edges(lines: list[list[str]]) -> Edges:
    """Return the edges of lines of two regions and a weight."""
    expected = "lines of two regions and a weight"
    if lines and len(lines[0]) == 3 and as_number(lines[0][2]) is None:
        lines = lines[1:]
    if not lines:
        raise Unreadable("no connection", expected, "no line")
    widths = {len(line) for line in lines}
    if widths != {3}:
        found = f"lines of {' or '.join(str(width) for width in sorted(widths)[:3])} cells"
        raise Unreadable("cannot be read", expected, found)
    try:
        table = np.array(lines, dtype=float)
    except ValueError:
        weights = [_with_infinity(line[2]) for line in lines]
        if None in weights:
            found = f"the weight '{lines[weights.index(None)][2]}'"
            raise Unreadable("not numbers", expected, found) from None
        return Edges([(first, second) for first, second, _ in lines], np.array(weights))
    return _numbered_edges(table)


def _numbered_edges(table: np.ndarray) -> Edges:
    """Return the edges in rows of two regions and a weight."""
    expected = "two whole numbers of regions and a weight"
    nodes = table[:, :2]
    if not (nodes == np.floor(nodes)).all():
        raise Unreadable("cannot be read", expected, "a region whose number is not whole")
    if not ((nodes >= 0) & (nodes <= MOST_REGIONS)).all():
        found = "a region with another number"
        raise Unreadable("wrong size", f"regions from 0 to at most {MOST_REGIONS:,}", found)
    return Edges(nodes.astype(int), table[:, 2])
