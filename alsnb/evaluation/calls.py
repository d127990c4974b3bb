"""Count which class each patient is called: confusion, recall, McNemar's test.

For test sets of a few dozen patients, where percentile intervals of resampling are too narrow. A
patient is called the class with the highest probability; the frame is that of
:mod:`alsnb.evaluation.probabilities`.
"""

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from alsnb.checks import check_columns, check_one_of, refuse
from alsnb.evaluation.bootstrap import P_VALUE, REFERENCE
from alsnb.evaluation.frames import check_predictions, check_same_patients
from alsnb.schema import (
    AT,
    ESTIMATE,
    HIGH,
    LOW,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
)

CALLED = "called"
CLASS = "class"
N_RIGHT = "n_right"
N_WON, N_LOST = "n_won", "n_lost"

CONFUSION = (MODEL, OBSERVED, CALLED, N_PATIENTS)
"""Columns of a confusion frame: of how many patients of a class a model called which."""

RECALLS = (MODEL, CLASS, ESTIMATE, LOW, HIGH, N_RIGHT, N_PATIENTS)
"""Columns of a frame of recalls; ``class`` is missing in the row of all patients, the accuracy."""

CALLS_COMPARISON = (MODEL, REFERENCE, N_WON, N_LOST, N_PATIENTS, P_VALUE)
"""Columns of a paired comparison of calls: patients whom only the model, or only the reference,
called rightly, and the exact p-value of McNemar's test."""


def call_classes(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the class observed and the class called, a row per model and patient.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame of one split and one repeat with a column :data:`alsnb.schema.AT`.

    Returns
    -------
    DataFrame
        Columns ``model``, ``patient``, ``observed`` and ``called``, both values of ``at``. Of
        classes with equal probability the first is called.

    Raises
    ------
    BadInput
        If the frame cannot be used, or holds a patient twice under one model.
    """
    check_predictions(predictions)
    check_columns(predictions, [AT], "The predictions of classes")
    if len(predictions[REPEAT].unique()) > 1:
        raise refuse(
            "The calls of classes",
            expected="one prediction per patient and model",
            found="several repeats",
            remedy="Keep one repeat, or score the frame with score_probabilities.",
        )
    wide = predictions.pivot_table([OBSERVED, PREDICTED], [MODEL, PATIENT], AT, sort=False)
    classes = wide[OBSERVED].columns.to_numpy()
    return pd.DataFrame(
        {
            OBSERVED: classes[wide[OBSERVED].to_numpy().argmax(axis=1)],
            CALLED: classes[wide[PREDICTED].to_numpy().argmax(axis=1)],
        },
        index=wide.index,
    ).reset_index()


def count_confusion(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count patients by class observed and class called; columns :data:`CONFUSION`, zeros too."""
    calls, classes = call_classes(predictions), np.sort(predictions[AT].unique())
    keys = [predictions[MODEL].unique(), classes, classes]
    every = pd.MultiIndex.from_product(keys, names=[MODEL, OBSERVED, CALLED])
    counts = calls.groupby([MODEL, OBSERVED, CALLED]).size().reindex(every, fill_value=0)
    return counts.rename(N_PATIENTS).reset_index()[list(CONFUSION)]


def score_recall(predictions: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return the share of each class that a model calls rightly, and that of all patients.

    Higher is better. Intervals are Wilson's (1927); a class without patients has none.

    Returns
    -------
    DataFrame
        Columns :data:`RECALLS`, for each model the row of all patients first.
    """
    cells = count_confusion(predictions)
    right = cells[N_PATIENTS].where(cells[OBSERVED] == cells[CALLED], 0)
    by_class = cells.assign(**{N_RIGHT: right}).groupby([MODEL, OBSERVED], sort=False)
    sums = by_class[[N_RIGHT, N_PATIENTS]].sum().reset_index().rename(columns={OBSERVED: CLASS})
    both = sums.groupby(MODEL, sort=False)[[N_RIGHT, N_PATIENTS]].sum().reset_index()
    parts = [pd.concat([both[both[MODEL] == m], sums[sums[MODEL] == m]]) for m in both[MODEL]]
    table = pd.concat(parts, ignore_index=True)
    n_right, n = table[N_RIGHT].to_numpy(), table[N_PATIENTS].to_numpy()
    low, high = wilson_interval(n_right, n, level=level)
    share = np.divide(n_right, n, out=np.full(len(n), np.nan), where=n > 0)
    return table.assign(**{ESTIMATE: share, LOW: low, HIGH: high})[list(RECALLS)]


def wilson_interval(
    n_right: np.ndarray, n: np.ndarray, *, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the low and high end of Wilson's (1927) interval of shares; NaN where ``n`` is 0."""
    n_right, n = np.atleast_1d(n_right), np.atleast_1d(n)
    low, high = proportion_confint(n_right, np.maximum(n, 1), alpha=1 - level, method="wilson")
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def compare_calls(predictions: pd.DataFrame, *, reference: str) -> pd.DataFrame:
    """Compare the calls of each model with those of a reference, patient by patient.

    The p-value is that of the exact McNemar test, two-sided: under no difference each patient whom
    only one of the two called rightly falls to either with probability one half.

    Returns
    -------
    DataFrame
        Columns :data:`CALLS_COMPARISON`.

    Raises
    ------
    BadInput
        If the frame cannot be used, the reference is none of its models, or models were asked
        about different patients.
    """
    check_predictions(predictions)
    check_one_of(reference, predictions[MODEL].unique(), "The reference model")
    check_same_patients(predictions, reference)
    calls = call_classes(predictions)
    right = (calls[OBSERVED] == calls[CALLED]).set_axis(
        pd.MultiIndex.from_frame(calls[[MODEL, PATIENT]])
    )
    against, rows = right[reference], []
    for model in predictions[MODEL].unique():
        if model == reference:
            continue
        ours = right[model].reindex(against.index)
        won, lost = int((ours & ~against).sum()), int((~ours & against).sum())
        p_value = float(mcnemar([[0, won], [lost, 0]], exact=True).pvalue)
        rows.append((model, reference, won, lost, len(against), p_value))
    return pd.DataFrame(rows, columns=list(CALLS_COMPARISON))
