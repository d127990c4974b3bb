"""Fill in the questionnaires of the rating scale, in the version that each trial uses."""

import numpy as np
import pandas as pd

from alsnb.synthetic.course import ORIGINAL, REVISED
from alsnb.synthetic.schedule import generator
from alsnb.synthetic.world import World
from alsnb.tables.proact.schema import tables

COLUMN_OF = {
    "speech": "Q1_Speech",
    "salivation": "Q2_Salivation",
    "swallowing": "Q3_Swallowing",
    "handwriting": "Q4_Handwriting",
    "dressing": "Q6_Dressing_and_Hygiene",
    "turning": "Q7_Turning_in_Bed",
    "walking": "Q8_Walking",
    "climbing": "Q9_Climbing_Stairs",
    "respiratory": "Q10_Respiratory",
    "dyspnea": "R_1_Dyspnea",
    "orthopnea": "R_2_Orthopnea",
    "insufficiency": "R_3_Respiratory_Insufficiency",
}
"""Where each item is written, except cutting, which has two columns."""

REVISED_ONLY = ("dyspnea", "orthopnea", "insufficiency")
"""Items that the original scale does not have."""


def fill_in(world: World) -> pd.DataFrame:
    """Return the tidy table of questionnaires, all columns of the schema.

    A patient with a gastrostomy answers 5b instead of 5a. A trial with the revised scale writes
    no item 10, one with the original scale none of R-1 to R-3, and one with both writes all.
    """
    visits = world.visits
    trial = world.patients["trial"].loc[visits["subject_id"]].to_numpy()
    scale = world.trials["scale"].to_numpy()[trial]
    tube = find_gastrostomies(world)
    cutting = visits["cutting"].astype(float)
    columns = [column.name for column in tables()["alsfrs"].columns]
    frame = pd.DataFrame(index=visits.index, columns=columns, dtype=float)
    written = {column: visits[item].astype(float) for item, column in COLUMN_OF.items()}
    for item in REVISED_ONLY:
        written[COLUMN_OF[item]] = written[COLUMN_OF[item]].where(scale != "original")
    written["Q10_Respiratory"] = written["Q10_Respiratory"].where(scale != "revised")
    total, revised = (visits[list(items)].sum(axis=1) for items in (ORIGINAL, REVISED))
    return frame.assign(
        subject_id=visits["subject_id"],
        Q5a_Cutting_without_Gastrostomy=cutting.where(~tube),
        Q5b_Cutting_with_Gastrostomy=cutting.where(tube),
        ALSFRS_Delta=visits["day"],
        ALSFRS_Total=total.astype(float).where(scale != "revised"),
        ALSFRS_R_Total=revised.astype(float).where(scale != "original"),
        **written,
        **_modes(world, trial),
    )


def find_gastrostomies(world: World) -> np.ndarray:
    """Return for each visit whether the patient has a gastrostomy by then.

    Of those whose swallowing comes down to the limit some get one, and keep it.
    """
    rng = generator(world, "gastrostomy")
    visits = world.visits
    willing = rng.random(len(world.patients)) < world.parameters["gastrostomy_share"]
    willing = willing[world.patients.index.get_indexer(visits["subject_id"])]
    low = visits["swallowing"] <= world.parameters["gastrostomy_at_swallowing"]
    return (low & willing).groupby(visits["subject_id"]).cummax().to_numpy()


def _modes(world: World, trial: np.ndarray) -> dict[str, pd.Series]:
    """Return who answered and how, which hardly any trial writes down."""
    rng = generator(world, "mode of administration")
    known = np.isin(trial, world.parameters["mode_trials"]) & (rng.random(len(trial)) < 0.5)
    by_phone = rng.random(len(trial)) < 0.1
    by_carer = rng.random(len(trial)) < 0.15
    mode = np.where(by_phone, "Telephone", "In Clinic")
    who = np.where(by_carer, "Caregiver", "Patient")
    return {
        "Mode_of_Administration": pd.Series(np.where(known, mode, None), dtype="str"),
        "ALSFRS_Responded_By": pd.Series(np.where(known, who, None), dtype="str"),
    }
