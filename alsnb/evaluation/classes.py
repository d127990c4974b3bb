"""Score how well predictions tell fast patients from the others, with intervals over patients.

The same seed draws the same patients as in :mod:`alsnb.evaluation.bootstrap`. A frame may mix
models that predict slopes with models that predict the probability of being fast.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.checks import check_columns, check_one_of, refuse
from alsnb.evaluation.bootstrap import COMPARISON, P_HOLM, P_VALUE, REFERENCE
from alsnb.evaluation.cuts import call_fast, risk_and_fast
from alsnb.evaluation.frames import (
    check_one_number,
    check_predictions,
    check_same_patients,
    check_settings,
)
from alsnb.evaluation.ranked import (
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    FROM_CELLS,
    RANK_METRICS,
    TRUE_NEGATIVE,
    TRUE_POSITIVE,
    Ranked,
    mark_calls,
    rank_rows,
    score_ranks,
)
from alsnb.evaluation.resampling import (
    adjust_holm,
    draw_with_all,
    estimate_score,
    find_p_value,
    subtract_scores,
)
from alsnb.evaluation.scores import check_pair
from alsnb.schema import (
    FOLD,
    METRIC,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PATIENT,
    PREDICTED,
    PREDICTIONS,
    REPEAT,
    SCORES,
)

CALL_METRICS = tuple(FROM_CELLS)
"""Scores of the calls, which need a cut: from ``balanced_accuracy`` to ``share_called``."""

CLASS_METRICS = (*RANK_METRICS, *CALL_METRICS)
"""All of them; all lie between 0 and 1 and, but for ``share_called``, higher is better."""


@dataclass(frozen=True)
class _Rows:
    """One model's rows, ready to be scored on any resample of its patients."""

    patients: pd.Index
    ranked: Ranked
    cells: np.ndarray  # (n_patients, 4)


def score_classes(
    predictions: pd.DataFrame,
    *,
    threshold: float,
    cuts: Mapping[str, float] | None = None,
    metrics: Iterable[str] = CLASS_METRICS,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Score each model as a way to tell who is fast, with percentile intervals.

    Cuts are taken as they are; the intervals are those of other patients, not of other cuts.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`) of one split. Where all observed
        values of a model are 0 or 1, its predictions are probabilities of being fast; else both
        are slopes, lower is faster.
    threshold : float
        Observed slopes below it are fast, in ALSFRS points per month.
    cuts : mapping of str to float, optional
        Where each model's predictions become calls, see :func:`alsnb.evaluation.cuts.learn_cut`.
        Only ``auc`` and ``average_precision`` can do without.
    metrics : iterable of str
        Names among :data:`CLASS_METRICS`.
    n_resamples, seed, level
        As in :func:`alsnb.evaluation.bootstrap.score_predictions`.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.schema.SCORES`. What is undefined (the predictive value when nobody is
        called) is NaN, and so is its interval; a resample in which it is undefined is left out of
        the interval.

    Raises
    ------
    BadInput
        As ``score_predictions`` does; also if a cut that is needed is not there, or a prediction
        is no probability although its target is a class.
    """
    metrics = check_metrics(metrics, n_resamples, level)
    rows = _rows_of_models(predictions, threshold, cuts, metrics)
    scores = _draw(rows, metrics, n_resamples=n_resamples, seed=seed)
    found = [
        {MODEL: model, METRIC: metric, N_PATIENTS: len(rows[model].patients)}
        | estimate_score(values, level)
        for model, by_metric in scores.items()
        for metric, values in zip(metrics, by_metric, strict=True)
    ]
    return pd.DataFrame(found, columns=list(SCORES))


def compare_classes(
    predictions: pd.DataFrame,
    *,
    pairs: Iterable[tuple[str, str]],
    threshold: float,
    cuts: Mapping[str, float] | None = None,
    metrics: Iterable[str] = CLASS_METRICS,
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Subtract a reference's scores from a model's, patient by patient, for several pairs.

    Parameters
    ----------
    predictions, threshold, cuts, metrics, n_resamples, seed, level : as in :func:`score_classes`
    pairs : iterable of (model, reference)
        What is subtracted from what; a model of slopes may be held against a classifier.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.evaluation.bootstrap.COMPARISON`; above zero the model is better.
        ``p_holm`` is adjusted over the pairs compared under one metric.

    Raises
    ------
    BadInput
        Also if a pair names a model that is not there or the models were scored on different
        patients or disagree about who is fast.
    """
    metrics = check_metrics(metrics, n_resamples, level)
    pairs = [tuple(pair) for pair in pairs]
    check_columns(predictions, PREDICTIONS, "The predictions")
    for model in dict.fromkeys(name for pair in pairs for name in pair):
        check_one_of(model, predictions[MODEL].unique(), "The models to compare")
    if pairs:
        check_same_patients(_with_classes(predictions, threshold), pairs[0][1])
    rows = _rows_of_models(predictions, threshold, cuts, metrics)
    scores = _draw(rows, metrics, n_resamples=n_resamples, seed=seed)
    found = []
    for model, reference in pairs:
        names = {MODEL: model, REFERENCE: reference, N_PATIENTS: len(rows[model].patients)}
        for number, metric in enumerate(metrics):
            gap = subtract_scores(scores[model][number], scores[reference][number])
            facts = estimate_score(gap, level) | {P_VALUE: find_p_value(gap)}
            found.append(names | {METRIC: metric} | facts)
    table = pd.DataFrame(found, columns=list(COMPARISON))
    table[P_HOLM] = table.groupby(METRIC)[P_VALUE].transform(adjust_holm)
    return table


def count_calls(
    predictions: pd.DataFrame, *, threshold: float, cuts: Mapping[str, float]
) -> pd.DataFrame:
    """Count who is called and who is fast, of one row per model and patient.

    Returns
    -------
    DataFrame
        ``model``, ``found`` (fast and called), ``alarms`` (called, not fast), ``missed`` (fast,
        not called) and ``spared``. They may be small: withhold those under five before they are
        shown, and whatever they can be computed from.
    """
    rows = _rows_of_models(predictions, threshold, cuts, CALL_METRICS)
    columns = {
        "found": TRUE_POSITIVE,
        "alarms": FALSE_POSITIVE,
        "missed": FALSE_NEGATIVE,
        "spared": TRUE_NEGATIVE,
    }
    totals = {model: one.cells.sum(axis=0) for model, one in rows.items()}
    counts = [
        {MODEL: model} | {name: int(total[cell]) for name, cell in columns.items()}
        for model, total in totals.items()
    ]
    return pd.DataFrame(counts)


def check_metrics(
    metrics: Iterable[str], n_resamples: int, level: float, known: Iterable[str] = CLASS_METRICS
) -> tuple[str, ...]:
    """Return the names of the metrics, all of them known, if these settings can be used."""
    metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    for metric in metrics:
        check_one_of(metric, known, "The metrics to compute")
    check_settings((), n_resamples, level)
    return metrics


def _with_classes(predictions: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the frame with 1 for fast and 0 for not in place of what was observed."""
    fast = [
        pd.Series(risk_and_fast(rows, threshold)[1].astype(float), index=rows.index)
        for _, rows in predictions.groupby(MODEL, sort=False)
    ]
    return predictions.assign(**{OBSERVED: pd.concat(fast)})


def _rows_of_models(
    predictions: pd.DataFrame,
    threshold: float,
    cuts: Mapping[str, float] | None,
    metrics: tuple[str, ...],
) -> dict[str, _Rows]:
    """Return each model's rows, in the order of their first one."""
    check_predictions(predictions)
    check_one_number(predictions)
    cuts = dict(cuts or {})
    needed = set(metrics) & set(FROM_CELLS)
    without = [model for model in predictions[MODEL].unique() if model not in cuts]
    if needed and without:
        raise refuse(
            "The cuts",
            expected=f"one for each model, for {sorted(needed)[0]} needs it",
            found=f"none for '{without[0]}'",
            remedy="Learn it from out-of-fold predictions, or ask for auc and "
            "average_precision only.",
        )
    return {
        model: _prepare(rows, threshold, cuts.get(model, np.nan))
        for model, rows in predictions.groupby(MODEL, sort=False)
    }


def _prepare(rows: pd.DataFrame, threshold: float, cut: float) -> _Rows:
    # Sorted as in resampling.draw_scores, so that the same seed draws the same patients.
    rows = rows.sort_values([PATIENT, REPEAT, FOLD])
    where = f"The predictions of '{rows[MODEL].iloc[0]}'"
    check_pair(rows[OBSERVED], rows[PREDICTED], where)
    codes, patients = pd.factorize(rows[PATIENT])
    if len(patients) < 2:
        raise refuse(
            where,
            expected="at least 2 patients",
            found=str(len(patients)),
            remedy="Score a larger set of patients.",
        )
    risk, fast = risk_and_fast(rows, threshold)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    cells = np.add.reduceat(mark_calls(fast, call_fast(rows, cut)), starts, axis=0)
    return _Rows(pd.Index(patients), rank_rows(codes, fast, risk), cells)


def _draw(
    rows: Mapping[str, _Rows], metrics: tuple[str, ...], *, n_resamples: int, seed: int
) -> dict[str, np.ndarray]:
    """Return each model's scores on all patients and on resamples, (n_metrics, 1 + n)."""
    together: dict[tuple, list[str]] = {}
    for model, one in rows.items():
        together.setdefault(tuple(one.patients), []).append(model)
    chunks: dict[str, list[np.ndarray]] = {model: [] for model in rows}
    for patients, models in together.items():
        rng = np.random.default_rng(seed)
        with threadpool_limits(1, user_api="blas"):
            for counts in draw_with_all(len(patients), n_resamples, rng):
                for model in models:
                    chunks[model].append(_score_chunk(rows[model], counts, metrics))
    return {model: np.concatenate(parts, axis=1) for model, parts in chunks.items()}


def _score_chunk(one: _Rows, counts: np.ndarray, metrics: tuple[str, ...]) -> np.ndarray:
    found: dict[str, np.ndarray] = {}
    if set(metrics) & set(RANK_METRICS):
        found |= zip(RANK_METRICS, score_ranks(one.ranked, counts), strict=True)
    if set(metrics) & set(FROM_CELLS):
        cells = counts @ one.cells
        found |= {name: score(cells) for name, score in FROM_CELLS.items() if name in metrics}
    return np.stack([found[metric] for metric in metrics])
