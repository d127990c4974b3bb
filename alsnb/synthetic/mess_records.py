"""What goes wrong in the tables with a row or a few per subject."""

import numpy as np
import pandas as pd

from alsnb.synthetic.mess import Cells, Defect, everywhere, filled, nothing


def _letters(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    return {"Sex": chosen["Sex"].str[:1].to_numpy()}


def _other_ethnicity(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    known = chosen["Ethnicity"] == "Unknown"
    return {"Ethnicity": np.where(known, "Non-Hispanic or Latino", "Unknown")}


def _later_onset(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return an onset that is later than the right one, and before baseline."""
    onset = chosen["Onset_Delta"].to_numpy()
    return {"Onset_Delta": np.round(onset * rng.uniform(0.6, 0.9, len(chosen))), "Symptom": None}


def _swapped(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    return {
        "Onset_Delta": chosen["Diagnosis_Delta"].to_numpy(),
        "Diagnosis_Delta": chosen["Onset_Delta"].to_numpy(),
    }


def _positive(column: str):
    """Return a change that drops the sign of a day."""
    return lambda chosen, rng: {column: -chosen[column].to_numpy()}


def _alone(frame: pd.DataFrame) -> np.ndarray:
    """Find rows with an onset whose subject has no other row."""
    return (frame["Onset_Delta"].notna() & ~frame["subject_id"].duplicated(keep=False)).to_numpy()


def _both_days(frame: pd.DataFrame) -> np.ndarray:
    gap = frame["Diagnosis_Delta"] - frame["Onset_Delta"]
    return (gap > 0).to_numpy()


def _seen_long(frame: pd.DataFrame) -> np.ndarray:
    return (frame["last_seen"] > 60).to_numpy() & frame["Death_Days"].notna().to_numpy()


def _before_last_contact(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    early = rng.integers(10, 50, len(chosen))
    return {"Death_Days": chosen["last_seen"].to_numpy() - early}


def _later_death(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    return {"Death_Days": chosen["Death_Days"].to_numpy() + rng.integers(5, 60, len(chosen))}


def _absurd(column: str):
    """Return a change that puts a day some 3,000 years away."""
    return lambda chosen, rng: {column: rng.integers(700_000, 1_096_332, len(chosen)).astype(float)}


DEMOGRAPHICS = (
    Defect(kind="sex missing", eligible=filled("Sex"), change=lambda chosen, rng: {"Sex": None}),
    Defect(kind="sex as a letter", eligible=filled("Sex"), change=_letters),
    Defect(kind="exact copy", eligible=everywhere, change=nothing, copies=True),
    Defect(
        kind="another row of the subject", eligible=everywhere, change=_other_ethnicity, copies=True
    ),
)
HISTORY = (
    Defect(kind="onset later than diagnosis", eligible=_both_days, change=_swapped),
    Defect(kind="onset not before the baseline", eligible=_alone, change=_positive("Onset_Delta")),
    Defect(
        kind="diagnosis after the baseline",
        eligible=lambda frame: (frame["Diagnosis_Delta"] < 0).to_numpy(),
        change=_positive("Diagnosis_Delta"),
    ),
    Defect(kind="several onsets", eligible=_alone, change=_later_onset, copies=True),
    Defect(kind="exact copy", eligible=everywhere, change=nothing, copies=True),
)
DEATH = (
    Defect(kind="contact after death", eligible=_seen_long, change=_before_last_contact),
    Defect(
        kind="another row of the subject",
        eligible=filled("Death_Days"),
        change=_later_death,
        copies=True,
    ),
)
ADVERSE_EVENTS = (
    Defect(kind="absurd day", eligible=everywhere, change=_absurd("Start_Date_Delta")),
    Defect(kind="exact copy", eligible=everywhere, change=nothing, copies=True),
)
MEDICATION = (
    Defect(kind="absurd day", eligible=everywhere, change=_absurd("Start_Delta")),
    Defect(kind="exact copy", eligible=everywhere, change=nothing, copies=True),
)
