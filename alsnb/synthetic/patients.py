"""Draw who the patients of the simulated world are.

The frame of patients is indexed by ``subject_id``, in random order. Its columns, all known to
the simulation whether or not the patient's trial writes them down:

Who they are, drawn here:

- ``trial``: index of the trial; ``trial_rate``, ``trial_noise``: its factors of the rate of
  decline and of the noise of ratings.
- ``male``, ``age_years``, ``height_cm``, ``weight_kg`` (at baseline).
- ``race``: one of :data:`RACES`; ``hispanic``.
- ``onset_days``, ``diagnosis_days``: days from onset and from diagnosis to baseline, positive.
- ``site``: where the disease began, ``"limb"``, ``"bulbar"``, ``"both"`` or ``"other"``.
- ``riluzole``: takes riluzole; ``active``: in the active arm; ``family_als``: has a relative
  with ALS; ``el_escorial``: certainty of the diagnosis, one of :data:`CERTAINTIES`.
- ``recorded_age``, ``recorded_height``, ``recorded_race``, ``recorded_weight``,
  ``recorded_onset``, ``recorded_site``, ``recorded_riluzole``: False where this patient's
  value is missing although the trial records it, or because the trial does not.

Their course (see :mod:`alsnb.synthetic.course`):

- ``first_day``: planned day of the first visit, negative where it is a screening visit;
  ``bend_day``: three months later, when the rate of decline changes.
- ``constitution``: factor of the typical rate that nothing else explains;
  ``typical_rate``: points of the original total lost per month to be expected of a patient
  with this onset, site, age and constitution; ``rate``, ``rate_later``: the actual rate
  before and after the bend.
- ``lost_bulbar``, ``lost_fine``, ``lost_trunk``, ``lost_gross``, ``lost_breath``: points lost
  in each domain at baseline; ``share_bulbar`` and so on: the domain's part of the rate.
- ``bias_speech`` and so on, one per item: points by which the item differs from its domain.
- ``breath_percent``, ``breath_rate``, ``breath_rate_later``: vital capacity at baseline in
  percent of normal; percent lost per month before and after the bend.
- ``muscle``, ``muscle_rate``, ``muscle_rate_later``: muscle mass relative to the average of
  the sex at baseline; part of it lost per month before and after the bend.
- ``weight_rate``: kilograms gained per month.

What ends it (see :mod:`alsnb.synthetic.follow_up`):

- ``death_day``: day of death, infinite where it lies past the horizon.
- ``leaving_day``: day on which the patient would leave the trial, infinite if never.
- ``last_contact_day``: earliest of death, leaving and the end of the trial.
- ``in_death_table``, ``recorded_death``, ``recorded_death_day``: whether the trial has a row
  on the patient's death, whether it says yes, and whether it gives the day.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from alsnb.synthetic.parameters import Parameters

RACES = ("caucasian", "black", "asian", "other", "unknown", "american_indian", "hawaiian")
"""Races that the files know."""

SITES = ("limb", "bulbar", "both", "other")
"""Sites of onset."""

CERTAINTIES = ("Suspected", "Possible", "Probable Laboratory Supported", "Probable", "Definite")
"""Levels of the El Escorial criteria, from the least certain."""

LONGEST_DELAY_DAYS = 3650
"""Days from onset to diagnosis that nobody exceeds: of 5,271 delays none is over 120 months."""

SUBJECT_IDS = (89, 999_990)
"""Smallest and largest number of a subject."""

RECORDED_BY = {
    "height": ("has_vitals", "records_height"),
    "weight": ("has_vitals", "records_weight"),
    "onset": ("has_history", "records_onset"),
    "riluzole": ("records_riluzole",),
}
"""Switches of the trial that must all be set for a value to be recorded."""


def draw_patients(
    trials: pd.DataFrame, parameters: Parameters, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the patients of the trials: the columns of the first list above."""
    n = int(trials["n_patients"].sum())
    trial = rng.permutation(np.repeat(trials.index.to_numpy(), trials["n_patients"]))
    subject_id = rng.choice(np.arange(SUBJECT_IDS[0], SUBJECT_IDS[1] + 1), n, replace=False)
    patients = pd.DataFrame({"trial": trial}, index=pd.Index(subject_id, name="subject_id"))
    patients = patients.assign(**_draw_body(n, parameters, rng))
    patients = patients.assign(**_draw_disease(trials.loc[trial], parameters, rng))
    for name in ("rate", "noise"):
        patients[f"trial_{name}"] = trials.loc[trial, f"{name}_factor"].to_numpy(dtype=float)
    patients["active"] = rng.random(n) < trials.loc[trial, "active_share"].to_numpy()
    return patients.assign(**_draw_recorded(trials.loc[trial], parameters, rng))


def _draw_body(n: int, parameters: Parameters, rng: np.random.Generator) -> dict:
    """Return sex, age, height, weight and descent."""
    male = rng.random(n) < parameters["male_share"]
    least, most = parameters["age_limits"]
    mean, sd = parameters["age_mean"], parameters["age_sd"]
    between = norm.cdf([(least - mean) / sd, (most - mean) / sd])
    age = mean + sd * norm.ppf(rng.uniform(*between, size=n))
    height = np.where(male, parameters["height_mean_men"], parameters["height_mean_women"])
    height = height + parameters["height_sd"] * rng.standard_normal(n)
    bmi = np.where(male, parameters["bmi_median_men"], parameters["bmi_median_women"])
    bmi = bmi * np.exp(parameters["bmi_log_sd"] * rng.standard_normal(n))
    return {
        "male": male,
        "age_years": age,
        "height_cm": height,
        "weight_kg": bmi * (height / 100) ** 2,
        "race": _draw_levels(RACES, parameters["race_shares"], n, rng),
        "hispanic": rng.random(n) < parameters["hispanic_share"],
    }


def _draw_disease(trials: pd.DataFrame, parameters: Parameters, rng: np.random.Generator) -> dict:
    """Return onset, diagnosis, site and treatment; the trials are given row by row."""
    n = len(trials)
    middle = np.log(parameters["onset_median_days"] * trials["onset_factor"].to_numpy())
    sd = parameters["onset_log_sd"]
    low = norm.cdf((np.log(parameters["onset_least_days"]) - middle) / sd)
    high = norm.cdf((np.log(trials["onset_most_days"].to_numpy(dtype=float)) - middle) / sd)
    onset = np.exp(middle + sd * norm.ppf(low + (high - low) * rng.random(n)))
    delay = rng.beta(*parameters["diagnosis_beta"], size=n)
    return {
        "onset_days": np.round(onset),
        "diagnosis_days": np.round(np.maximum(onset * delay, onset - LONGEST_DELAY_DAYS)),
        "site": _draw_levels(SITES, parameters["site_shares"], n, rng),
        "riluzole": rng.random(n) < trials["riluzole_share"].to_numpy(dtype=float),
        "family_als": rng.random(n) < parameters["family_als_share"],
        "el_escorial": _draw_levels(CERTAINTIES, parameters["el_escorial_shares"], n, rng),
    }


def _draw_levels(
    levels: tuple[str, ...], shares: list[float], n: int, rng: np.random.Generator
) -> np.ndarray:
    """Return levels drawn with these shares, which need not add up to one."""
    chances = np.asarray(shares, dtype=float)
    return np.asarray(levels, dtype=object)[rng.choice(len(levels), n, p=chances / chances.sum())]


def _draw_recorded(trials: pd.DataFrame, parameters: Parameters, rng: np.random.Generator) -> dict:
    """Return whether each static value is recorded; the trials are given row by row."""
    by_trial = {
        name: trials[list(switches)].to_numpy(dtype=bool).all(axis=1)
        for name, switches in RECORDED_BY.items()
    }
    by_trial["age"] = (trials["age_coding"] != "none").to_numpy()
    by_trial["race"] = (trials["race_coding"] != "none").to_numpy()
    by_trial["site"] = ((trials["site_coding"] != "none") & trials["has_history"]).to_numpy()
    return {
        f"recorded_{name}": flags & (rng.random(len(trials)) < parameters[f"recorded_{name}"])
        for name, flags in by_trial.items()
    }
