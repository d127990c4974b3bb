"""Derive the features of a PRO-ACT cohort from what was measured in the window.

Eight summaries of everything that is measured repeatedly, and the facts that do not change.
No feature sees a measurement after the window.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CleanTables
from alsnb.cohort import Cohort, positions
from alsnb.features.catalogue import Measure, make_catalogue, measures
from alsnb.features.static import static_features
from alsnb.features.summaries import SUMMARIES, FeatureSettings, summarize


def derive_features(
    clean: CleanTables, cohort: Cohort, settings: FeatureSettings | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the features of a cohort, and the catalogue that says what each is.

    Parameters
    ----------
    clean : CleanTables
        The cleaned release.
    cohort : Cohort
        Its patients; the window starts at each one's time zero.
    settings : FeatureSettings, optional
        Whether screening counts, and the share of missing values that is tolerated.

    Returns
    -------
    features : DataFrame of shape (n_patients, n_features)
        Indexed by ``subject_id`` as the cohort is; floats, NaN where missing. The same
        columns for every cohort of a scale, also those that are missing in everybody.
    catalogue : DataFrame
        A row per feature, see :data:`alsnb.features.catalogue.CATALOGUE`.
    """
    settings = settings or FeatureSettings()
    scale, patients = cohort.settings.scale, cohort.patients
    window_days = cohort.settings.window_months * cohort.settings.days_per_month
    facts = static_features(clean.frames, patients, window_days)
    parts = [
        _summaries(*_measurements(clean.frames, cohort, settings), cohort=cohort),
        _summaries(*_lab_measurements(clean.frames, cohort, settings), cohort=cohort, labs=True),
    ]
    names = [f"{summary}_{measure.name}" for measure in measures(scale) for summary in SUMMARIES]
    summaries = pd.DataFrame(np.concatenate(parts).T, index=patients.index, columns=names)
    features = pd.concat([summaries, facts], axis=1)
    return features, make_catalogue(features, scale=scale, max_missing=settings.max_missing)


def _measures(cohort: Cohort, *, labs: bool) -> list[Measure]:
    """Return what is measured in laboratories, which comes last among all, or elsewhere."""
    return [m for m in measures(cohort.settings.scale) if (m.table == "labs") == labs]


def _summaries(
    group: np.ndarray, months: np.ndarray, values: np.ndarray, *, cohort: Cohort, labs: bool = False
) -> np.ndarray:
    """Return a row for each summary of each measure, given all that was measured."""
    n_measures, n_patients = len(_measures(cohort, labs=labs)), len(cohort.patients)
    found = summarize(group, months, values, n_groups=n_measures * n_patients)
    stacked = [found[name].reshape(n_measures, n_patients) for name in SUMMARIES]
    return np.stack(stacked, axis=1).reshape(n_measures * len(SUMMARIES), n_patients)


def _measurements(
    frames: Mapping[str, pd.DataFrame], cohort: Cohort, settings: FeatureSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return group, months and value of all that was measured in the window, sorted.

    The group is the measure's number times the number of patients, plus the patient's.
    """
    n_patients = len(cohort.patients)
    found = _measures(cohort, labs=False)
    windows = {
        table: rows_in_window(frames[table], cohort, settings)
        for table in dict.fromkeys(measure.table for measure in found)
    }
    parts = []
    for number, measure in enumerate(found):
        rows, patient, months = windows[measure.table]
        values = frames[measure.table][measure.value].to_numpy(dtype=float)[rows]
        there = ~np.isnan(values)
        parts.append((number * n_patients + patient[there], months[there], values[there]))
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def _lab_measurements(
    frames: Mapping[str, pd.DataFrame], cohort: Cohort, settings: FeatureSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the same of laboratory results."""
    labs = frames["labs"]
    rows, patient, months = rows_in_window(labs, cohort, settings)
    names = [measure.name for measure in _measures(cohort, labs=True)]
    test = labs["measure"].astype("category").array[rows]
    number = pd.Index(names).get_indexer(test.categories)[test.codes]
    values = labs["value"].to_numpy(dtype=float)[rows]
    there = np.flatnonzero(~np.isnan(values) & (test.codes >= 0) & (number >= 0))
    # whole numbers of 16 bits are sorted by their digits, in time linear in the rows
    order = there[np.argsort(number[there].astype(np.int16), kind="stable")]
    group = number[order] * len(cohort.patients) + patient[order]
    return group, months[order], values[order]


def rows_in_window(
    frame: pd.DataFrame, cohort: Cohort, settings: FeatureSettings | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which rows of a clean table lie in the window of a patient of the cohort.

    Parameters
    ----------
    frame : DataFrame
        ``subject_id`` and ``day``; several rows of a day keep their order.
    cohort : Cohort
        Patients and window.
    settings : FeatureSettings, optional
        Whether screening counts.

    Returns
    -------
    rows : int array of shape (n_rows_in_window,)
        Positions in the frame, sorted by patient and day.
    patient : int array of the same shape
        Position of the row's patient in the cohort.
    months : array of the same shape
        Months from the patient's time zero to the row.
    """
    settings = settings or FeatureSettings()
    patient = positions(frame["subject_id"].to_numpy(), cohort.patients.index)
    rows = np.flatnonzero(patient >= 0)
    patient = patient[rows]
    since = frame["day"].to_numpy(dtype=float)[rows]
    since = since - cohort.patients["time_zero_day"].to_numpy()[patient]
    months = cohort.settings.months(since)
    earliest = -settings.screening_days if settings.from_screening else 0
    after = cohort.settings.is_after(months, cohort.settings.window_months)
    inside = (since >= earliest) & ~after
    rows, patient, months = rows[inside], patient[inside], months[inside]
    ahead = np.diff(patient)
    if not np.all((ahead > 0) | ((ahead == 0) & (np.diff(months) >= 0))):
        order = np.lexsort((months, patient))
        rows, patient, months = rows[order], patient[order], months[order]
    return rows, patient, months
