"""Write down what is known once of every subject: who they are, their history, their fate."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from alsnb.synthetic.patients import RACES
from alsnb.synthetic.schedule import generator
from alsnb.synthetic.world import World
from alsnb.tables.proact.schema import tables

RACE_COLUMNS = (
    *("Race_Caucasian", "Race_Black_African_American", "Race_Asian", "Race_Other"),
    *("Race_Unknown", "Race_Americ_Indian_Alaska_Native", "Race_Hawaiian_Pacific_Islander"),
)
RELATIVES = (
    *("Mother", "Father", "Brother", "Sister", "Uncle", "Aunt", "Grandmother", "Grandfather"),
    *("Aunt__Maternal_", "Aunt__Paternal_", "Uncle__Maternal_", "Uncle__Paternal_", "Cousin"),
    *("Grandmother__Maternal_", "Grandmother__Paternal_", "Grandfather__Maternal_"),
    *("Grandfather__Paternal_", "Son", "Daughter", "Nephew", "Niece"),
)
"""Relatives whose columns are filled; the ten other columns hold nothing in the real files."""

OTHER_DISEASES = ("EPILEPSY", "MULTIPLE SCLEROSIS", "MIGRAINE", "NEUROPATHY", "TREMOR")
"""What is written of a disease that is not on the form's list; the words are ours."""


@cache
def words() -> dict:
    """Return the words of ``vocabulary_words.yaml``."""
    return yaml.safe_load(
        (Path(__file__).parent / "vocabulary_words.yaml").read_text(encoding="utf-8")
    )


def sorted_patients(world: World) -> pd.DataFrame:
    """Return the patients in the order of their numbers, with the switches of their trials."""
    patients = world.patients.sort_index().reset_index()
    own = world.trials.drop(columns="n_patients").iloc[patients["trial"].to_numpy()]
    return patients.join(own.reset_index(drop=True))


def patients_with(world: World, switch: str) -> pd.DataFrame:
    """Return those for whom a switch is set."""
    patients = sorted_patients(world)
    return patients[patients[switch].astype(bool)].reset_index(drop=True)


def list_demographics(world: World) -> pd.DataFrame:
    """Return one row per subject: age or day of birth, descent, sex."""
    p, rng = sorted_patients(world), generator(world, "demographics")
    coded = p["age_coding"]
    exact = p["trial"].isin(world.parameters["age_fraction_trials"])
    exact &= rng.random(len(p)) < world.parameters["age_fraction_share"]
    age = np.floor(p["age_years"]).mask(exact, np.round(p["age_years"], 1))
    age = age.where(p["recorded_age"] & coded.isin(["age", "both"]))
    born = -np.round(p["age_years"] * 365.25)
    off = rng.random(len(p)) < world.parameters["demographics_other_day_share"]
    day = np.where(off, rng.integers(-35, 33, len(p)), 0).astype(float)
    day[rng.random(len(p)) < world.parameters["demographics_without_day_share"]] = np.nan
    hispanic = np.where(p["hispanic"], "Hispanic or Latino", "Non-Hispanic or Latino")
    hispanic = np.where(rng.random(len(p)) < 0.02, "Unknown", hispanic)
    specify = (p["race"] == "other") & p["recorded_race"] & (rng.random(len(p)) < 0.25)
    return blank_table("demographics", p).assign(
        Demographics_Delta=day,
        Age=age,
        Date_of_Birth=born.where(p["recorded_age"] & coded.isin(["birth_day", "both"])),
        Ethnicity=texts(hispanic, p["records_ethnicity"]),
        Race_Other_Specify=texts(np.full(len(p), "mixed"), specify),
        Sex=texts(np.where(p["male"], "Male", "Female")),
        **_race_flags(p),
    )


def list_riluzole(world: World) -> pd.DataFrame:
    """Return who takes riluzole, where that is known."""
    p = patients_with(world, "recorded_riluzole")
    rng = generator(world, "riluzole")
    day = np.where(rng.random(len(p)) < 0.01, rng.integers(-105, 367, len(p)), 0)
    yes = np.where(p["riluzole"], "Yes", "No")
    return blank_table("riluzole", p).assign(
        Subject_used_Riluzole=texts(yes), Riluzole_use_Delta=day.astype(float)
    )


def list_treatments(world: World) -> pd.DataFrame:
    """Return the arms of the trials that tell them."""
    p = patients_with(world, "records_arm")
    rng = generator(world, "treatment")
    day = np.where(rng.random(len(p)) < 0.05, np.nan, 0.0)
    arm = np.where(p["active"], "Active", "Placebo")
    return blank_table("treatment", p).assign(Study_Arm=texts(arm), Treatment_Group_Delta=day)


def list_deaths(world: World) -> pd.DataFrame:
    """Return what the trials report of deaths, which the mess is told more about.

    ``last_seen`` is the day of the last contact, ``diagnosed`` whether a diagnosis is recorded.
    """
    p = patients_with(world, "in_death_table")
    seen = world.visits.groupby("subject_id")["day"].max()
    return blank_table("death", p).assign(
        Subject_Died=texts(np.where(p["recorded_death"], "Yes", "No")),
        Death_Days=p["death_day"].where(p["recorded_death_day"]),
        diagnosed=p["has_history"].astype(bool) & p["records_diagnosis"].astype(bool),
        last_seen=p["subject_id"].map(seen).astype(float),
    )


def list_el_escorial(world: World) -> pd.DataFrame:
    """Return how certain the diagnosis was, where that was written down."""
    p = patients_with(world, "has_el_escorial")
    return blank_table("el_escorial", p).assign(
        delta_days=0.0, el_escorial=texts(p["el_escorial"].to_numpy())
    )


def list_families(world: World) -> pd.DataFrame:
    """Return the family histories: a row per subject asked, in a few cases a second one."""
    p = patients_with(world, "has_family")
    rng = generator(world, "family")
    extra = rng.random(len(p)) < world.parameters["family_rows_per_patient"] - 1
    second = np.repeat([False, True], [len(p), extra.sum()])
    p = pd.concat([p, p[extra]], ignore_index=True)
    order = np.argsort(p["subject_id"].to_numpy(), kind="stable")
    p, second = p.iloc[order].reset_index(drop=True), second[order]
    diseases = next(c for c in tables()["family"].columns if c.name == "Neurological_Disease")
    others = np.array([name for name in diseases.values if name != "ALS"])
    with_als = p["family_als"].to_numpy() & ~second
    share = world.parameters["family_disease_share"]
    any_disease = with_als | second | (rng.random(len(p)) < share)
    disease = np.where(with_als, "ALS", rng.choice(others, len(p)))
    other = rng.choice(OTHER_DISEASES, len(p))
    frame = blank_table("family", p).assign(
        Family_History_Delta=0.0,
        Family_Hx_of_Neuro_Disease=texts(np.full(len(p), "ALS"), with_als),
        Neurological_Disease=texts(disease, any_disease),
        Neurological_Disease_Other=texts(other, any_disease & (disease == "OTHER")),
    )
    # in turn, so that no column of the real files stays empty here
    which = np.where(any_disease, np.cumsum(any_disease) % len(RELATIVES), -1)
    for i, name in enumerate(RELATIVES):
        frame[name] = np.where(which == i, 1.0, np.nan)
    return frame


def _race_flags(p: pd.DataFrame) -> dict:
    """Return 1 in the column of the recorded race, and nothing in the others."""
    return {
        column: np.where(p["recorded_race"] & (p["race"] == race), 1.0, np.nan)
        for race, column in zip(RACES, RACE_COLUMNS, strict=True)
    }


def blank_table(table: str, patients: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its columns, of which only the subject is filled."""
    names = [column.name for column in tables()[table].columns]
    frame = pd.DataFrame(index=range(len(patients)), columns=names, dtype=float)
    return frame.assign(subject_id=patients["subject_id"].to_numpy())


def texts(values: np.ndarray, where: np.ndarray | pd.Series | None = None) -> pd.Series:
    """Return text, and nothing where it is not written."""
    kept = np.ones(len(values), bool) if where is None else np.asarray(where, bool)
    return pd.Series(np.where(kept, values, None), dtype="str")
