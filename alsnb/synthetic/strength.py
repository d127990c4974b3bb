"""Measure hand grip, muscle strength and neurofilament in the simulated world."""

import numpy as np
import pandas as pd

from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.synthetic.course import muscle_at
from alsnb.synthetic.records import blank_table, sorted_patients, texts, words
from alsnb.synthetic.schedule import generator, patients_of, spaced, switch, trait
from alsnb.synthetic.world import World

SIDES = ("Left", "Right")
GRIP_POUNDS = (80.0, 48.0)
"""Median grip of men and of women at baseline."""


def measure_grip(world: World, contacts: pd.DataFrame) -> pd.DataFrame:
    """Return hand grip: two sides, up to three trials each, at a visit every three months."""
    rng = generator(world, "grip")
    visits = _visits(world, contacts, "has_grip")
    rows = visits.loc[visits.index.repeat(6)].reset_index(drop=True)
    side = np.tile(np.repeat([0, 1], 3), len(visits))
    attempt = np.tile([1.0, 2.0, 3.0], 2 * len(visits))
    usual = np.where(trait(world, rows, "male"), *GRIP_POUNDS)
    pounds = _pounds(world, rows, usual, side=side, rng=rng)
    grip = words()["grip"]
    right_handed = rng.random(len(world.patients))[rows["patient"]] < 0.9
    settings = np.asarray(grip["setting"])[rows["trial"].to_numpy() % len(grip["setting"])]
    return blank_table("grip", rows).assign(
        Test_Name=grip["name"],
        Test_Category=grip["category"],
        Test_Location=grip["location"],
        Test_Laterality=texts(np.asarray(SIDES)[side]),
        Test_trial=np.where(rng.random(len(rows)) < 0.02, np.nan, attempt),
        Test_Result=np.clip(pounds, 0, 200),
        Test_Unit="Pounds",
        Test_Setting=texts(settings),
        DominantHand=texts(np.where(right_handed, "Right", "Left")),
        MS_Delta=rows["day"].to_numpy(dtype=float),
    )


def measure_strength(world: World, contacts: pd.DataFrame) -> pd.DataFrame:
    """Return muscle strength: three trials of every movement on both sides, every three months."""
    rng = generator(world, "strength")
    muscles = words()["muscles"]
    visits = _visits(world, contacts, "has_strength")
    rows = visits.loc[visits.index.repeat(2 * 3 * len(muscles))].reset_index(drop=True)
    which = np.tile(np.repeat(np.arange(len(muscles)), 6), len(visits))
    side = np.tile([0, 0, 0, 1, 1, 1], len(muscles) * len(visits))
    attempt = np.tile([1, 2, 3], 2 * len(muscles) * len(visits))
    places, medians = (np.array(column) for column in zip(*muscles.values(), strict=True))
    usual = medians.astype(float)[which] * np.where(trait(world, rows, "male"), 1.1, 0.75)
    pounds = _pounds(world, rows, usual, side=side, rng=rng)
    names = np.array([f"Isometric Muscle Strength, {movement}" for movement in muscles])
    return blank_table("strength", rows).assign(
        Test_Name=texts(names[which]),
        Test_Category="Strength",
        Test_Location=texts(places[which]),
        Test_Laterality=texts(np.asarray(SIDES)[side]),
        Test_trial=attempt,
        Test_Result=np.clip(pounds, 0, 400),
        Test_Unit="Pounds",
        Test_Break=texts(np.full(len(rows), "yes"), rng.random(len(rows)) < 0.05),
        MS_Delta=rows["day"].to_numpy(dtype=float),
    )


def measure_neurofilament(world: World) -> pd.DataFrame:
    """Return neurofilament light chain of a few patients; it rises with the rate of decline."""
    rng = generator(world, "neurofilament")
    p = sorted_patients(world)
    p = p[rng.random(len(p)) < world.parameters["neurofilament_patients"]]
    number = 1 + rng.poisson(world.parameters["neurofilament_per_patient"] - 1, len(p))
    level = np.log(70.0) + 0.5 * np.log(p["rate"].clip(lower=0.05)) + rng.normal(0, 0.5, len(p))
    fluid = rng.random(len(p)) < 0.15
    p = p.assign(level=level, fluid=fluid)[["subject_id", "level", "fluid"]]
    rows = p.loc[p.index.repeat(number)].reset_index(drop=True)
    day = rows.groupby("subject_id").cumcount() * 90 + np.rint(rng.normal(0, 5, len(rows)))
    value = np.exp(rows["level"] + rows["fluid"] * 3.5 + rng.normal(0, 0.15, len(rows)))
    return blank_table("neurofilament", rows).assign(
        Collection_Delta=day.to_numpy(dtype=float),
        Analyte="Neurofilament Light Chain",
        Specimen=texts(np.where(rows["fluid"], "CSF", "Serum")),
        Result=np.round(value, 1),
        Unit="pg/mL",
    )


def _visits(world: World, contacts: pd.DataFrame, name: str) -> pd.DataFrame:
    done = contacts[switch(world, contacts, name).astype(bool)]
    return done[spaced(done, 3 * DAYS_PER_MONTH)].reset_index(drop=True)


def _pounds(
    world: World,
    rows: pd.DataFrame,
    usual: np.ndarray,
    *,
    side: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return strength in pounds; it goes with muscle, and differs between the sides."""
    muscle = muscle_at(patients_of(world, rows, "muscle"), rows["day"].to_numpy())
    own = rng.normal(0, 0.3, (len(world.patients), 2))[rows["patient"].to_numpy(), side]
    noise = rng.normal(0, 0.08, len(rows))
    return np.round(usual * muscle**3 * np.exp(own + noise), 1)
