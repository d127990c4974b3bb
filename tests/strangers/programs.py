"""What programs that others wrote for the real files do with them, in plain pandas.

Nothing here knows this project: files are read with the defaults of pandas, columns are taken by
name or by place, and nothing is coerced. Each function gets the paths of a release by table and
returns a few numbers.
"""

import numpy as np
import pandas as pd

DAYS_PER_MONTH = 30.4375


def read(path):
    return pd.read_csv(path, low_memory=False)


def mean_of_three_trials(files):
    """Average the litres of three attempts, without looking what is in the columns."""
    fvc = read(files["fvc"])
    litres = ["Subject_Liters_Trial_1", "Subject_Liters_Trial_2", "Subject_Liters_Trial_3"]
    fvc["FVC_Mean"] = fvc[litres].mean(axis=1)
    percent = [name.replace("Subject_Liters", "pct_of_Normal") for name in litres]
    return {
        "rows_with_litres": fvc["FVC_Mean"].notna().mean(),
        "rows_with_two_trials": fvc["Subject_Liters_Trial_2"].notna().mean(),
        "rows_with_percent": fvc[percent[0]].notna().mean(),
        "rows_with_normal": fvc[files["normal"]].notna().mean(),
        "rows_with_unit": fvc["Forced_Vital_Capacity_Units"].notna().mean(),
        "rows_with_day": fvc["Forced_Vital_Capacity_Delta"].notna().mean(),
    }


def slow_capacity_by_attribute(files):
    """Take the columns of slow vital capacity as attributes, as they are spelled."""
    svc = read(files["svc"])
    svc = svc.dropna(subset=["Slow_vital_Capacity_Delta"])
    share = svc.Subject_Liters_Trial_1 / svc.Subject_Normal
    best = svc[["Subject_Liters_Trial_1", "Subject_Liters__Trial_2_", "Subject_Liters__Trial_3_"]]
    return {
        "subjects": svc.subject_id.nunique() / files["n"],
        "rows_with_later_trials": best.iloc[:, 1:].notna().any(axis=1).mean(),
        "median_share": share.median() if share.notna().any() else np.nan,
        "best_is_first": (best.max(axis=1) >= best.iloc[:, 0]).mean(),
    }


def laboratory_pivot(files):
    """Spread the tests of the first three months over columns named after them."""
    labs = read(files["labs"])
    labs = labs[labs["Laboratory_Delta"].between(0, 92)]
    labs["Test_Result"] = pd.to_numeric(labs["Test_Result"], errors="coerce")
    wide = labs.pivot_table(index="subject_id", columns="Test_Name", values="Test_Result")
    return {
        "subjects": len(wide) / files["n"],
        "tests": (wide.notna().mean() > 0.3).sum(),
        "albumin": wide["Albumin"].median(),
        "sodium": wide["Sodium"].median(),
    }


def first_and_last_visit(files):
    """Take the slope from the first to the last questionnaire of every subject."""
    alsfrs = read(files["alsfrs"])
    visits = alsfrs.dropna(subset=["ALSFRS_Delta"]).sort_values(["subject_id", "ALSFRS_Delta"])
    total = visits["ALSFRS_Total"].fillna(
        visits["ALSFRS_R_Total"] - visits["R_2_Orthopnea"] - visits["R_3_Respiratory_Insufficiency"]
    )
    visits = visits.assign(total=total).dropna(subset=["total"])
    ends = visits.groupby("subject_id")[["ALSFRS_Delta", "total"]].agg(["first", "last"])
    months = (ends["ALSFRS_Delta", "last"] - ends["ALSFRS_Delta", "first"]) / DAYS_PER_MONTH
    slope = (ends["total", "last"] - ends["total", "first"]) / months[months > 3]
    rows = alsfrs.groupby("subject_id").size()
    found = dict(zip(("q1", "median", "q3"), rows.quantile([0.25, 0.5, 0.75]), strict=True))
    return found | {
        "subjects": len(rows) / files["n"],
        "mean_slope": slope.mean(),
        "missing_days": alsfrs["ALSFRS_Delta"].isna().mean(),
    }


def revised_total_from_items(files):
    """Add up the revised scale from nine items and three, and hold it beside the stored total."""
    alsfrs = read(files["alsfrs"])
    cutting = alsfrs["Q5a_Cutting_without_Gastrostomy"].fillna(
        alsfrs["Q5b_Cutting_with_Gastrostomy"]
    )
    names = [c for c in alsfrs if c.startswith("Q") and not c.startswith(("Q5", "Q10"))]
    names += ["R_1_Dyspnea", "R_2_Orthopnea", "R_3_Respiratory_Insufficiency"]
    total = alsfrs[names].sum(axis=1, skipna=False) + cutting
    stored = alsfrs["ALSFRS_R_Total"]
    both = stored.notna() & total.notna()
    return {
        "rows_revised": stored.notna().mean(),
        "rows_original": alsfrs["ALSFRS_Total"].notna().mean(),
        "agree": (total[both] == stored[both]).mean(),
    }


def region_of_onset(files):
    """Gather the site of onset from the text and from the flags."""
    history = read(files["history"])
    flags = {"Bulbar": "Site_of_Onset___Bulbar", "Limb": "Site_of_Onset___Limb"}
    by_subject = history.groupby("subject_id").first()
    bulbar, limb = (by_subject[column] == 1 for column in flags.values())
    site = by_subject["Site_of_Onset"].str.replace("Onset: ", "")
    flagged = np.select([bulbar & limb, bulbar, limb], ["Both", *flags], "")
    site = site.fillna(pd.Series(flagged, index=site.index).replace("", None))
    levels = history["Site_of_Onset"].fillna("").unique()
    known = site.dropna()
    return {
        "levels": len(levels),
        "bulbar": (known == "Bulbar").mean(),
        "onset_rows": history["Onset_Delta"].notna().sum() / files["n"],
        "onset_subjects": by_subject["Onset_Delta"].notna().sum() / files["n"],
        "diagnosis_rows": history["Diagnosis_Delta"].notna().sum() / files["n"],
        "text_rows": history["Site_of_Onset"].notna().sum() / files["n"],
        "limb_flag_rows": history["Site_of_Onset___Limb"].notna().sum() / files["n"],
        "subjects": len(by_subject) / files["n"],
    }


def survival_class(files):
    """Say of whom it is known whether they died within 24 months of the onset."""
    history = read(files["history"]).groupby("subject_id").first()
    death = read(files["death"]).drop_duplicates("subject_id").set_index("subject_id")
    visits = read(files["alsfrs"]).groupby("subject_id")["ALSFRS_Delta"].max()
    subjects = history[["Onset_Delta", "Diagnosis_Delta"]].dropna().join(death).join(visits)
    died = subjects["Death_Days"] - subjects["Onset_Delta"]
    seen = subjects["ALSFRS_Delta"] - subjects["Onset_Delta"]
    last = died.fillna(seen) / DAYS_PER_MONTH
    short = (subjects["Subject_Died"] == "Yes") & (last <= 24)
    known = short | (last > 24)
    return {"known": known.mean(), "died_within_24_months": short[known].mean()}


def delay_in_months(files):
    """Look each diagnosis delay up in a table of months that ends at ten years."""
    history = read(files["history"]).groupby("subject_id").first()
    days = (history["Diagnosis_Delta"] - history["Onset_Delta"]).dropna()
    table = {month: min(int(month // 6), 8) for month in range(121)}
    months = (days[days >= 0] / DAYS_PER_MONTH).round().astype(int)
    groups = [table[month] for month in months]
    return {"subjects": len(groups) / files["n"], "months": months.nunique()}


def joins_on_subject(files):
    """Join everything that is known once of a subject, and refuse a subject that is there twice."""
    subjects = read(files["demographics"])
    for name in ("treatment", "riluzole"):
        subjects = subjects.merge(
            read(files[name]), how="left", on="subject_id", validate="one_to_one"
        )
    death = read(files["death"])
    joined = subjects.merge(death, how="left", on="subject_id", validate="one_to_many")
    return {
        "rows": len(subjects) / files["n"],
        "rows_more_with_deaths": len(joined) - len(subjects),
        "riluzole_yes": (subjects["Subject_used_Riluzole"].dropna() == "Yes").mean(),
        "riluzole_known": subjects["Subject_used_Riluzole"].notna().mean(),
        "active": (subjects["Study_Arm"].dropna() == "Active").mean(),
        "arm_known": subjects["Study_Arm"].notna().mean(),
        "in_death_table": death["subject_id"].nunique() / files["n"],
        "died": (death["Subject_Died"] == "Yes").mean(),
    }


def doubles_by_subject_and_day(files):
    """Count the records of a subject and day that are there more than once."""
    found = {}
    for name, day in (
        ("alsfrs", "ALSFRS_Delta"),
        ("fvc", "Forced_Vital_Capacity_Delta"),
        ("vitals", "Vital_Signs_Delta"),
    ):
        frame = read(files[name]).dropna(subset=[day])
        found[name] = frame.duplicated(["subject_id", day]).mean()
    first = read(files["alsfrs"]).dropna(subset=["ALSFRS_R_Total", "ALSFRS_Delta"])
    first = first[
        first["ALSFRS_Delta"] == first.groupby("subject_id")["ALSFRS_Delta"].transform("min")
    ]
    return found | {"first_visits": first.duplicated("subject_id").sum()}


def family_without_empty_columns(files):
    """Drop the columns that hold nothing, then take the others by name."""
    family = read(files["family"]).dropna(axis=1, how="all")
    near = ["Mother", "Father", "Brother", "Sister", "Son", "Daughter"]
    far = ["Aunt", "Aunt__Maternal_", "Aunt__Paternal_", "Uncle", "Uncle__Maternal_"]
    far += ["Uncle__Paternal_", "Grandfather", "Grandfather__Maternal_", "Grandfather__Paternal_"]
    far += ["Grandmother", "Grandmother__Maternal_", "Grandmother__Paternal_", "Nephew", "Niece"]
    family["near"] = family[near].fillna(0).sum(axis=1)
    family["far"] = family[[*far, "Cousin"]].fillna(0).sum(axis=1)
    other = family["Neurological_Disease_Other"].fillna("")
    disease = family.groupby("subject_id")["Neurological_Disease"].first().notna()
    return {
        "subjects": len(disease) / files["n"],
        "with_disease": disease.mean(),
        "named_other": (other != "").sum(),
        "relatives": (family["near"] + family["far"] > 0).mean(),
    }


def family_by_place(files):
    """Take the relatives by their places, as a script for the release of 2016 does."""
    family = read(files["family"])
    places = [*range(6, 10), *range(12, 21), 23, *range(29, 32), *range(35, 39)]
    relatives = family.iloc[:, places].fillna(0).astype(int)
    return {"columns": family.shape[1], "relatives": (relatives.sum(axis=1) > 0).mean()}


def pressure_without_coercion(files):
    """Average and extrapolate blood pressure as it stands."""
    vitals = read(files["vitals"]).dropna(subset=["Vital_Signs_Delta"])
    early = vitals[vitals["Vital_Signs_Delta"].between(0, 92)]
    means = early.groupby("subject_id")["Blood_Pressure_Systolic"].mean().dropna()
    measured = list(early.dropna(subset=["Blood_Pressure_Systolic"]).groupby("subject_id"))
    slopes = [
        np.polyfit(own["Vital_Signs_Delta"], own["Blood_Pressure_Systolic"], 1)[0]
        for _, own in measured[:40]
        if own["Vital_Signs_Delta"].min() < own["Vital_Signs_Delta"].max()
    ]
    return {
        "subjects": len(means) / files["n"],
        "median": means.median(),
        "slopes": len(slopes),
        "rows": len(vitals) / vitals["subject_id"].nunique(),
    }


def body_mass_index(files):
    """Convert by the label of the unit, after folding its case, and divide."""
    vitals = read(files["vitals"]).sort_values(["subject_id", "Vital_Signs_Delta"])
    units = vitals["Height_Units"].str.lower()
    factor = units.map({"centimeters": 0.01, "inches": 0.0254})
    labelled = vitals["Height"].notna() & units.notna()
    height = (vitals["Height"] * factor.fillna(0.01)).groupby(vitals["subject_id"]).median()
    pounds = vitals["Weight_Units"].str.lower() == "pounds"
    weight = vitals["Weight"].where(~pounds, vitals["Weight"] * 0.45359237)
    weight = weight.groupby(vitals["subject_id"]).median()
    bmi = weight / height**2
    first = vitals.dropna(subset=["Height"]).groupby("subject_id")["Height"].first()
    return {
        "labels": labelled.sum() - factor[labelled].notna().sum(),
        "median": bmi.median(),
        "subjects_in_inches": (first / 100 <= 0.8).sum() / files["n"],
        "rows_in_inches": (units == "inches").sum() / files["n"],
        "rows_in_pounds": pounds.sum() / files["n"],
    }


def strength_by_trial(files):
    """Spread muscle strength over columns by side and trial, then take each by name."""
    strength = read(files["strength"])
    wide = strength.pivot_table(
        index=["subject_id", "MS_Delta", "Test_Name"],
        columns=["Test_Laterality", "Test_trial"],
        values="Test_Result",
        aggfunc="first",
    )
    sides = [wide[side][[1, 2, 3]].max(axis=1) for side in ("Left", "Right")]
    return {"rows": len(wide), "complete": pd.concat(sides, axis=1).notna().all(axis=1).mean()}


def everything_with_default_types(files):
    """Describe every column that pandas takes for numbers, in every file."""
    tables = {name: path for name, path in files.items() if name not in ("n", "normal")}
    frames = {name: read(path) for name, path in tables.items()}
    integers = [pd.api.types.is_integer_dtype(frame["subject_id"]) for frame in frames.values()]
    described = {name: frame.select_dtypes("number").mean() for name, frame in frames.items()}
    vitals = described["vitals"]
    return {
        "files": len(frames),
        "integer_subjects": np.mean(integers),
        "vitals_numeric": len(vitals),
        "pulse": vitals["Pulse"],
        "labs_text": int(not pd.api.types.is_numeric_dtype(frames["labs"]["Test_Result"])),
    }


def funnel_of_complete_cases(files):
    """Ask for sex and age, then the onset, the diagnosis and the site, one after the other."""
    people = read(files["demographics"]).set_index("subject_id")
    age = people["Age"].fillna(-people["Date_of_Birth"] / 365.25)
    history = read(files["history"]).groupby("subject_id").first().reindex(people.index)
    site = history[["Site_of_Onset", "Site_of_Onset___Limb", "Site_of_Onset___Bulbar"]]
    known = age.notna() & people["Sex"].notna()
    steps = {"sex_and_age": known.mean()}
    for name, there in (
        ("onset", history["Onset_Delta"].notna()),
        ("diagnosis", history["Diagnosis_Delta"].notna()),
        ("site", site.notna().any(axis=1)),
    ):
        known &= there
        steps[name] = known.mean()
    onset = history["Onset_Delta"].notna()
    steps["age_given_onset"] = age[onset].notna().mean()
    return steps
