"""Read the result of a laboratory test, which is a text: a number, a limit, or a word."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from alsnb.tables.proact.cells import LARGEST

GRADES = {
    0.0: ("negative", "neg", "none", "nil", "absent", "normal", "not detected", "0"),
    0.5: ("trace", "tr", "traces", "+/-", "+-", "0.5"),
    1.0: ("1+", "+1", "+", "small", "few", "light", "positive", "pos", "1"),
    2.0: ("2+", "+2", "++", "moderate", "2"),
    3.0: ("3+", "+3", "+++", "large", "many", "3"),
    4.0: ("4+", "+4", "++++", "very large", "4"),
}
"""Words of a dipstick, lower case, by the grade they stand for."""

COLOURS = {
    0.0: ("colorless", "colourless", "clear"),
    1.0: ("straw", "pale", "pale yellow", "light yellow"),
    2.0: ("yellow",),
    3.0: ("dark yellow", "amber"),
    4.0: ("orange", "brown", "red"),
}
"""Colours of urine from pale to dark; the grades are ours."""

DASHES = set("-\u2013\u2014 ")
LIMIT = re.compile(r"^\s*([<>≤≥]=?)\s*")
THOUSANDS = re.compile(r"^[+-]?\d+(,\d{3})+(\.\d*)?$")
DECIMAL_COMMA = re.compile(r"^[+-]?\d*,\d+$")


def read_results(texts: Sequence[str]) -> pd.DataFrame:
    """Read each distinct result once.

    Parameters
    ----------
    texts : sequence of str
        Distinct results, stripped.

    Returns
    -------
    DataFrame
        One row per text: ``number`` (NaN if it is none), ``limit`` (whether it stood behind
        an inequality sign), ``thousands`` and ``decimal_comma`` (what a comma was read as),
        ``grade`` of a dipstick, ``colour`` grade and ``dash`` (nothing but dashes).
    """
    found = pd.Series(texts, dtype="str")
    number = pd.to_numeric(found, errors="coerce").to_numpy(float, na_value=np.nan, copy=True)
    rest = np.flatnonzero(~(np.abs(number) <= LARGEST))
    number[rest] = np.nan
    flags = {name: np.zeros(len(found), bool) for name in ("limit", "thousands", "decimal_comma")}
    graded = {name: np.full(len(found), np.nan) for name in ("grade", "colour")}
    dash = np.zeros(len(found), bool)
    words = found.str.lower()
    for name, grades in (("grade", GRADES), ("colour", COLOURS)):
        grade_of = {word: grade for grade, named in grades.items() for word in named}
        graded[name] = words.map(grade_of).to_numpy(float, na_value=np.nan)
    for at, text in zip(rest, found.iloc[rest], strict=True):
        dash[at] = isinstance(text, str) and set(text) <= DASHES
        number[at], *marks = read_number(text)
        for name, mark in zip(flags, marks, strict=True):
            flags[name][at] = mark
    return pd.DataFrame({"number": number, **flags, **graded, "dash": dash})


def read_number(text: object) -> tuple[float, bool, bool, bool]:
    """Read a number that stands behind a sign of inequality or is written with commas.

    A comma in front of groups of three digits separates thousands, also behind more digits
    than three (``4750,000`` was seen); any other single comma is a decimal point.

    Returns
    -------
    tuple
        The number, NaN if the text is none; whether it is a limit; whether commas separated
        thousands; whether a comma was a decimal point.
    """
    if not isinstance(text, str):
        return np.nan, False, False, False
    bare = LIMIT.sub("", text).strip()
    is_limit = bool(LIMIT.match(text))
    thousands = bool(THOUSANDS.match(bare)) and not bare.lstrip("+-").startswith("0")
    decimal = not thousands and bool(DECIMAL_COMMA.match(bare))
    number = _as_number(bare.replace(",", "") if thousands else bare.replace(",", "."))
    if np.isnan(number):
        return np.nan, False, False, False
    return number, is_limit, thousands, decimal


def _as_number(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        return np.nan
    number = float(text)
    return number if abs(number) <= LARGEST else np.nan
