"""Say where a table came from, and turn a file into text and text into cells.

Nothing here knows what a table should hold; that is the business of its own reader. What is
refused here is refused for what the file *is*: a folder, a web page, a cut archive.
"""

import csv
import gzip
import os
import re
import tempfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from alsnb.checks import BadInput, check_one_of, name_of, refuse, refuse_by_system, told_of

KINDS = ("real", "stand-in", "simulated", "user", "animals")
"""What can stand behind the rows of a table."""

LARGEST_BYTES = 50_000_000
"""No table read as text is near this size; an archive that unpacks to more is not one."""

GZIP_START = b"\x1f\x8b"

NOT_TEXT = {
    b"RDX": "an R data file",
    b"PK\x03\x04": "a zip archive or spreadsheet",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"%PDF": "a PDF document",
    b"PAR1": "a parquet file",
    b"\xff\xfe": "text in the encoding UTF-16",
    b"\xfe\xff": "text in the encoding UTF-16",
}
"""What a file is that starts with these bytes."""

NOT_A_TABLE = {
    "version https://git-lfs": "a Git LFS pointer, not the file it points to",
    "/annex/objects": "a git-annex pointer, not the file it points to",
    "<": "a web page (HTML)",
    "{": "JSON",
}
"""What a text is that starts with these characters."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a table came from; it travels with the data and labels every page.

    Parameters
    ----------
    name : str
        Short name of the table, such as ``"dream2012"``.
    kind : str
        ``"real"`` (a published table of patients), ``"stand-in"`` (drawn by us in the form
        of a real table), ``"simulated"`` (drawn by us from a model of the disease),
        ``"user"`` (patients of the reader's own) or ``"animals"`` (a published table of them).
    title : str
        One line for people, saying whether patients stand behind the rows.
    n_patients : int
        Number of patients.
    sha256 : str
        Digest of the content, independent of the format of the file.
    citations : tuple of str
        Keys of the works to cite with every result.
    file_name : str
        Name of the file without its folder; empty if there was none.
    notes : tuple of str
        Sentences on what the reader repaired or tolerated.

    Raises
    ------
    BadInput
        If the kind is unknown or the file name includes a folder.
    """

    name: str
    kind: str
    title: str
    n_patients: int
    sha256: str
    citations: tuple[str, ...] = ()
    file_name: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_one_of(self.kind, KINDS, "Source(kind=...)")
        if re.search(r"[/\\]", self.file_name):
            raise refuse(
                "Source(file_name=...)",
                expected="the name of a file without its folder",
                found="a path",
                remedy="Pass Path(...).name, so that no path of a machine is printed.",
            )

    @property
    def is_real(self) -> bool:
        """Whether patients stand behind the rows."""
        return self.kind in ("real", "user")


def read_text(path: Path, *, remedy: str) -> str:
    r"""Read a text file or a gzip of one, with every line end as ``\n``.

    Parameters
    ----------
    path : Path
        The file. It is unpacked if its first bytes are those of gzip.
    remedy : str
        Sentence that ends every refusal.

    Returns
    -------
    str
        The text without byte order mark.

    Raises
    ------
    BadInput
        If the file cannot be read, is empty, is cut, is no text in UTF-8, or is known not
        to be a table (a web page, a pointer, another format).
    """

    def no_table(found: str) -> BadInput:
        expected = "a table as text, or a gzip of one"
        return refuse(path.name, expected=expected, found=found, remedy=remedy)

    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if content.startswith(GZIP_START):
            with gzip.open(path) as archive:
                content = archive.read(LARGEST_BYTES + 1)
        elif content and path.suffix == ".gz":
            raise no_table("a file that is not gzip although its name says so")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise no_table("a gzip archive that is cut or damaged") from error
    except OSError as error:
        raise refuse_by_system(path.name, error, expected="a file that can be read") from error
    if len(content) > LARGEST_BYTES:
        raise no_table(f"more than {LARGEST_BYTES:,} bytes")
    return _decoded(content, no_table)


def _decoded(content: bytes, no_table: Callable[[str], BadInput]) -> str:
    """Return bytes as text if they are text and not known to be something else."""
    for start, what in NOT_TEXT.items():
        if content.startswith(start):
            raise no_table(what)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise no_table(f"bytes that are not UTF-8, from byte {error.start + 1} on") from error
    if "\0" in text:
        raise no_table("a binary file")
    if not text.strip():
        raise no_table("an empty file")
    for start, what in NOT_A_TABLE.items():
        if text.lstrip().startswith(start):
            raise no_table(what)
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")


def parse_cells(text: str, where: str, *, remedy: str) -> pd.DataFrame:
    r"""Split a text with a header line into named columns.

    The separator is a comma if the header has one outside quotes, else white space. A
    column without a name in front of the others, as R writes for row names, is left out.

    Parameters
    ----------
    text : str
        Lines that end in ``\n``; the first holds the names.
    where : str
        Name of the file, for refusals.
    remedy : str
        Sentence that ends every refusal.

    Returns
    -------
    DataFrame
        Names as written. A column with a cell that is no number holds text; a cell that is
        missing at the end of a line is NaN.

    Raises
    ------
    BadInput
        If there is no row or the rows do not have as many cells as the header has names.
    """
    header, _, body = text.partition("\n")
    with_comma = "," in re.sub(r'"[^"]*"', "", header)
    names = _header_names(header, with_comma)
    expected = f"rows of {len(names):,} cells, as many as the header has names"
    try:
        cells = pd.read_csv(
            StringIO(body),
            sep="," if with_comma else r"\s+",
            header=None,
            keep_default_na=False,
            skipinitialspace=with_comma,
            low_memory=False,
        )
    except pd.errors.EmptyDataError as error:
        found = "a header and no row"
        raise refuse(where, expected=expected, found=found, remedy=remedy) from error
    except pd.errors.ParserError as error:
        # The parser counts lines below the header. Its words hold no cell of the table.
        seen = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        found = "a quote that is never closed"
        if seen:
            found = f"rows of {seen[1]} up to line {seen[2]}, then one of {seen[3]}"
        raise refuse(where, expected=expected, found=found, remedy=remedy) from error
    if cells.shape[1] == len(names) + 1:
        names = ["", *names]
    if cells.shape[1] != len(names):
        found = f"{cells.shape[1]:,} in the first row"
        raise refuse(where, expected=expected, found=found, remedy=remedy)
    cells.columns = names
    return cells if names[0] else cells.iloc[:, 1:]


def _header_names(header: str, with_comma: bool) -> list[str]:
    """Return the names in the header line without quotes."""
    if with_comma:
        with suppress(csv.Error):
            return [name.strip() for name in next(csv.reader([header], skipinitialspace=True))]
    pairs = re.findall(r'"((?:[^"]|"")*)"|(\S+)', header)
    return [(quoted.replace('""', '"') or plain).strip() for quoted, plain in pairs]


def download(address: str, target: Path, check: Callable[[Path], object], *, remedy: str) -> Path:
    """Download a file, and put it in its place only if it passes a check.

    Parameters
    ----------
    address : str
        Web address of the file.
    target : Path
        Where it goes; it appears there complete or not at all.
    check : callable
        Called with the path of the downloaded file; refuses by raising BadInput.
    remedy : str
        Sentence that ends every refusal, saying what to do by hand.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    BadInput
        If the download or the check fails; the downloaded file is then deleted.
    """
    import pooch  # brings a progress bar along, which complains inside a notebook
    from requests import RequestException

    expected = f"the file '{target.name}'"

    def fetch(fresh: Path) -> None:
        try:
            pooch.HTTPDownloader(timeout=60)(address, str(fresh), None)
            check(fresh)
        except RequestException as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            found = f"the answer {status}" if status else "no answer, or one that broke off"
            raise refuse(address, expected=expected, found=found, remedy=remedy) from error
        except BadInput as error:
            found = f"another one, which was deleted ({error})"
            raise refuse(address, expected=expected, found=found, remedy=remedy) from error

    with told_of(name_of(target.parent), expected="a folder that can be written"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as folder:
            fresh = Path(folder) / target.name
            fetch(fresh)
            os.replace(fresh, target)
    return target
