"""Hold predicted probabilities of classes beside the true ones, which a simulation knows.

No outcome is needed: what a prediction loses against the oracle is computed from both
probabilities. All losses are means over patients; lower is better, and the oracle has 0.
"""

from collections.abc import Callable

import numpy as np

from alsnb.checks import refuse

SMALLEST = 1e-12
"""Predicted probabilities are clipped to it in the logarithm."""


def excess_rps(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return by how much the expected ranked probability score exceeds the oracle's, 0 to 1.

    It is the squared distance of the cumulative probabilities, a mean over the borders between
    classes. ``predicted`` and ``true`` are (n_patients, n_classes), classes in their order.
    """
    _check(predicted, true)
    steps = np.cumsum(predicted - true, axis=1)[:, :-1]
    return float((steps**2).mean())


def excess_log_loss(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return by how many nats the expected logarithmic loss exceeds the oracle's."""
    _check(predicted, true)
    said = np.clip(predicted, SMALLEST, 1.0)
    ratio = np.log(np.where(true > 0, true, 1.0)) - np.log(said)
    return float((true * ratio).sum(axis=1).mean())


def lost_accuracy(predicted: np.ndarray, true: np.ndarray) -> float:
    """Return by how much the expected accuracy falls short of the oracle's, 0 to 1."""
    _check(predicted, true)
    own = np.take_along_axis(true, predicted.argmax(axis=1)[:, None], axis=1)[:, 0]
    return float((true.max(axis=1) - own).mean())


EXCESS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "rps": excess_rps,
    "log_loss": excess_log_loss,
    "accuracy": lost_accuracy,
}
"""Losses against the oracle by the name of the score."""


def calibrate_against_truth(
    predicted: np.ndarray, true: np.ndarray, n_bins: int = 10
) -> np.ndarray:
    """Return mean predicted and mean true probabilities in bins of equal size.

    Parameters
    ----------
    predicted, true : arrays of shape (n_patients,)
        Of one event.
    n_bins : int

    Returns
    -------
    array of shape (n_bins, 2)
        In the order of the predictions; NaN in a bin that ties have left empty.
    """
    if np.shape(predicted) != np.shape(true) or len(predicted) < n_bins:
        raise refuse(
            "The calibration against the truth",
            expected=f"two probabilities each of at least {n_bins} patients",
            found=f"{np.shape(predicted)} and {np.shape(true)}",
            remedy="Predict more patients, or ask for fewer bins.",
        )
    places = np.unique(predicted, return_inverse=True)[1]
    # equal predictions stay in one bin, that of the middle of their ranks
    counts = np.bincount(places)
    middle = np.cumsum(counts) - counts / 2
    bins = np.minimum((middle[places] * n_bins / len(predicted)).astype(int), n_bins - 1)
    sizes = np.bincount(bins, minlength=n_bins)
    sums = [np.bincount(bins, weights, n_bins) for weights in (predicted, true)]
    with np.errstate(invalid="ignore"):
        return np.column_stack(sums) / sizes[:, None]


def _check(predicted: np.ndarray, true: np.ndarray) -> None:
    shapes = np.shape(predicted), np.shape(true)
    good = shapes[0] == shapes[1] and len(shapes[0]) == 2
    if not good or not all(np.allclose(np.sum(one, axis=1), 1) for one in (predicted, true)):
        raise refuse(
            "Predicted and true probabilities",
            expected="of the same patients and classes, adding up to 1 for each patient",
            found=f"{shapes[0]} and {shapes[1]}",
            remedy="Align both, one column per class.",
        )
