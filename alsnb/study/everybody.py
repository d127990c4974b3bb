"""Aggregates over all subjects of a release that others print: coverage, courses, survival.

They are made as those who printed them say they made theirs, from the clean tables; where that
is not known in full, the docstring of the function says what is taken.
"""

import numpy as np
import pandas as pd

from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings, slopes_of
from alsnb.study.proact import Study

YEAR = 365.25
WINDOW_DAYS = 92
SHORT_MONTHS = 24
DIAGNOSED_SOON_MONTHS = 8
OLD, YOUNG = 70, 40


def measure_everybody(study: Study) -> dict[str, float]:
    """Return aggregates over all subjects of the release, in the cohort or not, by name."""
    return (
        _measure_coverage(study)
        | _measure_window(study)
        | _measure_totals(study.clean.frames["alsfrs"])
        | _measure_slopes(study)
        | _measure_survival(study)
    )


def _by_subject(study: Study) -> pd.DataFrame:
    """Return a row per subject of any table: what is known once of each."""
    frames = study.clean.frames
    columns = {
        "demographics": ["age", "male"],
        "history": ["onset_day", "diagnosis_day", "site"],
        "riluzole": ["riluzole"],
        "death": ["died", "death_day"],
    }
    parts = [frames[t].set_index("subject_id")[names] for t, names in columns.items()]
    return pd.concat(parts, axis=1)


def _measure_coverage(study: Study) -> dict[str, float]:
    """Return how many subjects are left as one fact after the other is asked for."""
    people, n = _by_subject(study), study.source.n_patients
    aged = people["age"].notna() & people["male"].notna()
    onset, diagnosis = people["onset_day"].notna(), people["diagnosis_day"].notna()
    dated = aged & onset & diagnosis
    family = study.clean.frames["family"]
    return {
        "known_sex_age": aged.sum() / n,
        "known_onset": onset.sum() / n,
        "known_diagnosis": (onset & diagnosis).sum() / n,
        "age_given_onset": people.loc[onset, "age"].notna().mean(),
        "site_given_diagnosis": people.loc[dated, "site"].notna().mean(),
        "family_coverage": len(family) / n,
    }


def _measure_window(study: Study) -> dict[str, float]:
    """Return the share of subjects with each vital sign between day 0 and day 92."""
    vitals = study.clean.frames["vitals"]
    early = vitals[vitals["day"].between(0, WINDOW_DAYS)]
    names = {"systolic": "pressure", "pulse": "pulse", "weight": "weight"}
    return {
        f"window_{title}": early.loc[early[name].notna(), "subject_id"].nunique()
        / study.source.n_patients
        for name, title in names.items()
    }


def _measure_totals(alsfrs: pd.DataFrame) -> dict[str, float]:
    """Return means and quartiles over subjects of the best, median and worst original total."""
    total = alsfrs.dropna(subset=["total"]).groupby("subject_id")["total"]
    best = total.max()
    low, middle, high = best.quantile([0.25, 0.5, 0.75])
    return {
        "best_total_mean": best.mean(),
        "best_total_q1": low,
        "best_total_q2": middle,
        "best_total_q3": high,
        "median_total_mean": total.median().mean(),
        "worst_total_mean": total.min().mean(),
    }


def _measure_slopes(study: Study) -> dict[str, float]:
    """Return slopes, and what goes with them: the site of onset and the first vital capacity.

    The slopes are that of months 3 to 12 by the challenge's rule, and that from the first to the
    last questionnaire of the first 92 days.
    """
    frames = study.clean.frames
    alsfrs = frames["alsfrs"]
    slope = slopes_of(alsfrs, SlopeSettings(rule="challenge"))["slope"].dropna()
    early = alsfrs[alsfrs["day"].between(0, WINDOW_DAYS) & alsfrs["total"].notna()]
    ends = early.sort_values(["subject_id", "day"]).groupby("subject_id")[["day", "total"]]
    change = ends.last() - ends.first()
    first = (change["total"] / (change["day"] / DAYS_PER_MONTH)).replace([np.inf, -np.inf], np.nan)
    measured = {}
    for name, values in (("challenge", slope), ("early", first.dropna())):
        quartiles = values.quantile([0.25, 0.5, 0.75])
        measured |= {f"{name}_mean": values.mean(), f"{name}_sd": values.std()}
        measured |= dict(zip([f"{name}_q{i}" for i in (1, 2, 3)], quartiles, strict=True))
    site = frames["history"].set_index("subject_id")["site"].astype("str").reindex(slope.index)
    by_site = slope.groupby(site).mean()
    fvc = frames["fvc"].dropna(subset=["percent"]).groupby("subject_id")["percent"].first()
    both = pd.concat([slope, fvc], axis=1, join="inner")
    revised = alsfrs.dropna(subset=["total_revised"]).groupby("subject_id")["day"].max()
    return measured | {
        "bulbar_less_limb": by_site.get("bulbar", np.nan) - by_site.get("limb", np.nan),
        "r_fvc_slope": both.corr().iloc[0, 1],
        "revised_follow_up": revised.mean(),
    }


# --- survival ------------------------------------------------------------------------------


def _last_seen(study: Study) -> pd.Series:
    """Return the last day on which anything over time was recorded of each subject."""
    frames = [study.clean.frames[name] for name in ("alsfrs", "fvc", "svc", "vitals")]
    return pd.concat([f[["subject_id", "day"]] for f in frames]).groupby("subject_id")["day"].max()


def _measure_survival(study: Study) -> dict[str, float]:
    """Return who of whom it is known died in which year since the onset, and who that was.

    Known is the fate of those who died in that year and of those who were seen later than that.
    So the printed shares must be meant: their deaths would otherwise grow fewer from year to year.
    """
    people = _by_subject(study)
    people = people[people["onset_day"].notna()]
    died = people["death_day"] - people["onset_day"]
    seen = _last_seen(study).reindex(people.index) - people["onset_day"]
    last = died.fillna(seen)
    measured = {"dead_since_onset_mean": died.mean(), "dead_since_onset_sd": died.std()}
    for year in (1, 2, 3, 4):
        dead = died.gt((year - 1) * YEAR) & died.le(year * YEAR)
        known = dead | (last > year * YEAR)
        measured[f"dead_year_{year}"] = dead[known].mean()
    short = died <= SHORT_MONTHS * DAYS_PER_MONTH
    known = short | (last > SHORT_MONTHS * DAYS_PER_MONTH)
    return measured | _measure_complete(study, people, short, known)


def _measure_complete(
    study: Study, people: pd.DataFrame, short: pd.Series, known: pd.Series
) -> dict[str, float]:
    """Return what complete cases are like.

    Age, sex, onset, diagnosis, site, vital capacity in percent, weight, height, a questionnaire
    and riluzole are all known of them.
    """
    frames = study.clean.frames
    percent = frames["fvc"].dropna(subset=["percent"]).groupby("subject_id")["percent"].first()
    people = people.assign(percent=percent.reindex(people.index))
    base = people[["age", "male", "diagnosis_day", "site"]].notna().all(axis=1)
    vitals = frames["vitals"].groupby("subject_id")[["weight", "height"]].first()
    sized = vitals.notna().all(axis=1).reindex(people.index, fill_value=False)
    asked = pd.Series(people.index.isin(frames["alsfrs"]["subject_id"]), index=people.index)
    whole = base & people["percent"].notna() & sized & asked & people["riluzole"].notna()
    cases = people[whole & known].assign(short=short)
    site = cases["site"].astype("str")
    months = (cases["diagnosis_day"] - cases["onset_day"]) / DAYS_PER_MONTH
    age = cases["age"]
    traits = {
        "bulbar": site == "bulbar",
        "diagnosed_soon": months <= DIAGNOSED_SOON_MONTHS,
        "old": age >= OLD,
        "low_fvc": cases["percent"] < 80,
    }
    by_class = {
        f"{name}_{word}": trait[cases["short"] == is_short].mean()
        for name, trait in traits.items()
        for word, is_short in (("short", True), ("others", False))
    }
    return by_class | {
        "fvc_given_site": people.loc[base, "percent"].notna().mean(),
        "alsfrs_given_site": asked[base].mean(),
        "complete_cases": whole.sum(),
        "complete_known": len(cases),
        "complete_short": cases["short"].mean(),
        "complete_riluzole": cases["riluzole"].mean(),
        "complete_bulbar": (site == "bulbar").mean(),
        "complete_other_site": (site == "other").mean(),
        "complete_young": (age < YOUNG).mean(),
    }
