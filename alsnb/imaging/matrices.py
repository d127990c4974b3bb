"""Read one connectome from its file: a matrix as text, ``.npy`` or ``.mat``, or a list of edges.

Nothing is unpickled, and no array is made before its shape is known.
"""

import io
import re
import warnings
from dataclasses import dataclass

import numpy as np

from alsnb.checks import BadInput
from alsnb.imaging.cells import MISSING, as_number, csv_lines, decode, separator_of

ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".npy", ".mat", ".edgelist", ".edges")
"""Endings of files that may hold a connectome."""

MOST_REGIONS = 2_000
"""No parcellation read here is finer."""

PICKLE_START = b"\x80"
HDF5_START = b"\x89HDF"


class Unreadable(Exception):
    """What is wrong with the file of one subject.

    Parameters
    ----------
    rule : str
        What kind of problem it is.
    expected, found : str
        The two halves of the sentence.
    remedy : str
        What to do.
    """

    def __init__(self, rule: str, expected: str, found: str, remedy: str = "") -> None:
        super().__init__(found)
        self.rule, self.expected, self.found, self.remedy = rule, expected, found, remedy


@dataclass(frozen=True)
class Matrix:
    """A square matrix as it stands in a file, and its labels if they stand there too."""

    weights: np.ndarray
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edges:
    """A list of edges as it stands in a file: two ends, as numbers or names, and weights."""

    ends: list[tuple[str, str]] | np.ndarray
    weights: np.ndarray


def parse_connectome(content: bytes, name: str, *, mat_key: str = "") -> Matrix | Edges:
    """Return the matrix or the edges in a file.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name, whose ending says what it is.
    mat_key : str
        Name of the matrix in a ``.mat`` file that holds more than one.

    Raises
    ------
    Unreadable
        If there is no square matrix of numbers and no list of edges in it.
    """
    ending = name.lower().rpartition(".")[2]
    if not content:
        raise Unreadable("cannot be read", "a connectome", "an empty file")
    if ending == "npy":
        return Matrix(_checked(_npy(content)))
    if ending == "mat":
        return Matrix(_checked(_mat(content, mat_key)))
    return _text(content, name, is_list=ending in ("edgelist", "edges"))


# --- arrays ------------------------------------------------------------------------------


def _checked(array: np.ndarray) -> np.ndarray:
    """Return an array as floats if it is a square matrix of real numbers."""
    if array.dtype.kind not in "biuf":
        raise Unreadable("not numbers", "a matrix of numbers", f"one of type {array.dtype}")
    _check_square(array.shape)
    return array.astype(float)


def _check_square(shape: tuple[int, ...]) -> None:
    size = " x ".join(map(str, shape)) or "a single number"
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < 2:
        raise Unreadable("not square", "a square matrix, a row and a column per region", size)
    if shape[0] > MOST_REGIONS:
        raise Unreadable("not square", f"at most {MOST_REGIONS:,} regions", size)


def _npy(content: bytes) -> np.ndarray:
    """Return the array of a ``.npy`` file, whose header is looked at first."""
    file = io.BytesIO(content)
    expected = "a matrix as numpy.save writes it"
    try:
        version = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(file)
        if dtype.hasobject:
            found = "Python objects, which are not loaded as they could run a program"
            raise Unreadable("cannot be read", expected, found, "Save the matrix as numbers.")
        _check_square(shape)
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, OSError, SyntaxError, TypeError) as error:
        raise Unreadable("cannot be read", expected, "a file that is cut or another") from error


def _mat(content: bytes, key: str) -> np.ndarray:
    """Return the matrix of a ``.mat`` file: that of the name, or the only square one."""
    from scipy.io.matlab import loadmat, whosmat

    expected = "a .mat file as MATLAB's save writes it"
    if content.startswith(PICKLE_START):
        found = "a pickle of Python, which is not loaded as it could run a program"
        raise Unreadable("cannot be read", expected, found, "Save it with scipy.io.savemat.")
    if content.startswith(HDF5_START) or b"MATLAB 7.3" in content[:128]:
        remedy = "Save it in MATLAB with save(..., '-v7')."
        raise Unreadable("cannot be read", expected, "one of version 7.3 (HDF5)", remedy)
    try:
        shapes = {name: shape for name, shape, _ in whosmat(io.BytesIO(content))}
        name = _chosen(shapes, key)
        _check_square(shapes[name])
        array = loadmat(io.BytesIO(content), variable_names=[name])[name]
    except Unreadable:
        raise
    except Exception as error:  # scipy raises what its parser happens to stumble over
        raise Unreadable("cannot be read", expected, "a file that is cut or another") from error
    return array.toarray() if hasattr(array, "toarray") else np.asarray(array)


def _chosen(shapes: dict[str, tuple[int, ...]], key: str) -> str:
    held = ", ".join(f"{name} ({' x '.join(map(str, shape))})" for name, shape in shapes.items())
    held = held or "nothing"
    if key:
        if key not in shapes:
            raise Unreadable("no matrix", f"a matrix named '{key}'", held, "Name another mat_key.")
        return key
    square = [name for name, s in shapes.items() if len(s) == 2 and s[0] == s[1] and s[0] > 1]
    if not square:
        raise Unreadable("no matrix", "a square matrix", held)
    if len(square) > 1:
        remedy = "Say which: ImagingSettings(mat_key=...)."
        raise Unreadable("several matrices", "one square matrix", held, remedy)
    return square[0]


# --- text --------------------------------------------------------------------------------


def _text(content: bytes, name: str, *, is_list: bool) -> Matrix | Edges:
    try:
        text = decode(content, name)
    except BadInput as error:
        found = str(error).partition("found ")[2].partition(".")[0]
        raise Unreadable("cannot be read", "a connectome as text", found) from error
    text = "\n".join(line for line in text.split("\n") if line.strip() and line[0] not in "#%")
    if not is_list:
        weights = _plain_matrix(text)
        if weights is not None:
            return Matrix(weights)
    try:
        lines = [cells for _, cells in csv_lines(text, name) if any(cells)]
    except BadInput as error:
        raise Unreadable("cannot be read", "a connectome as text", "an open quote") from error
    # a matrix of three regions has three lines
    if is_list or (lines and len(lines) > 4 and all(len(cells) == 3 for cells in lines)):
        return _edges(lines)
    return _matrix_of_cells(lines)


def _plain_matrix(text: str) -> np.ndarray | None:
    """Return the matrix of a text that holds nothing but numbers, as many in each line."""
    lines = text.split("\n")
    n = len(lines)
    if not 2 <= n <= MOST_REGIONS:
        return None
    mark = separator_of(lines[0])
    if mark == " ":
        if any(len(line.split()) != n for line in lines):
            return None
    else:
        lines = [line.rstrip().removesuffix(mark) for line in lines]
        if any(line.count(mark) != n - 1 for line in lines):
            return None
        text = " ".join(lines).replace(mark, " ")
    with warnings.catch_warnings():
        # what is not a number ends the parsing with a warning
        warnings.simplefilter("error")
        try:
            values = np.fromstring(text, sep=" ")
        except (DeprecationWarning, ValueError):
            return None
    return values.reshape(n, n) if values.size == n * n else None


def _matrix_of_cells(lines: list[list[str]]) -> Matrix:
    """Return the matrix of lines that may have labels in the first row and column."""
    above: list[str] = []
    if _is_row_of_labels(lines):
        above, lines = lines[0], lines[1:]
    is_beside = bool(lines) and all(len(line) == len(lines) + 1 for line in lines)
    beside = [line[0] for line in lines] if is_beside else []
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
    counted = [[str(n + start) for n in range(len(first))] for start in (0, 1)]
    return len(first) == len(lines) - 1 and first in counted


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
    _check_square((n, n))
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
    nodes = table[:, :2]
    if not (np.isfinite(nodes).all() and (nodes == nodes.astype(int)).all()):
        raise Unreadable("cannot be read", expected, "a region whose number is not whole")
    return Edges(nodes.astype(int), table[:, 2])
