"""Describe the course of the rating scale over the months of a trial, in aggregates."""

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.outcomes import slopes_of
from alsnb.study.fidelity import judge, measure_target
from alsnb.study.proact import Study

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


def _visits(study: Study) -> pd.DataFrame:
    """Return the questionnaires with the month since the patient's first one, and its site."""
    visits = study.clean.frames["alsfrs"].dropna(subset=["day", "total"])
    first = visits.groupby("subject_id")["day"].transform("min")
    months = (visits["day"] - first) / study.cohort.settings.days_per_month
    sites = study.clean.frames["history"].set_index("subject_id")["site"].astype("str")
    return visits.assign(month=months, site=visits["subject_id"].map(sites))
