"""Score recall per class over many divisions of the same patients, with intervals over patients."""

import numpy as np
import pandas as pd

from alsnb.checks import check_columns
from alsnb.evaluation.calls import CLASS
from alsnb.evaluation.frames import check_predictions
from alsnb.evaluation.resampling import draw_with_all, estimate_score
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

MEAN_RECALLS = (MODEL, CLASS, ESTIMATE, LOW, HIGH, N_PATIENTS)
"""Columns of a frame of recalls over divisions."""


def score_recall_over_divisions(
    predictions: pd.DataFrame, *, n_resamples: int = 10_000, seed: int = 0, level: float = 0.95
) -> pd.DataFrame:
    """Return the share of the predictions of each class that a model called rightly.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame of one split with a column :data:`alsnb.schema.AT`; a patient may be
        held out in several repeats.
    n_resamples, seed, level
        As in :func:`alsnb.evaluation.bootstrap.score_predictions`; the patients of a class are
        drawn, each with all its predictions.

    Returns
    -------
    DataFrame
        Columns :data:`MEAN_RECALLS`, ``class`` the value of ``at``; higher is better.
    """
    check_predictions(predictions)
    check_columns(predictions, [AT], "The predictions of classes")
    wide = predictions.pivot_table([OBSERVED, PREDICTED], [MODEL, PATIENT, REPEAT], AT, sort=False)
    observed = wide[OBSERVED].to_numpy().argmax(axis=1)
    rows = wide.index.to_frame(index=False)
    rows[CLASS] = wide[OBSERVED].columns.to_numpy()[observed]
    rows["right"] = observed == wide[PREDICTED].to_numpy().argmax(axis=1)
    sums = rows.groupby([MODEL, CLASS, PATIENT], sort=False)["right"].agg(["sum", "size"])
    found = []
    for (model, name), own in sums.groupby([MODEL, CLASS], sort=False):
        chunks = draw_with_all(len(own), n_resamples, np.random.default_rng(seed))
        totals = np.concatenate([counts @ own.to_numpy(float) for counts in chunks])
        score = estimate_score(totals[:, 0] / totals[:, 1], level)
        found.append({MODEL: model, CLASS: name, N_PATIENTS: len(own)} | score)
    table = pd.DataFrame(found, columns=list(MEAN_RECALLS))
    models = {model: place for place, model in enumerate(predictions[MODEL].unique())}
    order = np.lexsort((table[CLASS], table[MODEL].map(models)))
    return table.iloc[order].reset_index(drop=True)
