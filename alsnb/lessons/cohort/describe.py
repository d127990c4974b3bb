"""Describe cohorts of PRO-ACT in the tables that the paper prints, and beside them.

Frames hold aggregates only. From data of real patients no number is in them that says of fewer
than five patients that they have, or lack, something.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest

from alsnb.cohort import Cohort, select_cohort
from alsnb.disclosure import SMALLEST_COUNT, slope_histogram
from alsnb.features.proact import derive_features
from alsnb.outcomes import RULES, SCALES, SlopeSettings, slopes_of
from alsnb.published import fast_threshold, read_published
from alsnb.report.flow import merge_small_steps
from alsnb.report.tables import signed
from alsnb.study.proact import Study

DESCRIPTION = (
    "variable",
    "kind",
    "n_known",
    "observed",
    "value",
    "low",
    "high",
    "published_n_known",
    "published_observed",
    "published_value",
    "published_low",
    "published_high",
    "difference",
    "interval_low",
    "interval_high",
)
"""Columns of the description of a cohort.

``kind`` is ``"median"`` (with quartiles ``low`` and ``high``) or ``"share"``; ``n_known`` is the
number of patients in whom the variable is known and ``observed`` their share; ``difference`` is
``value`` less ``published_value``. Between ``interval_low`` and ``interval_high`` lies the value
among all patients of whom these are a sample, with 95 % confidence.
"""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A line of the description: a feature, and the entry of the published table it belongs to."""

    title: str
    feature: str
    kind: str
    published: str = ""
    share: str = "share"
    sign: int = 1
    digits: int = 0


VARIABLES = (
    Variable(title="Age, years", feature="age", kind="median", published="age_years"),
    Variable(title="Men", feature="male", kind="share", published="sex_male"),
    Variable(title="Height, cm", feature="height", kind="median", published="height_cm"),
    Variable(title="Caucasian", feature="caucasian", kind="share", published="caucasian"),
    Variable(
        title="Weight at first, kg",
        feature="first_weight",
        kind="median",
        published="weight_first_kg",
        digits=1,
    ),
    Variable(
        title="Days from onset to time zero",
        feature="onset_delta",
        kind="median",
        published="time_of_onset_days",
        sign=-1,
    ),
    Variable(
        title="Onset: limb",
        feature="site_limb",
        kind="share",
        published="onset_site",
        share="spinal",
    ),
    Variable(
        title="Onset: bulbar",
        feature="site_bulbar",
        kind="share",
        published="onset_site",
        share="bulbar",
    ),
    Variable(
        title="Onset: both", feature="site_both", kind="share", published="onset_site", share="both"
    ),
    Variable(
        title="Onset: other",
        feature="site_other",
        kind="share",
        published="onset_site",
        share="other",
    ),
    Variable(
        title="ALSFRS total at first",
        feature="first_alsfrs_total",
        kind="median",
        published="alsfrs_total_first",
    ),
    Variable(title="Riluzole", feature="riluzole", kind="share", published="riluzole_use"),
)
"""The lines of the paper's Table 1."""

REVISED_TOTAL = Variable(
    title="ALSFRS-R total at first", feature="first_alsfrs_r_total", kind="median"
)


def describe_cohort(study: Study) -> pd.DataFrame:
    """Return the paper's Table 1 for the study's cohort, beside what is printed.

    Returns
    -------
    DataFrame
        Columns :data:`DESCRIPTION`, a row per line of the table.
    """
    lines = describe_patients(study.features, is_real=study.source.is_real)
    printed = read_published()["paper_a"]["table1"]
    for row, variable in enumerate(VARIABLES):
        facts = printed[variable.published]
        low, high = facts.get("iqr", (np.nan, np.nan))
        value = facts.get("median", facts.get(variable.share))
        lines.loc[row, ["published_n_known", "published_observed"]] = (
            facts["count"],
            facts["observed"],
        )
        lines.loc[row, ["published_value", "published_low", "published_high"]] = value, low, high
    return lines.assign(difference=lines["value"] - lines["published_value"])


def describe_revised_cohort(study: Study) -> pd.DataFrame:
    """Return the description of the patients with a slope on the ALSFRS-R (the paper's S5).

    The paper's supplement is not public, so nothing is printed beside it.
    """
    cohort = select_cohort(study.clean, _settings(study, scale="ALSFRS-R"))
    features, _ = derive_features(study.clean, cohort)
    variables = (*VARIABLES, REVISED_TOTAL)
    return describe_patients(features, variables, is_real=study.source.is_real)


def describe_excluded(study: Study) -> pd.DataFrame:
    """Return the description of those with a questionnaire but no slope (the paper's S6).

    Time zero of a patient without a questionnaire that counts is the day of the first one.
    """
    visits = study.clean.frames["alsfrs"]
    first_day = visits.groupby("subject_id")["day"].min()
    patients = slopes_of(visits, study.cohort.settings).reindex(first_day.index)
    patients["time_zero_day"] = patients["time_zero_day"].fillna(first_day)
    patients = patients[~patients.index.isin(study.cohort.patients.index)]
    excluded = Cohort(settings=study.cohort.settings, patients=patients, flow=study.cohort.flow)
    features, _ = derive_features(study.clean, excluded)
    return describe_patients(features, is_real=study.source.is_real)


def describe_patients(
    features: pd.DataFrame, variables: tuple[Variable, ...] = VARIABLES, *, is_real: bool
) -> pd.DataFrame:
    """Return a row per variable of patients with these features, columns :data:`DESCRIPTION`."""
    rows = []
    for variable in variables:
        known = variable.sign * features[variable.feature].dropna()
        n_known = _withheld(len(known), len(features), is_real)
        row = {"variable": variable.title, "kind": variable.kind, "n_known": n_known}
        row["observed"] = n_known / max(len(features), 1)
        if variable.kind == "median":
            quartiles = known.quantile([0.25, 0.5, 0.75]) if not np.isnan(n_known) else [np.nan] * 3
            row["low"], row["value"], row["high"] = quartiles
            interval = interval_of_median(known) if not np.isnan(n_known) else (np.nan, np.nan)
            row["interval_low"], row["interval_high"] = interval
        elif len(known):
            n_with = _withheld(int(known.sum()), len(known), is_real)
            row["value"] = np.nan if np.isnan(n_known) else n_with / len(known)
            if not np.isnan(n_with) and not np.isnan(n_known):
                interval = binomtest(int(n_with), len(known)).proportion_ci(method="wilson")
                row["interval_low"], row["interval_high"] = interval
        rows.append(row)
    table = pd.DataFrame(rows).reindex(columns=list(DESCRIPTION))
    return _withhold_second(table, variables) if is_real else table


def interval_of_median(values: pd.Series, level: float = 0.95) -> tuple[float, float]:
    """Return an interval of the median that holds for any distribution, from the ranks.

    The number of values below the median is binomial, so two order statistics enclose it with
    at least the wanted probability; with fewer than six values none do.
    """
    ordered, n = np.sort(values.to_numpy(dtype=float)), len(values)
    rank = int(binom.ppf((1 - level) / 2, n, 0.5))
    if n < 1 or rank < 1:
        return np.nan, np.nan
    return ordered[rank - 1], ordered[n - rank]


def _withhold_second(table: pd.DataFrame, variables: tuple[Variable, ...]) -> pd.DataFrame:
    """Withhold a second share where one of several that add up to all is withheld.

    The first would otherwise be what the others lack to all.
    """
    value = table["value"].copy()
    parts = pd.Series([v.published if v.share != "share" else "" for v in variables])
    for part in parts[parts != ""].unique():
        lines = value[parts == part]
        if lines.isna().sum() == 1 and (known := lines[lines > 0]).size:
            value[known.idxmin()] = np.nan
    withheld = value.isna()
    bounds = {name: table[name].mask(withheld) for name in ("interval_low", "interval_high")}
    return table.assign(value=value, **bounds)


def word_description(description: pd.DataFrame) -> pd.DataFrame:
    """Return a description in words, as a page shows it.

    Returns
    -------
    DataFrame
        Text: ``Variable``, then for what is published (if anything is) and this run who is
        known and the value, then the difference in the unit of the value or in points.
    """
    digits = {variable.title: variable.digits for variable in (*VARIABLES, REVISED_TOTAL)}
    rows = []
    for line in description.to_dict("records"):
        row = {"Variable": line["variable"]}
        for title, prefix in (("Published", "published_"), ("This run", "")):
            facts = [line[f"{prefix}{name}"] for name in ("value", "low", "high")]
            row[f"{title}: known"] = _known(line[f"{prefix}n_known"], line[f"{prefix}observed"])
            row[title] = _value(line["kind"], facts, digits[line["variable"]])
            if line[f"{prefix}n_known"] == 0:
                row[title] = "none known"
        row["Difference"] = _difference(line, digits[line["variable"]])
        rows.append(row)
    words = pd.DataFrame(rows)
    if description["published_value"].isna().all():
        words = words.drop(columns=["Published: known", "Published", "Difference"])
    return words


def _known(n_known: float, observed: float) -> str:
    return "withheld" if np.isnan(n_known) else f"{int(n_known):,} ({observed:.1%})"


def _value(kind: str, facts: list[float], digits: int) -> str:
    if np.isnan(facts[0]):
        return "withheld"
    if kind == "share":
        return f"{facts[0]:.1%}"
    value, low, high = (signed(fact, digits) for fact in facts)
    return f"{value} ({low} to {high})"


def _difference(line: dict, digits: int) -> str:
    difference = line["difference"]
    if np.isnan(difference):
        return ""
    if line["kind"] == "share":
        return f"{signed(100 * difference, 1)} points"
    return signed(difference, digits)


def _withheld(n_with: int, n_patients: int, is_real: bool) -> float:
    """Return a count, or NaN if it, or what it lacks to all, is too small to be told."""
    small = any(0 < n < SMALLEST_COUNT for n in (n_with, n_patients - n_with))
    return np.nan if is_real and small else float(n_with)


# --- the flow and the slope --------------------------------------------------------------


def shown_flow(study: Study, rule: str | None = None) -> pd.DataFrame:
    """Return the flow of a rule (the study's own by default) as a page may show it.

    From real data, a step at which fewer than five drop out is joined with a neighbor, and
    both numbers are NaN where fewer than five remain.
    """
    flow = study.cohort.flow
    if rule is not None:
        flow = select_cohort(study.clean, _settings(study, rule=rule)).flow
    if not study.source.is_real:
        return flow
    joined = merge_small_steps(flow)
    few = joined["remaining"].between(1, SMALLEST_COUNT - 1)
    return joined.assign(**{name: joined[name].mask(few) for name in ("excluded", "remaining")})


def slope_bars(study: Study) -> pd.DataFrame:
    """Return counts of patients by slope: ``low``, ``high``, ``n_patients`` (at least five)."""
    slope = study.cohort.patients["slope"]
    too_few = study.source.is_real and len(slope) < SMALLEST_COUNT
    return slope_histogram(slope).iloc[: 0 if too_few else None]


def compare_rules(study: Study) -> pd.DataFrame:
    """Return the size and the slope of the cohort by scale and rule.

    Returns
    -------
    DataFrame
        ``scale``, ``rule``, ``n_patients``, ``published`` (number of patients; NaN where
        none is printed), then of the slope in points per month ``mean``, ``sd``, ``low``,
        ``median`` and ``high`` (quartiles), ``skewness``, and ``share_fast``, the share below
        :func:`fast_threshold`.
    """
    printed = read_published()["paper_a"]["cohort"]
    published = {"ALSFRS": printed["patients"], "ALSFRS-R": printed["alsfrs_r_patients"]}
    rows = []
    for scale in SCALES:
        for rule in RULES:
            cohort = select_cohort(study.clean, _settings(study, scale=scale, rule=rule))
            known = published[scale] if rule == "paper" else np.nan
            facts = _slope_facts(cohort.patients["slope"], study.source.is_real)
            rows.append({"scale": scale, "rule": rule, "published": known} | facts)
    columns = ["scale", "rule", "n_patients", "published"]
    frame = pd.DataFrame(rows)
    return frame[[*columns, *frame.columns.difference(columns, sort=False)]]


def _slope_facts(slope: pd.Series, is_real: bool) -> dict[str, float]:
    n_patients, n_fast = len(slope), int((slope < fast_threshold()).sum())
    facts = {"n_patients": n_patients}
    if is_real and n_patients < SMALLEST_COUNT:
        # a cohort of so few has no summary that hides them
        facts["n_patients"] = n_patients if n_patients == 0 else np.nan
        slope = slope[:0]
    low, median, high = slope.quantile([0.25, 0.5, 0.75])
    share = _withheld(n_fast, n_patients, is_real) / max(n_patients, 1)
    return facts | {
        "mean": slope.mean(),
        "sd": slope.std(),
        "low": low,
        "median": median,
        "high": high,
        "skewness": slope.skew(),
        "share_fast": share if len(slope) else np.nan,
    }


def _settings(study: Study, **changes: str) -> SlopeSettings:
    """Return the study's settings but for some."""
    return SlopeSettings(**vars(study.cohort.settings) | changes)
