"""Aggregates over all subjects of a release that others print: coverage, courses, survival.

They are made as those who printed them say they made theirs, from the clean tables; where that
is not known in full, the docstring of the function says what is taken.
"""

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT, inner, tell_count, tell_shares
from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings, slopes_of
from alsnb.study.proact import Study

YEAR = 365.25
WINDOW_DAYS = 92
SHORT_MONTHS = 24
DIAGNOSED_SOON_MONTHS = 8
OLD, YOUNG = 70, 40


Shares = dict[str, tuple[int, int]]
"""How many have something, and of how many, by the name of the aggregate."""


def measure_everybody(study: Study) -> dict[str, float]:
    """Return aggregates over all subjects of the release, in the cohort or not, by name.

    What would tell of one to four real patients is NaN.
    """
    is_real, n = study.source.is_real, study.source.n_patients
    survival, numbers = _measure_survival(study)
    shares = _count_coverage(study) | _count_window(study) | survival
    return (
        tell_shares(shares, is_real=is_real, told=[n])
        | _measure_totals(study)
        | _measure_slopes(study)
        | numbers
    )


def _of_many(values: pd.Series, study: Study) -> pd.Series:
    """Return known values, but none if they are those of fewer than five real patients."""
    known = values.dropna()
    is_told = len(known) >= SMALLEST_COUNT or not study.source.is_real
    return known if is_told else known.iloc[:0]


def _quartiles(values: pd.Series, study: Study) -> pd.Series:
    """Return the quartiles of values; of few real patients none is a single one's."""
    return (inner(values) if study.source.is_real else values).quantile([0.25, 0.5, 0.75])


def _count(flags: pd.Series) -> tuple[int, int]:
    return int(flags.sum()), len(flags)


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


def _count_coverage(study: Study) -> Shares:
    """Return how many subjects are left as one fact after the other is asked for."""
    people, n = _by_subject(study), study.source.n_patients
    aged = people["age"].notna() & people["male"].notna()
    onset, diagnosis = people["onset_day"].notna(), people["diagnosis_day"].notna()
    dated = aged & onset & diagnosis
    family = study.clean.frames["family"]
    return {
        "known_sex_age": (aged.sum(), n),
        "known_onset": (onset.sum(), n),
        "known_diagnosis": ((onset & diagnosis).sum(), n),
        "age_given_onset": _count(people.loc[onset, "age"].notna()),
        "site_given_diagnosis": _count(people.loc[dated, "site"].notna()),
        "family_coverage": (len(family), n),
    }


def _count_window(study: Study) -> Shares:
    """Return how many subjects have each vital sign between day 0 and day 92."""
    vitals = study.clean.frames["vitals"]
    early = vitals[vitals["day"].between(0, WINDOW_DAYS)]
    names = {"systolic": "pressure", "pulse": "pulse", "weight": "weight"}
    return {
        f"window_{title}": (
            early.loc[early[name].notna(), "subject_id"].nunique(),
            study.source.n_patients,
        )
        for name, title in names.items()
    }


def _measure_totals(study: Study) -> dict[str, float]:
    """Return means and quartiles over subjects of the best, median and worst original total."""
    alsfrs = study.clean.frames["alsfrs"]
    total = alsfrs.dropna(subset=["total"]).groupby("subject_id")["total"]
    best, middle_one, worst = (
        _of_many(values, study) for values in (total.max(), total.median(), total.min())
    )
    low, middle, high = _quartiles(best, study)
    return {
        "best_total_mean": best.mean(),
        "best_total_q1": low,
        "best_total_q2": middle,
        "best_total_q3": high,
        "median_total_mean": middle_one.mean(),
        "worst_total_mean": worst.mean(),
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
    for name, found in (("challenge", slope), ("early", first)):
        values = _of_many(found, study)
        quartiles = _quartiles(values, study)
        measured |= {f"{name}_mean": values.mean(), f"{name}_sd": values.std()}
        measured |= dict(zip([f"{name}_q{i}" for i in (1, 2, 3)], quartiles, strict=True))
    site = frames["history"].set_index("subject_id")["site"].astype("str").reindex(slope.index)
    bulbar, limb = (_of_many(slope[site == name], study) for name in ("bulbar", "limb"))
    fvc = frames["fvc"].dropna(subset=["percent"]).groupby("subject_id")["percent"].first()
    both = pd.concat([slope, fvc], axis=1, join="inner")
    both = both if len(_of_many(both.iloc[:, 0], study)) else both.iloc[:0]
    revised = alsfrs.dropna(subset=["total_revised"]).groupby("subject_id")["day"].max()
    return measured | {
        "bulbar_less_limb": bulbar.mean() - limb.mean(),
        "r_fvc_slope": both.corr().iloc[0, 1],
        "revised_follow_up": _of_many(revised, study).mean(),
    }


# --- survival ------------------------------------------------------------------------------


def _last_seen(study: Study) -> pd.Series:
    """Return the last day on which anything over time was recorded of each subject."""
    frames = [study.clean.frames[name] for name in ("alsfrs", "fvc", "svc", "vitals")]
    return pd.concat([f[["subject_id", "day"]] for f in frames]).groupby("subject_id")["day"].max()


def _measure_survival(study: Study) -> tuple[Shares, dict[str, float]]:
    """Return who of whom it is known died in which year since the onset, and who that was.

    Known is the fate of those who died in that year and of those who were seen later than that.
    So the printed shares must be meant: their deaths would otherwise grow fewer from year to year.
    """
    people = _by_subject(study)
    people = people[people["onset_day"].notna()]
    died = people["death_day"] - people["onset_day"]
    seen = _last_seen(study).reindex(people.index) - people["onset_day"]
    last = died.fillna(seen)
    days = _of_many(died, study)
    numbers = {"dead_since_onset_mean": days.mean(), "dead_since_onset_sd": days.std()}
    shares = {}
    for year in (1, 2, 3, 4):
        dead = died.gt((year - 1) * YEAR) & died.le(year * YEAR)
        known = dead | (last > year * YEAR)
        shares[f"dead_year_{year}"] = _count(dead[known])
    short = died <= SHORT_MONTHS * DAYS_PER_MONTH
    known = short | (last > SHORT_MONTHS * DAYS_PER_MONTH)
    complete, counts = _count_complete(study, people, short, known)
    return shares | complete, numbers | counts


def _count_complete(
    study: Study, people: pd.DataFrame, short: pd.Series, known: pd.Series
) -> tuple[Shares, dict[str, float]]:
    """Return what complete cases are like, and how many there are.

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
        f"{name}_{word}": _count(trait[cases["short"] == is_short])
        for name, trait in traits.items()
        for word, is_short in (("short", True), ("others", False))
    }
    shares = by_class | {
        "fvc_given_site": _count(people.loc[base, "percent"].notna()),
        "alsfrs_given_site": _count(asked[base]),
        "complete_short": _count(cases["short"]),
        "complete_riluzole": _count(cases["riluzole"]),
        "complete_bulbar": _count(site == "bulbar"),
        "complete_other_site": _count(site == "other"),
        "complete_young": _count(age < YOUNG),
    }
    n, is_real = study.source.n_patients, study.source.is_real
    n_whole, n_known = int(whole.sum()), len(cases)
    counts = {
        "complete_cases": tell_count(n_whole, n, is_real=is_real),
        "complete_known": tell_count(n_known, n_whole, is_real=is_real),
    }
    return shares, counts
