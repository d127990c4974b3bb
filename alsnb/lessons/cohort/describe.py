"""Describe cohorts of PRO-ACT in the tables that the paper prints, and beside them.

Frames hold aggregates only. From data of real patients no number is in them that says of fewer
than five patients that they have, or lack, something.
"""

import numpy as np
import pandas as pd

from alsnb.cohort import Cohort, select_cohort
from alsnb.disclosure import SMALLEST_COUNT, slope_histogram
from alsnb.features.proact import derive_features
from alsnb.outcomes import RULES, SCALES, SlopeSettings, slopes_of
from alsnb.published import fast_threshold, read_published
from alsnb.report.flow import merge_small_steps
from alsnb.report.tables import signed
from alsnb.study.describe import VARIABLES, Variable, describe_patients, withheld
from alsnb.study.proact import Study

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
    share = withheld(n_fast, n_patients, is_real) / max(n_patients, 1)
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
