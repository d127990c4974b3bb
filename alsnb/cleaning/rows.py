"""What the cleaning of every table shares: its days, its copies, its columns."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit
from alsnb.cleaning.settings import CleaningSettings

MOST_DAYS = 40_000
"""No contact lies further than this from a trial's baseline: it is more than a lifetime."""

DAY_RULES = {
    "day missing": ("a value that cannot be placed in time is of no use",),
    "day impossible": ("more than a lifetime from the trial's baseline",),
    "after death": ("no contact can follow the subject's death",),
}
"""The first rules of every table with visits."""


def in_file_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the records in the order of the file, on which ties are decided."""
    frame = frame if frame["row"].is_monotonic_increasing else frame.sort_values("row")
    return frame.reset_index(drop=True)


def drop_impossible_days(
    audit: Audit,
    frame: pd.DataFrame,
    settings: CleaningSettings,
    deaths: pd.DataFrame | None,
) -> pd.DataFrame:
    """Apply :data:`DAY_RULES` to a frame with a column ``day``."""
    last = last_days(frame["subject_id"].to_numpy(), settings, deaths)
    left = enter_days(audit, frame["subject_id"].to_numpy(), frame["day"].to_numpy(), last)
    return frame.take(left) if len(left) < len(frame) else frame


def enter_days(
    audit: Audit, subjects: np.ndarray, days: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Apply :data:`DAY_RULES` to arrays with one element per row.

    Parameters
    ----------
    audit : Audit
        The account of the table.
    subjects, days : ndarray, shape (n,)
        Subject, or its rank, and day of each row.
    last : ndarray, shape (n,)
        Day of death of each row's subject, infinite if there is none.

    Returns
    -------
    ndarray of int
        Places of the rows that are left.
    """
    left = np.arange(len(days))

    def enter(rule: str, out: np.ndarray) -> None:
        nonlocal left
        gone = left[out]
        audit.enter(rule, dropped=len(gone), patients=len(pd.unique(subjects[gone])))
        left = left[~out] if len(gone) else left

    enter("day missing", np.isnan(days))
    enter("day impossible", np.abs(days[left]) > MOST_DAYS)
    enter("after death", days[left] > last[left])
    return left


def ranked(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank of each value among the distinct ones, and these in order."""
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    starts = np.flatnonzero(new)
    if len(starts) * 8 > len(values):
        return pd.factorize(values, sort=True)
    # Long runs of equal values, as in a table written by subject, are ranked once each.
    unique, ranks = np.unique(values[starts], return_inverse=True)
    return np.repeat(ranks, np.diff(np.append(starts, len(values)))), unique


def last_days(
    subjects: np.ndarray, settings: CleaningSettings, deaths: pd.DataFrame | None
) -> np.ndarray:
    """Return the day of death of each subject; infinite if there is none to respect."""
    if deaths is None or not settings.truncate_after_death:
        return np.full(len(subjects), np.inf)
    known = deaths.dropna(subset=["death_day"])
    days = pd.Series(known["death_day"].to_numpy(), index=known["subject_id"].to_numpy())
    return days.reindex(subjects).fillna(np.inf).to_numpy()


def is_copy(
    frame: pd.DataFrame,
    key: Sequence[str],
    columns: Sequence[str],
    *,
    wide: pd.DataFrame | None = None,
) -> np.ndarray:
    """Return which rows have the key and all columns of an earlier row.

    The columns may stand in another frame, under the same index.
    """
    twins = np.flatnonzero(frame.duplicated(list(key), keep=False))
    copies = np.zeros(len(frame), bool)
    if len(twins):
        beside = (frame if wide is None else wide).loc[frame.index[twins], list(columns)]
        both = pd.concat([frame[list(key)].iloc[twins], beside], axis=1)
        copies[twins] = both.duplicated()
    return copies


def is_repeat(frame: pd.DataFrame, key: Sequence[str], prefer: object) -> np.ndarray:
    """Return which rows share their key with a preferred row, or an equal one further up."""
    order = np.argsort(-np.asarray(prefer, float), kind="stable")
    repeats = np.empty(len(frame), bool)
    repeats[order] = frame[list(key)].iloc[order].duplicated().to_numpy()
    return repeats


def within(values: object, low: float | None, high: float | None) -> np.ndarray:
    """Return the values, missing where they lie outside a range."""
    values = np.asarray(values, float)
    inside = (values >= (-np.inf if low is None else low)) & (
        values <= (np.inf if high is None else high)
    )
    return np.where(inside, values, np.nan)


def finish(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the columns of a clean frame, ordered by subject and day."""
    key = [name for name in ("subject_id", "day") if name in columns]
    frame = frame[list(columns)]
    return frame.sort_values(key, kind="stable", ignore_index=True)
