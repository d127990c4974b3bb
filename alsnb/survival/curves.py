"""Compare groups of patients whose times are known in part: curves, tests and ratios.

Frames go in and frames come out. What lifelines has is computed by lifelines (Davidson-Pilon
2019); what is drawn again hundreds of times is computed here and agrees with it.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import ConvergenceError, ConvergenceWarning, StatisticalWarning
from lifelines.statistics import logrank_test

from alsnb.checks import check_columns, refuse
from alsnb.disclosure import SMALLEST_COUNT, to_fives
from alsnb.evaluation.resampling import find_interval
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.survival.times import DURATION, EVENT

FAST, SLOW = "fast", "medium-slow"
GROUPS = (FAST, SLOW)
"""The two groups, the one that is expected to do worse first."""

GRID_DAYS = 2 * DAYS_PER_MONTH
"""Days between two points of a curve; a step of an exact curve is somebody's day of death."""

LEVEL = 0.95
MOST_STEPS = 40
"""Newton's method has found the maximum of a partial likelihood long before so many steps."""


def kaplan_meier(
    times: pd.DataFrame, groups: pd.Series, *, grid_days: float = GRID_DAYS, is_real: bool = False
) -> pd.DataFrame:
    """Return the Kaplan-Meier estimate of each group, on a coarse grid of days.

    Parameters
    ----------
    times : DataFrame of shape (n_patients, 2)
        As :func:`alsnb.survival.times.survival_times` returns them.
    groups : Series of shape (n_patients,)
        The group of each patient, by the same index.
    grid_days : float
        Days between two points.
    is_real : bool
        Whether these are real patients. Then points are left out until between any two of
        them, and beyond the last, nobody dies or at least five do, and nobody is censored or
        at least five are; and numbers at risk are rounded to fives.

    Returns
    -------
    DataFrame
        ``group``, ``days`` since time zero, ``survival`` (share alive beyond that day) with
        ``low`` and ``high`` (pointwise 95 % interval on the scale of the double logarithm),
        and ``at_risk``, those alive and followed beyond that day. A curve ends where these
        are fewer than five.
    """
    _check_times(times, groups)
    frames = [pd.DataFrame(columns=["group", "days", "survival", LOW, HIGH, "at_risk"])]
    for group in GROUPS:
        rows = times[groups == group]
        if len(rows) >= SMALLEST_COUNT:
            curve = survival_at(rows, _grid(rows, grid_days, is_real=is_real))
            frames.append(curve.assign(group=group)[frames[0].columns])
    curves = pd.concat(frames[1:] or frames, ignore_index=True)
    return curves.assign(at_risk=to_fives(curves["at_risk"])) if is_real else curves


def survival_at(times: pd.DataFrame, days: np.ndarray) -> pd.DataFrame:
    """Return the Kaplan-Meier estimate of some patients on given days.

    Returns
    -------
    DataFrame
        ``days``, ``survival``, ``low``, ``high`` and ``at_risk``, as :func:`kaplan_meier`.
    """
    with _quietly():
        fitted = KaplanMeierFitter(alpha=1 - LEVEL).fit(times[DURATION], times[EVENT])
        survival = fitted.survival_function_at_times(days).to_numpy()
    bounds = fitted.confidence_interval_.reindex(days, method="ffill").to_numpy()
    bounds = np.where(np.isnan(bounds), survival[:, None], bounds)
    return pd.DataFrame(
        {
            "days": days,
            "survival": survival,
            LOW: bounds[:, 0],
            HIGH: bounds[:, 1],
            "at_risk": _beyond(times[DURATION], days),
        }
    )


def _grid(rows: pd.DataFrame, grid_days: float, *, is_real: bool) -> np.ndarray:
    """Return the days at which a curve may be read."""
    grid = np.arange(0.0, rows[DURATION].max() + grid_days, grid_days)
    grid = grid[_beyond(rows[DURATION], grid) >= SMALLEST_COUNT]
    if not is_real:
        return grid
    ends = [rows.loc[rows[EVENT] == died, DURATION] for died in (True, False)]
    left = np.stack([_beyond(days, grid) for days in ends])
    kept = [0]
    for point in range(1, len(grid)):
        if _tells_nobody(left[:, kept[-1]] - left[:, point]):
            kept.append(point)
    while len(kept) > 1 and not _tells_nobody(left[:, kept[-1]]):
        kept.pop()
    return grid[kept]


def _tells_nobody(counts: np.ndarray) -> bool:
    return bool(((counts == 0) | (counts >= SMALLEST_COUNT)).all())


def _beyond(days: pd.Series, grid: np.ndarray) -> np.ndarray:
    """Return how many days lie beyond each point of a grid."""
    return len(days) - np.searchsorted(np.sort(days.to_numpy(float)), grid, side="right")


def logrank(times: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Test by the log-rank test whether the two groups survive alike.

    Parameters
    ----------
    times, groups
        As in :func:`kaplan_meier`.

    Returns
    -------
    DataFrame of one row
        ``statistic`` (chi squared with one degree of freedom) and ``p_value``; both NaN if
        a group is empty or nobody dies.
    """
    _check_times(times, groups)
    one, other = (times[groups == group] for group in GROUPS)
    if one.empty or other.empty or not times[EVENT].any():
        return pd.DataFrame({"statistic": [np.nan], "p_value": [np.nan]})
    with _quietly():
        test = logrank_test(one[DURATION], other[DURATION], one[EVENT], other[EVENT])
    return pd.DataFrame({"statistic": [test.test_statistic], "p_value": [test.p_value]})


def hazard_ratio(times: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return the hazard of the fast group over that of the others, by Cox's regression.

    Returns
    -------
    DataFrame of one row
        ``estimate`` with ``low`` and ``high`` (95 % interval after Wald); above one, the fast
        die sooner. NaN if nobody dies in one of the groups.
    """
    _check_times(times, groups)
    is_fast = (groups == FAST).astype(float)
    nothing = pd.DataFrame({ESTIMATE: [np.nan], LOW: [np.nan], HIGH: [np.nan]})
    if is_fast[times[EVENT]].nunique() < 2:
        return nothing
    frame = times.assign(fast=is_fast)
    try:
        with _quietly():
            warnings.simplefilter("error", ConvergenceWarning)
            fitted = CoxPHFitter(alpha=1 - LEVEL).fit(frame, DURATION, EVENT)
    except (ConvergenceError, ConvergenceWarning):
        return nothing
    log_ratio = [fitted.params_["fast"], *fitted.confidence_intervals_.loc["fast"]]
    return pd.DataFrame([np.exp(log_ratio)], columns=[ESTIMATE, LOW, HIGH])


def difference_in_means(
    times: pd.DataFrame, groups: pd.Series, *, until: float, n_resamples: int, seed: int = 0
) -> pd.DataFrame:
    """Return by how many days of life until a given day the fast group falls behind.

    Parameters
    ----------
    times, groups
        As in :func:`kaplan_meier`.
    until : float
        Days since time zero; the mean is that of the time alive up to then (restricted mean).
    n_resamples, seed : int
        Resamples of the patients of each group.

    Returns
    -------
    DataFrame of one row
        ``estimate`` (fast minus others, in days; below zero, the fast lose), ``low``, ``high``.
        NaN if a group is of fewer than five, or nobody in it dies.
    """
    _check_times(times, groups)
    rng, parts = np.random.default_rng(seed), []
    for group in GROUPS:
        rows = times[groups == group]
        if len(rows) < SMALLEST_COUNT or not rows[EVENT].any():
            return pd.DataFrame({ESTIMATE: [np.nan], LOW: [np.nan], HIGH: [np.nan]})
        draws = [np.arange(len(rows)), *rng.integers(len(rows), size=(n_resamples, len(rows)))]
        days, died = rows[DURATION].to_numpy(float), rows[EVENT].to_numpy(bool)
        parts.append(np.array([restricted_mean(days[draw], died[draw], until) for draw in draws]))
    differences = parts[0] - parts[1]
    low, high = find_interval(differences, LEVEL)
    return pd.DataFrame({ESTIMATE: [differences[0]], LOW: [low], HIGH: [high]})


def restricted_mean(days: np.ndarray, died: np.ndarray, until: float) -> float:
    """Return the area under the Kaplan-Meier estimate up to a day, in days."""
    order = np.argsort(days, kind="stable")
    days, died = days[order], died[order]
    ends = np.unique(days[died & (days <= until)])
    at_risk = len(days) - np.searchsorted(days, ends)
    deaths = np.diff(np.searchsorted(days[died], np.r_[ends, np.nextafter(until, np.inf)]))
    survival = np.r_[1.0, np.cumprod(1 - deaths / at_risk)]
    return float(survival @ np.diff(np.r_[0.0, ends, until]))


def log_hazard_ratio(days: np.ndarray, died: np.ndarray, is_fast: np.ndarray) -> float:
    """Return the logarithm of the hazard ratio, ties after Efron, as lifelines finds it.

    Parameters
    ----------
    days, died, is_fast : arrays of shape (n_patients,)
        Time, whether death ended it, and the group.

    Returns
    -------
    float
        NaN if nobody dies in one of the groups.
    """
    fast_deaths = np.count_nonzero(died & is_fast)
    if fast_deaths in (0, np.count_nonzero(died)):
        return np.nan
    others, fast = _risk_sets(days, died, is_fast)
    beta = 0.0
    for _ in range(MOST_STEPS):
        weight = fast * np.exp(beta)
        share = weight / (others + weight)
        step = (fast_deaths - share.sum()) / (share * (1 - share)).sum()
        # a single death on the edge of the data can ask for a leap out of sight
        beta += np.clip(step, -2.0, 2.0)
        if abs(step) < 1e-9:
            return float(beta)
    return np.nan


def _risk_sets(days: np.ndarray, died: np.ndarray, is_fast: np.ndarray) -> list[np.ndarray]:
    """Return for each death how many of the others, and of the fast, it could have been."""
    ends, first, n_tied = np.unique(np.sort(days[died]), return_index=True, return_counts=True)
    place = np.repeat(np.arange(len(ends)), n_tied)
    # of n deaths on a day, the one in place k finds k/n of that day's dead already gone
    gone = (np.arange(len(place)) - first[place]) / n_tied[place]
    sets = []
    for group in (~is_fast, is_fast):
        at_risk = np.sum(group) - np.searchsorted(np.sort(days[group]), ends)
        dead = np.sort(days[group & died])
        tied = np.searchsorted(dead, ends, side="right") - np.searchsorted(dead, ends)
        sets.append((at_risk[place] - gone * tied[place]).astype(float))
    return sets


@contextmanager
def _quietly() -> Iterator[None]:
    """Let lifelines, whose version is pinned, use what pandas will take away one day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", StatisticalWarning)
        # before the first death the logarithm of a survival of one is infinite
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _check_times(times: pd.DataFrame, groups: pd.Series) -> None:
    check_columns(times, [DURATION, EVENT], "The survival times")
    if not times.index.equals(groups.index) or not groups.isin(GROUPS).all():
        raise refuse(
            "The groups of patients",
            expected=f"one of '{FAST}' and '{SLOW}' for each patient with a time, in that order",
            found=f"{len(groups)} groups for {len(times)} times",
            remedy="Make the groups from the predictions of the same patients.",
        )
