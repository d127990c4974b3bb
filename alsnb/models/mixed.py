"""A line for everybody and a deviation from it for each patient: the linear mixed model.

Of patients with few visits and a level and a rate each, all that the likelihood needs is in sums
of two by two numbers per patient. So thousands of patients take a second.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

MONTHS_PER_UNIT = 12.0
"""Time is counted in years inside, so that level and rate are of like size."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MixedLine:
    """A fitted model: value = (mean + deviation of the patient) of level and rate, and noise.

    Attributes
    ----------
    mean : array of shape (2,)
        Level at time zero, and change per month.
    spread : array of shape (2, 2)
        Covariance of the patients' deviations of level and rate.
    noise : float
        Variance of a single measurement about its patient's line.
    """

    mean: np.ndarray
    spread: np.ndarray
    noise: float

    def predict(self, months: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return level and rate per month of each patient, shape (n_patients, 2).

        They are the best linear predictions: a patient without a value gets the mean.
        ``months`` and ``values`` are as in :func:`fit_mixed_line`.
        """
        crossed, pulled, _ = _sums(months, values, self.mean)
        # solved in a form that also holds where the spread has no inverse
        inner = np.eye(2) + self.spread @ crossed / self.noise
        moved = np.linalg.solve(inner, (self.spread @ pulled[..., None]) / self.noise)
        return self.mean + moved[..., 0]


def fit_mixed_line(months: np.ndarray, values: np.ndarray) -> MixedLine:
    """Fit a line with random level and rate by restricted maximum likelihood.

    Parameters
    ----------
    months : array of shape (n_patients, n_visits)
        Time of each visit.
    values : array of shape (n_patients, n_visits)
        What was measured; NaN where there was no visit.

    Returns
    -------
    MixedLine
        The estimates of Laird and Ware (1982).
    """
    scaled = months / MONTHS_PER_UNIT
    crossed, pulled, squared = _sums(scaled, values, np.zeros(2))
    n_values = int((~np.isnan(values)).sum())

    def profile(parameters: np.ndarray) -> tuple[float, np.ndarray, float, np.ndarray]:
        """Return minus twice the log-likelihood, and the mean, noise and spread behind it."""
        root = np.array([[np.exp(parameters[0]), 0.0], [parameters[1], np.exp(parameters[2])]])
        ratio = root @ root.T
        inner = np.eye(2) + ratio @ crossed
        shrink = np.linalg.solve(inner, np.broadcast_to(ratio, inner.shape))
        weighted = crossed - crossed @ shrink @ crossed
        bent = pulled - (crossed @ shrink @ pulled[..., None])[..., 0]
        whole = weighted.sum(axis=0)
        mean = np.linalg.solve(whole, bent.sum(axis=0))
        rest = squared.sum() - np.einsum("ni,nij,nj->", pulled, shrink, pulled)
        rest -= mean @ bent.sum(axis=0)
        noise = max(rest, 1e-12) / max(n_values - 2, 1)
        value = (n_values - 2) * np.log(noise) + np.linalg.slogdet(inner)[1].sum()
        return value + np.linalg.slogdet(whole)[1], mean, noise, ratio * noise

    # a spread of nothing lies at minus infinity, and this close to it nothing changes
    bounds = [(-6.0, 6.0), (-50.0, 50.0), (-6.0, 6.0)]
    found = minimize(
        lambda parameters: profile(parameters)[0],
        np.array([0.5, 0.0, 0.5]),
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-12, "gtol": 1e-6},
    )
    _, mean, noise, spread = profile(found.x)
    unit = np.diag([1.0, 1.0 / MONTHS_PER_UNIT])
    return MixedLine(mean=unit @ mean, spread=unit @ spread @ unit, noise=float(noise))


def _sums(
    months: np.ndarray, values: np.ndarray, mean: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return, per patient, the sums of products of (1, month), of these with the rest, of the rest.

    The rest is what a value differs from the mean line by.
    """
    known = ~np.isnan(values)
    times = np.where(known, months, 0.0)
    rest = np.where(known, values - mean[0] - mean[1] * months, 0.0)
    n, first, second = known.sum(axis=1), times.sum(axis=1), (times**2).sum(axis=1)
    crossed = np.stack([n, first, first, second], axis=-1).reshape(-1, 2, 2).astype(float)
    pulled = np.stack([rest.sum(axis=1), (rest * times).sum(axis=1)], axis=-1)
    return crossed, pulled, (rest**2).sum(axis=1)
