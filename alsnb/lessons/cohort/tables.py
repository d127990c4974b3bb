"""Lay out what the chapter on the cohort shows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.disclosure import say_count
from alsnb.lessons.cohort.study import BY_PAPER, NO_SLOPE, REVISED_TOTAL, SHARES
from alsnb.report.say import estimate, side
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.study.describe import VARIABLES

RULES = {
    "scale": ("Scale", None),
    "rule": ("Rule", None),
    "published": ("Published", ",.0f", "not printed"),
    "n_patients": ("This run", ",.0f", "withheld"),
    "difference": ("Difference", "+,.0f"),
    "mean": ("Mean", ".3f"),
    "sd": ("SD", ".3f"),
    "median": ("Median (quartiles)", ("low", "high", 2)),
    "skewness": ("Skewness", ".2f"),
    "share_fast": ("Fast", ".1%", "withheld"),
}
DEFINITIONS = {
    "definition": ("Definition", None),
    "n_patients": ("Patients", ",.0f", "withheld"),
    "n_moved": ("Moved", ",.0f", "withheld"),
    "mean": ("Mean slope", ".3f", "withheld"),
    "sd": ("SD", ".3f", "withheld"),
}
YARDSTICKS = {
    "scale": ("Slope of", None),
    "rule": ("Rule", None),
    "n_patients": ("Patients", ","),
    "estimate": ("RMSD of the mean", ("low", "high", 3)),
    "same_skill": ("RMSD at the paper's R²", ".3f"),
}


def tabulate_description(description: pd.DataFrame) -> pd.DataFrame:
    """Return a description of patients as a page shows it, beside what is published."""
    digits = {variable.title: variable.digits for variable in (*VARIABLES, REVISED_TOTAL)}
    rows = []
    for line in description.to_dict("records"):
        row, n_digits = {"Variable": line["variable"]}, digits[line["variable"]]
        for title, prefix in (("Published", "published_"), ("This run", "")):
            facts = [line[f"{prefix}{name}"] for name in ("value", "low", "high")]
            n_known = line[f"{prefix}n_known"]
            known = f"{n_known:,.0f} ({line[f'{prefix}observed']:.1%})"
            row[f"{title}: known"] = "withheld" if np.isnan(n_known) else known
            row[title] = _value(line["kind"], facts, n_digits) if n_known else "none known"
        row["Difference"] = _difference(line, n_digits)
        rows.append(row)
    words = pd.DataFrame(rows)
    if description["published_value"].isna().all():
        words = words.drop(columns=["Published: known", "Published", "Difference"])
    return words


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


def join_descriptions(descriptions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return several descriptions by title: a row per variable, a column for each."""
    words = {
        title: tabulate_description(description).set_index("Variable")["This run"]
        for title, description in descriptions.items()
    }
    order = dict.fromkeys(name for column in words.values() for name in column.index)
    joined = pd.DataFrame(words).reindex(list(order)).fillna("not asked of all")
    return joined.rename_axis("Variable").reset_index()


def tabulate_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison of groups as a page shows it: a row per measure, a column per group."""
    cells = frame.assign(
        cell=[_cell(row) for row in frame.to_dict("records")],
        column=[f"{row.group} ({say_count(row.n_patients)})" for row in frame.itertuples()],
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


def say_gap(gaps: pd.DataFrame, measure: str, digits: int = 2) -> str:
    """Return one difference between groups with its interval, in the unit of the measure."""
    row = gaps[gaps["label"] == measure]
    if row.empty:
        return "not told, for too few patients"
    values = row[["raw", "raw_low", "raw_high"]].iloc[0] * (100 if measure in SHARES else 1)
    return estimate(dict(zip((ESTIMATE, LOW, HIGH), values, strict=True)), digits)


def side_of_gap(gaps: pd.DataFrame, measure: str) -> str:
    """Return whether a difference between groups is ``above`` or ``below`` zero, or ``neither``.

    ``unknown`` if it is not in the frame, or has no interval.
    """
    row = gaps[gaps["label"] == measure].dropna(subset=[ESTIMATE, LOW, HIGH])
    return "unknown" if row.empty else side(row.iloc[0])


def say_courses(courses: pd.DataFrame) -> dict[str, object]:
    """Return what those ``left`` out and ``kept`` lose per month, and how many of the first die."""
    left, kept = (
        interval(*courses.loc[group, [ESTIMATE, LOW, HIGH]], 2) for group in (NO_SLOPE, BY_PAPER)
    )
    return {"left": left, "kept": kept, "dead": courses.loc[NO_SLOPE, "dead"]}
