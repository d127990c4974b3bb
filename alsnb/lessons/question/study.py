"""Describe the course of the rating scale over the months of a trial, in aggregates."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.outcomes import slopes_of
from alsnb.study.aggregates import measure_target
from alsnb.study.fidelity import judge
from alsnb.study.proact import Study
from alsnb.study.truth import read_truth

ITEMS = {
    "speech": ("Speech", "bulbar"),
    "salivation": ("Salivation", "bulbar"),
    "swallowing": ("Swallowing", "bulbar"),
    "handwriting": ("Handwriting", "fine motor"),
    "cutting": ("Cutting food", "fine motor"),
    "dressing": ("Dressing and hygiene", "trunk"),
    "turning": ("Turning in bed", "trunk"),
    "walking": ("Walking", "gross motor"),
    "climbing": ("Climbing stairs", "gross motor"),
    "respiratory": ("Breathing", "respiratory"),
}
"""Title and domain of each item of the ALSFRS, in the order of the questionnaire."""

SITES = {"limb": "Limb onset", "bulbar": "Bulbar onset"}

LAST_MONTH = 18

SO_FAR = "slope_alsfrs_total"
"""The feature that is the slope of the total within the window."""

ENOUGH = 30
"""Patients below whom no correlation is worked out."""


def course_by_site(study: Study) -> pd.DataFrame:
    """Return the total of those who came, by ``site`` of onset and whole ``month``.

    Columns ``mean``, ``low`` and ``high`` (quartiles) in points, and ``n_patients``, which is at
    least five in every row.
    """
    visits = _visits(study)
    visits = visits.assign(month=visits["month"].round().astype(int))
    visits = visits[visits["site"].isin(SITES) & (visits["month"] <= LAST_MONTH)]
    each = visits.groupby(["site", "month", "subject_id"])["total"].mean()
    course = each.groupby(["site", "month"]).agg(
        mean="mean",
        low=lambda totals: totals.quantile(0.25),
        high=lambda totals: totals.quantile(0.75),
        n_patients="size",
    )
    course = course[course["n_patients"] >= SMALLEST_COUNT].reset_index()
    return course.assign(site=course["site"].map(SITES))


def describe_items(study: Study) -> pd.DataFrame:
    """Return the mean points per ``item`` and ``domain`` at both ends of the slope, in the cohort.

    These are the first visits ``after_3`` and ``after_12`` months; ``lost`` is between them.
    """
    visits, patients = _visits(study), study.cohort.patients
    ends = {}
    for name in ("t1_month", "t2_month"):
        wanted = visits["subject_id"].map(patients[name])
        ends[name] = visits.loc[np.isclose(visits["month"], wanted), list(ITEMS)].mean()
    table = pd.DataFrame(ITEMS.values(), columns=["item", "domain"])
    table["after_3"], table["after_12"] = (ends[name].to_numpy() for name in ends)
    return table.assign(lost=table["after_3"] - table["after_12"])


def compare_declines(study: Study) -> pd.DataFrame:
    """Return the points lost per month of a year, as it appears and within patients.

    Who declines fast stays away or dies, so the mean of those who come falls more slowly than
    the people do. ``low`` and ``high`` are of a normal 95 % interval.
    """
    visits, month = _visits(study), 12
    start = visits[visits["month"] == 0].set_index("subject_id")["total"]
    near = visits[(visits["month"] - month).abs() <= 1].groupby("subject_id")["total"].mean()
    change = (start.reindex(near.index) - near) / month
    apparent = (start.mean() - near.mean()) / month
    error = np.hypot(start.std() / np.sqrt(len(start)), near.std() / np.sqrt(len(near))) / month
    within = (change.mean(), change.std() / np.sqrt(len(change)))
    rows = [
        ["Mean of all at the start less mean of those who come", apparent, error, len(start)],
        ["Within those who come at both", *within, len(change)],
    ]
    table = pd.DataFrame(rows, columns=["label", "estimate", "error", "n_patients"])
    half = 1.96 * table.pop("error")
    return table.assign(low=table["estimate"] - half, high=table["estimate"] + half)


def early_and_later(study: Study, truth: Path | None = None) -> dict[str, float]:
    """Return how early rates of decline correlate with the slope, over the cohort.

    ``observed`` is the correlation of the slope within the window; ``true`` that of the rate at
    which simulated patients lose points until the window ends, without the noise of the
    questionnaire. Each is NaN where under :data:`ENOUGH` patients have both, and ``true`` also
    where the patients are real.
    """
    slope = study.cohort.patients["slope"]
    rates = {"observed": study.features.get(SO_FAR), "true": None}
    known = read_truth(truth)
    if not known.empty:
        rates["true"] = -known["rate"]
    return {name: _correlation(slope, rate) for name, rate in rates.items()}


def is_known(value: float) -> bool:
    """Return whether a number could be worked out."""
    return bool(np.isfinite(value))


def as_weak(early: Mapping[str, float], margin: float = 0.05) -> bool:
    """Return whether the true early rate explains no more than the observed one.

    ``margin`` is the share of the variance by which it would have to explain more.
    """
    return early["true"] ** 2 - early["observed"] ** 2 < margin


def _correlation(slope: pd.Series, rate: pd.Series | None) -> float:
    """Return the correlation of two columns over the patients who have both."""
    if rate is None:
        return float("nan")
    both = pd.DataFrame({"slope": slope, "rate": rate.reindex(slope.index)}).dropna()
    if len(both) < ENOUGH or both.nunique().min() < 2:
        return float("nan")
    return float(both["slope"].corr(both["rate"]))


def _visits(study: Study) -> pd.DataFrame:
    """Return the questionnaires with the month since the patient's first one, and its site."""
    visits = study.clean.frames["alsfrs"].dropna(subset=["day", "total"])
    first = visits.groupby("subject_id")["day"].transform("min")
    months = (visits["day"] - first) / study.cohort.settings.days_per_month
    sites = study.clean.frames["history"].set_index("subject_id")["site"].astype("str")
    return visits.assign(month=months, site=visits["subject_id"].map(sites))
