"""Describe patients in rows for the laboratory of leaks: one window each, or several.

A row says what is known when the question is asked, what would have been known later, and the
slope to be predicted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alsnb.cohort import Cohort
from alsnb.features.proact import derive_features
from alsnb.outcomes import slopes_of
from alsnb.study.proact import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Descriptions of patients, one or several of each, with what is to be predicted.

    Attributes
    ----------
    predictors : DataFrame of shape (n_rows, n_features)
        What is known when the question is asked; NaN where missing.
    late : DataFrame of the same shape
        The same features, had they been allowed to look further.
    target : array of shape (n_rows,)
        Slopes, in ALSFRS points per month.
    patient : array of shape (n_rows,)
        Whom a row describes.
    turn : array of shape (n_rows,)
        0 for a patient's first row, the only one that is scored; then 1, 2, ...
    """

    predictors: pd.DataFrame
    late: pd.DataFrame
    target: np.ndarray
    patient: np.ndarray
    turn: np.ndarray

    def __repr__(self) -> str:
        return f"Rows({len(self.target):,} of {len(np.unique(self.patient)):,} patients)"

    def take(self, places: np.ndarray) -> "Rows":
        """Return some of the rows."""
        frames = {"predictors": self.predictors, "late": self.late}
        parts = {n: frame.iloc[places].reset_index(drop=True) for n, frame in frames.items()}
        arrays = {name: getattr(self, name)[places] for name in ("target", "patient", "turn")}
        return Rows(**parts, **arrays)


def make_rows(
    study: Study, *, until: float | None = None, starts: Iterable[float] = (0.0,)
) -> Rows:
    """Return the rows of a cohort, with windows that begin at one or several times.

    Parameters
    ----------
    study : Study
        Prepared with all laboratory results, unless neither of the others is given.
    until : float, optional
        Last month of the ``late`` features, from the start of the row's window; by default
        they are the others.
    starts : iterable of float
        Months after the first questionnaire at which windows begin. The target of a later
        window is the slope after its own three months, up to the last visit if none lies
        after a year.

    Returns
    -------
    Rows
        Of the kept features, sorted by patient and start.
    """
    kept = list(study.catalogue.loc[study.catalogue["kept"], "name"])
    months = study.cohort.settings.window_months
    parts, known = [], pd.MultiIndex.from_arrays([[], []])
    for start in starts:
        patients = _patients_from(study, start)
        clock = pd.MultiIndex.from_arrays([patients.index, patients["time_zero_day"]])
        patients, known = patients[~clock.isin(known)], known.append(clock)
        early = _describe(study, patients, months, kept) if start else study.features[kept]
        late = early if until is None else _describe(study, patients, until, kept)
        parts.append((early, late, patients["slope"]))
    early, late, slope = (pd.concat(frames) for frames in zip(*parts, strict=True))
    rows = Rows(
        predictors=early,
        late=late,
        target=slope.to_numpy(dtype=float),
        patient=early.index.to_numpy(),
        turn=early.groupby(level=0).cumcount().to_numpy(),
    )
    return rows.take(np.lexsort((rows.turn, rows.patient)))


def _patients_from(study: Study, start: float) -> pd.DataFrame:
    """Return those of the cohort who have a slope if time begins at a later visit."""
    patients, settings = study.cohort.patients, study.cohort.settings
    if not start:
        return patients
    visits = study.clean.frames["alsfrs"]
    zero = visits["subject_id"].map(patients["time_zero_day"])
    later = visits[visits["day"] >= zero + start * settings.days_per_month]
    slopes = slopes_of(later, replace(study.cohort.settings, rule="challenge"))
    return slopes[slopes["slope"].notna() & (slopes["n_in_window"] > 0)]


def _describe(study: Study, patients: pd.DataFrame, until: float, kept: list[str]) -> pd.DataFrame:
    settings = replace(study.cohort.settings, window_months=float(until))
    cohort = Cohort(settings=settings, patients=patients, flow=study.cohort.flow)
    return derive_features(study.clean, cohort)[0][kept]


def shuffle_target(rows: Rows, seed: int) -> Rows:
    """Return the rows with slopes dealt anew by chance: nothing is left to be learnt."""
    return replace(rows, target=np.random.default_rng(seed).permutation(rows.target))


def double_patients(rows: Rows, share: float, seed: int) -> Rows:
    """Return the rows with an exact copy of a share of them, as if it were a further window."""
    n_copies = round(share * len(rows.target))
    chosen = np.random.default_rng(seed).permutation(len(rows.target))[:n_copies]
    doubled = rows.take(np.r_[np.arange(len(rows.target)), chosen])
    turn = np.r_[rows.turn, rows.turn[chosen] + 1]
    return replace(doubled, turn=turn)
