"""Turn texts into identifiers, numbers and categories, and log every cell that is lost.

Each different text of a column is looked at once, and the cells follow by their codes. Texts
that are written in the plainest way are read in bulk; all others in plain Python, where the rules
can be read.
"""

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from alsnb.tables.proact import schema
from alsnb.tables.proact.cells import LARGEST, Cells
from alsnb.tables.proact.subjects import number_of_subject

FAILURES = ("table", "file", "column", "problem", "cells", "commonest")
"""Columns of the log of cells that were lost."""

PROBLEMS = {
    "number": "not a number",
    "comma": "a comma that may stand for thousands or for decimals",
    "date": "a date instead of a number",
    "formula": "a formula of a spreadsheet",
    "large": "a number larger than any value can be",
}
"""What can be wrong with a cell that should hold a number."""

SHOWN_FROM = 5
"""A text is shown only if so many cells, of so many subjects, hold it."""

_PLAIN_IDENTIFIER = "^[0-9]{1,18}$"
_PLAIN_NUMBER = r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$"
_PLAIN_TEXT = "^[!-~]([ -~]*[!-~])?$"
"""What is read in bulk: no number of so few digits is too large, no such text has blanks around."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d{1,4})?", re.ASCII)
_OF_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}[- ]?[A-Za-z]{3,9}[- ,]*\d{2,4}.*", re.ASCII
)


@dataclass(frozen=True)
class Coerced:
    """Values by code of a column's texts, and what is wrong with the texts that have none."""

    values: np.ndarray
    problems: list[str]


def identifiers(texts: list[str]) -> np.ndarray:
    """Return the number of the subject that each text names, int64; -1 where it names none.

    The rule is that of :mod:`alsnb.tables.proact.subjects`.
    """
    values, rest = _in_bulk(texts, _PLAIN_IDENTIFIER, pa.int64())
    for at in rest:
        values[at] = number_of_subject(texts[at])
    return values


def _in_bulk(texts: list[str], pattern: str, kind: pa.DataType) -> tuple[np.ndarray, list[int]]:
    """Return the numbers that texts of a pattern stand for, and the places of all other texts."""
    found = pa.array(texts, pa.string())
    plain = pc.match_substring_regex(found, pattern)
    values = pc.if_else(plain, found, "0").cast(kind).to_numpy().copy()
    return values, np.flatnonzero(~plain.to_numpy(zero_copy_only=False)).tolist()


def numbers(texts: list[str], *, decimal_comma: bool = False) -> Coerced:
    """Return the number each text stands for, NaN if missing or none.

    Parameters
    ----------
    texts : list of str
        The different texts of a column.
    decimal_comma : bool
        Whether ``"3,4"`` means 3.4.

    Returns
    -------
    Coerced
        float64 values, and for each text the name of its problem or nothing.
    """
    values, rest = _in_bulk(texts, _PLAIN_NUMBER, pa.float64())
    problems = [""] * len(texts)
    for at in rest:
        values[at], problems[at] = number_of(texts[at], decimal_comma=decimal_comma)
    return Coerced(values, problems)


def number_of(text: str, *, decimal_comma: bool = False) -> tuple[float, str]:
    """Return the number a text stands for and nothing, or NaN and what is wrong with it.

    A missing marker is no number and nothing is wrong with it. No formula is ever evaluated.
    """
    text = text.strip()
    if text.lower() in schema.MISSING_MARKERS:
        return math.nan, ""
    if decimal_comma and _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return math.nan, _problem_of(text)
    value = float(text)
    return (value, "") if abs(value) <= LARGEST else (math.nan, "large")


def _problem_of(text: str) -> str:
    if text.startswith(("=", "@")):
        return "formula"
    if text.lower().strip("+-") in ("inf", "infinity"):
        return "large"
    if _COMMA.fullmatch(text) or re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", text, re.ASCII):
        return "comma"
    return "date" if _DATE.fullmatch(text) else "number"


def has_decimal_commas(texts: list[str], *, elsewhere: bool = False) -> bool:
    """Whether the commas in a column's numbers can only be decimal ones.

    They can if no number has a point, and some comma does not stand between one to three digits,
    the first of them not 0, and three, as one of thousands would.

    Parameters
    ----------
    texts : list of str
        The different texts of a column.
    elsewhere : bool
        Whether the commas of another column of the table can only be decimal, which is then true
        of a column of commas that may be either.
    """
    with_comma = [text.strip() for text in texts if "," in text]
    commas = [text for text in with_comma if _COMMA.fullmatch(text)]
    if not commas or any("." in text and _NUMBER.fullmatch(text.strip()) for text in texts):
        return False
    if any(re.fullmatch(r"[+-]?\d{1,3}(,\d{3}){2,}", text) for text in with_comma):
        return False
    return elsewhere or not all(_OF_THOUSANDS.fullmatch(text) for text in commas)


def categories(cells: Cells, *, keep_dash: bool = False) -> pd.Categorical:
    """Return a column of texts without blanks around them; missing markers become NaN.

    Parameters
    ----------
    cells : Cells
        The column.
    keep_dash : bool
        Whether ``"-"`` stays a text, so that the cleaning can count it.
    """
    missing = set(schema.MISSING_MARKERS) - ({"-"} if keep_dash else set())
    texts = pa.array(cells.texts, pa.string())
    plain = pc.match_substring_regex(texts, _PLAIN_TEXT)
    marker = pc.is_in(pc.ascii_lower(texts), pa.array(sorted(missing), pa.string()))
    odd = pc.or_(pc.invert(plain), marker).to_numpy(zero_copy_only=False)
    if odd.any():
        tidy: list[str | None] = list(cells.texts)
        for at in np.flatnonzero(odd).tolist():
            tidy[at] = _tidied(tidy[at], missing)
        texts = pa.array(tidy, pa.string())
    encoded = texts.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy()
    index = pd.Index(encoded.dictionary.to_pylist(), dtype="str")
    return pd.Categorical.from_codes(cells.spread(codes), index)


def _tidied(text: str, missing: set[str]) -> str | None:
    """Return a text on one line without blanks around it, nothing if it is a missing marker."""
    text = text.strip()
    if "\n" in text or "\r" in text:
        text = " ".join(text.split())
    return None if text.lower() in missing else text


def log_of_failures(
    cells: Cells, coerced: Coerced, subjects: np.ndarray, **where: str
) -> list[dict]:
    """Return one entry for each kind of problem in a column.

    Parameters
    ----------
    cells : Cells
        The column.
    coerced : Coerced
        What :func:`numbers` made of its texts.
    subjects : ndarray
        Identifier of each cell's subject; says whether a text may be shown, and no more.
    **where : str
        ``table``, ``file`` and ``column``.
    """
    if not any(coerced.problems):
        return []
    counts = np.bincount(cells.codes, minlength=len(cells.texts))
    entries = []
    for problem in PROBLEMS:
        places = [at for at, found in enumerate(coerced.problems) if found == problem]
        lost = int(counts[places].sum())
        if lost:
            most = max(places, key=lambda at: (counts[at], cells.texts[at]))
            holders = len(np.unique(subjects[cells.codes == most]))
            shown = cells.texts[most].strip()[:40] if holders >= SHOWN_FROM else ""
            entries.append(
                where | {"problem": PROBLEMS[problem], "cells": lost, "commonest": shown}
            )
    return entries
