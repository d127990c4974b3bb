"""Follow simulated patients over calendar time, and say what is true of those not seen to die.

A study scans patients from calendar month 0 on, and looks at what has become of them on one day,
the same for all. Who lives then is censored, the sooner after the scan the later it was made.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import log_ndtr

from alsnb.checks import refuse
from alsnb.synthetic.imaging.parameters import ImagingParameters
from alsnb.synthetic.imaging.patients import draw_patients
from alsnb.synthetic.imaging.survival import class_of, draw_survival

FROM_SCAN, FROM_ONSET, DIED = "months_from_scan", "months_from_onset", "died"
"""Columns of what is seen of patients until a day."""


def draw_patients_with_survival(
    n: int, parameters: ImagingParameters, *, seed: int
) -> pd.DataFrame:
    """Draw patients with their clinical state and survival, but without images.

    Columns are those of :func:`alsnb.synthetic.imaging.patients.draw_patients` and
    :func:`alsnb.synthetic.imaging.survival.draw_survival`.
    """
    rng = np.random.default_rng(seed)
    patients = draw_patients(n, parameters, rng)
    patients = pd.concat([patients, draw_survival(patients, parameters, rng)], axis=1)
    return patients.rename_axis("participant_id")


def see_until(patients: pd.DataFrame, month: float) -> pd.DataFrame:
    """Return what has become of the patients by a calendar month of the study.

    Parameters
    ----------
    patients : DataFrame
        With the columns ``survival_months``, ``onset_to_scan_months`` and ``scan_month``.
    month : float
        Calendar month on which follow-up ends for all, from the first day of the study.
        Recruitment plus ``closing_months`` is the end of the study.

    Returns
    -------
    DataFrame
        A row for each patient who was scanned before that month, indexed as *patients*:
        ``months_from_scan`` and ``months_from_onset``, to death or to that month, and ``died``,
        True if death was seen.

    Raises
    ------
    alsnb.checks.BadInput
        If nobody was scanned before that month.
    """
    there = patients[patients["scan_month"] < month]
    if there.empty:
        raise refuse(
            "What is seen of simulated patients",
            expected="a calendar month after the first scan",
            found=f"month {month:g}",
            remedy="Choose a later month, such as recruitment_months plus closing_months.",
        )
    start = there["onset_to_scan_months"]
    alive_for = there["survival_months"] - start
    watched = month - there["scan_month"]
    from_scan = alive_for.where(alive_for <= watched, watched)
    columns = {FROM_SCAN: from_scan, FROM_ONSET: start + from_scan, DIED: alive_for <= watched}
    return pd.DataFrame(columns, index=there.index)


def known_classes(seen: pd.DataFrame, cutoffs: Sequence[float], clock: str) -> pd.Series:
    """Return the class of each patient of whom it is known, NaN of the others.

    It is known of who has died, and of who has been followed beyond the last cut-off: the longest.

    Parameters
    ----------
    seen : DataFrame
        From :func:`see_until`.
    cutoffs : sequence of float
        Months, ascending.
    clock : str
        Since when: :data:`FROM_ONSET` or :data:`FROM_SCAN`.
    """
    classes = pd.Series(class_of(seen[clock].to_numpy(), cutoffs), seen.index, float)
    return classes.where(seen[DIED] | (classes == len(cutoffs)))


def true_survival(
    patients: pd.DataFrame,
    parameters: ImagingParameters,
    months: Sequence[float],
    *,
    know_anatomy: bool,
) -> np.ndarray:
    """Return the true chance of being alive so many months after the scan: the oracle.

    Parameters
    ----------
    patients : DataFrame
        From :func:`draw_patients_with_survival`, or of a simulated cohort.
    parameters : ImagingParameters
        What they were drawn from.
    months : sequence of float
        Since the scan, not below 0.
    know_anatomy : bool
        Whether the oracle knows the spread of the disease beside the true clinical state.

    Returns
    -------
    array of shape (n_patients, n_months)
        1 at the scan, and never rising after it.
    """
    start = patients["onset_to_scan_months"].to_numpy()[:, None]
    middle = patients["expected_log_months"].to_numpy()[:, None]
    sd = parameters["survival_log_sd"]
    if know_anatomy:
        share = parameters["anatomy_share"]
        middle = middle - sd * np.sqrt(share) * patients["spread_z"].to_numpy()[:, None]
        sd = sd * np.sqrt(1 - share)
    later = start + np.asarray(months, float)[None, :]
    # a ratio of logarithms, as both chances vanish far beyond what was expected
    return np.exp(log_ndtr((middle - np.log(later)) / sd) - log_ndtr((middle - np.log(start)) / sd))
