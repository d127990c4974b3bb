"""Fit many small multinomial regressions with a ridge penalty at once.

A simulation that asks how often a test is wrong trains the same regression on thousands of cohorts
of a hundred patients, where calling a solver costs more than its arithmetic. Here the cohorts are
the first axis of the same arrays. The curvature of the loss is replaced by a bound that does not
hang on the coefficients (Böhning 1992), so one small matrix per cohort is inverted once; some
momentum saves half of the steps.
"""

import functools
from dataclasses import dataclass

import numpy as np

from alsnb.checks import refuse

PENALTY = 1 / 0.3
"""Ridge penalty on the coefficients of standard scores, ``1 / C`` of scikit-learn."""

_MOMENTUM, _MOST_STEPS, _LOOK_EVERY, _SMALLEST_STEP = 0.5, 500, 5, 3e-4


@dataclass(frozen=True)
class Multinomials:
    """Fitted regressions, one per cohort.

    Attributes
    ----------
    means, scales : arrays of shape (n_cohorts, n_inputs)
        Of the patients learnt from; what they lack altogether or do not differ in counts as 0.
    coefficients : array of shape (n_cohorts, n_inputs + 1, n_classes)
        Of standard scores; the last row is the intercept.
    """

    means: np.ndarray
    scales: np.ndarray
    coefficients: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return probabilities (n_cohorts, n_patients, n_classes).

        *inputs* are (n_cohorts, n_patients, n_inputs), or (n_patients, n_inputs) if every
        regression is asked about the same patients.
        """
        scores = _scores(inputs, self.means, self.scales)
        return _softmax(scores @ self.coefficients)


def fit_multinomials(
    inputs: np.ndarray, classes: np.ndarray, n_classes: int, *, penalty: float = PENALTY
) -> Multinomials:
    """Fit a multinomial regression to each cohort.

    Inputs are scaled to mean 0 and SD 1 within each cohort, and gaps take its mean.

    Parameters
    ----------
    inputs : array of shape (n_cohorts, n_patients, n_inputs)
        NaN is a gap.
    classes : int array of shape (n_cohorts, n_patients)
        From 0. A class that a cohort lacks gets a small probability there.
    n_classes : int
    penalty : float
        Half of it times the sum of squared coefficients is added to the sum of log losses.

    Raises
    ------
    alsnb.checks.BadInput
        If the shapes do not fit, a class is out of range, or the penalty is not above 0.
    """
    inputs, classes = np.asarray(inputs, float), np.asarray(classes)
    _check(inputs, classes, n_classes, penalty)
    known = ~np.isnan(inputs)
    n_known = np.maximum(known.sum(axis=1), 1)
    means = np.where(known, inputs, 0).sum(axis=1) / n_known
    centred = np.where(known, inputs - means[:, None], 0)
    scales = np.sqrt((centred**2).sum(axis=1) / n_known)
    scales = np.where(scales > 1e-9 * np.maximum(np.abs(means), 1), scales, np.inf)
    design = _scores(inputs, means, scales)
    observed = classes[:, :, None] == np.arange(n_classes)
    return Multinomials(means, scales, _solve(design, observed, penalty))


def _solve(design: np.ndarray, observed: np.ndarray, penalty: float) -> np.ndarray:
    """Return the coefficients, by steps that the bound on the curvature allows."""
    # single precision is exact enough for probabilities and takes half of the time
    design, observed = design.astype(np.float32), observed.astype(np.float32)
    # the intercept is held by next to nothing, so that it exists where a class is empty
    ridge = np.full(design.shape[2], penalty, np.float32)
    ridge[-1] = 1e-3
    turned = np.ascontiguousarray(design.transpose(0, 2, 1))
    inverse = np.linalg.inv(turned @ design / 2 + np.diag(ridge))
    found = np.zeros((len(design), design.shape[2], observed.shape[2]), np.float32)
    active = np.arange(len(design))
    now = ahead = found
    for step in range(1, _MOST_STEPS + 1):
        missed = observed - _softmax(design @ ahead)
        new = ahead + inverse @ (turned @ missed - ridge[:, None] * ahead)
        change = new - now
        now, ahead = new, new + np.float32(_MOMENTUM) * change
        if step % _LOOK_EVERY and step < _MOST_STEPS:
            continue
        found[active] = now
        moves = np.abs(change).max(axis=(1, 2)) > _SMALLEST_STEP
        if not moves.any():
            break
        # cohorts that have arrived take no more steps
        active, now, ahead = active[moves], now[moves], ahead[moves]
        parts = (design, turned, inverse, observed)
        design, turned, inverse, observed = (part[moves] for part in parts)
    return found


def _scores(inputs: np.ndarray, means: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Return standard scores with a column of ones behind them."""
    inputs = np.asarray(inputs, float)
    scores = np.nan_to_num((inputs - means[:, None]) / scales[:, None], nan=0.0)
    return np.concatenate([scores, np.ones((*scores.shape[:2], 1))], axis=2)


def _softmax(scores: np.ndarray) -> np.ndarray:
    # class by class: NumPy is slow along a last axis of three
    each = np.moveaxis(scores, 2, 0)
    powers = np.exp(scores - functools.reduce(np.maximum, each)[..., None])
    return powers / sum(np.moveaxis(powers, 2, 0))[..., None]


def _check(inputs: np.ndarray, classes: np.ndarray, n_classes: int, penalty: float) -> None:
    where = "Multinomial regressions to fit together"
    if inputs.ndim != 3 or classes.shape != inputs.shape[:2] or not inputs.shape[1]:
        raise refuse(
            where,
            expected="inputs (cohorts, patients, columns) and classes (cohorts, patients)",
            found=f"inputs {inputs.shape} and classes {classes.shape}",
            remedy="Align both on the same patients.",
        )
    if classes.min() < 0 or classes.max() >= n_classes:
        raise refuse(
            where,
            expected=f"classes from 0 to {n_classes - 1}",
            found=f"classes from {classes.min()} to {classes.max()}",
            remedy="Number the classes from 0.",
        )
    if not penalty > 0:
        raise refuse(
            where,
            expected="a penalty above 0",
            found=f"{penalty:g}",
            remedy="Without a penalty a few patients can often be separated without error.",
        )
