"""Word frames for reading: rounding, intervals, headings, Markdown."""

import re
from collections.abc import Mapping

import pandas as pd


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
    return minus(f"{value:.{digits}f}")


def shown(frame: pd.DataFrame, columns: Mapping[str, tuple], *, missing: str = "") -> pd.DataFrame:
    """Return columns of a frame under a reader's headings, each cell as a reader sees it.

    Parameters
    ----------
    frame : DataFrame
        Exact values.
    columns : mapping of str to (heading, form) or (heading, form, missing)
        The form of a column is one of Python's format language (``".2f"``, a minus sign is a
        true one), a mapping from values to words, a function of a cell, ``None`` for text as it
        is, or ``("low", "high", digits)``: the columns of an interval to set behind the estimate.
    missing : str
        What stands in cells without a value, unless a column has words of its own; an interval
        without one says *not defined*.
    """
    cells = {}
    for name, (title, form, *own) in columns.items():
        cells[title] = _cells(frame, name, form, *own or [missing])
    return pd.DataFrame(cells)


def _cells(frame: pd.DataFrame, name: str, form: object, missing: str) -> list:
    if isinstance(form, tuple):
        low, high, digits = form
        rows = frame[[name, low, high]].to_numpy(float)
        return [interval(*row, digits) for row in rows]
    if form is None:
        return [missing if pd.isna(cell) else cell for cell in frame[name]]
    if isinstance(form, str):
        return [missing if pd.isna(cell) else minus(format(cell, form)) for cell in frame[name]]
    word = form.get if isinstance(form, Mapping) else form
    return [missing if pd.isna(cell) else word(cell) for cell in frame[name]]


def minus(text: str) -> str:
    """Return a formatted number with a true minus sign, and zero without one."""
    is_zero = not re.search("[1-9]", text)
    return text.removeprefix("-") if is_zero else text.replace("-", "\N{MINUS SIGN}")
