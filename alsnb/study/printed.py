"""Set our scores beside those that a paper prints."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL

PUBLISHED = ("published", "published_low", "published_high")
BESIDE = (MODEL, METRIC, *PUBLISHED, ESTIMATE, LOW, HIGH, "difference")
"""Columns of a table that holds printed scores and ours."""


def beside_printed(scores: pd.DataFrame, printed: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return scores with what is printed for the same model, and the difference, ours minus theirs.

    Parameters
    ----------
    scores : DataFrame
        A scores frame (:data:`alsnb.schema.SCORES`).
    printed : mapping
        By model, the printed value of each metric, and its interval under ``METRIC_ci``.

    Returns
    -------
    DataFrame
        Columns :data:`BESIDE`; NaN where nothing is printed.
    """
    table = scores.reset_index(drop=True)
    found = [
        _printed(printed.get(model, {}), metric)
        for model, metric in zip(table[MODEL], table[METRIC], strict=True)
    ]
    table = pd.concat([table, pd.DataFrame(found, columns=PUBLISHED, dtype=float)], axis=1)
    table["difference"] = table[ESTIMATE] - table["published"]
    return table[list(BESIDE)]


def _printed(row: Mapping, metric: str) -> tuple[float, float, float]:
    low, high = row.get(f"{metric}_ci", (np.nan, np.nan))
    return row.get(metric, np.nan), low, high
