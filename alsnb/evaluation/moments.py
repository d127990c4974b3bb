"""Reduce predictions to the few sums that every metric is computed from.

Sums add up over patients, so the sums of 10,000 resamples of patients are one matrix
product; this is what makes :mod:`alsnb.evaluation.bootstrap` fast.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Predictions whose spread is below this share of their size differ by rounding only:
# a mean taken over shuffled patients is the same mean and must count as constant.
CONSTANT_SHARE = 1e-9
ROUNDING_SHARE = 1e-13


@dataclass(frozen=True)
class Moments:
    """Hold the means and central second moments that every metric is computed from.

    Each field is an array of one common shape, for example ``(n_resamples,)``; variances
    and the covariance divide by the number of rows. A variance that is zero but for
    rounding is exactly zero.
    """

    mean_observed: np.ndarray
    mean_predicted: np.ndarray
    variance_observed: np.ndarray
    variance_predicted: np.ndarray
    covariance: np.ndarray
    squared_error: np.ndarray


def make_sums(observed: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms whose sums determine every metric, and the centres they are taken from.

    From two arrays of finite values, (n_rows,), come (n_rows, 7): one, observed, predicted, their
    squares, their product and the squared error; observed and predicted are taken from the centres,
    (2,), their medians.
    """
    # Away from zero the squares would cancel; the median, unlike the mean, is exact for
    # constant values, so these give sums of exactly zero.
    centre = np.array([np.median(observed), np.median(predicted)])
    y, p = observed - centre[0], predicted - centre[1]
    error = observed - predicted
    return np.column_stack([np.ones_like(y), y, p, y * y, p * p, y * p, error * error]), centre


def derive_moments(sums: np.ndarray, centre: np.ndarray) -> Moments:
    """Return the moments, of shape ``(...)``, of sets of rows from the sums of their terms.

    Parameters
    ----------
    sums : array of shape (..., 7)
        Sums over rows of the terms of :func:`make_sums`.
    centre : array of shape (2,)
        The centres those terms were taken from.
    """
    means = np.moveaxis(sums[..., 1:] / sums[..., :1], -1, 0)
    observed, predicted, observed_square, predicted_square, product, squared_error = means
    return Moments(
        mean_observed=observed + centre[0],
        mean_predicted=predicted + centre[1],
        variance_observed=_variance(observed, observed_square, centre[0]),
        variance_predicted=_variance(predicted, predicted_square, centre[1]),
        covariance=product - observed * predicted,
        squared_error=squared_error,
    )


def _variance(mean: np.ndarray, mean_square: np.ndarray, centre: float) -> np.ndarray:
    """Return the variance, exactly zero where it is only rounding."""
    variance = mean_square - mean**2
    rounding = (CONSTANT_SHARE * centre) ** 2 + ROUNDING_SHARE * mean_square
    return np.where(variance <= rounding, 0.0, variance)


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide, with NaN where the denominator is zero."""
    undefined = np.full(np.shape(numerator), np.nan)
    return np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) > 0)


def _pcc(moments: Moments) -> np.ndarray:
    spread = np.sqrt(moments.variance_observed * moments.variance_predicted)
    return np.clip(_divide(moments.covariance, spread), -1.0, 1.0)


def _slope(moments: Moments) -> np.ndarray:
    return _divide(moments.covariance, moments.variance_predicted)


FROM_MOMENTS: dict[str, Callable[[Moments], np.ndarray]] = {
    "mse": lambda moments: moments.squared_error,
    "rmsd": lambda moments: np.sqrt(moments.squared_error),
    "pcc": _pcc,
    "r2": lambda moments: 1.0 - _divide(moments.squared_error, moments.variance_observed),
    "calibration_slope": _slope,
    "calibration_intercept": lambda moments: (
        moments.mean_observed - _slope(moments) * moments.mean_predicted
    ),
    "sd_observed": lambda moments: np.sqrt(moments.variance_observed),
}
"""Each metric as a function of :class:`Moments`, for many resamples at once."""
