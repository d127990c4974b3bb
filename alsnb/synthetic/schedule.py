"""When patients of the simulated world were seen, by whom, and how they then were."""

import zlib

import numpy as np
import pandas as pd

from alsnb.synthetic.follow_up import days_seen, draw_visit_days
from alsnb.synthetic.world import World


def generator(world: World, name: str) -> np.random.Generator:
    """Return a source of randomness of its own for whatever has this name."""
    return np.random.default_rng([world.seed, zlib.crc32(name.encode())])


def list_contacts(world: World) -> pd.DataFrame:
    """Return the days on which every patient was seen, sorted by subject and day, each pair once.

    They are the days of the rating scale; in trials that did not ask it, the days on which it
    would have been asked, up to the last contact. Columns ``subject_id``, ``patient`` (position in
    ``world.patients``), ``trial``, ``day``.
    """
    patients = world.patients
    asked = world.trials["has_alsfrs"].to_numpy(dtype=bool)[patients["trial"].to_numpy()]
    others, rng = patients[~asked], generator(world, "days without rating scale")
    row, day = days_seen(others, draw_visit_days(others, world.trials, world.parameters, rng))
    others = pd.DataFrame({"subject_id": others.index.to_numpy()[row], "day": day})
    every = pd.concat([world.visits[["subject_id", "day"]], others])
    every = every.drop_duplicates().sort_values(["subject_id", "day"], ignore_index=True)
    at = patients.index.get_indexer(every["subject_id"])
    every.insert(1, "patient", at)
    every.insert(2, "trial", patients["trial"].to_numpy()[at])
    return every


def spaced(contacts: pd.DataFrame, days: float) -> np.ndarray:
    """Return for each contact whether it is the first of its patient's in a stretch of days."""
    stretch = np.round(contacts["day"].to_numpy() / days)
    patient = contacts["patient"].to_numpy()
    same = (stretch[1:] == stretch[:-1]) & (patient[1:] == patient[:-1])
    return np.concatenate([[True], ~same])[: len(contacts)]


def switch(world: World, rows: pd.DataFrame, name: str) -> np.ndarray:
    """Return a switch of the trial for each row."""
    return world.trials[name].to_numpy()[rows["trial"].to_numpy()]


def trait(world: World, rows: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column of the patients for each row."""
    return world.patients[name].to_numpy()[rows["patient"].to_numpy()]


def patients_of(world: World, rows: pd.DataFrame, start: str) -> pd.DataFrame:
    """Return bend and the columns that begin so, one row per row."""
    names = ["bend_day", *(name for name in world.patients if name.startswith(start))]
    return world.patients[names].iloc[rows["patient"].to_numpy()]
