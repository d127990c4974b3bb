"""Score predictions and compare models, from the predictions frame alone."""

from collections.abc import Iterable

import pandas as pd

from alsnb.checks import check_columns, refuse
from alsnb.evaluation.bootstrap import compare_predictions, score_groups, score_predictions
from alsnb.evaluation.crossval import N_TRAINING
from alsnb.schema import PREDICTIONS
from alsnb.vocabulary import METRICS, PAIRED


def score(
    predictions: pd.DataFrame,
    metrics: Iterable[str] = METRICS,
    *,
    groups: pd.Series | None = None,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Score each model, with percentile intervals from resamples of patients.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame, from :func:`alsnb.cross_validate` or another function, with one
        row per model, patient and repeat.
    metrics : iterable of str
        Of ``rmsd`` and ``mse`` (lower is better), ``pcc`` and ``r2`` (higher is better),
        ``calibration_slope`` (1 is best), ``calibration_intercept`` (0 is best) and
        ``sd_observed`` (of the target, whatever the model).
    groups : Series, optional
        A group for each patient, such as the site of onset; each is then scored by itself.
    n_resamples, seed : int
        Resamples of patients; the same seed gives the same table.
    level : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        ``model``, ``metric``, ``estimate``, ``low``, ``high`` and ``n_patients``; before them
        ``group`` if there are groups, behind them ``n_training`` for a learning curve.
    """
    check_columns(predictions, PREDICTIONS, "The predictions")
    how = {"metrics": _listed(metrics), "n_resamples": n_resamples, "seed": seed, "level": level}
    if N_TRAINING in predictions:
        tables = [
            _score(rows, groups, how).assign(**{N_TRAINING: size})
            for size, rows in predictions.groupby(N_TRAINING)
        ]
        return pd.concat(tables, ignore_index=True)
    return _score(predictions, groups, how)


def _score(
    predictions: pd.DataFrame, groups: pd.Series | None, how: dict[str, object]
) -> pd.DataFrame:
    if groups is None:
        return score_predictions(predictions, **how)
    return score_groups(predictions, groups, **how)


def compare(
    predictions: pd.DataFrame,
    reference: str,
    metrics: Iterable[str] = PAIRED,
    *,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Subtract one model's scores from those of every other, on the same patients.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame in which all models predict the same patients.
    reference : str
        The model that is subtracted, by its name in the frame.
    metrics, n_resamples, seed, level : as in :func:`score`

    Returns
    -------
    DataFrame
        ``model``, ``reference``, ``metric``, ``estimate`` (of ``rmsd`` below zero is better
        than the reference, of ``pcc`` and ``r2`` above), ``low``, ``high``, ``n_patients``,
        ``p_value``, and ``p_holm``, adjusted over the models compared under one metric.
    """
    how = {"metrics": _listed(metrics), "n_resamples": n_resamples, "seed": seed, "level": level}
    return compare_predictions(predictions, reference=reference, **how)


def _listed(metrics: Iterable[str]) -> list[str]:
    if isinstance(metrics, str):
        raise refuse(
            "The metrics",
            expected="a list of names",
            found=f"the text '{metrics}'",
            remedy=f"Write ['{metrics}'].",
        )
    return list(metrics)
