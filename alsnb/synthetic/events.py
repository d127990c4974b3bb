"""Write down adverse events and medication."""

import numpy as np
import pandas as pd

from alsnb.synthetic.records import blank_table, patients_with, texts, words
from alsnb.synthetic.schedule import generator
from alsnb.synthetic.world import World

SERIOUS = {"Respiratory failure", "Pneumonia"}
"""Events that can be fatal."""


def list_events(world: World) -> pd.DataFrame:
    """Return adverse events between baseline and the last contact."""
    rng = generator(world, "adverse events")
    rows = _rows(world, "has_adverse_events", world.parameters["events_per_patient"], rng)
    days = np.maximum(rows["last_contact_day"].to_numpy(), 1)
    start = np.floor(rng.random(len(rows)) * days)
    length = np.ceil(rng.exponential(25, len(rows)))
    end = np.where(rng.random(len(rows)) < 0.3, np.nan, start + length)
    terms = np.array(words()["adverse_events"], dtype=object)
    own = terms[rng.integers(0, len(terms), len(rows))]
    outcome = rng.choice(words()["outcomes"], len(rows))
    fatal = (outcome == "Fatal") & ~np.isin(own[:, 0].astype(str), list(SERIOUS))
    names = ["Lowest_Level_Term", "Preferred_Term", "High_Level_Term", "High_Level_Group_Term"]
    names += ["System_Organ_Class", "SOC_Abbreviation", "SOC_Code"]
    frame = blank_table("adverse_events", rows).assign(
        Severity=texts(rng.choice(words()["severities"], len(rows))),
        Outcome=texts(np.where(fatal, "Resolved", outcome)),
        Start_Date_Delta=start,
        End_Date_Delta=end,
        **{name: texts(own[:, i]) for i, name in enumerate(names)},
    )
    return _by_day(frame, "Start_Date_Delta")


def list_medications(world: World) -> pd.DataFrame:
    """Return medications, of which many began before baseline."""
    rng = generator(world, "medication")
    rows = _rows(world, "has_medication", world.parameters["medications_per_patient"], rng)
    n = len(rows)
    days = np.maximum(rows["last_contact_day"].to_numpy(), 1)
    before = rng.random(n) < 0.55
    start = np.where(before, -np.ceil(rng.lognormal(5.5, 1.3, n)), np.floor(rng.random(n) * days))
    stop = np.maximum(start, 0) + np.ceil(rng.exponential(60, n))
    drugs = np.array(words()["medications"], dtype=object)
    own = drugs[rng.integers(0, len(drugs), n)]
    details, detailed = ("Dose", "Unit", "Frequency", "Route"), rng.random(n) < 0.7
    frame = blank_table("medication", rows).assign(
        Medication_Coded=texts(own[:, 0]),
        Start_Delta=np.where(rng.random(n) < 0.1, np.nan, start),
        Stop_Delta=np.where(rng.random(n) < 0.5, np.nan, stop),
        **{name: texts(own[:, i], detailed) for i, name in enumerate(details, start=1)},
    )
    return _by_day(frame, "Start_Delta")


def _rows(world: World, switch: str, mean: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return a row per event of the patients of trials that report such."""
    p = patients_with(world, switch)
    number = rng.poisson(rng.gamma(2.0, mean / 2.0, len(p)))
    p = p[["subject_id", "last_contact_day"]]
    return p.loc[p.index.repeat(number)].reset_index(drop=True)


def _by_day(frame: pd.DataFrame, day: str) -> pd.DataFrame:
    """Sort by subject and day; those without a day come last."""
    return frame.sort_values(["subject_id", day], kind="stable", ignore_index=True)
