"""Keep anybody from being recognised in what is shown: the one rule, and its few forms.

Functions that compute tell everything. Whether patients stand behind a page is known to
:class:`alsnb.book.page.Page`, and its ``disclose`` is the gate through which their counts go.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

SMALLEST_COUNT = 5
"""Counts of patients below this are not printed, so that nobody can be recognised."""


def is_small(counts: pd.Series) -> pd.Series:
    """Return which counts are of one to four; digits with commas are read as numbers."""
    numbers = pd.to_numeric(counts.astype(str).str.replace(",", ""), errors="coerce")
    return numbers.between(1, SMALLEST_COUNT - 1)


def to_fives(counts: pd.Series) -> pd.Series:
    """Return counts to the nearest five, from which nobody can be told by subtraction."""
    return (counts / SMALLEST_COUNT).round() * SMALLEST_COUNT


def say_count(n_patients: int) -> str:
    """Return a count of patients, or that it is too small to print."""
    return f"fewer than {SMALLEST_COUNT}" if 0 < n_patients < SMALLEST_COUNT else f"{n_patients:,}"


def say_tens(n: int, sign: str = "") -> str:
    """Return a count or a change to the nearest ten, or that it is too small to print.

    Of two such counts no difference of one to four can be worked out. ``sign`` is ``"+"`` for a
    change.
    """
    if 0 < abs(n) < SMALLEST_COUNT:
        return f"fewer than {SMALLEST_COUNT}"
    tens = int(np.sign(n) * np.floor(abs(n) / 10 + 0.5) * 10)
    return f"{tens:{sign},}".replace("-", "\N{MINUS SIGN}") if tens else "0"


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
        name: frame[name].astype(object).where(~is_small(frame[name]), small)
        for name in columns
        if name in frame and is_small(frame[name]).any()
    }
    return frame.assign(**held)


def withhold_rows(
    frame: pd.DataFrame, counts: Sequence[str], what: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return a frame in which what rests on one to four patients is NaN.

    Parameters
    ----------
    frame : DataFrame
        Numbers, and the counts they rest on.
    counts : sequence of str
        Columns of counts; one small count in a row is enough.
    what : sequence of str, optional
        Columns that become NaN in such a row; the counts themselves by default.
    """
    hidden = np.logical_or.reduce([is_small(frame[name]) for name in counts])
    return frame.assign(**{name: frame[name].mask(hidden) for name in what or counts})


def slope_histogram(slope: pd.Series, width: float = 0.2) -> pd.DataFrame:
    """Return counts of patients by slope, with the tails pooled until nobody stands out.

    Parameters
    ----------
    slope : Series of shape (n_patients,)
        ALSFRS points per month.
    width : float
        Width of the bars before pooling, in points per month.

    Returns
    -------
    DataFrame
        ``low``, ``high`` and ``n_patients``, which is at least
        :data:`SMALLEST_COUNT` in every row.
    """
    first, last = np.floor(slope.min() / width), np.floor(slope.max() / width) + 1
    edges = list(np.arange(first, last + 1) * width)
    counts = list(np.histogram(slope, edges)[0])
    while len(counts) > 1 and min(counts) < SMALLEST_COUNT:
        place = int(np.argmin(counts))
        # towards the middle, where the counts are larger
        other = place + 1 if place < int(np.argmax(counts)) else place - 1
        counts[other] += counts[place]
        del counts[place], edges[max(place, other)]
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n_patients": counts})
