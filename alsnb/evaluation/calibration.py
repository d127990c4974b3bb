"""Hold observed against predicted values: bin by bin for a figure, and on average by group."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from alsnb.checks import refuse
from alsnb.evaluation.frames import check_predictions
from alsnb.evaluation.scores import check_pair
from alsnb.schema import (
    AT,
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
)

BIN = "bin"

CALIBRATION = (MODEL, BIN, PREDICTED, OBSERVED, LOW, HIGH, N_PATIENTS)
"""Columns of a calibration table, with the interval of each mean observed value."""


def calibration_table(
    predictions: pd.DataFrame, n_bins: int = 10, *, level: float = 0.95
) -> pd.DataFrame:
    """Return mean predicted and mean observed values in bins of the predictions.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`) of one split, with one row
        per model, patient and repeat.
    n_bins : int
        Bins of equal size, up to one row, along the predicted values. Equal predictions
        stay in one bin, so a constant model has a single one.
    level : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        Columns :data:`CALIBRATION`, one row per model and bin, bins from 0 in order of
        their predictions; in ALSFRS points per month, or shares, for each class by itself if
        there is a column :data:`alsnb.schema.AT`. A calibrated model has ``observed``
        equal to ``predicted`` in every bin. ``low`` and ``high`` bound the observed mean
        by Student's t over patients: rows of one patient count as one (a bin of a single
        patient has no interval, NaN).

    Raises
    ------
    BadInput
        If the frame cannot be scored or there are fewer rows than two per bin.
    """
    check_predictions(predictions)
    keys = [MODEL, AT] if AT in predictions else [MODEL]
    tables = [
        _tabulate_model(rows, n_bins, level).assign(**dict(zip(keys, names, strict=True)))
        for names, rows in predictions.groupby(keys, sort=False)
    ]
    return pd.concat(tables, ignore_index=True)[[*keys, *CALIBRATION[1:]]]


def _tabulate_model(rows: pd.DataFrame, n_bins: int, level: float) -> pd.DataFrame:
    where = f"The predictions of '{rows[MODEL].iloc[0]}'"
    rows = rows.sort_values([PATIENT, REPEAT, FOLD])
    check_pair(rows[OBSERVED], rows[PREDICTED], where)
    if not 1 <= n_bins <= len(rows) / 2:
        raise refuse(
            where,
            expected="at least one bin, and two predictions or more in each",
            found=f"{n_bins} bins for {len(rows)} predictions",
            remedy="Change the number of bins.",
        )
    # The mean rank of equal predictions puts them all into the middle one of their bins.
    rank = rows[PREDICTED].rank() - 0.5
    number = np.unique(np.floor(rank * n_bins / len(rows)), return_inverse=True)[1]
    bins = [_describe_bin(part, level) for _, part in rows.groupby(number)]
    return pd.DataFrame(bins).rename_axis(BIN).reset_index()


def _describe_bin(rows: pd.DataFrame, level: float) -> dict[str, float]:
    mean = rows[OBSERVED].mean()
    n_patients = rows[PATIENT].nunique()
    half = np.nan
    if n_patients > 1:
        # The deviations of a patient's rows add up, because they are not independent;
        # with one row per patient this is the usual standard error of a mean.
        deviations = (rows[OBSERVED] - mean).groupby(rows[PATIENT]).sum()
        scale = n_patients / (n_patients - 1)
        error = np.sqrt(scale * np.sum(deviations**2)) / len(rows)
        half = student.ppf((1 + level) / 2, n_patients - 1) * error
    return {
        PREDICTED: rows[PREDICTED].mean(),
        OBSERVED: mean,
        LOW: mean - half,
        HIGH: mean + half,
        N_PATIENTS: n_patients,
    }


def calibration_in_the_large(
    predictions: pd.DataFrame, groups: pd.Series, *, level: float = 0.95
) -> pd.DataFrame:
    """Return by how much predictions are too low or too high on average, group by group.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`), one row per model and patient.
    groups : Series
        The group of each patient, by patient key; patients without one are left out.
    level : float
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        ``group``, ``model``, ``estimate``: the mean of observed less predicted, in the unit of
        the target, 0 is best, for a slope below zero where patients decline faster than
        predicted; ``low`` and ``high`` by Student's t over patients (NaN for a single one), and
        ``n_patients``.

    Raises
    ------
    BadInput
        If the frame cannot be scored or a patient is predicted twice by a model.
    """
    check_predictions(predictions)
    if predictions.duplicated([MODEL, PATIENT]).any():
        raise refuse(
            "The predictions",
            expected="one row per model and patient",
            found="patients who are predicted more than once",
            remedy="Keep one repeat, for example predictions[predictions['repeat'] == 0].",
        )
    rows = predictions.assign(
        group=predictions[PATIENT].map(groups), error=predictions[OBSERVED] - predictions[PREDICTED]
    )
    errors = rows.dropna(subset=["group"]).groupby(["group", MODEL])["error"]
    table = errors.agg(**{ESTIMATE: "mean", "sd": "std", N_PATIENTS: "size"}).reset_index()
    reach = student.ppf((1 + level) / 2, (table[N_PATIENTS] - 1).clip(lower=1))
    reach = reach * table["sd"] / np.sqrt(table[N_PATIENTS])
    table[LOW], table[HIGH] = table[ESTIMATE] - reach, table[ESTIMATE] + reach
    return table[["group", MODEL, ESTIMATE, LOW, HIGH, N_PATIENTS]]
