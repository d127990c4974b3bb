"""Compare the patients who have a slope with those whom the rule leaves out.

From data of real patients a number that rests on fewer than five of them is NaN.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.cohort import Cohort
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.disclosure import say_count as count
from alsnb.features.proact import derive_features
from alsnb.outcomes import RULES, SlopeSettings, slopes_of
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.study.proact import Study
from alsnb.study.truth import read_truth

BY_PAPER, BY_CHALLENGE, NO_SLOPE = "Paper's rule", "Challenge's rule only", "No slope"

GROUPS = (BY_PAPER, BY_CHALLENGE, NO_SLOPE)
"""Who has a slope: by either rule, only because the last visit may stand in, or by neither."""

SHARES = ("Bulbar onset", "Reported dead", "Reported dead within 12 months")
"""Measures of the comparison that are shares of patients; the others are means."""

POINTS = {"bulbar": 12.0, "fine": 8.0, "trunk": 8.0, "gross": 8.0, "breath": 4.0}
"""Points of the total in each domain, which is as much as the disease can take there."""

HALF_WIDTH = 1.96
"""Half a normal 95 % interval, in standard errors."""


def revised_settings(study: Study, **changes: str) -> SlopeSettings:
    """Return the study's settings but for some."""
    return SlopeSettings(**vars(study.cohort.settings) | changes)


def group_patients(study: Study) -> pd.Series:
    """Return for everyone with a questionnaire that counts which of :data:`GROUPS` they are in."""
    visits = study.clean.frames["alsfrs"]
    has = {
        rule: slopes_of(visits, revised_settings(study, rule=rule))["slope"].notna()
        for rule in RULES
    }
    groups = pd.Series(NO_SLOPE, index=has["paper"].index, dtype=object)
    groups[has["challenge"]] = BY_CHALLENGE
    groups[has["paper"]] = BY_PAPER
    return groups


def compare_groups(study: Study) -> pd.DataFrame:
    """Return how those with a slope and those without differ at the start, and in how they end.

    Returns
    -------
    DataFrame
        ``measure``, ``group``, ``n_patients``, ``n_known``, ``estimate`` (a mean, or a share
        for :data:`SHARES`), ``low``, ``high`` (normal 95 % interval) and ``sd``.
    """
    groups = group_patients(study)
    measures = _measures(study, groups.index)
    rows = []
    for measure, values in measures.items():
        for group in GROUPS:
            members = values[groups == group]
            facts = _describe(members, measure in SHARES, study.source.is_real)
            rows.append({"measure": measure, "group": group, "n_patients": len(members)} | facts)
    return pd.DataFrame(rows)


def _measures(study: Study, index: pd.Index) -> pd.DataFrame:
    """Return what the groups are compared in, a row per patient."""
    settings = study.cohort.settings
    everyone = slopes_of(study.clean.frames["alsfrs"], settings)
    cohort = Cohort(settings=settings, patients=everyone, flow=study.cohort.flow)
    features, _ = derive_features(study.clean, cohort)
    first = features["first_alsfrs_total"]
    months = -features["onset_delta"] / settings.days_per_month
    died = study.clean.frames["death"].drop_duplicates("subject_id").set_index("subject_id")
    died = died.reindex(everyone.index)
    month_of_death = (died["death_day"] - everyone["time_zero_day"]) / settings.days_per_month
    reported = (died["died"] == 1).astype(float)
    measures = {
        "Age, years": features["age"],
        "Months from onset to time zero": months,
        "Bulbar onset": features["site_bulbar"],
        "ALSFRS total at time zero": first,
        "Points lost per month before time zero": (40 - first) / months.where(months > 0),
        "Points lost per month, months 0 to 3": -features["slope_alsfrs_total"],
        "First FVC, % of normal": features["first_fvc_percent"],
        "Reported dead": reported,
        "Reported dead within 12 months": reported * (month_of_death <= settings.end_months),
    }
    return pd.DataFrame(measures).reindex(index)


def _describe(values: pd.Series, is_share: bool, is_real: bool) -> dict[str, float]:
    """Return how many are known, their mean with its interval, and their SD."""
    known = values.dropna()
    counts = [len(known), len(values) - len(known)]
    counts += [int(known.sum()), int((1 - known).sum())] if is_share else []
    hidden = is_real and any(0 < number < SMALLEST_COUNT for number in counts)
    if hidden or len(known) < 2:
        return dict.fromkeys(["n_known", ESTIMATE, LOW, HIGH, "sd"], np.nan)
    mean, sd = known.mean(), known.std()
    half = HALF_WIDTH * sd / np.sqrt(len(known))
    return {
        "n_known": float(len(known)),
        ESTIMATE: mean,
        LOW: mean - half,
        HIGH: mean + half,
        "sd": sd,
    }


def word_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison of groups in words: a row per measure, a column per group."""
    cells = frame.assign(
        cell=[_cell(row) for row in frame.to_dict("records")],
        column=[f"{row.group} ({count(row.n_patients)})" for row in frame.itertuples()],
    )
    wide = cells.pivot_table(index="measure", columns="column", values="cell", aggfunc="first")
    order = cells["column"].drop_duplicates()
    wide = wide.loc[frame["measure"].unique(), order].rename_axis(columns=None)
    return wide.rename_axis("Measure").reset_index()


def _cell(row: dict) -> str:
    if np.isnan(row[ESTIMATE]):
        return "withheld or unknown"
    scale, digits = (100, 1) if row["measure"] in SHARES else (1, 2)
    text = interval(*(scale * row[name] for name in (ESTIMATE, LOW, HIGH)), digits)
    return f"{text} %" if scale == 100 else text


def subtract_groups(frame: pd.DataFrame, group: str = NO_SLOPE) -> pd.DataFrame:
    """Return a group minus those with a slope by the paper's rule, in their SDs and as it is.

    Returns
    -------
    DataFrame
        ``label``, ``estimate``, ``low`` and ``high`` (normal 95 % interval) in standard
        deviations of those with a slope, and ``raw``, ``raw_low``, ``raw_high`` in the unit
        of the measure. Measures that are withheld are left out.
    """
    one, other = (frame[frame["group"] == name].set_index("measure") for name in (group, BY_PAPER))
    raw = one[ESTIMATE] - other[ESTIMATE]
    half = np.hypot(one[HIGH] - one[ESTIMATE], other[HIGH] - other[ESTIMATE])
    columns = {"raw": raw, "raw_low": raw - half, "raw_high": raw + half}
    # a deviation that is only rounding is no unit
    unit = other["sd"].where(other["sd"] > 1e-9 * (1 + other[ESTIMATE].abs()))
    scaled = {ESTIMATE: raw / unit, LOW: (raw - half) / unit, HIGH: (raw + half) / unit}
    rows = pd.DataFrame(scaled | columns).dropna()
    return rows.rename_axis("label").reset_index()


def say_gap(gaps: pd.DataFrame, measure: str, digits: int = 2) -> str:
    """Return one difference between groups with its interval, for a sentence."""
    row = gaps[gaps["label"] == measure]
    if row.empty:
        return "not told, for too few patients"
    values = row[["raw", "raw_low", "raw_high"]].iloc[0] * (100 if measure in SHARES else 1)
    middle, low, high = (signed(value, digits) for value in values)
    return f"{middle} (95 % interval {low} to {high})"


def true_courses(study: Study, truth: Path | None) -> pd.DataFrame:
    """Return what is true of the groups in a twin, whether or not anybody came to see it.

    Returns
    -------
    DataFrame
        ``group``, ``n_patients``, ``estimate`` (mean points of the total that the disease takes
        per month from month 3 to 12, had everybody lived and stayed) with ``low`` and
        ``high`` (normal 95 % interval), and ``dead`` (share who die within 12 months of time
        zero). Empty if the patients are real.
    """
    patients, rows = read_truth(truth), []
    if not patients.empty:
        groups = group_patients(study)
        zero = slopes_of(study.clean.frames["alsfrs"], study.cohort.settings)["time_zero_day"]
        until = study.cohort.settings.end_months * study.cohort.settings.days_per_month
        lost = _points_lost(truth)
        for group in GROUPS:
            members = groups.index[groups == group]
            facts = _describe(lost.reindex(members), False, False)
            dead = (patients["death_day"].reindex(members) - zero.reindex(members) <= until).mean()
            rows.append({"group": group, "n_patients": len(members), "dead": dead} | facts)
    columns = ["group", "n_patients", ESTIMATE, LOW, HIGH, "dead"]
    return pd.DataFrame(rows, columns=columns)


def _points_lost(truth: Path) -> pd.Series:
    """Return what the disease takes from each patient's total per month, from month 3 to 12."""
    course = pd.read_parquet(truth / "course.parquet").set_index(["month", "subject_id"])
    columns = [f"lost_{domain}" for domain in POINTS]
    lost = course[columns].clip(lower=0, upper=list(POINTS.values()), axis="columns").sum(axis=1)
    return (lost.loc[12] - lost.loc[3]) / 9


def word_truth(courses: pd.DataFrame) -> str:
    """Return in a sentence what is true of those who are left out."""
    if courses.empty:
        return (
            "These are real patients: how those without a slope would have gone on, nobody knows."
        )
    by_group = courses.set_index("group")
    left, kept = by_group.loc[NO_SLOPE], by_group.loc[BY_PAPER]
    rates = [interval(row[ESTIMATE], row[LOW], row[HIGH], 2) for row in (left, kept)]
    return (
        "In the twin the rest is known. Between month three and month twelve the disease takes "
        f"{rates[0]} points a month from those without a slope, whether or not anybody comes to "
        f"see it, and {rates[1]} from those with one. Of the first, {left['dead']:.0%} die "
        "within twelve months of time zero."
    )
