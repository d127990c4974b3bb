"""Ask of a cohort what its definition does: to its size, to its target, to what an error is worth.

Frames hold aggregates only. From data of real patients a number that rests on fewer than five
of them, or tells that fewer than five differ, is NaN.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.cohort import Cohort, select_cohort
from alsnb.disclosure import SMALLEST_COUNT, slope_histogram
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.lessons.cohort.cohort_selection import (
    BY_CHALLENGE,
    BY_PAPER,
    GROUPS,
    group_patients,
    revised_settings,
)
from alsnb.outcomes import RULES, SCALES, SlopeSettings, slopes_of
from alsnb.published import fast_threshold, read_published, word_description
from alsnb.report.tables import interval, signed
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
    SPLIT,
)
from alsnb.study.proact import Study


def definitions(settings: SlopeSettings) -> Mapping[str, SlopeSettings]:
    """Return by name the study's settings, and others that differ in one small decision."""

    def but(**changes: object) -> SlopeSettings:
        return SlopeSettings(**vars(settings) | changes)

    month = settings.days_per_month
    return {
        "as in this study": settings,
        "a bound belongs to what comes after it": but(strict=not settings.strict),
        "month of 365.25 / 12 days": but(days_per_month=365.25 / 12),
        "month of 30 days": but(days_per_month=30.0),
        "month of 30 days, bounds the other way": but(
            days_per_month=30.0, strict=not settings.strict
        ),
        "window of 90 days": but(window_months=90 / month),
        "window of 91 days": but(window_months=91 / month),
        "window of 92 days": but(window_months=92 / month),
    }


def word_steps(flow: pd.DataFrame, n_steps: int = 2) -> str:
    """Return in a phrase at which steps of a flow most patients drop out, and how many."""
    largest = flow[flow["excluded"] > 0].nlargest(n_steps, "excluded")
    parts = [
        f"{row.excluded:,} for want of {row.step.removeprefix('with ')}"
        for row in largest.itertuples()
    ]
    return "; ".join(parts) or "nobody drops out"


def vary_definition(study: Study) -> pd.DataFrame:
    """Return the size of the cohort and the moments of the slope under small decisions.

    Returns
    -------
    DataFrame
        ``definition``, ``n_patients``, ``n_moved`` (who come into the cohort, drop out of it,
        or whose slope joins other visits than in the study), ``mean`` and ``sd`` of the slope
        in points per month.
    """
    rows, told = [], []
    for name, settings in definitions(study.cohort.settings).items():
        cohort = select_cohort(study.clean, settings)
        n_patients, n_moved = len(cohort.patients), _count_moved(study.cohort, cohort)
        # the difference of two sizes is a count as well
        gaps = [n_moved, *(abs(n_patients - other) for other in told)]
        hidden = study.source.is_real and any(0 < gap < SMALLEST_COUNT for gap in gaps)
        slope = cohort.patients["slope"]
        facts = [n_patients, n_moved, slope.mean(), slope.std()]
        rows.append([name, *([np.nan] * 4 if hidden else map(float, facts))])
        told += [] if hidden else [n_patients]
    return pd.DataFrame(rows, columns=["definition", "n_patients", "n_moved", "mean", "sd"])


def _count_moved(base: Cohort, other: Cohort) -> int:
    """Return how many patients are in one cohort only or have a slope between other visits."""
    both = base.patients.index.intersection(other.patients.index)
    days = [
        cohort.patients.loc[both, ["t1_month", "t2_month"]] * cohort.settings.days_per_month
        for cohort in (base, other)
    ]
    elsewhere = ((days[0] - days[1]).abs() > 0.5).any(axis=1)
    return len(base.patients) + len(other.patients) - 2 * len(both) + int(elsewhere.sum())


def word_definitions(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table of definitions in words, as a page shows it."""
    columns = {"Patients": "n_patients", "Moved": "n_moved", "Mean slope": "mean", "SD": "sd"}
    words = pd.DataFrame({"Definition": frame["definition"]})
    for title, name in columns.items():
        digits = 0 if name.startswith("n_") else 3
        words[title] = [_number(value, digits) for value in frame[name]]
    return words


def _number(value: float, digits: int) -> str:
    if np.isnan(value):
        return "withheld"
    return f"{int(value):,}" if digits == 0 else signed(value, digits)


def slopes_by_speed(study: Study, width: float = 0.2) -> pd.DataFrame:
    """Return the distribution of the slope, of those with one by either rule.

    Returns
    -------
    DataFrame
        A row per bar: ``group`` (one of the first two of :data:`GROUPS`), ``low``, ``high``
        (points per month), ``n_patients`` (at least five), ``share`` (of the group) and
        ``fast``, whether the bar ends where the paper begins to speak of fast decline.
    """
    threshold, rows = fast_threshold(), []
    for group, slope in _slopes_by_group(study).items():
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


def _slopes_by_group(study: Study) -> dict[str, pd.Series]:
    """Return the slopes of those in the first two groups, by group."""
    groups = group_patients(study)
    slopes = slopes_of(study.clean.frames["alsfrs"], revised_settings(study, rule="challenge"))[
        "slope"
    ]
    return {group: slopes[groups == group] for group in GROUPS[:2]}


def word_speeds(bars: pd.DataFrame) -> str:
    """Return in a phrase what share of each group of :func:`slopes_by_speed` is fast."""
    shares = bars[bars["fast"].astype(bool)].groupby("group", sort=False)["share"].sum()
    shares = shares.reindex(bars["group"].unique(), fill_value=0.0)
    titles = {
        BY_PAPER: "of those with a slope by the paper's rule",
        BY_CHALLENGE: "of those with one by the challenge's only",
    }
    parts = [f"{share:.0%} {titles[group]}" for group, share in shares.items()]
    return " and ".join(parts) or "a share that too few patients stand behind"


def word_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Return what :func:`alsnb.lessons.cohort.describe.compare_rules` found, in words."""
    rows = []
    for row in rules.to_dict("records"):
        printed = "not printed" if np.isnan(row["published"]) else f"{row['published']:,.0f}"
        gap = row["n_patients"] - row["published"]
        quartiles = interval(row["median"], row["low"], row["high"], 2)
        words = {
            "Scale": row["scale"],
            "Rule": row["rule"],
            "Published": printed,
            "This run": _number(row["n_patients"], 0),
            "Difference": "" if np.isnan(gap) else f"{gap:+,.0f}".replace("-", "\N{MINUS SIGN}"),
            "Mean": signed(row["mean"], 3),
            "SD": signed(row["sd"], 3),
            "Median (quartiles)": quartiles,
            "Skewness": signed(row["skewness"], 2),
            "Fast": "withheld" if np.isnan(row["share_fast"]) else f"{row['share_fast']:.1%}",
        }
        rows.append(words)
    return pd.DataFrame(rows)


def join_descriptions(descriptions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return descriptions of several cohorts in words: a row per variable, a column for each.

    Parameters
    ----------
    descriptions : mapping of str to DataFrame
        By title what :func:`alsnb.study.describe.describe_patients` returned.
    """
    words = {
        title: word_description(description).set_index("Variable")["This run"]
        for title, description in descriptions.items()
    }
    order = dict.fromkeys(name for column in words.values() for name in column.index)
    joined = pd.DataFrame(words).reindex(list(order)).fillna("not asked of all")
    return joined.rename_axis("Variable").reset_index()


def measure_yardsticks(study: Study, profile: str) -> pd.DataFrame:
    """Return for each scale and rule what the mean is wrong by, and what the same skill gives.

    Returns
    -------
    DataFrame
        ``scale``, ``rule``, ``label``, ``n_patients``, ``estimate``, ``low``, ``high`` (RMSD
        of predicting everybody the mean, which is the standard deviation of the slope) and
        ``same_skill``, the RMSD of a model that explains as much of the variance as the
        paper's best, on the patients of this row. No row where there are too few patients.
    """
    explained, rows = best_published_r2(), []
    for scale in SCALES:
        for rule in RULES:
            settings = revised_settings(study, scale=scale, rule=rule)
            slope = select_cohort(study.clean, settings).patients["slope"]
            if len(slope) < SMALLEST_COUNT:
                continue
            facts = {"scale": scale, "rule": rule, "label": f"{scale}, {rule}'s rule"}
            rows.append(facts | _error_of_mean(slope, profile))
    frame = pd.DataFrame(rows)
    return frame.assign(same_skill=frame[ESTIMATE] * np.sqrt(1 - explained))


def best_published_r2() -> float:
    """Return the share of variance that the best model of the paper's table 2 explains."""
    printed = read_published()["paper_a"]["table2"]
    networks = [facts["pcc"] for facts in printed.values() if "pcc_ci" in facts]
    return max(networks) ** 2


def _error_of_mean(slope: pd.Series, profile: str) -> dict[str, float]:
    facts = {MODEL: "mean", SPLIT: "train", REPEAT: 0, FOLD: 0, PATIENT: slope.index}
    frame = pd.DataFrame(facts | {OBSERVED: slope.to_numpy(), PREDICTED: slope.mean()})
    # resampled with the mean of the resample, as the standard deviation is
    scores = score_predictions(
        frame, metrics=["sd_observed"], n_resamples=EFFORTS[profile].n_resamples
    )
    row = scores.iloc[0]
    return {"n_patients": len(slope), ESTIMATE: row[ESTIMATE], LOW: row[LOW], HIGH: row[HIGH]}


def published_gap() -> float:
    """Return by how much the paper's best network has a lower RMSD than the forest it cites."""
    printed = read_published()["paper_a"]["table2"]
    networks = [facts["rmsd"] for facts in printed.values() if "rmsd_ci" in facts]
    return printed["RF"]["rmsd"] - min(networks)


def word_yardsticks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table of yardsticks in words, as a page shows it."""
    return pd.DataFrame(
        {
            "Slope of": frame["scale"],
            "Rule": frame["rule"],
            "Patients": [f"{number:,}" for number in frame["n_patients"]],
            "RMSD of the mean": [
                interval(*cells) for cells in frame[[ESTIMATE, LOW, HIGH]].to_numpy()
            ],
            "RMSD at the paper's R²": [signed(value) for value in frame["same_skill"]],
        }
    )


def word_skill(frame: pd.DataFrame) -> str:
    """Return in a sentence what one skill is worth by either rule on the original scale."""
    rows = frame[frame["scale"] == "ALSFRS"].set_index("rule")["same_skill"]
    if not {"paper", "challenge"} <= set(rows.index):
        return "There are too few patients here to compare the rules."
    gap = abs(rows["challenge"] - rows["paper"])
    return (
        f"A model that explains {best_published_r2():.0%} of the variance, as the paper's best "
        f"network does, has an RMSD of {rows['paper']:.3f} on the patients of the paper's rule and "
        f"of {rows['challenge']:.3f} on those of the challenge's: {gap:.3f} points a month apart, "
        f"with one and the same skill. The paper's network and the forest that it cites are "
        f"{published_gap():.3f} apart."
    )
