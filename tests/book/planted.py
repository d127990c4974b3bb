"""Plant rare groups and extremes in a download, for a search of what a run says about them."""

import io

import pandas as pd

from alsnb.tables.proact.release import find_release

N_RARE = 3
"""Patients of each planted group."""

LATE = 420
"""Who answers a questionnaire after this day has a slope."""

EXTREMES = {"age": 89.37, "onset_delta": -7331}
"""What one patient alone has: years and days, far from everybody else's."""


def plant(folder):
    """Plant groups of three among those with a slope, and one patient who is extreme in all.

    Without riluzole, in the other arm, of unknown sex, with both sites of onset, and with a slow
    vital capacity; all others have none of these.
    """
    release = find_release(folder)
    frames = {
        name: pd.read_csv(folder / file, dtype=str, keep_default_na=False)
        for name, file in release.files.items()
    }
    visits = frames["alsfrs"]
    late = pd.to_numeric(visits["ALSFRS_Delta"], errors="coerce") > LATE
    patients = sorted(set(visits.loc[late, "subject_id"]))
    groups = [patients[first :: len(patients) // N_RARE][:N_RARE] for first in range(2, 12, 2)]
    assert all(len(set(group)) == N_RARE for group in groups)
    _plant_words(frames, groups)
    _plant_tables(frames, groups)
    _plant_extremes(frames, patients[1])
    for name in frames:
        text = io.StringIO()
        frames[name].to_csv(text, index=False, lineterminator="\n")
        (folder / release.files[name]).write_text(text.getvalue(), encoding="utf-8")


def _plant_words(frames, groups):
    """Riluzole, arm, sex and site of onset."""
    no_riluzole, placebo, sexless, both_sites, _ = groups
    riluzole, arms = frames["riluzole"], frames["treatment"]
    riluzole["Subject_used_Riluzole"] = "Yes"
    riluzole.loc[riluzole["subject_id"].isin(no_riluzole), "Subject_used_Riluzole"] = "No"
    arms["Study_Arm"] = "Active"
    arms.loc[arms["subject_id"].isin(placebo), "Study_Arm"] = "Placebo"
    people, history = frames["demographics"], frames["history"]
    people.loc[people["Sex"] == "", "Sex"] = "Male"
    people.loc[people["subject_id"].isin(sexless), "Sex"] = ""
    sites = [name for name in history if name.startswith("Site_of_Onset")]
    rows = history["subject_id"].isin(both_sites)
    history.loc[rows, sites] = ""
    history.loc[rows, "Site_of_Onset"] = "Onset: Limb and Bulbar"


def _plant_tables(frames, groups):
    """Who has a slow vital capacity."""
    slow = groups[-1]
    fvc, svc = frames["fvc"], frames["svc"]
    own = fvc[fvc["subject_id"].isin(slow)].copy()
    own.columns = svc.columns
    frames["svc"] = own


def _plant_extremes(frames, patient):
    people, history = frames["demographics"], frames["history"]
    people.loc[people["subject_id"] == patient, ["Age", "Date_of_Birth"]] = [
        str(EXTREMES["age"]),
        "",
    ]
    own = history["subject_id"] == patient
    history.loc[own, "Onset_Delta"] = str(EXTREMES["onset_delta"])
