"""What sets of scores allow to say about each other: pairs, falls from one sample to another."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import compare_predictions
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.vocabulary import MEAN


def compare_pairs(
    predictions: pd.DataFrame, pairs: Mapping[str, str], metrics: Sequence[str], n_resamples: int
) -> pd.DataFrame:
    """Return the scores of models minus those of a reference each, on the same patients.

    ``pairs`` names the reference of every model. Columns are those of
    :func:`alsnb.evaluation.bootstrap.compare_predictions`; p-values are adjusted within a pair.
    """
    how = {"metrics": metrics, "n_resamples": n_resamples}
    gaps = [
        compare_predictions(predictions[predictions[MODEL].isin(pair)], reference=pair[1], **how)
        for pair in pairs.items()
    ]
    return pd.concat(gaps, ignore_index=True)


def find_falls(
    cv_scores: pd.DataFrame, test_scores: pd.DataFrame, metric: str = "r2"
) -> pd.DataFrame:
    """Return a score in cross-validation and on test patients, a row per model but the mean.

    ``cv`` and ``test`` are the two scores and ``estimate`` is test minus cross-validation; its
    interval is the normal one of two independent samples of patients, from the widths of theirs.
    """
    sides = []
    for scores in (cv_scores, test_scores):
        rows = scores[(scores[METRIC] == metric) & (scores[MODEL] != MEAN)].set_index(MODEL)
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

    A training mean is the same for everybody in a fold. Over folds these two scores measure only
    how the means of the folds differ.
    """
    empty = (scores[MODEL] == MEAN) & scores[METRIC].isin(["pcc", "calibration_slope"])
    kept = scores.copy()
    kept.loc[empty, [ESTIMATE, LOW, HIGH]] = np.nan
    return kept
