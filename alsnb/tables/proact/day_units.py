"""Notice days of one table that are counted in another unit than those of the others."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.tables.proact import schema
from alsnb.tables.proact.agreement import Remark
from alsnb.tables.proact.costs import cost_of_table

DAYS_IN = {
    "minutes": 1 / 1_440,
    "hours": 1 / 24,
    "weeks": 7.0,
    "months": 365.25 / 12,
    "years": 365.25,
}
"""Days in each unit in which a table may count instead."""

FEWEST = 5
"""Fewer subjects with a follow-up in two tables say nothing about units."""

LONGEST_ERROR = 1.6
"""A ratio of follow-ups lies within this factor of the unit's; units differ by four at least."""

LONGEST_STEP = 3.0
"""So many times as far apart as those of other tables the visits of a table usually are, or the
reverse: spirometry may be done at every second visit, blood drawn at every third."""

ONSET_DAYS = (120.0, 4_000.0)
"""Median days from onset to baseline: in every trial of ALS between half a year and four years,
with room for a small sample. In weeks, months or hours it lies outside."""

DEATH_LATER = (0.6, 8.0)
"""Median of the day of death over the last day of a visit: above 1, as nobody is seen after death,
and hardly above 3, as trials last a year or two."""


def remarks_on_days(frames: Mapping[str, pd.DataFrame]) -> list[Remark]:
    """Return a remark on each table whose days seem to be counted in another unit.

    Each table of visits is compared with the others, subject by subject: how long visits go on,
    and how far apart they are. Days of death are compared with the last visit, those of onset
    with what is usual.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The tables as read.
    """
    visits = {
        name: _visits(frames[name], schema.normalise(table.day))
        for name, table in schema.tables().items()
        if name in ("alsfrs", "fvc", "svc", "vitals", "labs") and name in frames
    }
    last = {name: days.groupby(level=0).max() for name, days in visits.items()}
    remarks = [
        (table, _sentence(schema.tables()[table].day, unit), _cost_of(table))
        for table in last
        if (unit := _unit_of(table, visits, last))
    ]
    odd = {table for table, _, _ in remarks}
    remarks += _on_death(frames, [days for table, days in last.items() if table not in odd])
    return remarks + _on_onset(frames)


def _visits(frame: pd.DataFrame, day: str) -> pd.Series:
    """Return the day of each row after the baseline that has one, indexed by subject."""
    days = frame[day].to_numpy()
    kept = days > 0
    return pd.Series(days[kept], index=frame["subject_id"].to_numpy()[kept])


def _unit_of(table: str, visits: Mapping[str, pd.Series], last: Mapping[str, pd.Series]) -> str:
    """Return the unit in which a table of visits seems to count; empty if it is days."""
    others = [days for name, days in last.items() if name != table]
    ratio = _ratio(last[table], others)
    unit = _nearest(ratio)
    if not unit:
        return ""
    # a table of early visits alone has a short follow-up as well, but the usual time between them
    rest = [_steps(days) for name, days in visits.items() if name != table]
    step = _ratio(_steps(visits[table]), rest) * DAYS_IN[unit]
    return unit if 1 / LONGEST_STEP < step < LONGEST_STEP else ""


def _ratio(own: pd.Series, others: list[pd.Series]) -> float:
    """Return the median over subjects of one number over the median of others; NaN if too few."""
    if not others:
        return np.nan
    usual = pd.concat(others, axis=1).median(axis=1)
    both = (own / usual).dropna()
    return float(both.median()) if len(both) >= FEWEST else np.nan


def _steps(days: pd.Series) -> pd.Series:
    """Return the mean time between the different days of each subject who has several."""
    by_subject = days.groupby(level=0)
    count = by_subject.nunique()
    steps = (by_subject.max() - by_subject.min()) / (count - 1)
    return steps[count > 1]


def _nearest(ratio: float) -> str:
    """Return the unit of which a table with this ratio of follow-ups counts; empty if of none."""
    if not ratio > 0:
        return ""
    away = {unit: abs(np.log(ratio * days)) for unit, days in DAYS_IN.items()}
    unit = min(away, key=lambda name: away[name])
    return unit if away[unit] < np.log(LONGEST_ERROR) else ""


def _on_death(frames: Mapping[str, pd.DataFrame], last: list[pd.Series]) -> list[Remark]:
    if "death" not in frames or not last:
        return []
    death = frames["death"].set_index("subject_id")["death_days"].groupby(level=0).max()
    ratio = _ratio(death[death > 0], last)
    if np.isnan(ratio) or DEATH_LATER[0] <= ratio <= DEATH_LATER[1]:
        return []
    found = "far before their last visit" if ratio < 1 else "many times later than their last visit"
    text = f"Death_Days: half of those who died did so {found}, as if in another unit than days"
    return [("death", f"{text}; give days", "visits, where they seem to follow a death")]


def _on_onset(frames: Mapping[str, pd.DataFrame]) -> list[Remark]:
    if "history" not in frames:
        return []
    onset = -frames["history"]["onset_delta"]
    onset = onset[onset > 0]
    low, high = ONSET_DAYS
    if len(onset) < FEWEST or low <= onset.median() <= high:
        return []
    how = "less" if onset.median() < low else "more"
    usual = low if how == "less" else high
    text = f"Onset_Delta: half of the onsets lie {how} than {usual:,.0f} days before the baseline"
    cost = "onset_delta, which is wrong unless these are days"
    return [("history", f"{text}, as if in another unit than days; give days", cost)]


def _sentence(column: str, unit: str) -> str:
    return (
        f"{column}: visits go on and follow each other as if {unit} were counted where the other "
        "tables count days; give days"
    )


def _cost_of(table: str) -> str:
    if table == "alsfrs":
        return "the slope and every feature, which are wrong unless these are days"
    return f"{cost_of_table(table)}, which are wrong unless these are days"
