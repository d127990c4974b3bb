"""Measure how far predictions are from observations, on arrays and never on a model.

Every function takes what was observed and what was predicted, two arrays of shape
(n_patients,) in the same order, slopes in ALSFRS points per month, and returns one number. It
raises :class:`alsnb.checks.BadInput` if the lengths differ, there are fewer than two values or
a value is not finite.
"""

from collections.abc import Callable

import numpy as np

from alsnb.checks import refuse
from alsnb.evaluation.moments import FROM_MOMENTS, derive_moments, make_sums

LARGEST = 1e15
"""Numbers beyond this measure nothing, and sums of their squares overflow in 32 bits."""


def check_pair(observed: object, predicted: object, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Return observed and predicted values as two arrays of finite numbers, or refuse them.

    ``where`` names the place at the head of the sentence if something is wrong.
    """
    observed, predicted = np.asarray(observed, dtype=float), np.asarray(predicted, dtype=float)
    if observed.ndim != 1 or observed.shape != predicted.shape:
        raise refuse(
            where,
            expected="one predicted value for each observed value, both in one dimension",
            found=f"the shapes {observed.shape} and {predicted.shape}",
            remedy="Pass two arrays of the same patients in the same order.",
        )
    check_several(len(observed), where)
    for values, role in ((observed, "observed"), (predicted, "predicted")):
        wrong = int(np.count_nonzero(~np.isfinite(values)))
        if wrong:
            raise refuse(
                where,
                expected=f"{role} values that are all finite",
                found=f"{wrong} of {len(values)} missing or infinite",
                remedy="Leave these patients out, or find out why the model gave no number.",
            )
        check_size(values, f"{where}, {role} values")
    return observed, predicted


def check_size(values: np.ndarray, where: str) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a value is so large that its square has no digits."""
    n_large = int(np.count_nonzero(np.abs(values) > LARGEST))
    if n_large:
        raise refuse(
            where,
            expected=f"numbers that measure something, none beyond {LARGEST:g}",
            found=f"{n_large:,} of {len(values):,} larger or infinite",
            remedy="Set them to missing, or correct them.",
        )


def check_several(n_patients: int, where: str) -> None:
    """Raise :class:`alsnb.checks.BadInput` for fewer than two patients."""
    if n_patients < 2:
        raise refuse(
            where,
            expected="at least 2 patients",
            found=str(n_patients),
            remedy="Score a larger set of patients.",
        )


def _score(metric: str, observed: object, predicted: object) -> float:
    terms, centre = make_sums(*check_pair(observed, predicted, f"The arrays given to {metric}"))
    return float(FROM_MOMENTS[metric](derive_moments(terms.sum(axis=0), centre)))


def mse(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return the mean squared error, ``mean((observed - predicted)**2)``.

    In squared ALSFRS points per month; lower is better, 0 is perfect.
    """
    return _score("mse", observed, predicted)


def rmsd(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return the root mean square deviation, ``sqrt(mean((observed - predicted)**2))``.

    In ALSFRS points per month; lower is better, 0 is perfect.
    """
    return _score("rmsd", observed, predicted)


def pcc(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return Pearson's correlation, the covariance over the product of the deviations.

    Between -1 and 1, without unit; higher is better. NaN if either is constant. It is blind to
    predictions that are wrong by a constant or by a positive factor; the calibration slope and
    intercept show these. Out-of-fold predictions of a mean are not constant (each fold has its
    own mean) and correlate negatively by construction.
    """
    return _score("pcc", observed, predicted)


def r2(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return the share of variance explained, ``1 - mse / variance(observed)``.

    At most 1, without unit; higher is better. NaN if the observed values are constant. This is
    the ordinary definition: the variance is taken around the mean of the patients being scored,
    so 0 is the score of a model that knows *their* mean. The mean of the training patients
    scores slightly below 0.
    """
    return _score("r2", observed, predicted)


def calibration_slope(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return the slope ``b`` of the least-squares line ``observed = a + b * predicted``.

    Without unit; nearer 1 is better. NaN if the predictions are constant. Below 1 they are spread
    too far (as after overfitting), above 1 they stay too close to their mean.
    """
    return _score("calibration_slope", observed, predicted)


def calibration_intercept(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return the intercept ``a`` of the least-squares line ``observed = a + b * predicted``.

    In ALSFRS points per month; nearer 0 is better, read together with :func:`calibration_slope`.
    NaN if the predictions are constant.
    """
    return _score("calibration_intercept", observed, predicted)


def sd_observed(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Return the standard deviation of the observed values, dividing by their number.

    In ALSFRS points per month; a property of the patients, neither good nor bad. It is the
    deviation of the best constant prediction, the yardstick of :func:`rmsd`:
    ``r2 == 1 - (rmsd / sd_observed)**2``. The predictions are not used.
    """
    return _score("sd_observed", observed, predicted)


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    function.__name__: function
    for function in (mse, rmsd, pcc, r2, calibration_slope, calibration_intercept, sd_observed)
}
"""Every metric by its name, as in the column ``metric`` of a scores frame."""
