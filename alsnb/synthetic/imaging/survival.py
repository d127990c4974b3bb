"""Draw deaths, and say how probable each class of survival was: the oracle.

The logarithm of the time from onset to death is normal around a sum of clinical effects. A part of
what these leave unexplained, the parameter ``anatomy_share``, is due to how far the disease has
spread in the brain beyond what the clinical state lets expect (``spread_z``). Nobody is scanned
after death, so times are drawn, and classes judged, among those longer than the time to the scan.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from alsnb.checks import refuse
from alsnb.synthetic.imaging.parameters import ImagingParameters

CUTOFFS_MONTHS = (25.0, 50.0)
"""Where short, medium and long survival part, in months from onset. Paper B's abstract gives none:
these are remembered, and not confirmed."""


def expected_log_months(patients: pd.DataFrame, parameters: ImagingParameters) -> np.ndarray:
    """Return the mean log of the months from onset to death that the clinical state lets expect."""
    p = parameters
    effects = {
        "age_factor": (patients["age_at_onset_years"] - 60) / 10,
        "bulbar_factor": patients["site_of_onset"] == "bulbar",
        "rate_factor": patients["rate_z"],
        "delay_factor": patients["delay_z"],
        "fvc_factor": (patients["fvc_percent"] - p["fvc_mean"]) / 10,
        "c9orf72_factor": patients["c9orf72"] == "yes",
        "bvftd_factor": patients["bvftd"] == "yes",
        "definite_factor": patients["el_escorial"] == "definite",
    }
    total = sum(np.log(p[name]) * np.asarray(value, float) for name, value in effects.items())
    return np.log(p["survival_median"]) + total


def draw_survival(
    patients: pd.DataFrame, parameters: ImagingParameters, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw when patients die, when they were scanned and when their follow-up ends.

    Returns
    -------
    DataFrame
        ``survival_months`` (onset to death, whether or not it was seen), ``expected_log_months``,
        ``spread_z`` (spread beyond the clinical state; above 0 is worse), ``scan_month`` (calendar
        month of the study), ``follow_up_months`` (scan to the end of the study),
        ``onset_to_death_or_censoring_months`` and ``died`` (``yes`` or ``no``).
    """
    p, n = parameters, len(patients)
    months = patients["onset_to_scan_months"].to_numpy()
    expected = expected_log_months(patients, p)
    alive = ndtr((np.log(months) - expected) / p["survival_log_sd"])
    # the part of the distribution beyond the scan, kept off its end, where a time is endless
    luck = ndtri(np.clip(alive + (1 - alive) * rng.random(n), 1e-12, 1 - 1e-12))
    survival = np.exp(expected + p["survival_log_sd"] * luck)
    share = p["anatomy_share"]
    spread_z = -np.sqrt(share) * luck + np.sqrt(1 - share) * rng.standard_normal(n)
    scan_month = rng.random(n) * p["recruitment_months"]
    follow_up = p["recruitment_months"] + p["closing_months"] - scan_month
    died = survival <= months + follow_up
    return pd.DataFrame(
        {
            "survival_months": survival,
            "expected_log_months": expected,
            "spread_z": spread_z,
            "scan_month": scan_month,
            "follow_up_months": follow_up,
            "onset_to_death_or_censoring_months": np.minimum(survival, months + follow_up),
            "died": np.where(died, "yes", "no"),
        }
    )


def class_of(months: np.ndarray, cutoffs: Sequence[float] = CUTOFFS_MONTHS) -> np.ndarray:
    """Return the class of a time from onset to death: 0 short, 1 medium, 2 long and so on."""
    return np.searchsorted(np.asarray(cutoffs, float), months, side="right")


def class_probabilities(
    patients: pd.DataFrame,
    parameters: ImagingParameters,
    cutoffs: Sequence[float] = CUTOFFS_MONTHS,
    *,
    know_anatomy: bool,
    known_dead: bool = False,
) -> np.ndarray:
    """Return the true probability of each class of survival, as nobody can better know it.

    Parameters
    ----------
    patients : DataFrame
        With the columns of :func:`draw_survival`.
    parameters : ImagingParameters
        What they were drawn from.
    cutoffs : sequence of float
        Months from onset, ascending.
    know_anatomy : bool
        Whether the oracle knows the spread of the disease beside the true clinical state.
    known_dead : bool
        Whether patients were chosen because they died before the end of the study, whose day the
        oracle then knows too.

    Returns
    -------
    array of shape (n_patients, n_cutoffs + 1)
        Rows add up to 1.

    Raises
    ------
    alsnb.checks.BadInput
        If the cut-offs do not ascend or one is not above zero.
    """
    limits = np.asarray(cutoffs, float)
    if not len(limits) or (np.diff(limits, prepend=0.0) <= 0).any():
        raise refuse(
            "The cut-offs between classes of survival",
            expected="months from onset, ascending, above 0",
            found=str(list(cutoffs)),
            remedy="Pass for instance (25, 50).",
        )
    start = patients["onset_to_scan_months"].to_numpy()
    end = start + patients["follow_up_months"].to_numpy() if known_dead else np.inf
    middle = patients["expected_log_months"].to_numpy()
    sd = parameters["survival_log_sd"]
    if know_anatomy:
        share = parameters["anatomy_share"]
        middle = middle - sd * np.sqrt(share) * patients["spread_z"].to_numpy()
        sd = sd * np.sqrt(1 - share)
    edges = [np.zeros(len(start)), *(np.full(len(start), limit) for limit in limits)]
    edges = np.array([*edges, np.full(len(start), np.inf)])  # (n_classes + 1, n_patients)
    edges = np.clip(edges, start, end)
    # mirrored: the tail beyond a late scan would vanish by rounding in the other direction
    with np.errstate(divide="ignore"):
        beyond = ndtr((middle - np.log(edges)) / sd)
    chances = -np.diff(beyond, axis=0)
    return (chances / chances.sum(axis=0)).T
