"""What the scores of the chapter allow to say: falls, gains of preparation, sites, seeds."""

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import compare_predictions
from alsnb.evaluation.repeats import keep_result
from alsnb.lessons.dream import fits
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.tables.dream_columns import DreamTable
from alsnb.vocabulary import BART, BOOSTING, FOREST, MEAN

PAIRS = {
    fits.LASSO_PREPARED: fits.LASSO,
    fits.FOREST_PREPARED: FOREST,
    fits.BOOSTING_PREPARED: BOOSTING,
    fits.BART_PREPARED: BART,
}
"""Each prepared model and the same on the table as published."""


def compare_preparation(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return R² of each prepared model minus that of its plain one, on the same patients.

    Columns are those of :func:`alsnb.evaluation.bootstrap.compare_predictions`; above zero,
    preparation helps.
    """
    rows = keep_result(predictions)
    how = {"metrics": ["r2"], "n_resamples": n_resamples}
    gaps = [
        compare_predictions(rows[rows[MODEL].isin(pair)], reference=pair[1], **how)
        for pair in PAIRS.items()
    ]
    return pd.concat(gaps, ignore_index=True)


def find_falls(cv_scores: pd.DataFrame, test_scores: pd.DataFrame) -> pd.DataFrame:
    """Return R² in cross-validation and on the test patients, a row per model but the mean.

    ``estimate`` is test minus cross-validation (below zero: a fall), with the normal 95 % interval
    of two independent samples of patients; ``cv`` and ``test`` are the two scores.
    """
    sides = []
    for scores in (cv_scores, test_scores):
        rows = scores[(scores[METRIC] == "r2") & (scores[MODEL] != MEAN)].set_index(MODEL)
        sides.append(rows.assign(error=(rows[HIGH] - rows[LOW]) / (2 * 1.96)))
    cv, test = sides
    test = test.loc[test.index.isin(cv.index)]
    cv = cv.loc[test.index]
    half = 1.96 * np.hypot(cv["error"], test["error"])
    fall = test[ESTIMATE] - cv[ESTIMATE]
    table = {"cv": cv[ESTIMATE], "test": test[ESTIMATE], ESTIMATE: fall}
    return pd.DataFrame(table | {LOW: fall - half, HIGH: fall + half}).reset_index()


def without_meaningless(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores without the correlation and the calibration slope of the training mean.

    A mean over training patients is the same for everybody in a fold, so that neither means
    anything: they measure how the folds differ.
    """
    empty = (scores[MODEL] == MEAN) & scores[METRIC].isin(["pcc", "calibration_slope"])
    kept = scores.copy()
    kept.loc[empty, [ESTIMATE, LOW, HIGH]] = np.nan
    return kept


def describe_sites(table: DreamTable, sites: pd.Series) -> pd.DataFrame:
    """Return by site of onset the ``share`` of patients, and ``mean`` and ``sd`` of the slope."""
    slopes = table.slope.reindex(sites.index).groupby(sites)
    each = slopes.agg(["mean", "std", "size"]).rename(columns={"std": "sd"})
    return each.assign(share=each["size"] / len(table.slope))


def count_smaller(gaps: pd.DataFrame, width: float) -> tuple[int, int]:
    """Return how many differences in mean squared error are smaller than a width, and of how many.

    The training mean, which is no rival, does not count.
    """
    rows = gaps[(gaps[METRIC] == "mse") & (gaps[MODEL] != MEAN)]
    return int((rows[ESTIMATE].abs() < width).sum()), len(rows)
