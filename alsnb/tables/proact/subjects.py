"""Say which subject a text stands for: the one rule by which the tables of a release are joined.

An identifier is any text. Two texts name the same subject

- if both are the same whole number of at most 18 digits, with or without a sign, zeros in front or
  ``.0`` behind, as a spreadsheet may write it;
- otherwise if they are equal but for blanks around them and the number of blanks within; capital
  and small letters differ.

No subject is named by a blank, by a missing marker, by the name of the column (a header that is
repeated), by an error of a spreadsheet (``#N/A``) and by a number like ``9.88E+08``, in which one
has lost the last digits. Nor is one named by a text that is no number in records that hold nothing
else, as a footer does.

The library computes with whole numbers: those that are written, and for any other text one above
:data:`TEXT_FROM` that follows from the text alone, so that it is the same in each table and at
each reading. :func:`written` gives back what the files hold. Both identify a patient.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.tables.proact.cells import Cells, Numbers
from alsnb.tables.proact.schema import MISSING_MARKERS, normalise

TEXT_FROM = 10**18
"""Numbers from here on stand for identifiers that are not whole numbers of at most 18 digits."""

_ROOM = 8 * 10**18
"""So many numbers stand for texts; two of 10,000 texts meet with a chance of one to 10**11."""

_WHOLE = re.compile(r"\+?0*(\d+)(?:\.0*)?", re.ASCII)
_ERROR = re.compile(r"#[A-Z/0]+[!?]?")
_ROUNDED = re.compile(r"\+?(\d)(?:[.,](\d*))?[eE]\+(\d{2,3})", re.ASCII)
"""How a spreadsheet writes a long number; ``1E5`` or ``12E07`` is a text with a letter in it."""


def number_of_subject(text: str) -> int:
    """Return the number of the subject that a text names, -1 if it names none."""
    text = tidied(text)
    if text.lower() in MISSING_MARKERS or _ERROR.fullmatch(text):
        return -1
    if normalise(text).replace("_", "") == "subjectid":
        return -1
    if found := _WHOLE.fullmatch(text):
        digits = found[1]
        return int(digits) if len(digits) <= 18 else _number_of_text(digits)
    if rounded := _ROUNDED.fullmatch(text):
        return _unrounded(*rounded.groups(default=""))
    return _number_of_text(text)


def tidied(text: str) -> str:
    """Return a text without blanks around it, those within it as one, accents in one form."""
    return " ".join(unicodedata.normalize("NFC", text).strip("\ufeff").split())


def count_rounded(cells: Cells) -> int:
    """Return how many cells hold numbers of which a spreadsheet has left the first digits only."""
    is_rounded = [
        _ROUNDED.fullmatch(tidied(text)) is not None and number_of_subject(text) < 0
        for text in cells.texts
    ]
    return int(np.array(is_rounded, bool)[cells.codes].sum()) if any(is_rounded) else 0


def looks_like_subject(text: str) -> bool:
    """Whether a cell may name a subject, judged without its record: it has digits and no blank."""
    text = text.strip(' "')
    return re.search(r"\d", text) is not None and not re.search(r"[\s()]", text)


def _unrounded(first: str, decimals: str, power: str) -> int:
    """Return the whole number that is written in full, such as ``7.310037E+06``, else -1."""
    decimals, places = decimals.rstrip("0"), int(power)
    # of a number with zeros at its end nobody knows whether they were there
    if len(decimals) != places or places > 17:
        return -1
    return int(first + decimals)


def _number_of_text(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
    return TEXT_FROM + int.from_bytes(digest) % _ROOM


def without_footers(subject: np.ndarray, cells: Mapping[str, Cells | Numbers]) -> np.ndarray:
    """Return the subjects of the texts of a column, -1 for texts that only footers hold.

    Parameters
    ----------
    subject : ndarray of int64
        What each different text of ``cells["subject_id"]`` stands for.
    cells : mapping of str to Cells or Numbers
        The columns of the table.
    """
    texts = np.flatnonzero(subject >= TEXT_FROM)
    others = [column for key, column in cells.items() if key != "subject_id"]
    if not len(texts) or not others:
        return subject
    codes = cells["subject_id"].codes
    rows = np.flatnonzero(np.isin(codes, texts))
    filled = np.logical_or.reduce([_is_filled(column.take(rows)) for column in others])
    has_more = np.bincount(codes[rows[filled]], minlength=len(subject)) > 0
    return np.where((subject >= TEXT_FROM) & ~has_more, -1, subject)


def _is_filled(column: Cells | Numbers) -> np.ndarray:
    if isinstance(column, Numbers):
        return ~np.isnan(column.values)
    return np.array([text.strip() != "" for text in column.texts], bool)[column.codes]


def names_of(subject: np.ndarray, texts: Sequence[str]) -> dict[int, str]:
    """Return the identifiers that are no whole numbers, by the numbers that stand for them."""
    return {int(subject[at]): _plain(texts[at]) for at in np.flatnonzero(subject >= TEXT_FROM)}


def _plain(text: str) -> str:
    """Return an identifier as it is written, long numbers without zeros in front."""
    text = tidied(text)
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def merged(parts: Sequence[Mapping[int, str]]) -> dict[int, str]:
    """Return the identifiers of all tables.

    Raises
    ------
    BadInput
        If two texts have one number, so that two patients would become one.
    """
    names: dict[int, str] = {}
    for part in parts:
        for number, text in part.items():
            if names.setdefault(number, text) != text:
                raise BadInput(
                    "The subjects of the release: expected a number of its own for each; found two "
                    "identifiers with one. Write one of the two in another way in every table."
                )
    return names


def written(subjects: Sequence[int] | np.ndarray | pd.Index, names: Mapping[int, str]) -> pd.Index:
    """Return subjects as the files write them.

    Parameters
    ----------
    subjects : array-like of int
        Numbers of subjects, as the frames of the library hold them.
    names : mapping of int to str
        The identifiers that are no whole numbers, by number.

    Returns
    -------
    Index
        The same numbers if the release has no other identifiers, else texts.
    """
    subjects = pd.Index(np.asarray(subjects, dtype=np.int64), name="subject_id")
    if not names:
        return subjects
    texts = [names.get(number, str(number)) for number in subjects.tolist()]
    return pd.Index(texts, dtype="str", name="subject_id")
