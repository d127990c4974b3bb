"""Draw how patients live on whose times are known in part, group by group.

Groups have any number and any names. Their order is that of their categories, or else that of
their names; a category without patients is a group, and what cannot be said of it is NaN. What
lifelines has is computed by lifelines (Davidson-Pilon 2019); what is drawn again hundreds of
times is computed here and agrees with it.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatisticalWarning

from alsnb.checks import check_one_of, refuse
from alsnb.disclosure import SMALLEST_COUNT, to_fives
from alsnb.evaluation.resampling import find_interval
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.survival.times import DURATION, EVENT, check_days, check_times

GROUP = "group"

GRID_DAYS = 2 * DAYS_PER_MONTH
"""Days between two points of a curve; a step of an exact curve is somebody's day of death."""

LEVEL = 0.95


def kaplan_meier(times: pd.DataFrame, groups: pd.Series, *, is_real: bool = False) -> pd.DataFrame:
    """Return the Kaplan-Meier estimate of each group, on a coarse grid of days.

    Parameters
    ----------
    times : DataFrame of shape (n_patients, 2)
        As :func:`alsnb.survival.times.survival_times` returns them.
    groups : Series of shape (n_patients,)
        The group of each patient, by the same index; categories give the groups an order.
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
    frames = [pd.DataFrame(columns=[GROUP, "days", "survival", LOW, HIGH, "at_risk"])]
    for group, rows in divide_groups(times, groups).items():
        if len(rows) >= SMALLEST_COUNT:
            curve = survival_at(rows, _grid(rows, is_real=is_real))
            frames.append(curve.assign(**{GROUP: group})[frames[0].columns])
    curves = pd.concat(frames[1:] or frames, ignore_index=True)
    return curves.assign(at_risk=to_fives(curves["at_risk"])) if is_real else curves


def survival_at(times: pd.DataFrame, days: np.ndarray) -> pd.DataFrame:
    """Return the Kaplan-Meier estimate of some patients on given days, as :func:`kaplan_meier`."""
    check_times(times)
    with quietly():
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


def _grid(rows: pd.DataFrame, *, is_real: bool) -> np.ndarray:
    """Return the days at which a curve may be read."""
    grid = np.arange(0.0, rows[DURATION].max() + GRID_DAYS, GRID_DAYS)
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


def difference_in_means(
    times: pd.DataFrame,
    groups: pd.Series,
    *,
    until: float,
    n_resamples: int,
    seed: int = 0,
    reference: object = None,
) -> pd.DataFrame:
    """Return by how many days of life until a given day each group differs from the reference.

    Parameters
    ----------
    times, groups : as in :func:`kaplan_meier`
    until : float
        Days since time zero; the mean is that of the time alive up to then (restricted mean).
    n_resamples, seed : int
        Resamples of the patients of each group.
    reference : optional
        Name of the group that the others are held against; by default the last.

    Returns
    -------
    DataFrame
        A row per other group: ``group``, ``estimate`` (minus the reference, in days; below zero,
        the group loses), ``low``, ``high``. NaN if one of the two groups is of fewer than five, or
        nobody in it dies.
    """
    parts = divide_groups(times, groups)
    reference = find_reference(parts, reference)
    rng, means = np.random.default_rng(seed), {}
    for name, rows in parts.items():
        means[name] = np.full(1 + n_resamples, np.nan)
        if len(rows) >= SMALLEST_COUNT and rows[EVENT].any():
            draws = [np.arange(len(rows)), *rng.integers(len(rows), size=(n_resamples, len(rows)))]
            days, died = rows[DURATION].to_numpy(float), rows[EVENT].to_numpy(bool)
            means[name] = np.array([restricted_mean(days[at], died[at], until) for at in draws])
    found = []
    for name in [name for name in parts if name != reference]:
        gap = means[name] - means[reference]
        found.append([name, gap[0], *find_interval(gap, LEVEL)])
    return pd.DataFrame(found, columns=[GROUP, ESTIMATE, LOW, HIGH])


def restricted_mean(days: np.ndarray, died: np.ndarray, until: float) -> float:
    """Return the area under the Kaplan-Meier estimate up to a day, in days."""
    check_days(days)
    order = np.argsort(days, kind="stable")
    days, died = days[order], died[order]
    ends = np.unique(days[died & (days <= until)])
    at_risk = len(days) - np.searchsorted(days, ends)
    deaths = np.diff(np.searchsorted(days[died], np.r_[ends, np.nextafter(until, np.inf)]))
    survival = np.r_[1.0, np.cumprod(1 - deaths / at_risk)]
    return float(survival @ np.diff(np.r_[0.0, ends, until]))


@contextmanager
def quietly() -> Iterator[None]:
    """Let lifelines, whose version is pinned, use what pandas will take away one day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", StatisticalWarning)
        # before the first death the logarithm of a survival of one is infinite
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def divide_groups(times: pd.DataFrame, groups: pd.Series) -> dict[object, pd.DataFrame]:
    """Return the times of each group, by its name, in the order of the groups."""
    check_times(times)
    if not times.index.equals(groups.index) or groups.isna().any():
        raise refuse(
            "The groups of patients",
            expected="one for each patient with a time, in the order of the times",
            found=f"{groups.notna().sum()} groups for {len(times)} times",
            remedy="Make the groups from the predictions of the same patients.",
        )
    named = groups.astype("category")
    return {name: times[named == name] for name in named.cat.categories}


def find_reference(parts: dict[object, pd.DataFrame], reference: object = None) -> object:
    """Return the name of the group that the others are held against, by default the last."""
    reference = list(parts)[-1] if reference is None else reference
    check_one_of(reference, parts, "The reference group")
    return reference
