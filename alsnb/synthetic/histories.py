"""Write down the history of the disease: onset, diagnosis, first symptom, in a row or several."""

import numpy as np
import pandas as pd

from alsnb.synthetic.records import blank_table, patients_with, texts, words
from alsnb.synthetic.schedule import generator
from alsnb.synthetic.world import World

SITE_NAMES = {
    "limb": "Onset: Limb",
    "bulbar": "Onset: Bulbar",
    "both": "Onset: Limb and Bulbar",
    "other": "Onset: Other",
}
"""Site of onset as the text column writes it."""

SPINE = "Onset: Spine"
"""What a trial that does not ask for the limb sometimes writes for an onset there."""


def list_histories(world: World) -> pd.DataFrame:
    """Return the tidy table of histories, all columns of the schema.

    The fields of some subjects are spread over two rows, the second with the diagnosis and the
    place of the first symptom; but for some onsets every field stands in one of them only.
    """
    p = patients_with(world, "has_history")
    rng = generator(world, "history")
    without = rng.random(len(p)) < world.parameters["history_without_day_share"]
    frame = blank_table("history", p).assign(
        Subject_ALS_History_Delta=np.where(without, np.nan, 0.0),
        Onset_Delta=-p["onset_days"].where(p["recorded_onset"]),
        Diagnosis_Delta=-p["diagnosis_days"].where(
            p["records_diagnosis"].astype(bool) & p["recorded_onset"]
        ),
        **_sites(p, world.parameters["spine_share"], rng),
        **_symptoms(world, p, rng),
    )
    split = rng.random(len(p)) < world.parameters["history_split_share"]
    again = rng.random(len(p)) < world.parameters["history_onset_again_share"]
    return _split(frame, split, again)


def _sites(p: pd.DataFrame, spine_share: float, rng: np.random.Generator) -> dict:
    """Return the site of onset as text or as flags, as the trial has it."""
    site, known = p["site"], p["recorded_site"]
    vague = (p["site_coding"] == "vague") & (site == "limb")
    spine = rng.random(len(p)) < spine_share
    named = site.map(SITE_NAMES).mask(vague, np.where(spine, SPINE, SITE_NAMES["other"]))
    flagged = known & p["site_coding"].isin(["flags", "zeros"])
    zero = np.where(p["site_coding"] == "zeros", 0.0, np.nan)
    as_flags = flagged & (site != "other")
    return {
        "Site_of_Onset": texts(named.to_numpy(), known & ~as_flags),
        "Site_of_Onset___Bulbar": _flag(site.isin(["bulbar", "both"]), as_flags, zero),
        "Site_of_Onset___Limb": _flag(site.isin(["limb", "both"]), as_flags, zero),
    }


def _flag(set_: pd.Series, where: pd.Series, otherwise: np.ndarray) -> np.ndarray:
    return np.where(where, np.where(set_, 1.0, otherwise), np.nan)


def _symptoms(world: World, p: pd.DataFrame, rng: np.random.Generator) -> dict:
    """Return the first symptom and its place."""
    names, counts = zip(*words()["symptoms"].items(), strict=True)
    shares = np.array(counts) / sum(counts)
    symptom = rng.choice(np.array(names, dtype=object), len(p), p=shares)
    known = p["recorded_onset"] & (rng.random(len(p)) < world.parameters["symptom_share"])
    specify = rng.choice(words()["other_symptoms"], len(p))
    placed = rng.random(len(p)) < world.parameters["location_share"]
    return {
        "Symptom": texts(symptom, known),
        "Symptom_Other_Specify": texts(specify, known & (symptom == "OTHER")),
        "Location": texts(_places(p, rng), placed),
    }


def _places(p: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return the place of the first symptom in one of hundreds of spellings."""
    n, site = len(p), p["site"].to_numpy()
    names = ("sides", "limb_parts", "bulbar_parts", "other_parts")
    side, limb, bulbar, other = (rng.choice(words()[name], n) for name in names)
    part = np.select([site == "limb", site == "other"], [limb, other], bulbar)
    side = np.where(site == "limb", side, "")
    shape = rng.choice(4, n, p=[0.55, 0.2, 0.15, 0.1])
    place = pd.Series(np.where(shape == 1, part + " " + side, side + " " + part)).str.strip()
    place = place.mask(shape == 2, place.str.upper()).mask(shape == 3, place.str.capitalize())
    return place.to_numpy(dtype=object)


def _split(frame: pd.DataFrame, split: np.ndarray, again: np.ndarray) -> pd.DataFrame:
    """Put the diagnosis of some subjects into a second row, in some with the onset again."""
    later = ["Location", "Diagnosis_Delta"]
    kept = ["subject_id", "Subject_ALS_History_Delta"]
    split = split & frame[later].notna().any(axis=1).to_numpy()
    first = frame.assign(**{name: frame[name].mask(split) for name in later})
    second = frame.loc[split, kept + later].reindex(columns=frame.columns)
    second["Onset_Delta"] = frame["Onset_Delta"].where(again)[split]
    every = pd.concat([first, second.astype(frame.dtypes)]).sort_index(kind="stable")
    return every.reset_index(drop=True)
