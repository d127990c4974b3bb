"""Predict how long patients live after the scan, from those who died and those still alive.

Two regressions with a ridge penalty. :class:`DiscreteTime` cuts the time into intervals and gives
each the chance to die in it (Singer and Willett 1993); :class:`Cox` leaves the common course of the
risk open. Both learn from patients who are censored, and both say how probable it is that a patient
is alive at any month, so also how probable a class of survival is.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from scipy.special import expit

from alsnb.checks import refuse

MOST_STEPS = 50
"""Newton's method has found the maximum of a penalised likelihood long before so many steps."""

SMALLEST = 1e-6
"""Penalty of the intervals themselves: keeps one in which nobody dies finite."""


class DiscreteTime:
    """Chances to die in intervals of time, by a logistic regression on patients and intervals.

    Whoever is censored within an interval counts as half a patient there, as in a life table.

    Parameters
    ----------
    edges : sequence of float
        Ends of the intervals in months, rising from above 0. Survival is predicted up to the last.
    penalty : float
        Half of it times the sum of the squared coefficients is added to the loss; inputs are
        expected to be scaled.

    Attributes
    ----------
    intercepts_, coefficients_ : arrays of shape (n_intervals,) and (n_inputs,)
        Log odds of dying in an interval where all inputs are 0, and what a unit of each adds.
    """

    def __init__(self, edges: Sequence[float], penalty: float = 1.0):
        self.edges = np.asarray(edges, float)
        self.penalty = penalty

    def fit(self, X: np.ndarray, months: np.ndarray, died: np.ndarray) -> "DiscreteTime":
        """Learn from inputs (n, n_inputs), months followed (n,), and whether death ended them (n,).

        Raises
        ------
        BadInput
            If a month is missing or negative, an input is missing, or an interval has nobody left.
        """
        X = np.asarray(X, float)
        months, died = np.asarray(months, float), np.asarray(died, bool)
        _check(X, months)
        patient, interval, dies, weight = _periods(months, died, self.edges)
        if np.bincount(interval, weight, len(self.edges)).min() == 0:
            raise refuse(
                "The months that patients were followed",
                expected=f"patients in every interval up to month {self.edges[-1]:g}",
                found="nobody in one of them",
                remedy="Choose fewer or earlier edges.",
            )
        design = np.hstack([np.eye(len(self.edges))[interval], X[patient]])
        ridge = np.r_[np.full(len(self.edges), SMALLEST), np.full(X.shape[1], self.penalty)]
        found = _newton(design, dies, weight, ridge)
        self.intercepts_, self.coefficients_ = np.split(found, [len(self.edges)])
        return self

    def survival(self, X: np.ndarray, months: np.ndarray) -> np.ndarray:
        """Return the chance to be alive at given months.

        Parameters
        ----------
        X : array of shape (n_patients, n_inputs)
        months : array of shape (n_months,) or (n_patients, n_months)
            Up to the last edge; within an interval the risk is taken to be even.

        Returns
        -------
        array of shape (n_patients, n_months)
        """
        sums = np.asarray(X, float) @ self.coefficients_
        hazards = expit(self.intercepts_ + sums[:, None])
        logs = np.cumsum(np.log1p(-hazards), axis=1)
        logs = np.hstack([np.zeros((len(logs), 1)), logs])
        months = np.broadcast_to(months, (len(logs), np.shape(months)[-1]))
        _check_horizon(months, self.edges[-1])
        points = np.r_[0.0, self.edges]
        found = [np.interp(at, points, own) for at, own in zip(months, logs, strict=True)]
        return np.exp(np.array(found))


class Cox:
    """Cox's regression with a ridge penalty, by lifelines (Davidson-Pilon 2019).

    Parameters
    ----------
    penalty : float
        As in :class:`DiscreteTime`, of the sum over patients.
    """

    def __init__(self, penalty: float = 1.0):
        self.penalty = penalty

    def fit(self, X: np.ndarray, months: np.ndarray, died: np.ndarray) -> "Cox":
        """Learn as :meth:`DiscreteTime.fit` does."""
        X = np.asarray(X, float)
        months, died = np.asarray(months, float), np.asarray(died, bool)
        _check(X, months)
        # lifelines takes the mean over patients, and divides the ridge by two
        self._fitter = CoxPHFitter(penalizer=self.penalty / len(X))
        frame = pd.DataFrame(X, columns=[f"x{n}" for n in range(X.shape[1])])
        with warnings.catch_warnings():
            # the penalty holds an input that hardly varies, of which lifelines warns
            warnings.simplefilter("ignore")
            self._fitter.fit(frame.assign(months=months, died=died), "months", "died")
        self.coefficients_ = self._fitter.params_.to_numpy()
        self._means = X.mean(axis=0)
        hazard = self._fitter.baseline_cumulative_hazard_
        self._times, self._hazard = hazard.index.to_numpy(float), hazard.iloc[:, 0].to_numpy()
        return self

    def survival(self, X: np.ndarray, months: np.ndarray) -> np.ndarray:
        """Return the chance to be alive at given months, as :meth:`DiscreteTime.survival` does."""
        factors = np.exp((np.asarray(X, float) - self._means) @ self.coefficients_)
        months = np.broadcast_to(months, (len(factors), np.shape(months)[-1]))
        places = np.searchsorted(self._times, months, side="right")
        return np.exp(-np.r_[0.0, self._hazard][places] * factors[:, None])


def class_chances(
    model: DiscreteTime | Cox,
    X: np.ndarray,
    cutoffs: Sequence[float],
    *,
    since_onset: np.ndarray | None = None,
) -> np.ndarray:
    """Return the probability of each class of survival, (n_patients, n_cutoffs + 1).

    Parameters
    ----------
    model : DiscreteTime or Cox
        Fitted; its time begins at the scan.
    X : array of shape (n_patients, n_inputs)
    cutoffs : sequence of float
        Months between the classes, rising.
    since_onset : array of shape (n_patients,), optional
        Months from onset to the scan, if the classes are counted from onset: a cut-off that lies
        before the scan leaves a class in which nobody can be.
    """
    months = np.broadcast_to(np.asarray(cutoffs, float), (len(X), len(cutoffs)))
    if since_onset is not None:
        months = np.maximum(months - np.asarray(since_onset, float)[:, None], 0.0)
    alive = model.survival(X, months)
    return -np.diff(np.hstack([np.ones((len(X), 1)), alive, np.zeros((len(X), 1))]), axis=1)


def _periods(
    months: np.ndarray, died: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a row for each patient and interval begun: patient, interval, death and weight."""
    starts = np.r_[0.0, edges[:-1]]
    begun = (months[:, None] > starts) | ((months[:, None] == 0) & (starts == 0))
    patient, interval = np.nonzero(begun)
    ends_here = months[patient] <= edges[interval]
    dies = ends_here & died[patient]
    # who is censored on the very edge has been seen through the interval
    cut_short = ends_here & ~died[patient] & (months[patient] < edges[interval])
    return patient, interval, dies.astype(float), np.where(cut_short, 0.5, 1.0)


def _newton(
    design: np.ndarray, dies: np.ndarray, weight: np.ndarray, ridge: np.ndarray
) -> np.ndarray:
    """Return the coefficients of a weighted logistic regression with a ridge penalty."""
    found = np.zeros(design.shape[1])
    for _ in range(MOST_STEPS):
        chance = expit(design @ found)
        slope = design.T @ (weight * (dies - chance)) - ridge * found
        curve = (design * (weight * chance * (1 - chance))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        # long steps would leave the region in which the curve is known
        found = found + step * min(1.0, 3.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return found


def _check(X: np.ndarray, months: np.ndarray) -> None:
    if not np.isfinite(X).all() or not (months >= 0).all() or len(X) != len(months):
        raise refuse(
            "A regression of the time after the scan",
            expected="finite inputs and months of 0 or more, for the same patients",
            found=f"{int((~np.isfinite(X)).sum())} gaps and {int((~(months >= 0)).sum())} months "
            f"below 0 or missing, {len(X)} and {len(months)} patients",
            remedy="Fill gaps, and leave out patients without a time.",
        )


def _check_horizon(months: np.ndarray, last: float) -> None:
    if months.size and months.max() > last:
        raise refuse(
            "The months at which survival is predicted",
            expected=f"at most {last:g}, the last edge",
            found=f"{months.max():g}",
            remedy="Fit with later edges.",
        )
