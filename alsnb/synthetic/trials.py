"""Draw the pseudo-trials of the simulated world; each decides what its files show.

PRO-ACT does not say which trial a patient was in, but what was asked, measured and written
down was decided by trial, so that values are missing in blocks. The switches of the 23
pseudo-trials stand in ``parameters_world.yaml`` as lists named ``trial_*``, one value per
trial. Columns of the frame, in the order of :data:`SWITCHES`:

- ``n_patients``: how many patients it enrolled.

The rating scale and the visits:

- ``has_alsfrs``: whether the rating scale was asked at all.
- ``scale``: ``"original"`` (ten items and their total), ``"revised"`` (items 1 to 9, R-1 to
  R-3 and the revised total; no item 10) or ``"both"`` (everything).
- ``step_days``, ``early_days``, ``late_step_days``: days between visits up to ``early_days``,
  and after it.
- ``jitter_days``: SD of a visit's distance from its planned day.
- ``follow_up_days``: last planned day; ``survival_days``: until when deaths are known.
- ``screening_share``: share of patients with a first visit before day 0.
- ``dropout``: risk of leaving, relative to the other trials.
- ``onset_most_days``: entry criterion, longest time since onset.
- ``onset_factor``: typical time since onset, relative to the other trials.

Vital capacity, vital signs, laboratory:

- ``has_fvc``, ``has_svc``; ``records_litres``, ``records_percent``, ``records_normal``,
  ``labels_vc_units``: which of the three columns, and the unit, are filled.
- ``has_vitals``; ``records_weight``, ``records_height``, ``records_temperature``,
  ``records_respiratory_rate``, ``labels_weight_units``, ``height_unit`` and ``weight_unit``
  (the commonest unit); ``posture``: ``"usual"`` or ``"supine_standing"`` (blood pressure and
  pulse in the columns of these postures only).
- ``has_labs``; ``panel``: 0 (widest) to 3 (narrowest); ``lab_units``: ``"si"`` or
  ``"conventional"``.
- ``has_grip``, ``has_strength``, ``has_adverse_events``, ``has_medication``.

Patients:

- ``records_arm``, ``active_share``: whether the arm is known; share on active treatment.
- ``death_reporting``: ``"none"``, ``"deaths"`` (a row for those who died) or ``"all"`` (a
  row for everybody).
- ``has_history``, ``records_onset``, ``records_diagnosis``; ``site_coding``: ``"text"``,
  ``"flags"`` or ``"none"``.
- ``records_riluzole``; ``race_coding``: ``"flags"``, ``"zeros"`` (0 in the flags that are not
  set) or ``"none"``; ``age_coding``: ``"age"``, ``"birth_day"``, ``"both"`` or ``"none"``;
  ``records_ethnicity``.
- ``has_el_escorial``, ``has_family``.
"""

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.synthetic.parameters import Parameters

SWITCHES = (
    *("has_alsfrs", "scale", "step_days", "early_days", "late_step_days", "jitter_days"),
    *("follow_up_days", "survival_days", "screening_share", "dropout"),
    *("onset_most_days", "onset_factor"),
    *("has_fvc", "has_svc", "records_litres", "records_percent", "records_normal"),
    *("labels_vc_units", "has_vitals", "records_weight", "records_height"),
    *("records_temperature", "records_respiratory_rate", "labels_weight_units"),
    *("height_unit", "weight_unit", "posture", "has_labs", "panel", "lab_units"),
    *("has_grip", "has_strength", "has_adverse_events", "has_medication"),
    *("records_arm", "active_share", "death_reporting"),
    *("has_history", "records_onset", "records_diagnosis", "site_coding", "records_riluzole"),
    *("race_coding", "age_coding", "records_ethnicity", "has_el_escorial", "has_family"),
)
"""Switches of a trial; each is a parameter named ``trial_`` and the switch."""

FEWEST_PATIENTS = 30
"""Smallest world that can be drawn."""


def draw_trials(n_patients: int, parameters: Parameters) -> pd.DataFrame:
    """Return the pseudo-trials, with so many patients shared out among them.

    Sizes follow the trials' shares and are not random. A small world has fewer trials, the
    first of the list, so that none falls below a few patients.

    Parameters
    ----------
    n_patients : int
        At least 30.
    parameters : Parameters
        Holds ``trial_share``, the list of shares, and a list ``trial_*`` per switch.

    Returns
    -------
    DataFrame
        Indexed ``trial`` from 0; columns ``n_patients`` and :data:`SWITCHES`.

    Raises
    ------
    alsnb.checks.BadInput
        If there are fewer than 30 patients, or two lists differ in length.
    """
    if n_patients < FEWEST_PATIENTS:
        raise refuse(
            "Number of patients of the simulated twin",
            expected=f"at least {FEWEST_PATIENTS}",
            found=str(n_patients),
            remedy="Ask for more patients.",
        )
    shares = np.asarray(parameters["trial_share"], dtype=float)
    switches = {name: parameters[f"trial_{name}"] for name in SWITCHES}
    for name, values in switches.items():
        if len(values) != len(shares):
            raise refuse(
                f"Parameter 'trial_{name}' of the simulated twin",
                expected=f"{len(shares)} values, one per trial of 'trial_share'",
                found=f"{len(values)} values",
                remedy="Give all lists the same length.",
            )
    n_trials = min(len(shares), max(3, n_patients // parameters["patients_per_trial_least"]))
    sizes = _shared_out(n_patients, shares[:n_trials])
    trials = pd.DataFrame({name: values[:n_trials] for name, values in switches.items()})
    trials.insert(0, "n_patients", sizes)
    return trials.rename_axis("trial")


def _shared_out(total: int, shares: np.ndarray) -> np.ndarray:
    """Return whole numbers in proportion to the shares, which add up to the total."""
    edges = np.round(np.cumsum(shares) / shares.sum() * total).astype(int)
    return np.diff(edges, prepend=0)
