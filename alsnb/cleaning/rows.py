"""What the cleaning of every table with visits shares: their days."""

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit
from alsnb.cleaning.columns import Columns
from alsnb.cleaning.settings import CleaningSettings

MOST_DAYS = 40_000
"""No contact lies further than this from a trial's baseline: it is more than a lifetime."""

DAY_RULES = {
    "day missing": ("a value that cannot be placed in time is of no use",),
    "day impossible": ("more than a lifetime from the trial's baseline",),
    "after death": ("no contact can follow the subject's death",),
}
"""The first rules of every table with visits."""


def drop_impossible_days(
    audit: Audit, frame: Columns, settings: CleaningSettings, deaths: pd.DataFrame | None
) -> Columns:
    """Apply :data:`DAY_RULES` to columns with a ``day``."""
    subject, subjects = ranked(frame["subject_id"])
    last = last_days(subjects, settings, deaths)[subject]
    left = enter_days(audit, frame["subject_id"], frame["day"], last)
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
