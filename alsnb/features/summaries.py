"""Summarize repeated measurements: eight numbers for every patient and measure, in one pass.

The measurements of all measures lie behind each other in one long array, sorted by group (a
measure of a patient) and time, so that each summary is one reduction over segments.
"""

from dataclasses import dataclass

import numpy as np

from alsnb.checks import refuse

SUMMARIES = ("minimum", "maximum", "median", "sd", "first", "last", "slope", "mean")
"""The paper's seven, and the mean, which its list of the five best features names."""


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """Which measurements a feature may be made from.

    Parameters
    ----------
    from_screening : bool
        Whether measurements up to ``screening_days`` before time zero count as well; by
        default the first questionnaire begins the window for every table.
    screening_days : int
        How far back screening goes.
    max_missing : float
        A feature that is missing in a larger share of patients counts as discarded.

    Raises
    ------
    alsnb.checks.BadInput
        If the share is not between 0 and 1 or the days are negative.
    """

    from_screening: bool = False
    screening_days: int = 30
    max_missing: float = 0.30

    def __post_init__(self) -> None:
        if not (0 <= self.max_missing <= 1 and self.screening_days >= 0):
            raise refuse(
                "FeatureSettings",
                expected="max_missing between 0 and 1 and screening_days of at least 0",
                found=f"{self.max_missing} and {self.screening_days}",
                remedy="Correct the settings.",
            )


def summarize(
    group: np.ndarray, months: np.ndarray, values: np.ndarray, *, n_groups: int
) -> dict[str, np.ndarray]:
    """Return the summaries of every group of measurements.

    Parameters
    ----------
    group : int array of shape (n_measurements,)
        Number of the group, from 0 and ascending.
    months : array of shape (n_measurements,)
        When it was measured; ascending within a group.
    values : array of shape (n_measurements,)
        What was measured, nowhere missing.
    n_groups : int
        Number of groups, also of those without a measurement.

    Returns
    -------
    dict of str to array of shape (n_groups,)
        By the names of :data:`SUMMARIES`. Everything is NaN for a group without
        measurements. ``sd`` (with n - 1 in the denominator) is NaN for one measurement;
        ``slope``, from the first to the last per month, is NaN if no time lies between.
    """
    found = {name: np.full(n_groups, np.nan) for name in SUMMARIES}
    if len(values):
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        for name, summary in _of_segments(months, values, starts).items():
            found[name][group[starts]] = summary
    return found


def _of_segments(
    months: np.ndarray, values: np.ndarray, starts: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the summaries of segments that each hold a measurement."""
    sizes = np.diff(np.r_[starts, len(values)])
    last = starts + sizes - 1
    lowest, highest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    # rounding must not put the mean of equal values beside them, nor make them vary
    mean = np.clip(np.add.reduceat(values, starts) / sizes, lowest, highest)
    squares = np.add.reduceat((values - np.repeat(mean, sizes)) ** 2, starts)
    months_between = months[last] - months[starts]
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.sqrt(squares / (sizes - 1))
        slope = (values[last] - values[starts]) / months_between
    return {
        "minimum": lowest,
        "maximum": highest,
        "median": _median(values, starts, sizes, middle=(lowest + highest) / 2),
        "sd": np.where(sizes > 1, sd, np.nan),
        "first": values[starts],
        "last": values[last],
        "slope": np.where(months_between > 0, slope, np.nan),
        "mean": mean,
    }


def _median(
    values: np.ndarray, starts: np.ndarray, sizes: np.ndarray, *, middle: np.ndarray
) -> np.ndarray:
    """Return the medians, given the middle of each segment's range, which is that of one or two."""
    median = middle.copy()
    for size in np.unique(sizes[sizes > 2]):
        of_size = np.flatnonzero(sizes == size)
        ordered = np.sort(values[starts[of_size, None] + np.arange(size)], axis=1)
        median[of_size] = (ordered[:, (size - 1) // 2] + ordered[:, size // 2]) / 2
    return median
