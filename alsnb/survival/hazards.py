"""Test whether groups of patients survive alike, and by what factor their risks differ.

What lifelines has is computed by lifelines (Davidson-Pilon 2019); what is drawn again hundreds
of times is computed here and agrees with it. Groups are those of :mod:`alsnb.survival.curves`.
"""

import warnings

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning
from lifelines.statistics import multivariate_logrank_test

from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.survival.curves import GROUP, LEVEL, divide_groups, find_reference, quietly
from alsnb.survival.times import DURATION, EVENT, check_days

MOST_STEPS = 40
"""Newton's method has found the maximum of a partial likelihood long before so many steps."""


def logrank(times: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Test by the log-rank test whether all groups of :func:`kaplan_meier` survive alike.

    Returns
    -------
    DataFrame of one row
        ``statistic`` (chi squared with one degree of freedom less than there are groups) and
        ``p_value``; both NaN if a group is empty, there is only one, or nobody dies.
    """
    parts = divide_groups(times, groups)
    if len(parts) < 2 or any(rows.empty for rows in parts.values()) or not times[EVENT].any():
        return pd.DataFrame({"statistic": [np.nan], "p_value": [np.nan]})
    rows, sizes = pd.concat(parts.values()), [len(rows) for rows in parts.values()]
    with quietly():
        codes = np.repeat(np.arange(len(parts)), sizes)
        test = multivariate_logrank_test(rows[DURATION], codes, rows[EVENT])
    return pd.DataFrame({"statistic": [test.test_statistic], "p_value": [test.p_value]})


def hazard_ratio(
    times: pd.DataFrame, groups: pd.Series, *, reference: object = None
) -> pd.DataFrame:
    """Return the hazard of each group over that of the reference, by Cox's regression.

    Parameters
    ----------
    times, groups, reference : as in :func:`difference_in_means`
        The hazard of the reference is divided by.

    Returns
    -------
    DataFrame
        A row per other group: ``group``, ``estimate``, ``low``, ``high`` (95 % interval after
        Wald); above one, the group dies sooner than the reference. NaN if nobody dies in one of
        the two.
    """
    parts = divide_groups(times, groups)
    reference = find_reference(parts, reference)
    # a group in which nobody dies has no finite ratio, and does not move those of the others
    with_deaths = {name: rows for name, rows in parts.items() if rows[EVENT].any()}
    others = [name for name in with_deaths if name != reference]
    found = pd.DataFrame(
        np.nan, index=[name for name in parts if name != reference], columns=[ESTIMATE, LOW, HIGH]
    )
    if others and reference in with_deaths:
        found.loc[others] = _fit_cox(times[groups.isin(list(with_deaths))], groups, others)
    return found.rename_axis(GROUP).reset_index()


def _fit_cox(times: pd.DataFrame, groups: pd.Series, others: list) -> np.ndarray:
    """Return hazard ratios to the patients of no other group, with intervals, (n_others, 3)."""
    own = groups.loc[times.index]
    columns = {f"in_{place}": (own == name).astype(float) for place, name in enumerate(others)}
    try:
        with quietly():
            warnings.simplefilter("error", ConvergenceWarning)
            fitted = CoxPHFitter(alpha=1 - LEVEL).fit(times.assign(**columns), DURATION, EVENT)
    except (ConvergenceError, ConvergenceWarning):
        return np.full((len(others), 3), np.nan)
    names = list(columns)
    bounds = fitted.confidence_intervals_.loc[names].to_numpy()
    return np.exp(np.column_stack([fitted.params_[names].to_numpy(), bounds]))


def log_hazard_ratio(days: np.ndarray, died: np.ndarray, in_group: np.ndarray) -> float:
    """Return the logarithm of one hazard ratio, ties after Efron, as lifelines finds it.

    Parameters
    ----------
    days, died, in_group : arrays of shape (n_patients,)
        Time, whether death ended it, and who is in the group and not in the reference. If nobody
        dies in one of the groups, the ratio is NaN.
    """
    check_days(days)
    n_deaths = np.count_nonzero(died & in_group)
    if n_deaths in (0, np.count_nonzero(died)):
        return np.nan
    others, own = _risk_sets(days, died, in_group)
    beta = 0.0
    for _ in range(MOST_STEPS):
        weight = own * np.exp(beta)
        share = weight / (others + weight)
        step = (n_deaths - share.sum()) / (share * (1 - share)).sum()
        # a single death on the edge of the data can ask for a leap out of sight
        beta += np.clip(step, -2.0, 2.0)
        if abs(step) < 1e-9:
            return float(beta)
    return np.nan


def _risk_sets(days: np.ndarray, died: np.ndarray, in_group: np.ndarray) -> list[np.ndarray]:
    """Return for each death how many of the others, and of the group, it could have been."""
    ends, first, n_tied = np.unique(np.sort(days[died]), return_index=True, return_counts=True)
    place = np.repeat(np.arange(len(ends)), n_tied)
    # of n deaths on a day, the one in place k finds k/n of that day's dead already gone
    gone = (np.arange(len(place)) - first[place]) / n_tied[place]
    sets = []
    for group in (~in_group, in_group):
        at_risk = np.sum(group) - np.searchsorted(np.sort(days[group]), ends)
        dead = np.sort(days[group & died])
        tied = np.searchsorted(dead, ends, side="right") - np.searchsorted(dead, ends)
        sets.append((at_risk[place] - gone * tied[place]).astype(float))
    return sets
