"""Predict the slope from the course of the total itself: models of repeated measurements.

All of them describe the totals of the window, patient by patient, by two numbers, a level and a
rate, and shrink these towards the mean of all patients by as much as the training patients teach
(empirical Bayes). A line then leads from them to the slope. They see the visits of
the window (:data:`alsnb.features.questionnaire.VISIT_COLUMNS`) and the time since onset.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns, check_one_of, refuse
from alsnb.design import Imputer
from alsnb.features.onset import LOG_ONSET, ONSET_DELTA
from alsnb.features.questionnaire import ITEMS, N_VISITS, VISIT_COLUMNS
from alsnb.models.mixed import fit_mixed_line
from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings

FULL = 40.0
"""Points of the total at full health."""

NEAREST = 0.5
"""So many points from either end of the scale a total counts where a logarithm needs a distance."""

CURVES = ("line", "d50")
"""The total falls along a line, or along a curve in the shape of an S."""


class VisitsRegressor(RegressorMixin, BaseEstimator):
    """Predict the slope from a level and a rate that the visits of the window tell.

    Parameters
    ----------
    curve : {"line", "d50"}
        Whether the total falls along a line (Laird and Ware 1982) or along the sigmoid of the D50
        model (Stubendorff et al. 2017), a line on the scale of logits: level and rate then say
        when half of the points are lost, and how fast. The curve's decline between the ends of
        the slope is what the second stage gets.
    anchor : bool
        Whether full health at the day of onset counts as one more visit, as in Karanevich et al.
        (2018).
    covariates : sequence of str
        Columns that the second stage gets beside level and rate; gaps are filled with the median.

    Attributes
    ----------
    mixed_ : MixedLine
        Mean course, spread between patients and noise, from the training patients.
    line_ : LinearRegression
        The second stage: from level and rate to the slope, in points per month.
    """

    def __init__(
        self, curve: str = "line", *, anchor: bool = False, covariates: Sequence[str] = ()
    ):
        self.curve = curve
        self.anchor = anchor
        self.covariates = covariates

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> "VisitsRegressor":
        """Learn the mixed model from the training patients' visits, then the line to the slope."""
        check_one_of(self.curve, CURVES, "VisitsRegressor(curve=...)")
        check_columns(X, self.covariates, "predictors")
        months, points = self._visits(X)
        if np.isnan(points).all():
            raise refuse(
                "The questionnaires of the training patients",
                expected="a patient whose ten items are answered",
                found="none",
                remedy="Take another release, or another model.",
            )
        self.mixed_ = fit_mixed_line(months, points)
        # what is recorded of nobody tells nothing
        self.known_ = [name for name in self.covariates if X[name].notna().any()]
        self.filler_ = Imputer().fit(X[self.known_]) if self.known_ else None
        self.line_ = LinearRegression().fit(self._stage(X), np.asarray(y, dtype=float))
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the predicted slopes in points per month, shape (n_patients,)."""
        check_is_fitted(self, "line_")
        return self.line_.predict(self._stage(X))

    def _visits(self, X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return months and totals, the latter on the scale of the curve and NaN where unknown."""
        months, points = read_visits(X)
        if self.anchor:
            check_columns(X, [ONSET_DELTA], "predictors")
            onset = X[ONSET_DELTA].to_numpy(dtype=float) / DAYS_PER_MONTH
            full = np.where(onset < 0, FULL, np.nan)
            months = np.column_stack([np.where(onset < 0, onset, 0.0), months])
            points = np.column_stack([full, points])
        return months, _logit(points) if self.curve == "d50" else points

    def _stage(self, X: pd.DataFrame) -> np.ndarray:
        level, rate = self.mixed_.predict(*self._visits(X)).T
        told = np.column_stack([level, rate])
        if self.curve == "d50":
            told = _decline(level, rate)[:, None]
        if self.filler_ is None:
            return told
        return np.column_stack([told, self.filler_.transform(X[self.known_])])


def read_visits(X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the months and the totals of each patient's visits in the window.

    Parameters
    ----------
    X : DataFrame of shape (n_patients, n_columns)
        With the 55 cells of the questionnaires.

    Returns
    -------
    months, points : array of shape (n_patients, 5)
        Months since time zero, and the total of ten items, NaN at a copy of the visit before
        and where an item was never answered.
    """
    check_columns(X, VISIT_COLUMNS, "predictors")
    cells = X[list(VISIT_COLUMNS)].to_numpy(dtype=float)
    cells = cells.reshape(len(X), len(ITEMS) + 1, N_VISITS)
    months, points = cells[:, -1], cells[:, :-1].sum(axis=1)
    is_copy = np.diff(months, axis=1, prepend=-1.0) <= 0
    return months, np.where(is_copy, np.nan, points)


def _logit(points: np.ndarray) -> np.ndarray:
    inside = np.clip(points, NEAREST, FULL - NEAREST)
    return np.log(inside / (FULL - inside))


def _decline(level: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the decline of the sigmoid between the ends of the slope, in points per month."""
    begin, end = SlopeSettings.window_months, SlopeSettings.end_months
    before, after = (FULL / (1 + np.exp(-(level + rate * month))) for month in (begin, end))
    return (after - before) / (end - begin)


def make_anchored() -> VisitsRegressor:
    """Make the onset-anchored shrinkage of Karanevich et al. (2018): full points at onset."""
    return VisitsRegressor(anchor=True)


def make_mixed() -> VisitsRegressor:
    """Make the linear mixed model, and let the second stage see the time since onset, too."""
    return VisitsRegressor(covariates=(LOG_ONSET,))


def make_d50() -> VisitsRegressor:
    """Make the D50 model: a sigmoid that leaves full health at onset."""
    return VisitsRegressor("d50", anchor=True)
