"""Score an order of patients, or a yes and no about each, for thousands of resamples at once.

A resample is a row of counts, how often each patient was drawn. No resample is sorted: the
patients are sorted once, and what a resample changes are the running sums along that order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RANK_METRICS = ("auc", "average_precision")
"""Scores of the order alone, which need no cut."""

TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_NEGATIVE = range(4)


@dataclass(frozen=True)
class Ranked:
    """Rows of one model from the highest risk down, and where equal risks begin and end.

    ``patients`` (n_rows,) are the numbers of their patients, ``fast`` (n_fast,) the places of the
    rows of fast ones. For each run of equal risks with a fast row there is ``starts``, where in
    ``fast`` it begins, and ``before`` and ``end``, rows above it and above its end, fast or not.
    """

    patients: np.ndarray
    fast: np.ndarray
    starts: np.ndarray
    before: np.ndarray
    end: np.ndarray


def rank_rows(patients: np.ndarray, fast: np.ndarray, risk: np.ndarray) -> Ranked:
    """Sort rows from the highest risk down and find the runs of equal risks with a fast row.

    Of each row, an array of shape (n_rows,): the number of its patient, from 0; whether fast was
    observed; and the predicted risk, higher the sooner it is called fast.
    """
    order = np.argsort(-risk, kind="stable")
    places = np.flatnonzero(fast[order])
    descending = -risk[order]
    values, starts = np.unique(descending[places], return_index=True)
    return Ranked(
        patients=patients[order],
        fast=places,
        starts=starts,
        before=np.searchsorted(descending, values, side="left"),
        end=np.searchsorted(descending, values, side="right"),
    )


def score_ranks(ranked: Ranked, counts: np.ndarray) -> np.ndarray:
    """Return the metrics of the order in each resample, (2, n_resamples), by :data:`RANK_METRICS`.

    ``counts`` (n_resamples, n_patients) says how often each patient was drawn. NaN where no
    patient is fast, or for the area all are.
    """
    drawn = counts[:, ranked.patients]
    undefined = np.full(len(counts), np.nan)
    if not len(ranked.fast):
        return np.stack([undefined, undefined])
    above = np.zeros((len(counts), drawn.shape[1] + 1))
    np.cumsum(drawn, axis=1, out=above[:, 1:])
    found = np.add.reduceat(drawn[:, ranked.fast], ranked.starts, axis=1)
    found_above = np.cumsum(found, axis=1)
    n_fast = found_above[:, -1]
    n_slow = above[:, -1] - n_fast
    called, before = above[:, ranked.end], above[:, ranked.before]
    slow_before = before - (found_above - found)
    slow_equal = called - before - found
    # a pair of equal risks counts as half won
    won = (found * (n_slow[:, None] - slow_before - slow_equal / 2)).sum(axis=1)
    precision = np.divide(found_above, called, out=np.zeros_like(called), where=called > 0)
    return np.stack(
        [
            np.divide(won, n_fast * n_slow, out=undefined.copy(), where=n_fast * n_slow > 0),
            np.divide((found * precision).sum(axis=1), n_fast, out=undefined, where=n_fast > 0),
        ]
    )


def mark_calls(fast: np.ndarray, called: np.ndarray) -> np.ndarray:
    """Return which of the four cells of the table each row falls into, (n_rows, 4)."""
    cells = np.stack([fast & called, ~fast & called, fast & ~called, ~fast & ~called], axis=1)
    return cells.astype(float)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    undefined = np.full(np.shape(part), np.nan)
    return np.divide(part, whole, out=undefined, where=np.asarray(whole) > 0)


def _sensitivity(cells: np.ndarray) -> np.ndarray:
    found = cells[..., TRUE_POSITIVE]
    return _share(found, found + cells[..., FALSE_NEGATIVE])


def _specificity(cells: np.ndarray) -> np.ndarray:
    spared = cells[..., TRUE_NEGATIVE]
    return _share(spared, spared + cells[..., FALSE_POSITIVE])


def _ppv(cells: np.ndarray) -> np.ndarray:
    found = cells[..., TRUE_POSITIVE]
    return _share(found, found + cells[..., FALSE_POSITIVE])


def _balanced_accuracy(cells: np.ndarray) -> np.ndarray:
    return (_sensitivity(cells) + _specificity(cells)) / 2


def _share_called(cells: np.ndarray) -> np.ndarray:
    return _share(cells[..., TRUE_POSITIVE] + cells[..., FALSE_POSITIVE], cells.sum(axis=-1))


FROM_CELLS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "balanced_accuracy": _balanced_accuracy,
    "sensitivity": _sensitivity,
    "specificity": _specificity,
    "ppv": _ppv,
    "share_called": _share_called,
}
"""Each metric of a call, from the sums of the four cells, for many resamples at once."""
