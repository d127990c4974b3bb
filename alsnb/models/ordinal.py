"""Regress classes with an order on numbers: proportional odds, with a ridge penalty.

The log odds of being at most of a class are a threshold of the class minus one sum of the inputs,
the same for all classes (McCullagh 1980).
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import refuse

SMALLEST = 1e-300
"""Keeps the logarithm of a probability finite."""


class OrdinalRegression(ClassifierMixin, BaseEstimator):
    """Proportional odds.

    Parameters
    ----------
    penalty : float
        Half of it times the sum of the squared coefficients is added to the summed loss, as the
        inverse of scikit-learn's ``C`` is. 0 for none. Thresholds are not penalised.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        In their order.
    coefficients_ : array of shape (n_inputs,)
        Above 0: more of the input goes with a higher class. By unit of the input.
    thresholds_ : array of shape (n_classes - 1,)
        Rising.
    """

    def __init__(self, penalty: float = 1.0):
        self.penalty = penalty

    def fit(self, X: np.ndarray, y: np.ndarray) -> "OrdinalRegression":
        """Learn from inputs (n_patients, n_inputs) without gaps, and classes that can be sorted.

        Raises
        ------
        BadInput
            If there is one class only, or an input is missing or infinite.
        """
        X = np.asarray(X, float)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2 or not np.isfinite(X).all():
            raise refuse(
                "An ordinal regression",
                expected="two classes or more, and finite inputs",
                found=f"{len(self.classes_)} classes, {int((~np.isfinite(X)).sum())} gaps",
                remedy="Fill gaps before, and leave out targets that do not vary.",
            )
        n_cuts = len(self.classes_) - 1
        shares = np.cumsum(np.bincount(codes))[:-1] / len(codes)
        start = np.log(shares / (1 - shares))
        steps = np.log(np.maximum(np.diff(start), 1e-3))
        first = np.concatenate([start[:1], steps, np.zeros(X.shape[1])])
        fixed = (X, codes, n_cuts, self.penalty)
        options = {"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-7}
        found = minimize(_loss, first, fixed, "L-BFGS-B", jac=True, options=options)
        self.thresholds_ = _thresholds(found.x[:n_cuts])
        self.coefficients_ = found.x[n_cuts:]
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return the probability of each class, (n_patients, n_classes)."""
        check_is_fitted(self, "coefficients_")
        sums = np.asarray(X, float) @ self.coefficients_
        below = expit(self.thresholds_ - sums[:, None])
        return np.diff(below, axis=1, prepend=0.0, append=1.0)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the most probable class of each patient."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def _thresholds(free: np.ndarray) -> np.ndarray:
    """Return rising thresholds: the first, and the exponentials of the others on top of it."""
    return np.cumsum(np.concatenate([free[:1], np.exp(free[1:])]))


def _loss(
    free: np.ndarray, X: np.ndarray, codes: np.ndarray, n_cuts: int, penalty: float
) -> tuple[float, np.ndarray]:
    """Return the penalised negative log-likelihood and its gradient."""
    thresholds, slopes = _thresholds(free[:n_cuts]), free[n_cuts:]
    limits = np.concatenate([[-np.inf], thresholds, [np.inf]])
    sums = X @ slopes
    high, low = expit(limits[codes + 1] - sums), expit(limits[codes] - sums)
    chance = np.maximum(high - low, SMALLEST)
    loss = -np.log(chance).sum() + penalty / 2 * slopes @ slopes
    by_high, by_low = high * (1 - high) / chance, low * (1 - low) / chance
    of_limits = np.zeros(n_cuts + 2)
    np.add.at(of_limits, codes + 1, -by_high)
    np.add.at(of_limits, codes, by_low)
    # a step of the thresholds moves its own and all later ones
    of_steps = np.cumsum(of_limits[1:-1][::-1])[::-1] * np.r_[1.0, np.exp(free[1:n_cuts])]
    of_slopes = X.T @ (by_high - by_low) + penalty * slopes
    return float(loss), np.concatenate([of_steps, of_slopes])
