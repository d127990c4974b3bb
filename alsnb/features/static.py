"""Give the facts of a patient that do not change: age, sex, height, onset, treatment.

They come from tables of one row per subject and count as known at time zero, whenever they
were written down: whether riluzole was ever used, the history and the diagnostic category
carry no day that can be relied on. Days of onset and diagnosis do, and one that lies after
the window is left out.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.cleaning.small_tables import LEVELS
from alsnb.cleaning.subjects import SITES
from alsnb.cohort import positions


@dataclass(frozen=True)
class Fact:
    """A feature that is one number per patient: what it is and where it comes from."""

    name: str
    title: str
    table: str
    columns: tuple[str, ...]
    unit: str
    definition: str
    in_paper: bool = True


_FLAG = "0 or 1"
_SITE_COLUMNS = (
    *("Site_of_Onset", "Site_of_Onset___Bulbar", "Site_of_Onset___Limb"),
    *("Site_of_Onset___Limb_and_Bulbar", "Site_of_Onset___Other", "Site_of_Onset___Spine"),
)


def _site(site: str, title: str) -> Fact:
    begun = f"1 if the disease began at this site ({site}), else 0; missing if the site is unknown."
    return Fact(f"site_{site}", title, "history", _SITE_COLUMNS, _FLAG, begun)


FACTS = (
    Fact(
        *("age", "Age", "demographics", ("Age", "Date_of_Birth"), "years"),
        "Age when the trial began, from the day of birth if not written.",
    ),
    Fact("male", "Male sex", "demographics", ("Sex",), _FLAG, "1 for a man, 0 for a woman."),
    Fact(
        *("height", "Height", "vitals", ("Height", "Height_Units"), "cm"),
        "Median of the heights measured up to the end of the window.",
    ),
    Fact(
        *("caucasian", "Caucasian", "demographics", ("Race_Caucasian",), _FLAG),
        "1 if this race is ticked, 0 if only another one is.",
    ),
    Fact(
        *("onset_delta", "Onset delta", "history", ("Onset_Delta",), "days"),
        "Day of the first symptom less the day of the first questionnaire; negative.",
    ),
    Fact(
        *("diagnosis_delta", "Diagnosis delta", "history", ("Diagnosis_Delta",), "days"),
        "Day of the diagnosis less the day "
        "of the first questionnaire; missing if it lies after the window.",
        in_paper=False,
    ),
    _site("limb", "Limb onset"),
    _site("bulbar", "Bulbar onset"),
    _site("both", "Limb and bulbar onset"),
    _site("other", "Onset elsewhere"),
    Fact(
        *("riluzole", "Riluzole", "riluzole", ("Subject_used_Riluzole",), _FLAG),
        "1 if the patient used riluzole, 0 if not, missing if nobody "
        "wrote it down; use that began later counts as well.",
    ),
    Fact(
        *("active", "Active arm", "treatment", ("Study_Arm",), _FLAG),
        "1 for the trial's active arm, 0 for placebo.",
        in_paper=False,
    ),
    Fact(
        *("family_als", "ALS in the family", "family"),
        *(("Neurological_Disease", "Neurological_Disease_Other"), _FLAG),
        "1 if a relative is named with ALS, 0 if only with another disease; missing "
        "if none is named.",
        in_paper=False,
    ),
    Fact(
        *("el_escorial", "El Escorial category", "el_escorial", ("el_escorial",), "1 to 5"),
        "Certainty of the diagnosis from suspected (1) to definite (5).",
        in_paper=False,
    ),
)
"""The facts in the order of the features."""


def static_features(
    frames: dict[str, pd.DataFrame], patients: pd.DataFrame, window_days: float
) -> pd.DataFrame:
    """Return the unchanging facts of patients.

    Parameters
    ----------
    frames, patients : dict of str to DataFrame, and DataFrame
        Clean tables; ``time_zero_day``, indexed by ``subject_id``.
    window_days : float
        Length of the window from time zero, in days.

    Returns
    -------
    DataFrame of shape (n_patients, n_facts)
        Floats, a column for each of :data:`FACTS`, in this order.
    """

    def of_patients(table: str, column: str, words: tuple[str, ...] = ()) -> np.ndarray:
        return _of_patients(frames[table], column, patients.index, words)

    zero = patients["time_zero_day"].to_numpy(dtype=float)
    columns = {name: of_patients("demographics", name) for name in ("age", "male", "caucasian")}
    columns["height"] = _height(frames["vitals"], patients, window_days)
    for name, day in (("onset_delta", "onset_day"), ("diagnosis_delta", "diagnosis_day")):
        delta = of_patients("history", day) - zero
        columns[name] = np.where(delta <= window_days, delta, np.nan)
    site = of_patients("history", "site", SITES)
    for number, name in enumerate(SITES):
        columns[f"site_{name}"] = np.where(np.isnan(site), np.nan, site == number)
    columns["riluzole"] = of_patients("riluzole", "riluzole")
    columns["active"] = of_patients("treatment", "active")
    columns["family_als"] = of_patients("family", "family_als")
    columns["el_escorial"] = of_patients("el_escorial", "level", LEVELS) + 1
    return pd.DataFrame({fact.name: columns[fact.name] for fact in FACTS}, index=patients.index)


def _of_patients(
    frame: pd.DataFrame, column: str, index: pd.Index, words: tuple[str, ...]
) -> np.ndarray:
    """Return a column of a table of one row per subject in the order of patients.

    A column of words becomes their places in a list.
    """
    values = frame[column].to_numpy(dtype=float) if not words else _places(frame[column], words)
    patient = positions(frame["subject_id"].to_numpy(), index)
    found = np.full(len(index), np.nan)
    rows = np.flatnonzero(patient >= 0)[::-1]  # of several rows the first counts
    found[patient[rows]] = values[rows]
    return found


def _places(texts: pd.Series, words: tuple[str, ...]) -> np.ndarray:
    """Return the place of each text in a list of words, missing where it has none."""
    texts = texts.astype("category").array
    known = {word: float(place) for place, word in enumerate(words)}
    return np.array([*(known.get(text, np.nan) for text in texts.categories), np.nan])[texts.codes]


def _height(vitals: pd.DataFrame, patients: pd.DataFrame, window_days: float) -> np.ndarray:
    """Return the height that the last row up to the end of the window carries."""
    subject, day, height = (vitals[name].to_numpy() for name in ("subject_id", "day", "height"))
    patient = positions(subject, patients.index)
    end = patients["time_zero_day"].to_numpy(dtype=float) + window_days
    rows = np.flatnonzero((patient >= 0) & ~np.isnan(height))
    rows = rows[day[rows] <= end[patient[rows]]]
    rows = rows[np.lexsort((day[rows], patient[rows]))]
    heights = np.full(len(patients), np.nan)
    # the last of several values of one patient stays
    heights[patient[rows]] = height[rows]
    return heights
