"""Hold every model against the oracle, the best prediction that simulated patients allow."""

import pandas as pd

from alsnb.evaluation.bootstrap import COMPARISON, compare_predictions, score_predictions
from alsnb.pipeline.comparison import PAIRED, in_order, keep_result
from alsnb.pipeline.references import ORACLE, TITLES
from alsnb.report.tables import interval, signed
from alsnb.schema import (
    ESTIMATE,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    PATIENT,
    PREDICTED,
)
from alsnb.settings import EFFORTS

SHARE = "share_of_oracle"
"""Column: R² of the model divided by that of the oracle, on the same patients."""


def with_oracle(predictions: pd.DataFrame, oracle: pd.Series | None) -> pd.DataFrame:
    """Return the predictions with the oracle as one more model.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame.
    oracle : Series or None
        Its predictions by subject; None if the patients are real.

    Returns
    -------
    DataFrame
        Repeat 0 of the patients whom the oracle predicts too; without rows if there is none.
    """
    rows = keep_result(predictions)
    if oracle is None:
        return rows.iloc[:0]
    known = oracle.dropna()
    rows = rows[rows[PATIENT].isin(known.index)]
    patients = rows[rows[MODEL] == rows[MODEL].iloc[0]] if len(rows) else rows
    best = patients[PATIENT].map(known)
    return pd.concat([rows, patients.assign(**{MODEL: ORACLE, PREDICTED: best})], ignore_index=True)


def measure_ceiling(
    predictions: pd.DataFrame, oracle: pd.Series | None, profile: str
) -> pd.DataFrame:
    """Return every model's scores minus the oracle's, on the same patients.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.evaluation.bootstrap.COMPARISON` and :data:`SHARE`; without rows
        if there is no oracle.
    """
    rows = with_oracle(predictions, oracle)
    if rows.empty:
        return pd.DataFrame(columns=[*COMPARISON, SHARE])
    settings = {"metrics": PAIRED, "n_resamples": EFFORTS[profile].n_resamples}
    gaps = in_order(compare_predictions(rows, reference=ORACLE, **settings))
    r2 = score_predictions(rows, metrics=["r2"], n_resamples=1).set_index(MODEL)[ESTIMATE]
    return gaps.assign(**{SHARE: gaps[MODEL].map(r2) / r2[ORACLE]})


def word_table(ceiling: pd.DataFrame) -> pd.DataFrame:
    """Return the distances to the oracle in words: a row per model."""
    rows = ceiling[ceiling[METRIC] == "r2"]
    gaps = [interval(*map(float, row)) for row in rows[[ESTIMATE, LOW, HIGH]].to_numpy()]
    shares = [f"{signed(100 * share, 0)} %" for share in rows[SHARE]]
    return pd.DataFrame(
        {
            "Model": rows[MODEL].map(TITLES),
            "R² minus that of the oracle": gaps,
            "Share of what the oracle explains": shares,
        }
    )


def word_ceiling(ceiling: pd.DataFrame) -> str:
    """Return in sentences how near the models come to what can be known."""
    rows = ceiling[ceiling[METRIC] == "r2"]
    if rows.empty:
        return "These patients are real, and no truth about them is known: there is no oracle."
    nearest = rows.loc[rows[ESTIMATE].idxmax()]
    above = int((rows[ESTIMATE] > 0).sum())
    beyond = "No model lies above it" if not above else f"{above} of {len(rows)} lie above it"
    return (
        f"{beyond}. The nearest is {TITLES[nearest[MODEL]]}: its R² minus the oracle's is "
        f"{signed(nearest[ESTIMATE])} (95 % interval {signed(nearest[LOW])} to "
        f"{signed(nearest[HIGH])}), and it explains {nearest[SHARE]:.0%} of what the oracle does."
    )
