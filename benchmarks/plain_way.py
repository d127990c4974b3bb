"""From the files to target and features as notebooks do it: read_csv, merge, groupby-apply.

Written for the comparison, in the usual style and not to be slow: whole columns are cleaned at
once, and only patients with a slope and measurements of the first three months are summarized.
It keeps no account of what it drops, checks nothing and knows the 2022 release only.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.tables.proact.schema import lab_tests

DAYS_PER_MONTH = 365.24 / 12
ITEMS = {
    "q1_speech": "Q1_Speech",
    "q2_salivation": "Q2_Salivation",
    "q3_swallowing": "Q3_Swallowing",
    "q4_handwriting": "Q4_Handwriting",
    "q5_cutting": "Q5",
    "q6_dressing": "Q6_Dressing_and_Hygiene",
    "q7_turning": "Q7_Turning_in_Bed",
    "q8_walking": "Q8_Walking",
    "q9_climbing": "Q9_Climbing_Stairs",
    "q10_respiratory": "Q10",
}
VITALS = {
    "systolic": "Blood_Pressure_Systolic",
    "diastolic": "Blood_Pressure_Diastolic",
    "pulse": "Pulse",
    "respiratory_rate": "Respiratory_Rate",
    "temperature": "Temperature",
    "weight": "Weight",
}
GRADES = {"negative": 0, "trace": 0.5, "1+": 1, "2+": 2, "3+": 3, "4+": 4, "very large": 4}


def run(folder: Path) -> tuple[pd.Series, pd.DataFrame]:
    """Return the slope and the features of every patient with a visit after twelve months."""
    alsfrs = read_alsfrs(folder)
    slopes = alsfrs.groupby("subject_id").apply(slope_of).dropna()
    zero = alsfrs.groupby("subject_id")["day"].min().rename("zero")
    measured = {
        "alsfrs": (alsfrs, ["alsfrs_total", *ITEMS]),
        "fvc": (read_spirometry(folder, "FVC", "Forced_Vital_Capacity_Delta"), ["fvc"]),
        "svc": (read_spirometry(folder, "SVC", "Slow_vital_Capacity_Delta"), ["svc"]),
        "vitals": (read_vitals(folder), [*VITALS, "bmi"]),
    }
    tables = []
    for frame, names in measured.values():
        window = in_window(frame, zero, slopes.index)
        for name in names:
            values = window.dropna(subset=name).rename(columns={name: "value"})
            found = values.groupby("subject_id")[["month", "value"]].apply(summarize)
            tables.append(found.add_suffix(f"_{name}"))
    labs = in_window(read_labs(folder), zero, slopes.index)
    found = labs.groupby(["subject_id", "measure"])[["month", "value"]].apply(summarize).unstack()  # noqa: PD010
    found.columns = [f"{summary}_{measure}" for summary, measure in found.columns]
    tables.append(found)
    tables += read_facts(folder, zero)
    features = slopes.to_frame("slope")
    for table in tables:
        features = features.merge(table, left_index=True, right_index=True, how="left")
    return features.pop("slope"), features


def slope_of(visits: pd.DataFrame) -> float:
    """Return points per month from the first visit after 3 to the first after 12 months."""
    visits = visits.sort_values("day")
    months = (visits["day"] - visits["day"].iloc[0]) / DAYS_PER_MONTH
    after_3, after_12 = visits[months > 3], visits[months > 12]
    if len(after_3) == 0 or len(after_12) == 0:
        return np.nan
    first, second = after_3.iloc[0], after_12.iloc[0]
    if first["day"] == second["day"]:
        return np.nan
    points = second["alsfrs_total"] - first["alsfrs_total"]
    return points / ((second["day"] - first["day"]) / DAYS_PER_MONTH)


def summarize(rows: pd.DataFrame) -> pd.Series:
    """Return the seven summaries of one measure of one patient."""
    rows = rows.sort_values("month")
    value, month = rows["value"], rows["month"]
    between = month.iloc[-1] - month.iloc[0]
    return pd.Series(
        {
            "minimum": value.min(),
            "maximum": value.max(),
            "median": value.median(),
            "sd": value.std(),
            "first": value.iloc[0],
            "last": value.iloc[-1],
            "slope": (value.iloc[-1] - value.iloc[0]) / between if between > 0 else np.nan,
        }
    )


def in_window(frame: pd.DataFrame, zero: pd.Series, patients: pd.Index) -> pd.DataFrame:
    frame = frame[frame["subject_id"].isin(patients)]
    frame = frame.merge(zero, left_on="subject_id", right_index=True)
    frame = frame.assign(month=(frame["day"] - frame["zero"]) / DAYS_PER_MONTH)
    return frame[frame["month"].between(0, 3)]


def read(folder: Path, table: str) -> pd.DataFrame:
    frame = pd.read_csv(folder / f"PROACT_{table}.csv", low_memory=False)
    subject = pd.to_numeric(frame["subject_id"], errors="coerce")
    return frame[subject.notna()].assign(subject_id=subject.dropna().astype(int))


def to_numbers(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame.assign(**{c: pd.to_numeric(frame[c], errors="coerce") for c in columns})


def read_alsfrs(folder: Path) -> pd.DataFrame:
    frame = read(folder, "ALSFRS").drop_duplicates()
    numeric = [c for c in frame if c.startswith(("Q", "R_", "ALSFRS_")) and "Responded" not in c]
    frame = to_numbers(frame, numeric)
    frame["Q5"] = frame["Q5a_Cutting_without_Gastrostomy"].fillna(
        frame["Q5b_Cutting_with_Gastrostomy"]
    )
    frame["Q10"] = frame["Q10_Respiratory"].fillna(frame["R_1_Dyspnea"])
    items = frame[list(ITEMS.values())]
    frame[list(ITEMS.values())] = items.where((items >= 0) & (items <= 4))
    total = frame[list(ITEMS.values())].sum(axis=1, skipna=False)
    frame["alsfrs_total"] = total.fillna(frame["ALSFRS_Total"])
    frame = frame.rename(columns={column: item for item, column in ITEMS.items()})
    frame = frame.rename(columns={"ALSFRS_Delta": "day"}).dropna(subset=["day", "alsfrs_total"])
    return frame.drop_duplicates(["subject_id", "day"])


def read_spirometry(folder: Path, table: str, day: str) -> pd.DataFrame:
    frame = read(folder, table).drop_duplicates()
    litres = [column for column in frame if column.startswith("Subject_Liters")]
    frame = to_numbers(frame, [*litres, day])
    best = frame[litres].max(axis=1)
    frame[table.lower()] = best.where((best > 0) & (best < 8))
    frame = frame.rename(columns={day: "day"}).dropna(subset="day")
    return frame.sort_values(table.lower(), ascending=False).drop_duplicates(["subject_id", "day"])


def read_vitals(folder: Path) -> pd.DataFrame:
    frame = read(folder, "VITALSIGNS").drop_duplicates()
    frame = to_numbers(frame, [*VITALS.values(), "Height", "Vital_Signs_Delta"])
    frame.loc[frame["Weight_Units"] == "Pounds", "Weight"] *= 0.453592
    frame.loc[frame["Height_Units"] == "Inches", "Height"] *= 2.54
    frame["Weight"] = frame["Weight"].where(frame["Weight"].between(25, 250))
    frame["Height"] = frame["Height"].where(frame["Height"].between(120, 220))
    height = frame.groupby("subject_id")["Height"].transform("median")
    frame["bmi"] = frame["Weight"] / (height / 100) ** 2
    frame = frame.rename(columns={column: name for name, column in VITALS.items()})
    frame = frame.rename(columns={"Vital_Signs_Delta": "day"}).dropna(subset="day")
    return frame.drop_duplicates(["subject_id", "day"])


def read_labs(folder: Path) -> pd.DataFrame:
    frame = read(folder, "LABS").drop_duplicates()
    tests = lab_tests().values()
    measures = {name.lower(): t.measure for t in tests for name in (t.name, *t.aliases)}
    frame["measure"] = frame["Test_Name"].str.strip().str.lower().map(measures)
    frame = frame.dropna(subset=["measure", "Laboratory_Delta"])
    text = frame["Test_Result"].astype(str).str.strip().str.lower()
    number = pd.to_numeric(text.str.lstrip("<>").str.replace(",", ""), errors="coerce")
    frame["value"] = number.fillna(text.map(GRADES))
    factors = pd.DataFrame(
        [(t.measure, unit, factor) for t in tests for unit, factor in t.factors.items()],
        columns=["measure", "unit", "factor"],
    ).astype({"factor": float})
    frame["unit"] = frame["Test_Unit"].fillna("").str.strip().str.lower()
    frame = frame.merge(factors, on=["measure", "unit"], how="left")
    frame["value"] = frame["value"] * frame["factor"].fillna(1)
    frame = frame.rename(columns={"Laboratory_Delta": "day"}).dropna(subset="value")
    return frame.drop_duplicates(["subject_id", "measure", "day"])


def read_facts(folder: Path, zero: pd.Series) -> list[pd.DataFrame]:
    people = read(folder, "DEMOGRAPHICS").groupby("subject_id").first()
    people = pd.DataFrame({"age": people["Age"], "male": (people["Sex"] == "Male").astype(float)})
    history = read(folder, "ALSHISTORY").groupby("subject_id").first()
    onset = pd.to_numeric(history["Onset_Delta"], errors="coerce")
    diagnosis = pd.to_numeric(history["Diagnosis_Delta"], errors="coerce")
    site = history["Site_of_Onset"].str.lower()
    history = pd.DataFrame(
        {
            "onset_delta": onset - zero.reindex(onset.index),
            "diagnosis_delta": diagnosis - zero.reindex(onset.index),
            "site_limb": (site == "onset: limb").where(site.notna()).astype(float),
            "site_bulbar": (site == "onset: bulbar").where(site.notna()).astype(float),
        }
    )
    riluzole = read(folder, "RILUZOLE").groupby("subject_id")["Subject_used_Riluzole"].first()
    riluzole = riluzole.map({"Yes": 1.0, "No": 0.0}).to_frame("riluzole")
    arm = read(folder, "TREATMENT").groupby("subject_id")["Study_Arm"].first()
    return [people, history, riluzole, arm.map({"Active": 1.0, "Placebo": 0.0}).to_frame("active")]
