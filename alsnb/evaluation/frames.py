"""Refuse predictions frames and settings from which no honest score can be computed."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from alsnb.checks import check_columns, check_one_of, listed, refuse
from alsnb.evaluation.moments import FROM_MOMENTS
from alsnb.schema import AT, MODEL, OBSERVED, PATIENT, PREDICTIONS, REPEAT, SPLIT


def check_settings(metrics: Iterable[str], n_resamples: int, level: float) -> tuple[str, ...]:
    """Return the names of the metrics, in their order, or refuse settings out of range.

    Metrics are names among :data:`alsnb.evaluation.scores.METRICS`; there is at least one
    resample, and the level lies between 0 and 1, both excluded.
    """
    metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    for metric in metrics:
        check_one_of(metric, FROM_MOMENTS, "The metrics to compute")
    if n_resamples < 1:
        raise refuse(
            "The number of resamples",
            expected="at least 1 (10,000 for a table)",
            found=str(n_resamples),
            remedy="Ask for more resamples.",
        )
    if not 0 < level < 1:
        raise refuse(
            "The level of the intervals",
            expected="a number between 0 and 1",
            found=str(level),
            remedy="Write 95 % as 0.95.",
        )
    return metrics


def check_predictions(predictions: pd.DataFrame) -> None:
    """Raise :class:`alsnb.checks.BadInput` unless the frame can be scored.

    It must have all columns, one split, and one row per model, patient and repeat (and class).
    """
    check_columns(predictions, PREDICTIONS, "The predictions")
    splits = predictions[SPLIT].unique()
    if len(splits) != 1:
        raise refuse(
            f"The column '{SPLIT}' of the predictions",
            expected="one split, because scores of training and test patients do not mix",
            found=listed(splits) or "no rows",
            remedy="Select the rows of one split and score these.",
        )
    keys = [MODEL, PATIENT, REPEAT, *([AT] if AT in predictions else [])]
    twice = predictions.duplicated(keys)
    if twice.any():
        raise refuse(
            f"The predictions of {listed(predictions.loc[twice, MODEL].unique())}",
            expected=f"one row per {', '.join(keys[:-1])} and {keys[-1]}",
            found=f"{int(twice.sum())} rows that come a second time",
            remedy="Score each setting by itself, or number repetitions in 'repeat'.",
        )


def check_one_number(predictions: pd.DataFrame) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a frame holds several numbers per patient."""
    if AT in predictions:
        raise refuse(
            "The predictions",
            expected="one number per patient: a slope, or the probability of one class",
            found=f"a column '{AT}', as of the probabilities of several classes",
            remedy="Score these with alsnb.evaluation.probabilities.score_probabilities.",
        )


def check_same_patients(predictions: pd.DataFrame, reference: str) -> None:
    """Raise :class:`alsnb.checks.BadInput` if models differ in patients or observed values."""
    keys = [PATIENT, AT] if AT in predictions else [PATIENT]
    observed = {
        model: rows.groupby(keys)[OBSERVED].agg(["min", "max"]).sort_index()
        for model, rows in predictions.groupby(MODEL)
    }
    expected = observed[reference]
    for model, values in observed.items():
        differing = expected.index.symmetric_difference(values.index)
        if len(differing):
            n_differing = differing.get_level_values(PATIENT).nunique()
            raise refuse(
                f"The predictions of '{model}' and '{reference}'",
                expected="the same patients, so that differences are paired",
                found=f"{n_differing} patients with only one of the two",
                remedy="Keep the patients that every model predicts, and compare these.",
            )
        if not np.allclose(values["min"], expected["max"]):
            raise refuse(
                f"The predictions of '{model}' and '{reference}'",
                expected="the same observed value for each patient",
                found="patients with different observed values",
                remedy="Compare models of the same target only.",
            )
