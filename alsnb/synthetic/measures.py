"""Measure vital signs and vital capacity in the simulated world, as its trials do."""

import numpy as np
import pandas as pd

from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.synthetic.course import breath_percent_at
from alsnb.synthetic.schedule import generator, patients_of, spaced, switch, trait
from alsnb.synthetic.world import World
from alsnb.tables.proact.schema import tables

UNITS_OF = {
    "Blood_Pressure_Diastolic": "MMHG",
    "Blood_Pressure_Systolic": "MMHG",
    "Pulse": "BEATS/MIN",
    "Respiratory_Rate": "BREATHS/MIN",
    "Temperature": "C",
}
"""How the units of vital signs are labelled where they are."""

SVC_THREE_ATTEMPTS = 400
"""One session of slow vital capacity in so many has three attempts: "practically empty"."""

KG_PER_POUND = 0.45359237
CM_PER_INCH = 2.54


def predicted_litres(male: np.ndarray, age_years: np.ndarray, height_cm: np.ndarray) -> np.ndarray:
    """Return the normal vital capacity in litres, by a norm of the European Community of 1983."""
    men = 0.0576 * height_cm - 0.026 * age_years - 4.34
    women = 0.0443 * height_cm - 0.026 * age_years - 2.89
    return np.clip(np.where(male, men, women), 1.6, 7.5)


def measure_vitals(world: World, contacts: pd.DataFrame, *, tidy: bool) -> pd.DataFrame:
    """Return the tidy table of vital signs, all columns of the schema.

    Height is taken at a patient's first visit, and again in some trials. In trials with another
    unit some patients' heights and first weights are in that unit, labelled; unless *tidy*.
    """
    rows = contacts[switch(world, contacts, "has_vitals").astype(bool)]
    rng = generator(world, "vital signs")
    rows = rows[rng.random(len(rows)) < world.parameters["vitals_taken_share"]]
    rows = rows.reset_index(drop=True)
    first = ~rows["patient"].duplicated().to_numpy()
    values = _pressures(world, rows, rng) | _bodies(world, rows, first, rng)
    frame = pd.DataFrame(index=rows.index, columns=_columns("vitals"), dtype=float)
    frame = frame.assign(subject_id=rows["subject_id"], Vital_Signs_Delta=rows["day"], **values)
    frame = frame.assign(**_labels(world, rows, frame))
    frame = frame.assign(right_height=frame["Height"], right_weight=frame["Weight"])
    if not tidy:
        frame = _in_other_units(world, rows, frame, first)
    return _by_posture(frame, switch(world, rows, "posture") == "supine_standing", rng)


def measure_capacity(world: World, contacts: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the tidy table of forced (``"fvc"``) or slow (``"svc"``) vital capacity."""
    p = world.parameters
    rows = contacts[switch(world, contacts, f"has_{table}").astype(bool)]
    rows = rows[spaced(rows, p[f"{table}_every_days"])]
    rng = generator(world, table)
    rows = rows[rng.random(len(rows)) < p["capacity_taken_share"]].reset_index(drop=True)
    traits = [trait(world, rows, name) for name in ("male", "age_years", "height_cm")]
    normal = np.round(predicted_litres(*traits), 2)
    percent = breath_percent_at(patients_of(world, rows, "breath"), rows["day"].to_numpy())
    percent = percent + p["capacity_visit_sd"] * rng.standard_normal(len(rows))
    best = np.clip(percent * normal / 100, 0.3, 7.9)
    attempts = _attempts(world, rows, table)
    frame = pd.DataFrame(index=rows.index, columns=_columns(table), dtype=float)
    litres, percents = _named(table, "Subject_Liters"), _named(table, "pct_of_Normal")
    which = rng.integers(0, attempts)
    for i, (litre, pct) in enumerate(zip(litres, percents, strict=True)):
        short = np.where(which == i, 0.0, rng.gamma(1.5, 0.03, len(rows)))
        volume = np.round(np.maximum(best * (1 - short), 0.2), 2)
        volume = np.where(i < attempts, volume, np.nan)
        frame[litre] = volume
        frame[pct] = np.clip(np.round(100 * volume / normal), 5, 180)
    return _recorded_capacity(world, rows, table, frame.assign(right_normal=normal))


def _recorded_capacity(
    world: World, rows: pd.DataFrame, table: str, frame: pd.DataFrame
) -> pd.DataFrame:
    """Leave out the columns that the trial does not fill."""
    litres, percents = _named(table, "Subject_Liters"), _named(table, "pct_of_Normal")
    for columns, name in ((litres, "records_litres"), (percents, "records_percent")):
        kept = switch(world, rows, name).astype(bool)
        frame[columns] = np.where(kept[:, None], frame[columns], np.nan)
    normal = pd.Series(frame["right_normal"])
    labelled = switch(world, rows, "labels_vc_units") & switch(world, rows, "records_litres")
    day = next(column.name for column in tables()[table].columns if column.kind == "day")
    units = next(name for name in _columns(table) if name.endswith("_Units"))
    return frame.assign(
        subject_id=rows["subject_id"],
        Subject_Normal=normal.where(switch(world, rows, "records_normal").astype(bool)),
        **{day: rows["day"], units: _text(labelled.astype(bool), "Liters")},
    )


def _attempts(world: World, rows: pd.DataFrame, table: str) -> np.ndarray:
    """Return how many attempts each session writes down: one or three, by trial.

    Of slow vital capacity there are hardly ever three.
    """
    if table == "svc":
        return np.where(np.arange(len(rows)) % SVC_THREE_ATTEMPTS == 0, 3, 1)
    trials = np.asarray(world.parameters["fvc_three_attempts_trials"])
    return np.where(np.isin(rows["trial"].to_numpy(), trials), 3, 1)


def _pressures(world: World, rows: pd.DataFrame, rng: np.random.Generator) -> dict:
    """Return blood pressure, pulse, breathing rate and temperature."""
    p = world.parameters
    n = len(world.patients)
    common = rng.standard_normal(n)
    drawn = {}
    for column, name, with_common in (
        ("Blood_Pressure_Systolic", "systolic", 0.6),
        ("Blood_Pressure_Diastolic", "diastolic", 0.6),
        ("Pulse", "pulse", 0.1),
        ("Respiratory_Rate", "respiratory_rate", 0.0),
        ("Temperature", "temperature", 0.0),
    ):
        middle, between, within = p[f"vitals_{name}"]
        own = with_common * common + np.sqrt(1 - with_common**2) * rng.standard_normal(n)
        level = middle + between * own[rows["patient"]] + within * rng.standard_normal(len(rows))
        drawn[column] = level
    age = trait(world, rows, "age_years") - p["age_mean"]
    drawn["Blood_Pressure_Systolic"] = drawn["Blood_Pressure_Systolic"] + 0.35 * age
    gap = drawn["Blood_Pressure_Systolic"] - 15
    drawn["Blood_Pressure_Diastolic"] = np.minimum(drawn["Blood_Pressure_Diastolic"], gap)
    drawn = {name: _within(name, np.round(v, name == "Temperature")) for name, v in drawn.items()}
    for column, name in (("Respiratory_Rate", "respiratory_rate"), ("Temperature", "temperature")):
        kept = switch(world, rows, f"records_{name}").astype(bool)
        drawn[column] = np.where(kept, drawn[column], np.nan)
    return drawn


def _bodies(world: World, rows: pd.DataFrame, first: np.ndarray, rng: np.random.Generator) -> dict:
    """Return height in cm and weight in kg."""
    p = world.parameters
    months = rows["day"].to_numpy() / DAYS_PER_MONTH
    weight = trait(world, rows, "weight_kg") + trait(world, rows, "weight_rate") * months
    weight = weight + p["weight_visit_sd"] * rng.standard_normal(len(rows))
    weighed = first | (rng.random(len(rows)) < p["weight_taken_share"])
    weighed &= trait(world, rows, "recorded_weight").astype(bool)
    weight = np.where(weighed, _within("Weight", weight), np.nan)
    again = rows["trial"].map(p["height_again_share"]).fillna(0.0).to_numpy()
    taken = first | (rng.random(len(rows)) < again)
    height = _within("Height", trait(world, rows, "height_cm"))
    taken = taken & trait(world, rows, "recorded_height").astype(bool)
    return {"Height": np.where(taken, np.round(height), np.nan), "Weight": np.round(weight, 1)}


def _labels(world: World, rows: pd.DataFrame, frame: pd.DataFrame) -> dict:
    """Return the labels of units; a trial labels all of weight and height, or none."""
    labelled = switch(world, rows, "labels_weight_units").astype(bool)
    labels = {f"{n}_Units": _text(frame[n].notna(), unit) for n, unit in UNITS_OF.items()}
    weight = labelled & frame["Weight"].notna().to_numpy()
    height = labelled & frame["Height"].notna().to_numpy()
    return labels | {
        "Weight_Units": _text(weight, "Kilograms"),
        "Height_Units": _text(height, "Centimeters"),
    }


def _in_other_units(
    world: World, rows: pd.DataFrame, frame: pd.DataFrame, first: np.ndarray
) -> pd.DataFrame:
    """Write what some patients of a trial were measured in, and the label of that unit."""
    rng = generator(world, "other units")
    own = rng.random(len(world.patients)) < world.parameters["other_units_share"]
    own = own[rows["patient"].to_numpy()]
    inches = own & (switch(world, rows, "height_unit") == "in") & frame["Height"].notna().to_numpy()
    pounds = own & first & (switch(world, rows, "weight_unit") == "lb") & frame["Weight"].notna()
    return frame.assign(
        Height=frame["Height"].mask(inches, np.round(frame["Height"] / CM_PER_INCH, 1)),
        Height_Units=frame["Height_Units"].mask(inches, "Inches"),
        Weight=frame["Weight"].mask(pounds, np.round(frame["Weight"] / KG_PER_POUND, 1)),
        Weight_Units=frame["Weight_Units"].mask(pounds, "Pounds"),
    )


def _by_posture(frame: pd.DataFrame, posture: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Move pressure and pulse to the columns of supine and standing, where a trial did so."""
    moved = {}
    for column, name, change in (
        ("Blood_Pressure_Systolic", "BP_Systolic", -4.0),
        ("Blood_Pressure_Diastolic", "BP_Diastolic", 2.0),
        ("Pulse", "Pulse", 7.0),
    ):
        supine = frame[column].where(posture)
        standing = supine + np.round(rng.normal(change, 4, len(frame)))
        moved[f"Supine_{name}"], moved[f"Standing_{name}"] = supine, standing
        at_zero = frame["Vital_Signs_Delta"] == 0
        moved[f"Baseline_Supine_{name}"] = supine.where(at_zero)
        moved[f"Baseline_Standing_{name}"] = standing.where(at_zero)
        moved[column] = frame[column].mask(posture)
        moved[f"{column}_Units"] = frame[f"{column}_Units"].mask(posture)
    last = ~frame["subject_id"].duplicated(keep="last") & posture & ~at_zero
    for name in ("Pulse", "BP_Systolic", "BP_Diastolic"):
        for posture_of in ("Supine", "Standing"):
            moved[f"Endpoint_{posture_of}_{name}"] = moved[f"{posture_of}_{name}"].where(last)
    weight = frame["right_weight"].where(posture)
    moved["Baseline_Weight"], moved["Endpoint_Weight"] = weight.where(at_zero), weight.where(last)
    return frame.assign(**moved)


def _within(column: str, values: np.ndarray) -> np.ndarray:
    """Keep values within the column's plausible range."""
    limits = next(c for c in tables()["vitals"].columns if c.name == column)
    return np.clip(values, limits.low, limits.high)


def _columns(table: str) -> list[str]:
    return [column.name for column in tables()[table].columns]


def _named(table: str, start: str) -> list[str]:
    return [name for name in _columns(table) if name.startswith(start)]


def _text(where: np.ndarray | pd.Series, label: str) -> pd.Series:
    """Return a label where it is written, and nothing elsewhere."""
    where = np.asarray(where, bool)
    return pd.Series(np.where(where, label, None), dtype="str")
