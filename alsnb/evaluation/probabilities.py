"""Score probabilities of k classes, with intervals over patients.

A predictions frame of classes has a row per patient and class, told apart by
:data:`alsnb.schema.AT`; ``observed`` is 1 in the row of the patient's class. The same seed
draws the same patients as in :mod:`alsnb.evaluation.bootstrap`.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.checks import check_columns, refuse
from alsnb.evaluation.classes import check_metrics
from alsnb.evaluation.frames import check_predictions
from alsnb.evaluation.resampling import draw_with_all, estimate_score
from alsnb.schema import (
    AT,
    FOLD,
    METRIC,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
    SCORES,
)

SMALLEST = np.finfo(float).eps
"""Probabilities are clipped to it in the logarithmic loss, as scikit-learn does."""


def _accuracy(cells: np.ndarray, log_loss: np.ndarray, brier: np.ndarray) -> np.ndarray:
    return np.trace(cells, axis1=1, axis2=2) / cells.sum(axis=(1, 2))


def _balanced_accuracy(cells: np.ndarray, log_loss: np.ndarray, brier: np.ndarray) -> np.ndarray:
    # a class that nobody in a resample is of has no say, as in scikit-learn
    n_observed = cells.sum(axis=2)
    right = cells.diagonal(axis1=1, axis2=2) / np.where(n_observed > 0, n_observed, np.nan)
    return np.nanmean(right, axis=1)


PROBABILITY_METRICS: dict[str, Callable[..., np.ndarray]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "log_loss": lambda cells, log_loss, brier: log_loss / cells.sum(axis=(1, 2)),
    "brier": lambda cells, log_loss, brier: brier / cells.sum(axis=(1, 2)),
}
"""Scores by name. Accuracies lie between 0 and 1, higher is better; the logarithmic loss, in nats,
and Brier's score, from 0 to 2 (to 1 for two classes), are losses, lower is better."""


def score_probabilities(
    predictions: pd.DataFrame,
    *,
    metrics: Iterable[str] = tuple(PROBABILITY_METRICS),
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Score each model's probabilities of k classes, with percentile intervals over patients.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame of one split with a column :data:`alsnb.schema.AT`.
    metrics : iterable of str
        Names among :data:`PROBABILITY_METRICS`.
    n_resamples, seed, level
        As in :func:`alsnb.evaluation.bootstrap.score_predictions`.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.schema.SCORES`.

    Raises
    ------
    BadInput
        If the frame or a setting cannot be used: a class is missing for a patient, a row is no
        probability, or a patient is not of one class.
    """
    metrics = check_metrics(metrics, n_resamples, level, PROBABILITY_METRICS)
    found = []
    for model, (n_patients, drawn) in _draw(predictions, n_resamples, seed).items():
        for metric in metrics:
            names = {MODEL: model, METRIC: metric, N_PATIENTS: n_patients}
            found.append(names | estimate_score(PROBABILITY_METRICS[metric](*drawn), level))
    return pd.DataFrame(found, columns=list(SCORES))


def _draw(
    predictions: pd.DataFrame, n_resamples: int, seed: int
) -> dict[str, tuple[int, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Return of each model its number of patients, and sums over all of them and over resamples.

    The sums are cells (1 + n_resamples, k, k) by class observed and called, and the two losses.
    """
    check_predictions(predictions)
    check_columns(predictions, [AT], "The predictions of classes")
    found = {}
    for model, rows in predictions.groupby(MODEL, sort=False):
        observed, predicted, patients = _widen(rows, model)
        k = observed.shape[1]
        terms = _terms(observed.to_numpy(), predicted.to_numpy())
        sums = pd.DataFrame(terms).groupby(patients).sum().to_numpy()
        chunks = draw_with_all(len(sums), n_resamples, np.random.default_rng(seed))
        with threadpool_limits(1, user_api="blas"):
            totals = np.concatenate([counts @ sums for counts in chunks])
        drawn = (totals[:, :-2].reshape(-1, k, k), totals[:, -2], totals[:, -1])
        found[model] = (len(sums), drawn)
    return found


def _widen(rows: pd.DataFrame, model: str) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Return classes and probabilities, a row per prediction and a column per class."""
    wide = rows.pivot_table([OBSERVED, PREDICTED], [PATIENT, REPEAT, FOLD], AT)
    observed, predicted = wide[OBSERVED], wide[PREDICTED]
    sums = predicted.sum(axis=1, skipna=False)
    is_one = (observed.isin([0, 1]).all(axis=1)) & (observed.sum(axis=1) == 1)
    good = (predicted >= 0).all(axis=1) & ((sums - 1).abs() < 1e-4) & is_one
    if observed.shape[1] < 2 or not good.all():
        raise refuse(
            f"The predictions of '{model}'",
            expected="for each patient a probability of every class, which add up to 1, and an "
            "observed value of 1 in one of them and 0 in the others",
            found=f"{int((~good).sum())} of {len(good)} patients without, {observed.shape[1]} "
            "classes",
            remedy="Predict with 'classes', see alsnb.evaluation.crossval.cross_validate.",
        )
    return observed, predicted, wide.index.get_level_values(PATIENT).to_numpy()


def _terms(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return what is summed over patients, (n_rows, k * k + 2): cells, log loss, Brier's score."""
    n_rows, k = observed.shape
    cells = np.zeros((n_rows, k * k))
    cells[np.arange(n_rows), observed.argmax(axis=1) * k + predicted.argmax(axis=1)] = 1
    own = np.clip((observed * predicted).sum(axis=1), SMALLEST, 1.0)
    # of two classes each error would count twice
    brier = ((observed - predicted) ** 2).sum(axis=1) / (2 if k == 2 else 1)
    return np.column_stack([cells, -np.log(own), brier])
