"""Test what some inputs add to others, in one study or in thousands of simulated ones at once.

The first axis of every array is the study. Tests answer different questions: McNemar's and the
interval compare two fitted models on the patients held out; the permutation test asks whether the
added inputs say anything about the outcome that the others do not say.
"""

import numpy as np
import pandas as pd
from scipy.stats import binom

from alsnb.checks import refuse
from alsnb.evaluation.calls import wilson_interval
from alsnb.schema import ESTIMATE, HIGH, LOW

N_STUDIES = "n_studies"

RATES = (ESTIMATE, LOW, HIGH, N_STUDIES)
"""Columns of a frame of rates: the share of studies, and Wilson's interval of it."""


def mcnemar_p_values(won: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Return the exact two-sided p-values of McNemar's test for many tables.

    Parameters
    ----------
    won, lost : int arrays of shape (n_studies,)
        Patients whom only the model, or only the reference, called rightly.
    """
    won, lost = np.asarray(won), np.asarray(lost)
    return np.minimum(1.0, 2 * binom.cdf(np.minimum(won, lost), won + lost, 0.5))


def intervals_of_means(
    differences: np.ndarray, *, n_resamples: int, seed: int, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the percentile interval of each study's mean over its patients.

    Parameters
    ----------
    differences : array of shape (n_studies, n_patients)
        Of the scores of two models, by patient.
    n_resamples : int
        Resamples of patients, the same in every study.
    seed : int
    level : float
        Of confidence.
    """
    n_patients = differences.shape[1]
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_patients, np.full(n_patients, 1 / n_patients), size=n_resamples)
    means = differences @ (drawn.T / n_patients)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return low, high


def permutation_p_values(gains: np.ndarray, permuted: np.ndarray) -> np.ndarray:
    """Return the one-sided p-value of each gain among those after permutation.

    The gain itself counts as one of them, so no p-value is below 1 / (n_permutations + 1).

    Parameters
    ----------
    gains : array of shape (n_studies,)
        Higher is better.
    permuted : array of shape (n_studies, n_permutations)
    """
    as_large = (permuted >= gains[:, None] - 1e-12).sum(axis=1)
    return (1 + as_large) / (1 + permuted.shape[1])


def permute_beyond(
    added: np.ndarray, known: np.ndarray, n_permutations: int, rng: np.random.Generator
) -> np.ndarray:
    """Permute what added inputs say beyond known ones, and leave what both say as it is.

    The added inputs are regressed on the known ones (Freedman and Lane 1983). What is left is
    given to other patients, all columns of a patient together. Outright permutation would also
    break the link between the two, which no test of the increment is about.

    Parameters
    ----------
    added : array of shape (n_patients, n_added)
    known : array of shape (n_patients, n_known)
        Without gaps, as ``added``.
    n_permutations : int
    rng : Generator

    Returns
    -------
    array of shape (n_permutations, n_patients, n_added)

    Raises
    ------
    alsnb.checks.BadInput
        If there is a gap, or the inputs are not of the same patients.
    """
    if len(added) != len(known) or np.isnan(added).any() or np.isnan(known).any():
        raise refuse(
            "Inputs to permute",
            expected="numbers for the same patients, without gaps",
            found=f"{len(added)} and {len(known)} patients, "
            f"{int(np.isnan(added).sum() + np.isnan(known).sum())} gaps",
            remedy="Fill the gaps, for instance with medians.",
        )
    design = np.column_stack([np.ones(len(known)), known])
    expected = design @ np.linalg.lstsq(design, added, rcond=None)[0]
    order = rng.permuted(np.tile(np.arange(len(added)), (n_permutations, 1)), axis=1)
    return expected + (added - expected)[order]


def rate_of(happened: np.ndarray) -> dict[str, float]:
    """Return the share of studies in which something happened, with Wilson's interval of it.

    Returns
    -------
    dict
        By :data:`RATES`.
    """
    n_studies, n_hits = len(happened), int(np.sum(happened))
    low, high = wilson_interval(n_hits, n_studies)
    share = n_hits / n_studies if n_studies else np.nan
    return dict(zip(RATES, (share, float(low[0]), float(high[0]), n_studies), strict=True))


def smallest_detected(rates: pd.DataFrame, at: str, *, power: float = 0.8) -> float:
    """Return the smallest value of a column from which on a rate stays at a power; NaN if none.

    Parameters
    ----------
    rates : DataFrame
        With ``estimate`` and the column.
    at : str
        The column, such as the number of patients.
    power : float
        The share of studies that is asked for.
    """
    ordered = rates.sort_values(at)
    stays = (ordered[ESTIMATE] >= power)[::-1].cummin()[::-1]
    return float(ordered.loc[stays, at].min()) if stays.any() else np.nan
