"""Tell the result of a model from its repeats with other seeds, and say how far these spread."""

from collections.abc import Callable, Collection

import pandas as pd

from alsnb.evaluation.bootstrap import score_predictions
from alsnb.schema import ESTIMATE, METRIC, MODEL, REPEAT
from alsnb.vocabulary import PAIRED, in_order


def keep_result(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions from the first seed, which are the result."""
    return predictions[predictions[REPEAT] == 0]


def repeat_fixed(
    predictions: pd.DataFrame, n_repeats: int, without_seed: Collection[str]
) -> pd.DataFrame:
    """Return the predictions with those of models without chance copied for every seed."""
    fixed = predictions[predictions[MODEL].isin(list(without_seed))]
    copies = [fixed.assign(**{REPEAT: repeat}) for repeat in range(1, n_repeats)]
    return pd.concat([predictions, *copies], ignore_index=True)


def seed_spread(
    predictions: pd.DataFrame, score: Callable[..., pd.DataFrame], **settings: object
) -> pd.DataFrame:
    """Return the standard deviation (n - 1) from seed to seed of every cell of a table of scores.

    ``score`` makes the table from predictions of repeat 0 and these settings; words in it stay.
    """
    tables = [
        score(rows.assign(**{REPEAT: 0}), **settings)
        for _, rows in predictions.groupby(REPEAT, sort=True)
    ]
    spread = tables[0].copy()
    for column in spread.select_dtypes("number").columns:
        spread[column] = pd.concat([table[column] for table in tables], axis=1).std(axis=1)
    return spread


def spread_over_seeds(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return how every score varies from seed to seed of the models.

    ``model``, ``metric``, ``n_seeds``, ``mean``, ``sd`` (NaN with one seed), ``lowest`` and
    ``highest``, in reading order.
    """
    tables = [
        score_predictions(rows, metrics=PAIRED, n_resamples=1).assign(seed=repeat)
        for repeat, rows in predictions.groupby(REPEAT)
    ]
    by_score = pd.concat(tables).groupby([MODEL, METRIC], sort=False)[ESTIMATE]
    spread = by_score.agg(n_seeds="size", mean="mean", sd="std", lowest="min", highest="max")
    return in_order(spread.reset_index())
