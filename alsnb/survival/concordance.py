"""Measure how well a prediction orders patients by how long they live, after Harrell."""

import numpy as np
import pandas as pd
from lifelines.utils import concordance_index

from alsnb.checks import refuse
from alsnb.evaluation.resampling import find_interval
from alsnb.survival.curves import LEVEL
from alsnb.survival.times import DURATION, EVENT, check_times


def concordance(
    times: pd.DataFrame, predicted: pd.Series, *, n_resamples: int, seed: int = 0
) -> tuple[float, float, float]:
    """Return the concordance of a prediction with the time to death, and its interval.

    Parameters
    ----------
    times : DataFrame of shape (n_patients, 2)
        As :func:`alsnb.survival.times.survival_times` returns them.
    predicted : Series of shape (n_patients,)
        By the same index; higher for a longer life.
    n_resamples, seed : int
        Resamples of the patients.

    Returns
    -------
    estimate, low, high : float
        Of two patients of whom it is known who lived longer, how often that is the one of
        whom it was predicted; a half is chance, higher is better. The interval is of 95 %.
        NaN if it is known of no two, as where all die on one day and nobody is followed longer.
    """
    check_times(times)
    if not predicted.index.equals(times.index) or predicted.isna().any():
        raise refuse(
            "The predictions to be ranked",
            expected="one for each patient with a time, in the order of the times",
            found=f"{predicted.notna().sum():,} for {len(times):,} times",
            remedy="Leave out the patients without a prediction.",
        )
    days, died = times[DURATION].to_numpy(float), times[EVENT].to_numpy(bool)
    values = predicted.to_numpy(float)
    if not _is_any_pair_known(days, died):
        return np.nan, np.nan, np.nan
    estimate = concordance_index(days, values, died)
    drawn = _draw(days, died, values, n_resamples=n_resamples, seed=seed)
    low, high = find_interval(np.r_[estimate, drawn], LEVEL)
    return estimate, low, high


def _is_any_pair_known(days: np.ndarray, died: np.ndarray) -> bool:
    """Return whether anybody is known to outlive somebody who died."""
    if not died.any():
        return False
    first = days[died].min()
    return bool(((days > first) | ((days == first) & ~died)).any())


def _draw(
    days: np.ndarray, died: np.ndarray, predicted: np.ndarray, *, n_resamples: int, seed: int
) -> np.ndarray:
    """Return the concordance in resamples of the patients, shape (n_resamples,)."""
    n_patients, first = len(days), np.flatnonzero(died)
    later = days > days[first, None]
    later |= (days == days[first, None]) & ~died
    right = (predicted > predicted[first, None]) + 0.5 * (predicted == predicted[first, None])
    rng = np.random.default_rng(seed)
    n_drawn = rng.multinomial(n_patients, np.full(n_patients, 1 / n_patients), size=n_resamples)
    n_drawn = n_drawn.astype(np.float32)
    sums = [
        np.einsum("ij,ij->i", n_drawn @ pairs.astype(np.float32).T, n_drawn[:, first])
        for pairs in (later * right, later)
    ]
    # a resample without any pair of whom it is known who lived longer has no concordance
    return sums[0] / np.where(sums[1] > 0, sums[1], np.nan)
