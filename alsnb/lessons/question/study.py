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
    """Return the total of those who came, by month since the first visit and site of onset.

    Returns
    -------
    DataFrame
        ``site``, ``month`` (nearest whole one), ``mean``, ``low`` and ``high`` (quartiles) of
        the total in points, ``n_patients``, which is at least five in every row.
    """
    visits = _visits(study)
    visits = visits[visits["site"].isin(SITES)]
    visits = visits.assign(month=visits["month"].round().astype(int))
    visits = visits[visits["month"] <= LAST_MONTH]
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
    """Return the mean answer to each question at the two ends of the slope, in the cohort.

    Returns
    -------
    DataFrame
        ``item``, ``domain``, ``after_3`` and ``after_12`` (mean points of four at the first
        visit after 3 and 12 months) and ``lost`` (points between them).
    """
    visits, patients = _visits(study), study.cohort.patients
    ends = {}
    for name in ("t1_month", "t2_month"):
        wanted = visits["subject_id"].map(patients[name])
        ends[name] = visits.loc[np.isclose(visits["month"], wanted), list(ITEMS)].mean()
    table = pd.DataFrame(ITEMS.values(), columns=["item", "domain"])
    table["after_3"], table["after_12"] = (ends[name].to_numpy() for name in ends)
    return table.assign(lost=table["after_3"] - table["after_12"])


def compare_declines(study: Study, month: int = 12) -> pd.DataFrame:
    """Return the loss over a year as it appears among those who come, and within patients.

    Who declines fast stays away or dies, so the mean of those who come falls more slowly than
    the people do.

    Returns
    -------
    DataFrame
        Two rows: ``label``, ``estimate`` (points lost per month), ``n_patients``, ``low`` and
        ``high`` (95 % interval, normal).
    """
    visits = _visits(study)
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
