"""Derive predictors from the public table of the DREAM 2012 challenge, row by row.

The table (Efron and Hastie, *Computer Age Statistical Inference*, 2016, section 17.2) holds
one patient per row with summaries of the first three months of a trial. It gives the day of
onset and the level of every rating, but not what follows from both: how fast the patient has
declined since onset. Trees find that ratio only in steps and linear models not at all.
"""

import numpy as np
import pandas as pd

from alsnb.checks import check_columns

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

FULL_TOTAL, FULL_ITEM = 40.0, 4.0
"""Points on the ALSFRS, and on one of its items, of a person without symptoms."""

_DOMAINS = {
    "bulbar": ("speech", "salivation", "swallowing"),
    "fine_motor": ("handwriting", "cutting"),
    "trunk": ("dressing", "turning"),
    "gross_motor": ("walking", "climbing.stairs"),
}

ITEMS = tuple(item for items in _DOMAINS.values() for item in items)
"""The rated items of the table, which are all of the ALSFRS but respiration."""

ONSET = "Onset.Delta"
LAST_TOTAL_DAY = "last.alsfrs.score.date"


def needed_columns() -> list[str]:
    """Return the columns of the table that :func:`derive_features` reads."""
    items = [f"{summary}.{item}" for summary in ("last", "mean") for item in ITEMS]
    totals = ["last.alsfrs.score", "mean.alsfrs.score", "alsfrs.score.slope", LAST_TOTAL_DAY]
    return [ONSET, "Age", *totals, *items]


def derive_features(table: pd.DataFrame) -> pd.DataFrame:
    """Add what follows from the day of onset to the table of the DREAM 2012 challenge.

    Every row is treated by itself, so nothing of one patient reaches another and the
    function may be called before the patients are split. Of the columns as published
    ``Onset.Delta`` is the day of onset counted from the start of the trial, negative.

    Returns
    -------
    DataFrame of shape (n_patients, n_columns + 23)
        The table with the derived columns behind it. Slopes are in points per month,
        negative for decline.

    Raises
    ------
    BadInput
        If a column that is needed is missing.

    Notes
    -----
    A slope since onset is the mean change per month from full function (40 points in all,
    4 on an item) at onset to the last visit of the first three months. For a domain
    (bulbar, fine motor, trunk, gross motor) and for ``mean_total_slope_since_onset`` the
    mean of the first three months stands for the level at the last visit. The total holds
    an item, respiration, that the table does not list.
    """
    check_columns(table, needed_columns(), "the DREAM 2012 table")
    return pd.concat([table, pd.DataFrame(_derived(table), index=table.index)], axis=1)


def _derived(table: pd.DataFrame) -> dict[str, pd.Series]:
    days = (-table[ONSET]).clip(lower=1.0)
    months = ((table[LAST_TOTAL_DAY] - table[ONSET]) / DAYS_PER_MONTH).clip(lower=1.0)
    lost = FULL_TOTAL - table["last.alsfrs.score"]
    derived = {
        "log_onset_delta": np.log(days),
        "age_at_onset": table["Age"] - days / DAYS_PER_YEAR,
        "total_slope_since_onset": -lost / months,
        "mean_total_slope_since_onset": (table["mean.alsfrs.score"] - FULL_TOTAL) / months,
        # One point more, so that a patient who has lost none yet has a logarithm.
        "log_loss_since_onset": np.log((1.0 + lost) / months),
        "total_acceleration": table["alsfrs.score.slope"] + lost / months,
    }
    for item in ITEMS:
        slope = (table[f"last.{item}"] - FULL_ITEM) / months
        derived[f"{item.replace('.', '_')}_slope_since_onset"] = slope
    for domain, items in _DOMAINS.items():
        points = sum(table[f"mean.{item}"] for item in items)
        derived[f"{domain}_total"] = points
        derived[f"{domain}_slope_since_onset"] = (points - FULL_ITEM * len(items)) / months
    return derived
