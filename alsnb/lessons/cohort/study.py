"""Ask of a cohort what its definition does: to its size, to its target, to what an error is worth.

Frames hold aggregates only. From data of real patients no number is in them that says of fewer
than five patients that they have, or lack, something, or that so few differ.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.cohort import Cohort, select_cohort
from alsnb.disclosure import SMALLEST_COUNT, is_small, slope_histogram, tell_count
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.features.proact import derive_features
from alsnb.outcomes import RULES, SCALES, SlopeSettings, slopes_of
from alsnb.published import fast_threshold, read_published
from alsnb.report.flow import merge_small_steps
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.study.describe import OWN, VARIABLES, Variable, describe_patients
from alsnb.study.difficulty import as_predictions
from alsnb.study.proact import Study, on_scale
from alsnb.study.truth import read_truth
from alsnb.supplement import read_supplement

BY_PAPER, BY_CHALLENGE, NO_SLOPE = "Paper's rule", "Challenge's rule only", "No slope"

GROUPS = (BY_PAPER, BY_CHALLENGE, NO_SLOPE)
"""Who has a slope: by either rule, only because the last visit may stand in, or by neither."""

SHARES = ("Bulbar onset", "Reported dead", "Reported dead within 12 months")
"""Measures of the comparison that are shares of patients; the others are means."""

POINTS = {"bulbar": 12.0, "fine": 8.0, "trunk": 8.0, "gross": 8.0, "breath": 4.0}
"""Points of the total in each domain, which is as much as the disease can take there."""

REVISED_TOTAL = Variable("ALSFRS-R total at first", "first_alsfrs_r_total", "median")

# --- who is left -------------------------------------------------------------------------


def shown_flow(study: Study) -> pd.DataFrame:
    """Return the flow of the cohort as a page may show it.

    From real data, a step at which fewer than five drop out is joined with a neighbor, and both
    numbers are NaN where fewer than five remain.
    """
    if not study.source.is_real:
        return study.cohort.flow
    joined = merge_small_steps(study.cohort.flow)
    few = is_small(joined["remaining"])
    return joined.assign(**{name: joined[name].mask(few) for name in ("excluded", "remaining")})


def tabulate_cohort(study: Study) -> pd.DataFrame:
    """Return the paper's Table 1 for the study's cohort, beside what is printed."""
    lines = describe_patients(study.features, is_real=study.source.is_real)
    return _beside(lines, read_published()["paper_a"]["table1"])


def _beside(lines: pd.DataFrame, printed: Mapping[str, Mapping]) -> pd.DataFrame:
    """Return a description of patients beside what is printed of each variable, if anything."""
    columns = [f"published_{name}" for name in OWN]
    for row, variable in enumerate(VARIABLES):
        facts = printed.get(variable.published, {})
        value = facts.get("median", facts.get(variable.share, np.nan))
        quartiles = facts.get("iqr", (np.nan, np.nan))
        known = [facts.get(name, np.nan) for name in ("count", "observed")]
        lines.loc[row, columns] = *known, value, *quartiles
    return lines.assign(difference=lines["value"] - lines["published_value"])


def tabulate_revised(study: Study) -> pd.DataFrame:
    """Return the description of the patients with a slope on the ALSFRS-R (the paper's S5).

    Beside it stands what is entered of S5 (:mod:`alsnb.supplement`).
    """
    features, variables = on_scale(study, "ALSFRS-R").features, (*VARIABLES, REVISED_TOTAL)
    lines = describe_patients(features, variables, is_real=study.source.is_real)
    return _beside(lines, read_supplement()["S5"])


def tabulate_excluded(study: Study) -> pd.DataFrame:
    """Return the description of those with a questionnaire but no slope (the paper's S6).

    Time zero of a patient without a questionnaire that counts is the day of the first one.
    """
    visits = study.clean.frames["alsfrs"]
    first_day = visits.groupby("subject_id")["day"].min()
    patients = slopes_of(visits, study.cohort.settings).reindex(first_day.index)
    patients["time_zero_day"] = patients["time_zero_day"].fillna(first_day)
    patients = patients[~patients.index.isin(study.cohort.patients.index)]
    features, _ = derive_features(study.clean, replace(study.cohort, patients=patients))
    lines = describe_patients(features, is_real=study.source.is_real)
    return _beside(lines, read_supplement()["S6"])


# --- the slope under one rule and another ------------------------------------------------


def slopes_by_speed(study: Study, width: float = 0.2) -> pd.DataFrame:
    """Return the distribution of the slope of those with one by either rule, a row per bar.

    ``share`` is that of the ``group``; ``fast`` bars end where the paper begins to speak of fast
    decline. No bar has fewer than five patients.
    """
    threshold, rows, groups = fast_threshold(), [], _group_patients(study)
    slopes = _slopes(study, rule="challenge")["slope"]
    for group in GROUPS[:2]:
        slope = slopes[groups == group]
        if len(slope) < SMALLEST_COUNT:
            continue
        # bars start from the threshold, so that none lies on both sides of it
        bars = slope_histogram(slope - threshold, width)
        bars = bars.assign(group=group, fast=bars["high"] < width / 2)
        rows.append(bars.assign(low=bars["low"] + threshold, high=bars["high"] + threshold))
    columns = ["group", "low", "high", "n_patients", "fast"]
    frame = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    share = frame["n_patients"] / frame.groupby("group")["n_patients"].transform("sum")
    return frame[columns].assign(share=share.astype(float))


def shares_fast(bars: pd.DataFrame) -> pd.Series:
    """Return by group what share of it the bars of :func:`slopes_by_speed` call fast."""
    fast = bars["share"].where(bars["fast"].astype(bool), 0.0)
    return fast.groupby(bars["group"], sort=False).sum()


def compare_rules(study: Study) -> pd.DataFrame:
    """Return the size of the cohort and the distribution of its slope by scale and rule.

    ``published`` is the number of patients; ``share_fast`` lies below
    :func:`alsnb.published.fast_threshold`.
    """
    printed, rows = read_published()["paper_a"]["cohort"], []
    by_paper = {"ALSFRS": printed["patients"], "ALSFRS-R": printed["alsfrs_r_patients"]}
    for (scale, rule), slope in _slopes_by_rule(study).items():
        published = by_paper[scale] if rule == "paper" else np.nan
        head = {"scale": scale, "rule": rule, "n_patients": len(slope), "published": published}
        rows.append(head | _slope_facts(slope, study.source.is_real))
    return pd.DataFrame(rows)


def _slopes_by_rule(study: Study) -> dict[tuple[str, str], pd.Series]:
    return {
        (scale, rule): _slopes(study, scale=scale, rule=rule)["slope"].dropna()
        for scale in SCALES
        for rule in RULES
    }


def _slope_facts(slope: pd.Series, is_real: bool) -> dict[str, float]:
    n_patients, n_fast = len(slope), int((slope < fast_threshold()).sum())
    few = {}
    if is_real and n_patients < SMALLEST_COUNT:
        # a cohort of so few has no summary that hides them
        few, slope = {"n_patients": n_patients if n_patients == 0 else np.nan}, slope[:0]
    low, median, high = slope.quantile([0.25, 0.5, 0.75])
    share = tell_count(n_fast, n_patients, is_real=is_real) / max(n_patients, 1)
    facts = {"mean": slope.mean(), "sd": slope.std(), "low": low, "median": median, "high": high}
    share = share if len(slope) else np.nan
    return few | facts | {"skewness": slope.skew(), "share_fast": share}


def vary_definition(study: Study) -> pd.DataFrame:
    """Return the size of the cohort and mean and SD of the slope under small decisions.

    ``n_moved`` counts who come into the cohort, drop out of it, or whose slope joins other visits.
    """
    rows, told = [], []
    for name, settings in _definitions(study.cohort.settings).items():
        cohort = select_cohort(study.clean, settings)
        n_patients, n_moved = len(cohort.patients), _count_moved(study.cohort, cohort)
        # the difference of two sizes is a count as well
        gaps = [n_moved, *(abs(n_patients - other) for other in told)]
        hidden = study.source.is_real and is_small(pd.Series(gaps)).any()
        slope = cohort.patients["slope"]
        facts = [n_patients, n_moved, slope.mean(), slope.std()]
        rows.append([name, *([np.nan] * 4 if hidden else map(float, facts))])
        told += [] if hidden else [n_patients]
    return pd.DataFrame(rows, columns=["definition", "n_patients", "n_moved", "mean", "sd"])


def _definitions(settings: SlopeSettings) -> dict[str, SlopeSettings]:
    """Return by name the study's settings, and others that differ in one small decision."""
    month, other_way = settings.days_per_month, {"strict": not settings.strict}
    thirty = {"days_per_month": 30.0}
    changes = {
        "as in this study": {},
        "a bound belongs to what comes after it": other_way,
        "month of 365.25 / 12 days": {"days_per_month": 365.25 / 12},
        "month of 30 days": thirty,
        "month of 30 days, bounds the other way": thirty | other_way,
        "window of 90 days": {"window_months": 90 / month},
        "window of 91 days": {"window_months": 91 / month},
        "window of 92 days": {"window_months": 92 / month},
    }
    return {name: replace(settings, **change) for name, change in changes.items()}


def _count_moved(base: Cohort, other: Cohort) -> int:
    """Return how many patients are in one cohort only or have a slope between other visits."""
    both = base.patients.index.intersection(other.patients.index)
    days = [
        cohort.patients.loc[both, ["t1_month", "t2_month"]] * cohort.settings.days_per_month
        for cohort in (base, other)
    ]
    elsewhere = ((days[0] - days[1]).abs() > 0.5).any(axis=1)
    return len(base.patients) + len(other.patients) - 2 * len(both) + int(elsewhere.sum())


# --- those with a slope and those without --------------------------------------------------


def _group_patients(study: Study) -> pd.Series:
    """Return for everyone with a questionnaire that counts which of :data:`GROUPS` they are in."""
    has = pd.DataFrame({rule: _slopes(study, rule=rule)["slope"].notna() for rule in RULES})
    groups = np.select([has["paper"], has["challenge"]], [BY_PAPER, BY_CHALLENGE], NO_SLOPE)
    return pd.Series(groups, index=has.index, dtype=object)


def _slopes(study: Study, **changes: str) -> pd.DataFrame:
    """Return the slopes by the study's settings but for some."""
    return slopes_of(study.clean.frames["alsfrs"], replace(study.cohort.settings, **changes))


def compare_groups(study: Study) -> pd.DataFrame:
    """Return how those with a slope and those without differ at the start, and in how they end.

    A row per ``measure`` and ``group``: a mean, or a share for :data:`SHARES`, with a normal 95 %
    interval.
    """
    groups, rows = _group_patients(study), []
    for measure, values in _measures(study, groups.index).items():
        for group in GROUPS:
            members = values[groups == group]
            facts = _average(members, measure in SHARES, study.source.is_real)
            rows.append({"measure": measure, "group": group, "n_patients": len(members)} | facts)
    return pd.DataFrame(rows)


def _measures(study: Study, index: pd.Index) -> pd.DataFrame:
    """Return what the groups are compared in, a row per patient."""
    settings, everyone = study.cohort.settings, _slopes(study)
    features, _ = derive_features(study.clean, replace(study.cohort, patients=everyone))
    first = features["first_alsfrs_total"]
    months = -features["onset_delta"] / settings.days_per_month
    died = study.clean.frames["death"].drop_duplicates("subject_id").set_index("subject_id")
    died = died.reindex(everyone.index)
    month_of_death = (died["death_day"] - everyone["time_zero_day"]) / settings.days_per_month
    # where nothing is recorded of anybody, that nobody is reported dead says nothing
    reported = (died["died"] == 1) * (1.0 if died["died"].notna().any() else np.nan)
    in_time = (month_of_death <= settings.end_months) * (
        1.0 if month_of_death.notna().any() else np.nan
    )
    measures = {
        "Age, years": features["age"],
        "Months from onset to time zero": months,
        "Bulbar onset": features["site_bulbar"],
        "ALSFRS total at time zero": first,
        "Points lost per month before time zero": (40 - first) / months.where(months > 0),
        "Points lost per month, months 0 to 3": -features["slope_alsfrs_total"],
        "First FVC, % of normal": features["first_fvc_percent"],
        "Reported dead": reported,
        "Reported dead within 12 months": reported * in_time,
    }
    return pd.DataFrame(measures).reindex(index)


def _average(values: pd.Series, is_share: bool, is_real: bool) -> dict[str, float]:
    """Return how many are known, their mean with its interval, and their SD."""
    known = values.dropna()
    counts = [len(known), len(values) - len(known)]
    counts += [int(known.sum()), int((1 - known).sum())] if is_share else []
    if (is_real and is_small(pd.Series(counts)).any()) or len(known) < 2:
        return dict.fromkeys(["n_known", ESTIMATE, LOW, HIGH, "sd"], np.nan)
    mean, sd = known.mean(), known.std()
    half = 1.96 * sd / np.sqrt(len(known))
    bounds = {ESTIMATE: mean, LOW: mean - half, HIGH: mean + half}
    return {"n_known": float(len(known)), **bounds, "sd": sd}


def subtract_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Return those without a slope minus those with one by the paper's rule, a row per measure.

    ``estimate``, ``low`` and ``high`` (normal 95 % interval) are in standard deviations of those
    with a slope, ``raw`` to ``raw_high`` in the unit of the measure. What is withheld is left out.
    """
    by_measure = frame.set_index("measure")
    one, other = (by_measure[by_measure["group"] == name] for name in (NO_SLOPE, BY_PAPER))
    raw = one[ESTIMATE] - other[ESTIMATE]
    half = np.hypot(one[HIGH] - one[ESTIMATE], other[HIGH] - other[ESTIMATE])
    columns = {"raw": raw, "raw_low": raw - half, "raw_high": raw + half}
    # a deviation that is only rounding is no unit
    unit = other["sd"].where(other["sd"] > 1e-9 * (1 + other[ESTIMATE].abs()))
    scaled = {ESTIMATE: raw / unit, LOW: (raw - half) / unit, HIGH: (raw + half) / unit}
    rows = pd.DataFrame(scaled | columns).dropna()
    return rows.rename_axis("label").reset_index()


def true_courses(study: Study, truth: Path | None) -> pd.DataFrame:
    """Return what is true of each group in a twin, whether or not anybody came to see it.

    ``estimate`` is the mean of the points that the disease takes per month from month 3 to 12,
    had everybody lived and stayed; ``dead`` the share who die within 12 months of time zero.
    Empty if the patients are real.
    """
    patients, rows = read_truth(truth), {}
    if not patients.empty:
        groups, lost = _group_patients(study), _points_lost(truth)
        settings = study.cohort.settings
        days = patients["death_day"].reindex(groups.index) - _slopes(study)["time_zero_day"]
        dead = days <= settings.end_months * settings.days_per_month
        for group in GROUPS:
            members = groups.index[groups == group]
            facts = _average(lost.reindex(members), False, False)
            rows[group] = {"n_patients": len(members), "dead": dead[members].mean()} | facts
    return pd.DataFrame.from_dict(rows, orient="index")


def _points_lost(truth: Path) -> pd.Series:
    """Return the points that the disease takes from each total per month, from month 3 to 12."""
    with (truth / "course.parquet").open("rb") as file:
        course = pd.read_parquet(file).set_index(["month", "subject_id"])
    columns = [f"lost_{domain}" for domain in POINTS]
    lost = course[columns].clip(lower=0, upper=list(POINTS.values()), axis="columns").sum(axis=1)
    return (lost.loc[12] - lost.loc[3]) / 9


# --- what an error is worth ----------------------------------------------------------------


def measure_yardsticks(study: Study, n_resamples: int) -> pd.DataFrame:
    """Return the RMSD of predicting everybody the mean, by scale and rule.

    ``same_skill`` is the RMSD of a model that explains as much of the variance as the paper's
    best, on the patients of this row. No row where there are too few patients.
    """
    rows = []
    for (scale, rule), slope in _slopes_by_rule(study).items():
        if len(slope) >= SMALLEST_COUNT:
            facts = {"scale": scale, "rule": rule, "label": f"{scale}, {rule}'s rule"}
            rows.append(facts | {"n_patients": len(slope)} | _error_of_mean(slope, n_resamples))
    frame = pd.DataFrame(rows)
    return frame.assign(same_skill=frame[ESTIMATE] * np.sqrt(1 - _best_published_r2()))


def _error_of_mean(slope: pd.Series, n_resamples: int) -> dict[str, float]:
    frame = as_predictions(pd.Series(slope.mean(), slope.index), slope, "mean")
    # resampled with the mean of the resample, as the standard deviation is
    scores = score_predictions(frame, metrics=["sd_observed"], n_resamples=n_resamples)
    return scores.iloc[0][[ESTIMATE, LOW, HIGH]].to_dict()


def _best_published_r2() -> float:
    """Return the share of variance that the best model of the paper's table 2 explains."""
    printed = read_published()["paper_a"]["table2"]
    return max(facts["pcc"] for facts in printed.values() if "pcc_ci" in facts) ** 2


def price_rules(yardsticks: pd.DataFrame) -> dict[str, float]:
    """Return what one skill (``r2``) is worth in RMSD by either rule on the original scale.

    ``published`` is by how much the paper's best network has a lower RMSD than the forest it
    cites. Empty if there are too few patients for one of the rules.
    """
    rows = yardsticks[yardsticks["scale"] == "ALSFRS"].set_index("rule")["same_skill"]
    if not set(RULES) <= set(rows.index):
        return {}
    printed = read_published()["paper_a"]["table2"]
    best = min(facts["rmsd"] for facts in printed.values() if "rmsd_ci" in facts)
    return {
        "r2": _best_published_r2(),
        "paper": rows["paper"],
        "challenge": rows["challenge"],
        "gap": abs(rows["challenge"] - rows["paper"]),
        "published": printed["RF"]["rmsd"] - best,
    }
