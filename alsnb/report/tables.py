"""Word frames for reading: rounding, intervals, suppressed small counts, Markdown."""

import re
from collections.abc import Iterable

import pandas as pd

SMALLEST_COUNT = 5
"""Counts of patients below this are not printed, so that nobody can be recognised."""


def as_markdown(frame: pd.DataFrame) -> str:
    """Return a frame as a Markdown table; what the cells hold is shown, never interpreted."""
    numeric = [pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes]
    rule = ["---:" if right else ":---" for right in numeric]
    lines = [[str(column) for column in frame.columns], rule]
    lines += [[str(cell) for cell in row] for row in frame.itertuples(index=False)]
    head, rule_line, *body = lines
    rows = [[_literal(cell) for cell in head], rule_line, *([_literal(c) for c in r] for r in body)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _literal(text: str) -> str:
    """Return text whose Markdown and HTML characters stand for themselves."""
    # a dot before a letter could make a web address, which becomes a link
    escaped = re.sub(r"[\\`*_{}\[\]<>()#!|$&~^@:]|\.(?=[^\W\d])", r"\\\g<0>", text)
    return re.sub(r"[\r\n]+", " ", escaped)


def interval(estimate: float, low: float, high: float, digits: int = 3) -> str:
    """Return an estimate with its interval, as in ``0.259 (0.229 to 0.292)``."""
    if pd.isna(estimate):
        return "not defined"
    if pd.isna(low):
        return signed(estimate, digits)
    # spaces that do not break keep the interval on one line of a narrow column
    between = f"({signed(low, digits)}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{signed(high, digits)})"
    return f"{signed(estimate, digits)} {between}"


def signed(value: float, digits: int = 3) -> str:
    """Return a number with a true minus sign, and zero without one."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) != 0 else text.removeprefix("-")


def count(n_patients: int) -> str:
    """Return a count of patients, or that it is too small to print."""
    return f"fewer than {SMALLEST_COUNT}" if 0 < n_patients < SMALLEST_COUNT else f"{n_patients:,}"


def withhold_small(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Return a frame in which counts of one to four say only that they are small.

    Parameters
    ----------
    frame : DataFrame
        A table for readers.
    columns : iterable of str
        The columns that hold counts of patients or of their records.
    """
    small = f"fewer than {SMALLEST_COUNT}"
    held = {
        name: frame[name].astype(object).where(~_is_small(frame[name]), small)
        for name in columns
        if name in frame and _is_small(frame[name]).any()
    }
    return frame.assign(**held)


def _is_small(counts: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(counts.astype(str).str.replace(",", ""), errors="coerce")
    return numbers.between(1, SMALLEST_COUNT - 1)
