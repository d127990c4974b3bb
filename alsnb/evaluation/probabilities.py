"""Score probabilities of k classes, with intervals over patients.

A predictions frame of classes has a row per patient and class, told apart by
:data:`alsnb.schema.AT`; ``observed`` is 1 in the row of the patient's class. The same seed
draws the same patients as in :mod:`alsnb.evaluation.bootstrap`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.checks import check_columns, check_one_of, refuse
from alsnb.evaluation.bootstrap import COMPARISON, P_HOLM, P_VALUE, REFERENCE
from alsnb.evaluation.classes import check_metrics
from alsnb.evaluation.frames import check_predictions, check_same_patients
from alsnb.evaluation.resampling import (
    adjust_holm,
    draw_with_all,
    estimate_score,
    find_p_value,
    subtract_scores,
)
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


class Sums(NamedTuple):
    """What scores of classes are made of, summed over patients; the first axis is resamples.

    ``cells`` (1 + n_resamples, k, k) by class observed and called, the others (1 + n_resamples,).
    """

    cells: np.ndarray
    log_loss: np.ndarray
    brier: np.ndarray
    rps: np.ndarray

    @property
    def n(self) -> np.ndarray:
        """How many rows were summed."""
        return self.cells.sum(axis=(1, 2))


def _accuracy(sums: Sums) -> np.ndarray:
    return np.trace(sums.cells, axis1=1, axis2=2) / sums.n


def _balanced_accuracy(sums: Sums) -> np.ndarray:
    # a class that nobody in a resample is of has no say, as in scikit-learn
    n_observed = sums.cells.sum(axis=2)
    right = sums.cells.diagonal(axis1=1, axis2=2) / np.where(n_observed > 0, n_observed, np.nan)
    return np.nanmean(right, axis=1)


PROBABILITY_METRICS: dict[str, Callable[[Sums], np.ndarray]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "log_loss": lambda sums: sums.log_loss / sums.n,
    "brier": lambda sums: sums.brier / sums.n,
    "rps": lambda sums: sums.rps / sums.n,
}
"""Scores by name. Accuracies lie between 0 and 1, higher is better. The others are losses, lower is
better: the logarithmic loss, in nats; Brier's score, from 0 to 2 (to 1 for two classes); and the
ranked probability score, from 0 to 1, for classes with an order: a call two classes off costs more
than one next to the truth (Epstein 1969)."""


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
            found.append(names | estimate_score(PROBABILITY_METRICS[metric](drawn), level))
    return pd.DataFrame(found, columns=list(SCORES))


def compare_probabilities(
    predictions: pd.DataFrame,
    *,
    reference: str,
    metrics: Iterable[str] = tuple(PROBABILITY_METRICS),
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Subtract the reference model's scores from each other model's, on the same resamples.

    Parameters
    ----------
    predictions : DataFrame
        As in :func:`score_probabilities`; all models predict the same patients.
    reference : str
        The model that is subtracted.
    metrics, n_resamples, seed, level
        As in :func:`score_probabilities`.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.evaluation.bootstrap.COMPARISON`; ``estimate`` is model minus
        reference, so that of a loss is below zero where the model is better.

    Raises
    ------
    BadInput
        As in :func:`score_probabilities`; also if the reference is no model of the frame or the
        models were scored on other patients.
    """
    metrics = check_metrics(metrics, n_resamples, level, PROBABILITY_METRICS)
    check_predictions(predictions)
    check_one_of(reference, predictions[MODEL].unique(), "The reference model")
    check_same_patients(predictions, reference)
    drawn = _draw(predictions, n_resamples, seed)
    _, against = drawn.pop(reference)
    rows = []
    for model, (n_patients, sums) in drawn.items():
        for metric in metrics:
            score = PROBABILITY_METRICS[metric]
            differences = subtract_scores(score(sums), score(against))
            rows.append(
                {MODEL: model, REFERENCE: reference, METRIC: metric, N_PATIENTS: n_patients}
                | estimate_score(differences, level)
                | {P_VALUE: find_p_value(differences)}
            )
    table = pd.DataFrame(rows, columns=list(COMPARISON))
    table[P_HOLM] = table.groupby(METRIC)[P_VALUE].transform(adjust_holm)
    return table


def _draw(predictions: pd.DataFrame, n_resamples: int, seed: int) -> dict[str, tuple[int, Sums]]:
    """Return of each model its number of patients, and sums over all of them and over resamples."""
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
        cells, losses = totals[:, : k * k].reshape(-1, k, k), totals[:, k * k :].T
        found[model] = (len(sums), Sums(cells, *losses))
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
    """Return what is summed over patients, (n_rows, k * k + 3): cells, then the three losses."""
    n_rows, k = observed.shape
    cells = np.zeros((n_rows, k * k))
    cells[np.arange(n_rows), observed.argmax(axis=1) * k + predicted.argmax(axis=1)] = 1
    own = np.clip((observed * predicted).sum(axis=1), SMALLEST, 1.0)
    # of two classes each error would count twice
    brier = ((observed - predicted) ** 2).sum(axis=1) / (2 if k == 2 else 1)
    return np.column_stack([cells, -np.log(own), brier, ranked_scores(observed, predicted)])


def ranked_scores(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the ranked probability score of each row, 0 to 1, lower is better.

    ``observed`` and ``predicted`` are (n_rows, k), classes in their order; the squared differences
    of the cumulative probabilities are averaged over the k - 1 borders between classes.
    """
    steps = np.cumsum(predicted - observed, axis=1)[:, :-1]
    return (steps**2).mean(axis=1)
