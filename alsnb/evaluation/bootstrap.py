"""Put intervals on scores and on their differences by drawing patients again.

Everything is computed from the predictions frame alone. Patients are the units: all rows
of a patient (repeats with other seeds) are drawn together, so repeating a model does not
pretend that there are more patients. One set of resamples serves all models that predict
the same patients, which pairs their differences. Intervals are percentile intervals
(Efron and Tibshirani 1993, chapter 13).
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from alsnb.checks import check_columns, check_one_of, listed, refuse
from alsnb.evaluation.frames import check_same_patients, check_settings
from alsnb.evaluation.moments import FROM_MOMENTS
from alsnb.evaluation.resampling import (
    adjust_holm,
    draw_scores,
    estimate_score,
    find_p_value,
    subtract_scores,
)
from alsnb.schema import (
    ESTIMATE,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    N_PATIENTS,
    PATIENT,
    PREDICTIONS,
    SCORES,
)

REFERENCE = "reference"
GROUP = "group"
P_VALUE = "p_value"
P_HOLM = "p_holm"

COMPARISON = (MODEL, REFERENCE, METRIC, ESTIMATE, LOW, HIGH, N_PATIENTS, P_VALUE, P_HOLM)
"""Columns of a comparison of models, each a difference with its interval and p-values."""

GROUP_COMPARISON = (MODEL, GROUP, *COMPARISON[1:-1])
"""Columns of a comparison of two groups of patients under one model."""

ALL_METRICS = tuple(FROM_MOMENTS)
MODEL_METRICS = tuple(metric for metric in ALL_METRICS if metric != "sd_observed")


def score_predictions(
    predictions: pd.DataFrame,
    *,
    metrics: Iterable[str] = ALL_METRICS,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Score each model, with percentile intervals from resamples of patients.

    Several rows per patient are pooled: the score is that of all rows together, the
    interval that of the patients.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`) of one split, with one row
        per model, patient and repeat. The order of its rows does not matter.
    metrics : iterable of str
        Names among :data:`alsnb.evaluation.scores.METRICS`.
    n_resamples, seed : int
        Resamples of patients; the same seed gives the same table.
    level : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.schema.SCORES`, one row per model and metric, models in the
        order of their first row. An undefined score (the correlation of constant
        predictions) is NaN, and so is its interval; a resample in which a score is
        undefined is left out of its interval.

    Raises
    ------
    BadInput
        If a column is missing, a value is not finite, a model has fewer than two patients
        or two rows for one patient and repeat, several splits are mixed, or a setting is
        out of range.
    """
    metrics = check_settings(metrics, n_resamples, level)
    scores, n_patients = draw_scores(predictions, metrics, n_resamples=n_resamples, seed=seed)
    rows = [
        {MODEL: model, METRIC: metric, N_PATIENTS: n_patients[model]}
        | estimate_score(values, level)
        for model, by_metric in scores.items()
        for metric, values in zip(metrics, by_metric, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(SCORES))


def compare_predictions(
    predictions: pd.DataFrame,
    *,
    reference: str,
    metrics: Iterable[str] = MODEL_METRICS,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Subtract the reference model's scores from each other model's, patient by patient.

    Both models are scored on the same resamples, so what makes a patient hard for both
    cancels. The p-value is that of :func:`alsnb.evaluation.resampling.find_p_value`.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame of one split in which all models predict the same patients.
    reference : str
        The model that is subtracted.
    metrics, n_resamples, seed, level : as in :func:`score_predictions`

    Returns
    -------
    DataFrame
        Columns :data:`COMPARISON`. ``estimate`` is model minus reference (for ``rmsd``
        and ``mse`` below zero means better than the reference, for ``pcc`` and ``r2``
        above). ``p_holm`` is ``p_value`` adjusted after Holm (1979) over the models
        compared under one metric.

    Raises
    ------
    BadInput
        As in :func:`score_predictions`; also if the reference is no model of the frame or
        the models were scored on different patients or other observed values.
    """
    metrics = check_settings(metrics, n_resamples, level)
    check_columns(predictions, PREDICTIONS, "The predictions")
    check_one_of(reference, predictions[MODEL].unique(), "The reference model")
    check_same_patients(predictions, reference)
    scores, n_patients = draw_scores(predictions, metrics, n_resamples=n_resamples, seed=seed)
    against = scores.pop(reference)
    rows = [
        {MODEL: model, REFERENCE: reference, METRIC: metric, N_PATIENTS: n_patients[model]}
        | _estimate_difference(values, others, level)
        for model, by_metric in scores.items()
        for metric, values, others in zip(metrics, by_metric, against, strict=True)
    ]
    table = pd.DataFrame(rows, columns=list(COMPARISON))
    table[P_HOLM] = table.groupby(METRIC)[P_VALUE].transform(adjust_holm)
    return table


def score_groups(
    predictions: pd.DataFrame,
    groups: pd.Series,
    *,
    metrics: Iterable[str] = ALL_METRICS,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Score each model within each group of patients, as if it were all of them.

    ``groups`` holds the group of each patient (bulbar or limb onset, say), by patient key; the rest
    is as in :func:`score_predictions`. Column ``group``, in sorted order, then
    :data:`alsnb.schema.SCORES`. Refused, too, if a predicted patient has no group or two, or a
    group has fewer than two patients.
    """
    metrics = check_settings(metrics, n_resamples, level)
    settings = {"metrics": metrics, "n_resamples": n_resamples, "level": level}
    tables = [
        score_predictions(rows, seed=seed, **settings).assign(**{GROUP: label})
        for label, rows in _split_groups(predictions, groups)
    ]
    return pd.concat(tables, ignore_index=True)[[GROUP, *SCORES]]


def difference_between_groups(
    predictions: pd.DataFrame,
    groups: pd.Series,
    *,
    group: object,
    reference: object,
    metrics: Iterable[str] = ALL_METRICS,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Subtract each model's scores in one group of patients, ``reference``, from those in another.

    The two groups are resampled independently, each with its own number of patients; the rest is as
    in :func:`score_groups`, and what is no group is refused, too. Columns
    :data:`GROUP_COMPARISON`; ``n_patients`` counts both groups.
    """
    metrics = check_settings(metrics, n_resamples, level)
    parts = dict(_split_groups(predictions, groups))
    for label in (group, reference):
        check_one_of(label, parts, "The groups to compare")
    # Two seeds: with a single one the draws of the two groups would move together.
    scores, n_patients = draw_scores(parts[group], metrics, n_resamples=n_resamples, seed=(seed, 0))
    against, n_against = draw_scores(
        parts[reference], metrics, n_resamples=n_resamples, seed=(seed, 1)
    )
    rows = [
        {MODEL: model, GROUP: group, REFERENCE: reference, METRIC: metric}
        | {N_PATIENTS: n_patients[model] + n_against[model]}
        | _estimate_difference(values, others, level)
        for model in scores
        for metric, values, others in zip(metrics, scores[model], against[model], strict=True)
    ]
    return pd.DataFrame(rows, columns=list(GROUP_COMPARISON))


def _estimate_difference(
    scores: np.ndarray, reference: np.ndarray, level: float
) -> dict[str, float]:
    differences = subtract_scores(scores, reference)
    return estimate_score(differences, level) | {P_VALUE: find_p_value(differences)}


def _split_groups(
    predictions: pd.DataFrame, groups: pd.Series
) -> Iterator[tuple[object, pd.DataFrame]]:
    """Yield each group's label and its rows, in sorted order of the labels."""
    check_columns(predictions, PREDICTIONS, "The predictions")
    known = groups.dropna()
    unknown = ~predictions[PATIENT].isin(known.index)
    if unknown.any() or not known.index.is_unique:
        raise refuse(
            "The groups of patients",
            expected="one group for each predicted patient",
            found=f"{predictions.loc[unknown, PATIENT].nunique()} patients without a group and "
            f"{int(known.index.duplicated().sum())} keys that come twice",
            remedy="Name the missing ones, for example 'not recorded', and keep one row each.",
        )
    labels = predictions[PATIENT].map(known)
    sizes = predictions.assign(**{GROUP: labels}).pivot_table(
        index=GROUP, columns=MODEL, values=PATIENT, aggfunc="nunique", fill_value=0
    )
    small = sizes.index[(sizes < 2).any(axis=1)]
    if len(small):
        raise refuse(
            f"The groups {listed(small)}",
            expected="at least 2 patients per group and model",
            found="fewer",
            remedy="Merge small groups, or leave their patients out of the predictions.",
        )
    yield from predictions.groupby(labels, sort=True)
