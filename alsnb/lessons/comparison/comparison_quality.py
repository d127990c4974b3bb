"""Hold the models to what was demanded of them before anything was computed."""

import pandas as pd

from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.study.compare import compare_with, compare_with_little
from alsnb.study.paper_a import FFNN_CNN, NETWORKS
from alsnb.study.references import FOREST, TITLES

WITHIN = 0.03
"""How much R² a network may lack to the random forest and still count as level with it."""


def check_quality(predictions: pd.DataFrame, ceiling: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return what the models had to reach, what they reach, and whether they do.

    Parameters
    ----------
    predictions : DataFrame
        Predictions frame of the held-out patients.
    ceiling : DataFrame
        As :func:`alsnb.study.ceiling.measure_ceiling` returns it; empty if no truth is known.
    profile : str
        As in :func:`make_table2`.

    Returns
    -------
    DataFrame
        ``demand``, ``model``, ``estimate``, ``low``, ``high`` (differences in R²) and ``held``.
    """
    against = compare_with(predictions, FOREST, profile, [*NETWORKS, FFNN_CNN])
    little = compare_with_little(predictions, profile)
    level = [f"R² at most {WITHIN} below the random forest"] * len(against)
    parts = [
        against.assign(demand=level, held=against[ESTIMATE] >= -WITHIN),
        little.assign(
            demand="interval above zero, against: " + little["reference"].map(TITLES),
            held=little[LOW] > 0,
        ),
        ceiling.assign(demand="does not beat the oracle", held=~(ceiling[LOW] > 0)),
    ]
    rows = pd.concat([part[part[METRIC] == "r2"] for part in parts], ignore_index=True)
    return rows[["demand", MODEL, ESTIMATE, LOW, HIGH, "held"]]


def word_quality(quality: pd.DataFrame) -> str:
    """Return in a sentence how many demands are met, and which are not."""
    missed = quality[~quality["held"].astype(bool)]
    start = f"{len(quality) - len(missed)} of {len(quality)} demands are met"
    if missed.empty:
        return f"{start}."
    named = [f"{TITLES[row.model]} ({row.demand})" for row in missed.itertuples()]
    return f"{start}; not met: {'; '.join(named)}."
