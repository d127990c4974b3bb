"""Measure by how much a model flatters itself on patients whom it has learnt from."""

from collections.abc import Iterable

import pandas as pd

from alsnb.evaluation.probabilities import compare_probabilities, score_probabilities
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS, PATIENT, SPLIT

KNOWN, NEW = "known", "new"

OPTIMISM = (MODEL, METRIC, KNOWN, NEW, ESTIMATE, LOW, HIGH, N_PATIENTS)
"""Columns of a frame of optimism: a score on patients who were learnt from and on new ones, and the
second less the first with its interval. Of a loss, above zero is flattery."""


def measure_optimism(
    known: pd.DataFrame,
    new: pd.DataFrame,
    *,
    metrics: Iterable[str] = ("rps", "log_loss", "accuracy"),
    n_resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the score of each model on new patients less that on those it knows.

    Parameters
    ----------
    known, new : DataFrame
        Predictions frames of class probabilities: of patients when the model had learnt from them,
        and of the same patients when they were held out. Patients without both are left out, and
        models that only one of the frames has.
    metrics, n_resamples, seed, level
        As in :func:`alsnb.evaluation.probabilities.score_probabilities`; the interval is paired, by
        patient.

    Returns
    -------
    DataFrame
        Columns :data:`OPTIMISM`.
    """
    metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    tables = []
    for model, own in known.groupby(MODEL, sort=False):
        other = new[new[MODEL] == model]
        if other.empty:
            continue
        both = set(own[PATIENT]) & set(other[PATIENT])
        sides = [
            rows[rows[PATIENT].isin(both)].assign(**{MODEL: side, SPLIT: "both"})
            for side, rows in ((KNOWN, own), (NEW, other))
        ]
        rows = pd.concat(sides, ignore_index=True)
        how = {"metrics": metrics, "n_resamples": n_resamples, "seed": seed, "level": level}
        gap = compare_probabilities(rows, reference=KNOWN, **how).set_index(METRIC)
        how["n_resamples"] = 1
        scores = score_probabilities(rows, **how).pivot_table(ESTIMATE, METRIC, MODEL)
        table = gap[[ESTIMATE, LOW, HIGH, N_PATIENTS]].join(scores).reset_index()
        tables.append(table.assign(**{MODEL: model}))
    if not tables:
        return pd.DataFrame(columns=list(OPTIMISM))
    return pd.concat(tables, ignore_index=True)[list(OPTIMISM)]
