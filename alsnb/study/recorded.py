"""Say what a release records of its patients, and what of nobody in a cohort."""

from collections.abc import Mapping

import pandas as pd

RECORDED = (
    ("alsfrs", "ALSFRS", "total"),
    ("fvc", "Forced vital capacity", "litres"),
    ("svc", "Slow vital capacity", "litres"),
    ("vitals", "Weight", "weight"),
    ("vitals", "Height", "height"),
    ("vitals", "Blood pressure", "systolic"),
    ("vitals", "Pulse", "pulse"),
    ("vitals", "Respiratory rate", "respiratory_rate"),
    ("vitals", "Temperature", "temperature"),
    ("demographics", "Age", "age"),
    ("demographics", "Sex", "male"),
    ("demographics", "Race", "caucasian"),
    ("history", "Day of onset", "onset_day"),
    ("history", "Site of onset", "site"),
    ("riluzole", "Riluzole", "riluzole"),
    ("treatment", "Arm of the trial", "active"),
    ("death", "Vital status", "died"),
    ("el_escorial", "El Escorial", "level"),
    ("family", "Family history", "family_als"),
)
"""Table, title and column of what is looked for, but for the laboratory's tests."""

MORE = (
    ("history", "Day of diagnosis", "diagnosis_day"),
    ("death", "Day of death", "death_day"),
    ("labs", "Laboratory tests", "value"),
)
"""The same of what is asked of everybody but not shown trial by trial."""


def unrecorded(frames: Mapping[str, pd.DataFrame], patients: pd.Index) -> tuple[str, ...]:
    """Return the titles of what is not recorded of a single one of some patients.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Clean tables by name.
    patients : Index
        Their subjects, such as those of a cohort.
    """
    return tuple(
        title
        for table, title, column in (*RECORDED, *MORE)
        if not frames[table].loc[frames[table][column].notna(), "subject_id"].isin(patients).any()
    )
