"""Say how far a verdict depends on the split of the patients.

One held-out set is one draw. In repeated cross-validation every patient is held out, several
times, and what a single set would have said is read off the result.
"""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
)
from alsnb.splits import hold_out
from alsnb.vocabulary import PAIRED, in_order


def compare_repeated(repeated: pd.DataFrame, reference: str, n_resamples: int) -> pd.DataFrame:
    """Return differences from a model over all repeats of a cross-validation, with two intervals.

    Columns of :func:`alsnb.evaluation.bootstrap.compare_predictions` (intervals over patients) and
    ``corrected_low``, ``corrected_high`` (over folds, after Nadeau and Bengio) around
    ``fold_mean``, the mean difference of the folds.
    """
    gaps = compare_predictions(
        repeated, reference=reference, metrics=PAIRED, n_resamples=n_resamples
    )
    by_fold = _score_folds(repeated)
    # patients that a fold holds out for each that it learns from
    ratio = 1 / max(repeated[FOLD].nunique() - 1, 1)
    corrected = []
    for model, metric in zip(gaps[MODEL], gaps[METRIC], strict=True):
        differences = by_fold[metric][model] - by_fold[metric][reference]
        corrected.append(correct_interval(differences.to_numpy(), ratio))
    columns = ["fold_mean", "corrected_low", "corrected_high"]
    return in_order(pd.concat([gaps, pd.DataFrame(corrected, columns=columns)], axis=1))


def _score_folds(repeated: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return by metric the score in every fold, a row per fold and a column per model."""
    tables = []
    for (repeat, fold), rows in repeated.groupby([REPEAT, FOLD]):
        scores = score_predictions(rows, metrics=PAIRED, n_resamples=1)
        tables.append(scores.assign(place=f"{repeat} {fold}"))
    scores = pd.concat(tables)
    # a constant has no correlation in any fold, and keeps its column all the same
    return {
        metric: rows.pivot_table(index="place", columns=MODEL, values=ESTIMATE, dropna=False)
        for metric, rows in scores.groupby(METRIC)
    }


def correct_interval(
    differences: np.ndarray, test_per_training: float, level: float = 0.95
) -> tuple[float, float, float]:
    """Return mean, low and high of differences over folds, after Nadeau and Bengio (2003).

    Folds share most of their training patients, so their differences vary together. The
    variance of the mean is therefore taken as ``(1 / k + test_per_training)`` times that of
    the ``k`` differences, where independent ones would have ``1 / k``. The interval is NaN with a
    single fold.

    Parameters
    ----------
    differences : array of shape (n_folds_of_all_repeats,)
        Score of one model minus that of another, by fold.
    test_per_training : float
        Patients held out for each patient learnt from; 0.25 with five folds.
    level : float
        Coverage, between 0 and 1.

    References
    ----------
    Nadeau and Bengio, Machine Learning 2003;52:239-281.
    """
    k, mean = len(differences), float(np.mean(differences))
    if k < 2:
        return mean, np.nan, np.nan
    error = np.sqrt((1 / k + test_per_training) * np.var(differences, ddof=1))
    half = float(student.ppf((1 + level) / 2, k - 1) * error)
    return mean, mean - half, mean + half


# --- what one held-out set would have said ------------------------------------------------------


def draw_test_sets(
    repeated: pd.DataFrame, reference: str, *, share: float, n_sets: int, seed: int
) -> pd.DataFrame:
    """Return how differences from a model vary over sets of patients as small as a test set.

    Sets, a share of all patients, are drawn without replacement from repeat 0, so nothing varies
    but who is in them.

    Returns
    -------
    DataFrame
        ``model``, ``estimate`` (difference in R² on all patients), ``low`` and ``high`` (the
        middle 95 % over the sets), ``ahead`` (share of sets in which the model is ahead) and
        ``n_patients`` of a set.
    """
    rows = repeated[repeated[REPEAT] == 0]
    wide = rows.pivot_table(index=[PATIENT, OBSERVED], columns=MODEL, values=PREDICTED)
    observed = wide.index.get_level_values(OBSERVED).to_numpy()
    squared = (wide.to_numpy() - observed[:, None]) ** 2
    everyone = np.ones((1, len(wide)), dtype=bool)
    size = hold_out(range(len(wide)), share=share, seed=0).test.size
    sets = _draw_sets(len(wide), size, n_sets, np.random.default_rng(seed))
    frames = []
    for members in (everyone, sets):
        r2 = pd.DataFrame(_r2_in_sets(members, observed, squared), columns=wide.columns)
        frames.append(r2.drop(columns=reference).sub(r2[reference], axis=0))
    whole, drawn = frames
    table = pd.DataFrame(
        {
            ESTIMATE: whole.iloc[0],
            LOW: drawn.quantile(0.025),
            HIGH: drawn.quantile(0.975),
            "ahead": (drawn > 0).mean(),
            "n_patients": size,
        }
    )
    return in_order(table.rename_axis(MODEL).reset_index())


def _draw_sets(n_patients: int, size: int, n_sets: int, rng: np.random.Generator) -> np.ndarray:
    """Return who is in each set, bool of shape (n_sets, n_patients)."""
    ranks = rng.random((n_sets, n_patients)).argsort(axis=1).argsort(axis=1)
    return ranks < size


def _r2_in_sets(members: np.ndarray, observed: np.ndarray, squared: np.ndarray) -> np.ndarray:
    """Return R² in sets of patients, shape (n_sets, n_models)."""
    weights = members / members.sum(axis=1, keepdims=True)
    mean = weights @ observed
    variance = weights @ observed**2 - mean**2
    return 1 - (weights @ squared) / variance[:, None]
