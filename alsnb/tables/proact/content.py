"""Find the header of a table and what its cells are separated by; turn other encodings to UTF-8."""

import codecs
import csv
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice

import pyarrow as pa

from alsnb.checks import BadInput, listed, refuse
from alsnb.tables.proact import schema
from alsnb.tables.proact.places import buffer_of
from alsnb.tables.source import GZIP_START, NOT_A_TABLE, NOT_TEXT
from alsnb.tables.unpacking import PIECE_BYTES, gunzipped

HEAD_BYTES = 1 << 17
"""So much of a file is looked at to find its header."""

START_BYTES = 2_000
"""So much of a file is looked at to see what it is."""

LINES_ABOVE = 20
"""So many lines may stand above the header."""

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

REMEDY = "Save it as a text file with commas, as PRO-ACT delivers it, or take it out of the folder."


@dataclass(frozen=True, kw_only=True)
class Content:
    """A table as UTF-8 text whose header is understood.

    Parameters
    ----------
    body : pa.Buffer
        The bytes below the header.
    separator : str
        What stands between two cells.
    places : dict of str to int
        Place of each known column by its key.
    doubled : dict of str to int
        Place of the second column of the same name.
    unknown : tuple of str
        Headers that the schema does not know.
    width : int
        Number of cells in the header.
    notes : tuple of str
        Sentences on what was repaired.
    """

    body: pa.Buffer
    separator: str
    places: dict[str, int]
    doubled: dict[str, int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    width: int
    notes: tuple[str, ...] = ()


def understand(content: pa.Buffer, table: str, where: str) -> Content:
    """Return a file's bytes as text with a header that is understood.

    Parameters
    ----------
    content : pa.Buffer
        The whole file.
    table : str
        Name of the table it should hold.
    where : str
        Name of the file, for refusals.

    Raises
    ------
    BadInput
        If the file is empty, is something else than text, or has no header with the column
        of the subject.
    """
    content, notes = _as_text(content, where)
    head = content.slice(0, min(HEAD_BYTES, content.size)).to_pybytes()
    if not head.strip():
        raise refuse(where, expected="a table", found="an empty file", remedy=REMEDY)
    known = _known_columns(table)
    best: tuple[int, int, str, list[str]] = (0, 0, "", [])
    lines = list(islice(re.finditer(rb"[^\r\n]+(\r\n|\r|\n|$)", head), LINES_ABOVE))
    for line in lines:
        for separator in SEPARATORS:
            names = _cells(line[0].decode("utf-8", "replace"), separator)
            score = sum(_squash(name) in known for name in names)
            if score > best[0]:
                best = (score, line.end(), separator, names)
    score, end, separator, names = best
    if score == 0 or not any(known.get(_squash(name)) == "subject_id" for name in names):
        raise _no_header(lines[0][0], names, where)
    above = next(place for place, line in enumerate(lines) if line.end() == end)
    if above:
        notes.append(f"{above} lines above the header were left out")
    if separator != ",":
        notes.append(f"the cells are separated by a {SEPARATORS[separator]}")
    places, doubled, unknown = _places(names, known)
    return Content(
        body=content.slice(end),
        separator=separator,
        places=places,
        doubled=doubled,
        unknown=unknown,
        width=len(names),
        notes=tuple(notes),
    )


def decode(content: bytes) -> tuple[bytes, list[str]]:
    """Return bytes as UTF-8 without NUL, and what had to be done for that."""
    notes = []
    if nul := content.count(b"\0"):
        content = content.replace(b"\0", b"")
        notes.append(f"{nul:,} NUL bytes were taken out")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        content = content.decode("cp1252", "replace").encode("utf-8")
        notes.append("the encoding is not UTF-8; it was read as Windows-1252")
    return content, notes


def as_utf8(pieces: Iterable[bytes], packed: int, where: str) -> Iterator[bytes]:
    """Turn the pieces of a file of so many bytes into UTF-8, unpacked and without NUL.

    What is neither UTF-8 nor UTF-16 stays as it is.
    """
    pieces = iter(pieces)
    first = next(pieces, b"")
    if first.startswith(GZIP_START):
        pieces = _gunzipped(_chained(first, pieces), packed, where)
        first = next(pieces, b"")
    if wide := _utf16_of(first[:START_BYTES]):
        decoder = codecs.getincrementaldecoder(wide)("replace")
        for piece in _chained(first, pieces):
            yield decoder.decode(piece).encode("utf-8", "replace")
        return
    is_text = not first.startswith(tuple(NOT_TEXT))
    for piece in _chained(first, pieces):
        yield piece.replace(b"\0", b"") if is_text else piece


def _chained(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _as_text(content: pa.Buffer, where: str) -> tuple[pa.Buffer, list[str]]:
    """Return content that is neither packed nor UTF-16, or refuse what cannot be a table."""
    start = content.slice(0, min(START_BYTES, content.size)).to_pybytes()
    notes = []
    if start.startswith(GZIP_START):
        memory = pa.BufferOutputStream()
        packed = pa.BufferReader(content)
        pieces = iter(lambda: packed.read(PIECE_BYTES), b"")
        for piece in _gunzipped(pieces, content.size, where):
            memory.write(piece)
        content, notes = memory.getvalue(), ["the file is a gzip archive"]
        start = content.slice(0, min(START_BYTES, content.size)).to_pybytes()
    if wide := _utf16_of(start):
        text = content.to_pybytes().decode(wide, "replace")
        notes.append("the encoding is UTF-16")
        return buffer_of(text.encode("utf-8")), notes
    readable = start.decode("utf-8", "replace").lstrip("\ufeff \r\n\t").lower()
    whats = [what for first, what in NOT_TEXT.items() if start.startswith(first)]
    whats += [what for first, what in NOT_A_TABLE.items() if readable.startswith(first)]
    if whats:
        raise refuse(where, expected="a table as text", found=whats[0], remedy=REMEDY)
    if b"\0" in start:
        cleaned, more = decode(content.to_pybytes())
        return buffer_of(cleaned), notes + more
    return content, notes


def _utf16_of(start: bytes) -> str:
    """Return the name of the encoding if bytes look like UTF-16, else nothing."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start.startswith(tuple(NOT_TEXT)):
        return ""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) < 0.4 * max(len(start) // 2, 1) or len(start) < 8:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _gunzipped(pieces: Iterable[bytes], packed: int, where: str) -> Iterator[bytes]:
    try:
        yield from gunzipped(pieces, packed, where)
    except (EOFError, zlib.error) as error:
        found = "a gzip archive that is cut or damaged"
        raise refuse(where, expected="a table as text", found=found, remedy=REMEDY) from error


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a header line, without the byte order marks in front of it."""
    line = line.strip("\r\n").lstrip("\ufeff")
    try:
        return next(csv.reader(StringIO(line), delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def _squash(header: str) -> str:
    """Return a header by which spellings are compared: letters and digits only."""
    return schema.normalise(header.removeprefix("\u00ef\u00bb\u00bf")).replace("_", "")


def _known_columns(table: str) -> dict[str, str]:
    return {_squash(column.key): column.key for column in schema.tables()[table].columns}


def _places(
    names: list[str], known: dict[str, str]
) -> tuple[dict[str, int], dict[str, int], tuple[str, ...]]:
    """Return the place of each known column, of its double, and the unknown headers."""
    places: dict[str, int] = {}
    doubled: dict[str, int] = {}
    unknown = []
    for place, name in enumerate(names):
        key = known.get(_squash(name))
        if key is None:
            unknown += [name] if name.strip() else []
        elif key in places:
            doubled.setdefault(key, place)
        else:
            places[key] = place
    return places, doubled, tuple(unknown)


def _no_header(first: bytes, names: list[str], where: str) -> BadInput:
    """Return the refusal of a file without a column of subjects; cells are never shown."""
    found = "no line among the first that names a column of this table"
    if names:
        found = "a header without it"
    elif not re.search(rb"[A-Za-z]", first):
        found = "rows of numbers and no header"
    return refuse(
        where,
        expected=f"a header with the column {listed(['subject_id'])}",
        found=found,
        remedy="Put the line with the column names back on top, or take the file away.",
    )
