"""Learn on training patients where a prediction becomes the call "fast", and what a look costs.

Predictions are slopes, of which the lowest are fast, or probabilities of being fast; which of
the two a frame holds is told by its observed values (slopes, or 0 and 1).
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from alsnb.checks import check_columns, check_one_of, refuse
from alsnb.schema import FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT

RULES = ("literal", "least_squares", "recalibrated", "quantile", "balanced")
"""Ways to find a cut, see :func:`learn_cut`."""

PROBABILITY_RULES = ("literal", "quantile", "balanced")
"""Those of them that make sense for a probability."""

CHOSEN, LEARNT = "chosen on these patients", "learnt beforehand"


def holds_probabilities(rows: pd.DataFrame) -> bool:
    """Return whether a model's rows are about a class: all observed values are 0 or 1."""
    return bool(rows[OBSERVED].isin([0, 1]).all())


def risk_and_fast(rows: pd.DataFrame, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a number that rises with the predicted risk, and who was fast, (n_rows,) each.

    The risk in rows of one model is the probability, which must be one, or the slope with its sign
    changed; observed slopes below the threshold, in ALSFRS points per month, are fast.
    """
    observed = rows[OBSERVED].to_numpy(dtype=float)
    predicted = rows[PREDICTED].to_numpy(dtype=float)
    if not holds_probabilities(rows):
        return -predicted, observed < threshold
    if ((predicted < 0) | (predicted > 1)).any():
        raise refuse(
            f"The predictions of '{rows[MODEL].iloc[0]}'",
            expected="probabilities between 0 and 1, because the observed values are 0 and 1",
            found="predictions below 0 or above 1",
            remedy="Pass the probability of being fast, not a score or a slope.",
        )
    return predicted, observed == 1


def call_fast(rows: pd.DataFrame, cut: float) -> np.ndarray:
    """Return whom a cut calls fast: slopes below it, or probabilities that reach it."""
    predicted = rows[PREDICTED].to_numpy(dtype=float)
    return predicted >= cut if holds_probabilities(rows) else predicted < cut


def learn_cut(out_of_fold: pd.DataFrame, rule: str, threshold: float) -> float:
    """Learn from out-of-fold predictions where a model's predictions are to be cut.

    Parameters
    ----------
    out_of_fold : DataFrame
        Predictions of training patients by one model that did not see them
        (:data:`alsnb.schema.PREDICTIONS`). Those of the patients to be called must not be
        among them.
    rule : str
        ``"literal"``: the threshold itself (a probability of one half). ``"least_squares"``:
        where the line that predicts observed from predicted slopes crosses the threshold.
        ``"recalibrated"``: where it is crossed after predictions were stretched to the mean
        and the spread of the observed slopes. ``"quantile"``: so that as many are called as
        are fast. ``"balanced"``: where the balanced accuracy is highest.
    threshold : float
        Observed slopes below it are fast, in ALSFRS points per month.

    Returns
    -------
    float
        In the unit of the predictions: slopes below it are called fast, or probabilities
        that reach it. Minus infinity calls nobody, plus infinity everybody (slopes).

    Raises
    ------
    BadInput
        If there is more or less than one model, no such rule, one that is not for
        probabilities, or the rule needs both classes or a spread that is not there.

    Notes
    -----
    Least squares cannot help: predictions that are calibrated already lie on the line that
    it draws. Stretching gives calibration up in return for predictions that are as extreme
    as observations, so a stretched prediction is no longer an expectation.
    """
    check_columns(out_of_fold, PREDICTIONS, "The out-of-fold predictions")
    check_one_of(out_of_fold[MODEL].nunique(), [1], "The number of models to learn one cut from")
    probabilities = holds_probabilities(out_of_fold)
    check_one_of(rule, PROBABILITY_RULES if probabilities else RULES, "The rule of the cut")
    if rule == "literal":
        return 0.5 if probabilities else float(threshold)
    if rule in ("least_squares", "recalibrated"):
        return _cut_recalibrated(out_of_fold, threshold, stretched=rule == "recalibrated")
    risk, fast = risk_and_fast(out_of_fold, threshold)
    _check_both(fast, out_of_fold[MODEL].iloc[0])
    find = _cut_quantile if rule == "quantile" else _cut_balanced
    cut = find(risk, fast)
    return cut if probabilities else -cut


def cut_at_share(out_of_fold: pd.DataFrame, share: float) -> float:
    """Return the cut, as of :func:`learn_cut`, that calls this share (0 to 1) of the patients."""
    # the threshold does not matter: only the order of the risks does
    risk, _ = risk_and_fast(out_of_fold, 0.0)
    cut = _between(np.sort(risk)[::-1], round(share * len(risk)))
    return cut if holds_probabilities(out_of_fold) else -cut


def _cut_recalibrated(rows: pd.DataFrame, threshold: float, *, stretched: bool) -> float:
    observed, predicted = rows[OBSERVED].to_numpy(float), rows[PREDICTED].to_numpy(float)
    if not np.ptp(observed) > 0:
        raise refuse(
            f"The out-of-fold predictions of '{rows[MODEL].iloc[0]}'",
            expected="observed slopes that differ",
            found="a single value",
            remedy="Learn the cut from more patients.",
        )
    distance = threshold - observed.mean()
    if stretched:
        return float(predicted.mean() + distance * predicted.std() / observed.std())
    covariance = np.cov(observed, predicted, ddof=0)
    # a line that does not rise says the mean for everyone, or worse
    if covariance[0, 1] <= 0:
        return float(np.copysign(np.inf, distance))
    return float(predicted.mean() + distance * covariance[1, 1] / covariance[0, 1])


def _cut_quantile(risk: np.ndarray, fast: np.ndarray) -> float:
    return _between(np.sort(risk)[::-1], int(fast.sum()))


def _cut_balanced(risk: np.ndarray, fast: np.ndarray) -> float:
    order = np.argsort(-risk, kind="stable")
    gain = np.where(fast[order], 1 / fast.sum(), -1 / (~fast).sum())
    balance = np.where(_ends(risk[order]), np.cumsum(gain), -np.inf)
    return _between(risk[order], int(np.argmax(balance)) + 1)


def _between(descending: np.ndarray, n_called: int) -> float:
    """Return a risk halfway between the last that is called and the first that is not."""
    last = descending[max(n_called - 1, 0)]
    return float((last + descending[min(n_called, len(descending) - 1)]) / 2)


def _ends(descending: np.ndarray) -> np.ndarray:
    """Return where a cut can lie: after the last of equal values."""
    return np.append(descending[1:] != descending[:-1], True)


def _check_both(fast: np.ndarray, model: str) -> None:
    if fast.all() or not fast.any():
        raise refuse(
            f"The out-of-fold predictions of '{model}'",
            expected="some patients who are fast and some who are not",
            found=f"{len(fast)} of one kind",
            remedy="Learn the cut from more patients, or move the threshold.",
        )


def measure_optimism(
    rows: pd.DataFrame,
    *,
    threshold: float,
    cut: float,
    sizes: Iterable[int],
    n_splits: int,
    seed: int,
) -> pd.DataFrame:
    """Measure what it is worth, and worth to others, to choose the cut on test patients.

    ``n_splits`` times for each size, that many of the patients are drawn without replacement. The
    cut that is best for their balanced accuracy is chosen on them, and scored on them and on all
    others; so is the one that was learnt beforehand.

    Parameters
    ----------
    rows : DataFrame
        Predictions by one model, one row per patient.
    threshold, cut : float
        Observed slopes below it are fast, in ALSFRS points per month; and the cut learnt before.
    sizes : iterable of int
        How many patients the cut is chosen on, each below the number of patients.

    Returns
    -------
    DataFrame
        ``n_patients``, ``cut`` (:data:`CHOSEN` or :data:`LEARNT`), the mean balanced accuracy on
        ``these`` patients and on the ``others``, and ``estimate``, the mean difference, with the
        middle 95 % of all draws (``low``, ``high``).
    """
    rows = rows.sort_values([PATIENT, REPEAT, FOLD])
    risk, fast = risk_and_fast(rows, threshold)
    order = np.argsort(-risk, kind="stable")
    n_above = int(call_fast(rows, cut).sum())
    ends = np.flatnonzero(_ends(risk[order]))
    found = []
    for size in sizes:
        rng = np.random.default_rng([seed, size])
        drawn = rng.permuted(np.tile(np.arange(len(rows)) < size, (n_splits, 1)), axis=1)
        these = _balance_along(drawn, fast[order])
        others = _balance_along(~drawn, fast[order])
        # places count the patients above the cut, so that place 0 calls nobody
        places = ends[np.argmax(these[:, ends + 1], axis=1)] + 1
        each = np.arange(n_splits)
        pairs = {
            CHOSEN: (these[each, places], others[each, places]),
            LEARNT: (these[:, n_above], others[:, n_above]),
        }
        found += [{"n_patients": size, "cut": kind} | _summarize(*p) for kind, p in pairs.items()]
    return pd.DataFrame(found)


def _balance_along(drawn: np.ndarray, fast: np.ndarray) -> np.ndarray:
    """Return the balanced accuracy of calling the first 0, 1, ... patients in their order."""
    found, alarms = drawn & fast, drawn & ~fast
    n_fast, n_slow = found.sum(axis=1, keepdims=True), alarms.sum(axis=1, keepdims=True)
    # draws without a fast patient are left out later
    gain = found / np.maximum(n_fast, 1) - alarms / np.maximum(n_slow, 1)
    along = np.pad(np.cumsum(gain, axis=1), ((0, 0), (1, 0)))
    return np.where((n_fast > 0) & (n_slow > 0), (1 + along) / 2, np.nan)


def _summarize(these: np.ndarray, others: np.ndarray) -> dict[str, float]:
    defined = np.isfinite(these) & np.isfinite(others)
    if not defined.any():
        return dict.fromkeys(("these", "others", "estimate", "low", "high"), np.nan)
    these, others = these[defined], others[defined]
    low, high = np.quantile(these - others, [0.025, 0.975])
    return {
        "these": these.mean(),
        "others": others.mean(),
        "estimate": (these - others).mean(),
        "low": low,
        "high": high,
    }
