"""Hold every model against the oracle, the best prediction that simulated patients allow."""

import pandas as pd

from alsnb.evaluation.bootstrap import COMPARISON, compare_predictions, score_predictions
from alsnb.evaluation.repeats import keep_result
from alsnb.schema import ESTIMATE, MODEL, PATIENT, PREDICTED
from alsnb.vocabulary import ORACLE, PAIRED, in_order

SHARE = "share_of_oracle"
"""Column: R² of the model divided by that of the oracle, on the same patients."""


def with_oracle(predictions: pd.DataFrame, oracle: pd.Series | None) -> pd.DataFrame:
    """Return repeat 0 of the patients whom the oracle predicts too, with it as one more model.

    Without an oracle (None, the patients are real) there are no rows.
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
    predictions: pd.DataFrame, oracle: pd.Series | None, n_resamples: int
) -> pd.DataFrame:
    """Return every model's scores minus the oracle's, on the same patients.

    Columns :data:`alsnb.evaluation.bootstrap.COMPARISON` and :data:`SHARE`; ``oracle`` holds the
    best predictions by subject. Without one (None, the patients are real) there are no rows.
    """
    rows = with_oracle(predictions, oracle)
    if rows.empty:
        return pd.DataFrame(columns=[*COMPARISON, SHARE])
    settings = {"metrics": PAIRED, "n_resamples": n_resamples}
    gaps = in_order(compare_predictions(rows, reference=ORACLE, **settings))
    r2 = score_predictions(rows, metrics=["r2"], n_resamples=1).set_index(MODEL)[ESTIMATE]
    return gaps.assign(**{SHARE: gaps[MODEL].map(r2) / r2[ORACLE]})
