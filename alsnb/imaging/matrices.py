"""Read one connectome from its file: a matrix as ``.npy``, ``.mat`` or text, or a list of edges.

Nothing is unpickled, and no array is made before its shape is known.
"""

import io

import numpy as np

from alsnb.imaging.forms import Edges, Matrix, Unreadable, check_square
from alsnb.imaging.text_matrices import parse_text

ENDINGS = (".csv", ".tsv", ".txt", ".dat", ".npy", ".mat", ".edgelist", ".edges")
"""Endings of files that may hold a connectome."""

LARGEST_AT_ONCE = 200_000
"""A .mat file of more bytes is asked for its shapes first, as it may unpack to far more."""

PICKLE_START = b"\x80"
HDF5_START = b"\x89HDF"


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
    return parse_text(content, name, is_list=ending in ("edgelist", "edges"))


# --- arrays ------------------------------------------------------------------------------


def _checked(array: np.ndarray) -> np.ndarray:
    """Return an array as floats if it is a square matrix of real numbers."""
    if array.dtype.kind not in "biuf":
        raise Unreadable("not numbers", "a matrix of numbers", f"one of type {array.dtype}")
    check_square(array.shape)
    return array.astype(float, copy=False)


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
        check_square(shape)
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
        file = io.BytesIO(content)
        if len(content) > LARGEST_AT_ONCE:
            shapes = {name: shape for name, shape, _ in whosmat(file)}
            arrays = loadmat(file, variable_names=[_chosen(shapes, key)])
        else:
            arrays = loadmat(file)
            shapes = {n: np.shape(array) for n, array in arrays.items() if n[:2] != "__"}
        array = arrays[_chosen(shapes, key)]
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
        check_square(shapes[key])
        return key
    square = [name for name, s in shapes.items() if len(s) == 2 and s[0] == s[1] and s[0] > 1]
    if not square:
        raise Unreadable("no matrix", "a square matrix", held)
    if len(square) > 1:
        remedy = "Say which: ImagingSettings(mat_key=...)."
        raise Unreadable("several matrices", "one square matrix", held, remedy)
    check_square(shapes[square[0]])
    return square[0]
