"""Compare all models on one split: scores, paired differences and what they allow to say.

Everything is computed from predictions frames; nothing here trains or sees a predictor.
"""

from collections.abc import Sequence

import pandas as pd

from alsnb.evaluation.bootstrap import P_HOLM, P_VALUE, compare_predictions, score_predictions
from alsnb.evaluation.repeats import keep_result
from alsnb.evaluation.resampling import adjust_holm
from alsnb.published import read_published
from alsnb.schema import METRIC, MODEL
from alsnb.study.printed import beside_printed
from alsnb.vocabulary import BART, CNN, FFNN, FFNN_CNN, FOREST, METRICS, PAIRED, RNN, in_order

PRINTED = {FFNN: "FFNN", CNN: "CNN", RNN: "RNN", FFNN_CNN: "FFNN+CNN"}
"""The rows of Table 2 of Pancotti et al. (2022) that stand for its own patients."""

QUOTED = {FOREST: "RF", BART: "BART"}
"""The rows that the paper quotes from a study of other patients."""


def score_models(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of the result with intervals over patients, in reading order."""
    scores = score_predictions(keep_result(predictions), metrics=METRICS, n_resamples=n_resamples)
    return in_order(scores)


def make_table2(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return Table 2 of Pancotti et al. (2022) with all models on one split.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.study.printed.BESIDE`; nothing is printed of most models, and what
        the paper quotes from others is not in it. Repeat 0 is scored.
    """
    printed = read_published()["paper_a"]["table2"]
    rows = {model: printed[name] for model, name in PRINTED.items()}
    return beside_printed(score_models(predictions, n_resamples), rows)


def compare_with(
    predictions: pd.DataFrame, reference: str, n_resamples: int, models: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the scores of models minus those of one, on the same patients.

    Parameters
    ----------
    predictions : DataFrame
        Predictions frame; its repeat 0 is compared.
    reference : str
        The model that is subtracted.
    n_resamples : int
        Bootstrap resamples of patients.
    models : sequence of str, optional
        Which models; all by default. They are the family of Holm's adjustment.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.evaluation.bootstrap.COMPARISON`, in reading order.
    """
    rows = keep_result(predictions)
    if models is not None:
        rows = rows[rows[MODEL].isin([reference, *models])]
    gaps = compare_predictions(rows, reference=reference, metrics=PAIRED, n_resamples=n_resamples)
    return in_order(gaps)


def compare_with_forest(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of every other model minus those of the random forest."""
    return compare_with(predictions, FOREST, n_resamples)


def compare_pairs(
    predictions: pd.DataFrame, pairs: Sequence[tuple[str, str]], n_resamples: int
) -> pd.DataFrame:
    """Return the difference in every pair, second minus first; the pairs are one family."""
    tables = [compare_with(predictions, first, n_resamples, [second]) for first, second in pairs]
    gaps = pd.concat(tables, ignore_index=True)
    gaps[P_HOLM] = gaps.groupby(METRIC)[P_VALUE].transform(adjust_holm)
    return gaps
