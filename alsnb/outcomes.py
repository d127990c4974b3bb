"""Work out the slope of the rating scale after the window that predictors may see.

Time runs in months from a patient's first questionnaire. The window is the first three of
them. The slope joins two visits: the first after the window and the first after a year, or,
by the rule of the challenge, the last visit where there is none after a year.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import check_columns, check_one_of, refuse

SCALES = {"ALSFRS": "total", "ALSFRS-R": "total_revised"}
"""The column of a visit's points on either scale."""

RULES = ("paper", "challenge")
"""A visit after the end is required (Pancotti et al. 2022), or the last visit stands in."""

DAYS_PER_MONTH = 365.24 / 12


@dataclass(frozen=True, kw_only=True)
class SlopeSettings:
    """How the slope is worked out.

    Parameters
    ----------
    scale : {"ALSFRS", "ALSFRS-R"}
        Original scale of 40 points, or the revised one of 48.
    rule : {"paper", "challenge"}
        What ends the slope where no visit lies after the end: nothing, or the last visit.
    window_months : float
        Length of the window that predictors may see.
    end_months : float
        The slope ends at the first visit after this many months.
    days_per_month : float
        Length of a month in days; the challenge prescribed 365.24 / 12.
    strict : bool
        Whether "after" a bound leaves the bound itself out. A visit exactly on the bound of
        the window then belongs to the window, and otherwise to what comes after it.

    Raises
    ------
    alsnb.checks.BadInput
        If a setting has no such value or the window does not end before the end.
    """

    scale: str = "ALSFRS"
    rule: str = "paper"
    window_months: float = 3.0
    end_months: float = 12.0
    days_per_month: float = DAYS_PER_MONTH
    strict: bool = True

    def __post_init__(self) -> None:
        check_one_of(self.scale, SCALES, "SlopeSettings(scale=...)")
        check_one_of(self.rule, RULES, "SlopeSettings(rule=...)")
        if not (0 < self.window_months <= self.end_months and self.days_per_month > 0):
            raise refuse(
                "SlopeSettings",
                expected="0 < window_months <= end_months and days_per_month > 0",
                found=f"{self.window_months}, {self.end_months} and {self.days_per_month}",
                remedy="Correct the settings.",
            )

    @property
    def total(self) -> str:
        """The column of a visit that holds the points of this scale."""
        return SCALES[self.scale]

    def months(self, days: np.ndarray) -> np.ndarray:
        """Return months for days since time zero."""
        return days / self.days_per_month

    def is_after(self, months: np.ndarray, bound: float) -> np.ndarray:
        """Return where a time lies after a bound, both in months."""
        return months > bound if self.strict else months >= bound

    def in_window(self, months: np.ndarray) -> np.ndarray:
        """Return where a time since time zero lies in the window; the rest of time does not."""
        return (months >= 0) & ~self.is_after(months, self.window_months)


def slopes_of(visits: pd.DataFrame, settings: SlopeSettings) -> pd.DataFrame:
    """Return the slope of every patient with a visit, and the visits that it joins.

    A visit without a day or without points on the scale does not count. Of several on one
    day the first in the order of the rows counts. Time zero is the first that counts.

    Parameters
    ----------
    visits : DataFrame of shape (n_visits, ...)
        ``subject_id``, ``day`` and the points, ``total`` or ``total_revised``, in any order.
    settings : SlopeSettings
        Scale, rule, window, month and bounds.

    Returns
    -------
    DataFrame of shape (n_patients, 9)
        Indexed by ``subject_id``, ascending. ``time_zero_day`` (on the clock of the trial),
        ``n_visits``, ``n_in_window``, ``t1_month`` and ``t2_month`` (months since time zero
        of the two visits), ``total_t1`` and ``total_t2`` (points), ``slope`` (points per
        month, lower is faster decline) and ``last_month`` (of the last visit). A visit that
        is not there, and a slope between fewer than two, is NaN.

    Raises
    ------
    alsnb.checks.BadInput
        If a column is missing.
    """
    check_columns(visits, ["subject_id", "day", settings.total], "visits")
    subject, day, total = _counting(visits, settings)
    starts = np.flatnonzero(np.r_[True, subject[1:] != subject[:-1]]) if len(subject) else []
    starts = np.asarray(starts, dtype=np.int64)
    sizes = np.diff(np.r_[starts, len(subject)])
    months = settings.months(day - np.repeat(day[starts], sizes))
    last = starts + sizes - 1
    in_window = starts + _count(~settings.is_after(months, settings.window_months), starts)
    before_end = starts + _count(~settings.is_after(months, settings.end_months), starts)
    first = np.where(in_window <= last, in_window, -1)
    second = np.where(before_end <= last, before_end, -1)
    if settings.rule == "challenge":
        second = np.where((second < 0) & (first >= 0), last, second)
    columns = {
        "time_zero_day": day[starts],
        "n_visits": sizes,
        "n_in_window": in_window - starts,
        "t1_month": _at(months, first),
        "t2_month": _at(months, second),
        "total_t1": _at(total, first),
        "total_t2": _at(total, second),
    }
    between = np.where(first == second, np.nan, columns["t2_month"] - columns["t1_month"])
    columns["slope"] = (columns["total_t2"] - columns["total_t1"]) / between
    columns["last_month"] = months[last]
    return pd.DataFrame(columns, index=pd.Index(subject[starts], name="subject_id"))


def _counting(visits: pd.DataFrame, settings: SlopeSettings) -> tuple[np.ndarray, ...]:
    """Return subject, day and points of the visits that count, sorted, one per day."""
    subject = visits["subject_id"].to_numpy(dtype=np.int64)
    day = visits["day"].to_numpy(dtype=float)
    total = visits[settings.total].to_numpy(dtype=float)
    rows = np.flatnonzero(~(np.isnan(day) | np.isnan(total)))
    rows = rows[np.lexsort((day[rows], subject[rows]))]
    repeat = (subject[rows][1:] == subject[rows][:-1]) & (day[rows][1:] == day[rows][:-1])
    rows = rows[~np.r_[False, repeat]] if len(rows) else rows
    return subject[rows], day[rows], total[rows]


def _count(flags: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return how many flags are set in each segment; every segment has a row."""
    return np.add.reduceat(flags.astype(np.int64), starts) if len(starts) else starts


def _at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the values of rows, NaN where the row is -1."""
    if not len(values):
        return np.empty(0)
    return np.where(rows >= 0, values[rows], np.nan)
