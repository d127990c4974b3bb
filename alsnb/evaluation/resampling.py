"""Draw patients again and again, and score every model on each draw."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.evaluation.frames import check_predictions
from alsnb.evaluation.moments import FROM_MOMENTS, derive_moments, make_sums
from alsnb.evaluation.scores import check_pair, check_several
from alsnb.schema import ESTIMATE, FOLD, HIGH, LOW, MODEL, OBSERVED, PATIENT, PREDICTED, REPEAT

# Differences this small, relative to the scores, are rounding and not an advantage.
ROUNDING = 1e-12
# Counts of one chunk of resamples: half a megabyte, which stays in a processor's cache.
COUNTS_PER_CHUNK = 2**16


def draw_scores(
    predictions: pd.DataFrame,
    metrics: tuple[str, ...],
    *,
    n_resamples: int,
    seed: int | Sequence[int],
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Score every model on all its patients and on resamples of them.

    The frame and the metrics are as in :func:`alsnb.evaluation.bootstrap.score_predictions`, and so
    is what is refused. The same seed and patients give the same resamples, for any model.

    Returns
    -------
    scores : dict of arrays of shape (n_metrics, 1 + n_resamples)
        By model, in the order of their first row; column 0 is the score of all patients.
    n_patients : dict of int
        Patients behind each model's scores.
    """
    check_predictions(predictions)
    sums, centres, together = {}, {}, {}
    for model, rows in predictions.groupby(MODEL, sort=False):
        patients, sums[model], centres[model] = _sum_by_patient(rows, model)
        together.setdefault(tuple(patients), []).append(model)
    resampled = {}
    for models in together.values():
        stacked = np.concatenate([sums[model] for model in models], axis=1)
        drawn = _draw_sums(stacked, n_resamples, np.random.default_rng(seed))
        resampled |= zip(models, np.split(drawn, len(models), axis=1), strict=True)
    scores = {}
    for model in sums:
        moments = derive_moments(resampled[model], centres[model])
        scores[model] = np.stack([FROM_MOMENTS[metric](moments) for metric in metrics])
    return scores, {model: len(values) for model, values in sums.items()}


def _sum_by_patient(rows: pd.DataFrame, model: str) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Return a model's patients, the sums of their terms, (n_patients, 7), and the centre."""
    # Sorted, so that neither the draws nor the rounding depends on the order of rows.
    rows = rows.sort_values([PATIENT, REPEAT, FOLD])
    where = f"The predictions of '{model}'"
    observed, predicted = check_pair(rows[OBSERVED], rows[PREDICTED], where)
    terms, centre = make_sums(observed, predicted)
    codes, patients = pd.factorize(rows[PATIENT])
    check_several(len(patients), where)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    return pd.Index(patients), np.add.reduceat(terms, starts, axis=0), centre


def _draw_sums(sums: np.ndarray, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return the sums over all patients, then over each resample, (1 + n_resamples, n_sums)."""
    # One thread: several cost more than they save on products this small, and round
    # differently on another number of cores.
    with threadpool_limits(1, user_api="blas"):
        chunks = [counts @ sums for counts in draw_counts(len(sums), n_resamples, rng)]
    return np.concatenate([sums.sum(axis=0, keepdims=True), *chunks])


def draw_counts(
    n_patients: int, n_resamples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield how often each patient was drawn, (n_resamples of the chunk, n_patients)."""
    per_chunk = max(1, COUNTS_PER_CHUNK // n_patients)
    for start in range(0, n_resamples, per_chunk):
        n_rows = min(per_chunk, n_resamples - start)
        drawn = rng.integers(n_patients, size=(n_rows, n_patients))
        drawn += n_patients * np.arange(n_rows)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=n_rows * n_patients)
        yield counts.reshape(n_rows, n_patients).astype(float)


def draw_with_all(
    n_patients: int, n_resamples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield a count of one for each patient, then the counts of the resamples."""
    yield np.ones((1, n_patients))
    yield from draw_counts(n_patients, n_resamples, rng)


def find_interval(scores: np.ndarray, level: float) -> tuple[float, float]:
    """Return the low and high end of the percentile interval of a score.

    ``scores`` (1 + n_resamples,) holds that of all patients, then those of the resamples, of which
    undefined ones are left out; ``level`` is the coverage. NaN if the score is.
    """
    defined = scores[1:][np.isfinite(scores[1:])]
    if not np.isfinite(scores[0]) or not len(defined):
        return np.nan, np.nan
    tail = (1 - level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def estimate_score(scores: np.ndarray, level: float) -> dict[str, float]:
    """Return a score of all patients and its interval, by the names of a scores frame's columns."""
    low, high = find_interval(scores, level)
    return {ESTIMATE: float(scores[0]), LOW: low, HIGH: high}


def subtract_scores(scores: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return scores minus reference, (1 + n_resamples,); zero where that is rounding."""
    difference = scores - reference
    rounding = ROUNDING * (np.abs(scores) + np.abs(reference))
    return np.where(np.abs(difference) <= rounding, 0.0, difference)


def find_p_value(differences: np.ndarray) -> float:
    """Return the two-sided bootstrap p-value of a difference.

    It is the smallest ``1 - level`` at which the percentile interval would leave out zero:
    ``2 * (1 + m) / (1 + n_resamples)``, at most 1, where ``m`` counts the resamples on the rarer
    side of zero (zero itself is on both). NaN if the difference is.

    Parameters
    ----------
    differences : array of shape (1 + n_resamples,)
        The difference on all patients, then those of the resamples.
    """
    defined = differences[1:][np.isfinite(differences[1:])]
    if not np.isfinite(differences[0]) or not len(defined):
        return np.nan
    rarer = min(np.count_nonzero(defined <= 0), np.count_nonzero(defined >= 0))
    return min(1.0, 2 * (1 + rarer) / (1 + len(defined)))


def adjust_holm(p_values: pd.Series) -> pd.Series:
    """Adjust p-values for their number, after Holm (1979).

    Rejecting what lies below 0.05 keeps the chance of any false rejection below 0.05, whatever
    the dependence between comparisons. NaN is left as it is and not counted.
    """
    ordered = p_values.dropna().sort_values()
    steps = ordered * np.arange(len(ordered), 0, -1)
    return steps.cummax().clip(upper=1.0).reindex(p_values.index)
