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
    by_rule = rules_of_days(frame["day"], last_days(subjects, settings, deaths)[subject])
    for place, rule in enumerate(DAY_RULES):
        gone = subject[by_rule == place]
        audit.enter(rule, dropped=len(gone), patients=len(pd.unique(gone)))
    return frame.take(np.flatnonzero(by_rule < 0)) if (by_rule >= 0).any() else frame


def rules_of_days(days: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return for each row the place of the rule of :data:`DAY_RULES` that drops it, else -1.

    Parameters
    ----------
    days : ndarray, shape (n,)
        Day of each row.
    last : ndarray, shape (n,)
        Day of death of each row's subject, infinite if there is none.
    """
    by_rule = np.full(len(days), -1, np.int8)
    # the first rule that holds is the one that drops a row
    by_rule[days > last] = 2
    by_rule[np.abs(days) > MOST_DAYS] = 1
    by_rule[np.isnan(days)] = 0
    return by_rule


def starts_of_runs(values: np.ndarray) -> np.ndarray:
    """Return where runs of equal values start."""
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    return np.flatnonzero(new)


def ranked(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank of each value among the distinct ones, and these in order."""
    starts = starts_of_runs(values)
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
