"""Relate the observed slope to the time to death, among the dead as published, and among all."""

from pathlib import Path

import numpy as np
import pandas as pd
from lifelines.utils import concordance_index

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.resampling import find_interval
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.schema import ESTIMATE, HIGH, LOW, OBSERVED, PATIENT, PREDICTED, SPLIT
from alsnb.study.proact import Study
from alsnb.survival.curves import LEVEL
from alsnb.survival.times import DURATION, EVENT, true_times

CELL = (0.25, 2.0)
"""Width of the cells in which deaths are counted: points per month, and months."""

MOST_RESAMPLES = 200
"""What compares each patient with every other is drawn no more often than this."""


def count_cells(times: pd.DataFrame, slope: pd.Series) -> pd.DataFrame:
    """Return how many of the dead lie in which cell of slope and time to death.

    Returns
    -------
    DataFrame
        ``slope`` and ``months`` (the lower bounds of a cell), ``width`` and ``height``, and
        ``n_patients``. Cells of fewer than five are left out, and more of the smallest if
        those left out are fewer than five together.
    """
    bounds = np.floor(_dead(times, slope) / np.array(CELL)) * np.array(CELL)
    cells = bounds.groupby(["slope", "months"]).size().rename("n_patients").reset_index()
    cells = cells.sort_values("n_patients", ascending=False, kind="stable", ignore_index=True)
    n_told = int((cells["n_patients"] >= SMALLEST_COUNT).sum())
    while n_told and 0 < cells["n_patients"][n_told:].sum() < SMALLEST_COUNT:
        n_told -= 1
    return cells[:n_told].assign(width=CELL[0], height=CELL[1])


def average_by_slope(times: pd.DataFrame, slope: pd.Series, n_groups: int = 5) -> pd.DataFrame:
    """Return the mean time to death of the dead in groups of equal size by their slope.

    Returns
    -------
    DataFrame
        ``slope`` (mean), ``estimate`` (mean months to death) with ``low`` and ``high`` (normal
        95 % interval) and ``n_patients``, at least five; empty if there are too few.
    """
    dead = _dead(times, slope)
    ranks = dead["slope"].rank(method="first")
    n_groups = min(n_groups, len(dead) // SMALLEST_COUNT)
    if n_groups < 1:
        return pd.DataFrame(columns=["slope", ESTIMATE, LOW, HIGH, "n_patients"])
    each = dead.groupby(np.ceil(ranks * n_groups / len(dead)).to_numpy())
    middle, half = each["months"].mean(), 1.96 * each["months"].sem()
    columns = {
        "slope": each["slope"].mean(),
        ESTIMATE: middle,
        LOW: middle - half,
        HIGH: middle + half,
        "n_patients": each.size(),
    }
    return pd.DataFrame(columns).reset_index(drop=True)


def _dead(times: pd.DataFrame, slope: pd.Series) -> pd.DataFrame:
    """Return slope and months to death of those whose death is known."""
    dead = times[times[EVENT]]
    months = dead[DURATION] / DAYS_PER_MONTH
    return pd.DataFrame({"slope": slope.loc[dead.index], "months": months})


def correlate_slope(
    study: Study, times: pd.DataFrame, truth: Path | None, *, profile: str
) -> pd.DataFrame:
    """Return how the observed slope goes with the time to death, among the dead and among all.

    Returns
    -------
    DataFrame
        ``label``, ``metric`` (``pcc``, or ``concordance``: of two patients of whom it is known
        who lived longer, how often that is the one with the slower decline), ``whom``,
        ``n_patients``, ``estimate``, ``low`` and ``high`` (95 % interval over patients).
    """
    slope = study.cohort.patients["slope"]
    n_resamples = EFFORTS[profile].n_resamples
    dead = times[times[EVENT]]
    true = true_times(study, truth)
    sets = {"dead": dead, "all": times, "truth": true, "truth dead": true[true[EVENT]]}
    wanted = {
        "The dead: correlation": ("pcc", "dead"),
        "The dead: concordance": ("concordance", "dead"),
        "All patients: concordance": ("concordance", "all"),
        "True times, who dies: correlation": ("pcc", "truth dead"),
        "True times, all patients: concordance": ("concordance", "truth"),
    }
    rows = []
    for label, (metric, whom) in wanted.items():
        own = sets[whom]
        if whom.startswith("truth") and own.empty:
            continue
        enough = own[EVENT].sum() >= SMALLEST_COUNT
        measure = _correlation if metric == "pcc" else _concordance
        numbers = measure(own, slope.loc[own.index], n_resamples) if enough else [np.nan] * 3
        n_patients = len(own) if len(own) >= SMALLEST_COUNT else np.nan
        rows.append([label, metric, whom, n_patients, *numbers])
    columns = ["label", "metric", "whom", "n_patients", ESTIMATE, LOW, HIGH]
    return pd.DataFrame(rows, columns=columns)


def _correlation(times: pd.DataFrame, slope: pd.Series, n_resamples: int) -> list[float]:
    """Return the correlation of slope and time with its interval."""
    facts = {PATIENT: times.index, "model": "slope", SPLIT: "test", "repeat": 0, "fold": 0}
    pairs = pd.DataFrame(facts)
    pairs = pairs.assign(**{OBSERVED: times[DURATION].to_numpy(float), PREDICTED: slope.to_numpy()})
    scored = score_predictions(pairs, metrics=("pcc",), n_resamples=n_resamples)
    return list(scored[[ESTIMATE, LOW, HIGH]].iloc[0])


def _concordance(times: pd.DataFrame, slope: pd.Series, n_resamples: int) -> list[float]:
    """Return the concordance of slope and time with its interval."""
    days, died = times[DURATION].to_numpy(float), times[EVENT].to_numpy(bool)
    predicted = slope.to_numpy(float)
    estimate = concordance_index(days, predicted, died)
    drawn = draw_concordance(days, died, predicted, n_resamples=min(n_resamples, MOST_RESAMPLES))
    return [estimate, *find_interval(np.r_[estimate, drawn], LEVEL)]


def draw_concordance(
    days: np.ndarray, died: np.ndarray, predicted: np.ndarray, *, n_resamples: int, seed: int = 0
) -> np.ndarray:
    """Return the concordance in resamples of the patients, after Harrell.

    Parameters
    ----------
    days, died, predicted : arrays of shape (n_patients,)
        Time, whether death ended it, and a prediction that is higher for a longer life.
    n_resamples, seed : int
        Resamples of the patients; the seed makes them.

    Returns
    -------
    array of shape (n_resamples,)
    """
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
