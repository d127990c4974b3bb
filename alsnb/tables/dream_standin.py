"""Draw a stand-in for the DREAM 2012 table: its columns, and no patient behind any row.

With the stand-in the whole book runs without the real file. It is drawn from a small model of
our own: every patient has a severity at entry and a rate of decline, which lead to three or
four visits in the first three months; the columns are computed from these visits, so they
agree with one another as in the real table. The model was set by hand from printed aggregates
(means, standard deviations, quantiles) and never saw a row of the real table. Results on the
stand-in say that a method runs, and nothing about patients.
"""

import numpy as np
import pandas as pd

from alsnb.tables.dream_columns import (
    N_PATIENTS,
    N_TEST,
    SLOPE,
    TEST,
    DreamTable,
    column_names,
    content_digest,
    make_table,
)
from alsnb.tables.source import Source

DAYS_PER_MONTH = 365.25 / 12
LAST_DAY = 91

ITEMS = {
    "speech": (3.6, 1.3, True),
    "salivation": (3.8, 1.1, True),
    "swallowing": (3.9, 0.9, True),
    "handwriting": (3.1, 1.3, False),
    "cutting": (2.9, 1.5, False),
    "dressing": (2.75, 1.25, False),
    "turning": (3.3, 1.1, False),
    "walking": (2.95, 1.1, False),
    "climbing.stairs": (2.15, 1.8, False),
    "respiratory": (4.0, 0.7, False),
}
"""Level at entry before rounding into 0 to 4 (mean, SD), and whether the item is bulbar."""

MEASURES = {
    "fvc.liters": (3.46, 1.0, -0.07, 0.12, 0.09, 0.093),
    "svc.liters": (3.45, 1.0, -0.07, 0.12, 0.09, 0.91),
    "weight": (74.9, 15.2, 0.17, 0.9, 0.6, 0.0),
    "height": (171.0, 10.0, 0.0, 0.0, 0.4, 0.604),
    "resp.rate": (17.1, 2.0, 0.1, 0.3, 1.5, 0.38),
    "bp.diastolic": (81.5, 6.5, 0.0, 1.0, 5.5, 0.31),
    "bp.systolic": (131.6, 11.0, 0.0, 1.5, 8.0, 0.31),
}
"""Mean and SD between patients, mean and SD of the change per month, SD within a patient,
and the share of patients without any value."""

SHARE_SEEN_ONCE = 0.002
SHARE_SEEN_TWICE = 0.004
"""Nearly everybody comes three or four times; without exceptions their flags were constant."""

SHARE_CUT = 0.01
"""Share of patients in whom a measure was given up after the first visit, or the second."""

SHARE_WEIGHED_ONCE = 0.1
SHARE_RARE = 0.03
"""Share of patients with a relative, or a disease in the family, of one kind."""


def make_stand_in(seed: int = 0) -> DreamTable:
    """Draw 1,822 rows with the columns of the DREAM 2012 table.

    About a fifth of the variance of the slope can be predicted, most of it from the day of
    onset; faster decline varies more. Lower is faster.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.

    Returns
    -------
    DreamTable
        Of the kind ``"stand-in"``, with 1,197 training and 625 test rows.
    """
    random = np.random.default_rng(seed)
    columns = _draw_static(random)
    course = _draw_course(columns, random)
    columns[SLOPE] = course["slope"]
    columns[TEST] = random.permutation(np.arange(N_PATIENTS) < N_TEST).astype(float)
    days = _draw_days(random)
    for series, values in _draw_series(columns, course, days, random).items():
        measured = _measured_on(days, random) if series in MEASURES else days
        columns |= _summarize(values, measured, series)
        columns |= _summarize(*_changes(values, measured), f"slope.{series}")
    numbers = pd.DataFrame({name: columns[name] for name in column_names()}).astype(float)
    source = Source(
        name="dream2012-stand-in",
        kind="stand-in",
        title="Stand-in: drawn by us, no patient behind any row",
        n_patients=N_PATIENTS,
        sha256=content_digest(numbers),
    )
    return make_table(numbers, source)


def _draw_static(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the columns that do not come from visits, one value per patient."""
    columns = {
        name: (random.random(N_PATIENTS) < SHARE_RARE).astype(float)
        for name in column_names()[2 : column_names().index("max.alsfrs.score")]
    }
    site = random.random(N_PATIENTS)
    columns["Site.of.Onset.Onset..Bulbar"] = site < 0.21
    columns["Site.of.Onset.Onset..Limb.and.Bulbar"] = site > 0.994
    columns["Site.of.Onset.Onset..Limb"] = (site >= 0.21) & (site <= 0.994)
    sex, arm, race = random.random((3, N_PATIENTS))
    columns["Sex.Female"], columns["Sex.Male"] = sex < 0.19, sex > 0.66
    columns["Study.Arm.PLACEBO"], columns["Study.Arm.ACTIVE"] = arm < 0.12, arm > 0.896
    shares = {"Asian": 0.01, "Black.African.American": 0.02, "Other": 0.015, "Caucasian": 0.955}
    edges = np.cumsum([0, *shares.values()])
    for name, low, high in zip(shares, edges, edges[1:], strict=False):
        columns[f"Race...{name}"] = (race >= low) & (race < high)
    columns["Symptom.WEAKNESS"] = random.random(N_PATIENTS) < 0.6
    columns["Symptom.Speech"] = random.random(N_PATIENTS) < np.where(site < 0.21, 0.7, 0.05)
    columns["Age"] = np.clip(np.round(54.6 + 11.4 * random.standard_normal(N_PATIENTS)), 18, 85)
    onset = np.exp(6.36 + 0.6 * random.standard_normal(N_PATIENTS))
    columns["Onset.Delta"] = -np.clip(np.round(onset), 60, 3000)
    return columns


def _draw_course(columns: dict, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Return severity, early decline and later slope per patient.

    The later decline is a gamma variable with an expectation that falls with the time since
    onset and a variance that grows with it; hence the heavier tail of fast decline.
    """
    bulbar = columns["Site.of.Onset.Onset..Bulbar"]
    log_onset = (np.log(-columns["Onset.Delta"]) - 6.36) / 0.6
    severity, breath = random.standard_normal((2, N_PATIENTS))
    expected = 0.69 * np.exp(-0.35 * log_onset + 0.25 * bulbar - 0.15 * breath - 0.06)
    decline = random.gamma(expected / 0.15, 0.15)
    slope = -decline + 0.37 * np.sqrt(expected) * random.standard_normal(N_PATIENTS)
    slope[random.random(N_PATIENTS) < 0.06] = 0.0
    early = 0.45 * decline + random.gamma(0.5, 0.5, N_PATIENTS)
    return {"severity": severity, "breath": breath, "early": early, "slope": slope}


def _draw_days(random: np.random.Generator) -> np.ndarray:
    """Return the days of up to four visits, shape (n_patients, 4), NaN where there is none."""
    n_visits = 3 + (random.random(N_PATIENTS) < 0.56)
    n_visits[random.random(N_PATIENTS) < SHARE_SEEN_TWICE] = 2
    n_visits[random.random(N_PATIENTS) < SHARE_SEEN_ONCE] = 1
    n_visits[random.choice(N_PATIENTS, 2, replace=False)] = 0
    last_day = np.clip(77 + 12 * random.standard_normal(N_PATIENTS), 45, LAST_DAY)
    spacing = last_day / np.maximum(n_visits - 1, 1)
    days = np.round(spacing[:, None] * np.arange(4)) + random.integers(-4, 5, (N_PATIENTS, 4))
    days = np.clip(days, 0, LAST_DAY)
    days[np.arange(4) >= n_visits[:, None]] = np.nan
    return days


def _measured_on(days: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the days of a measure, which is taken within two days of the visit."""
    return np.clip(days + random.integers(-2, 3, (N_PATIENTS, 1)), 0, LAST_DAY)


def _draw_series(columns: dict, course: dict, days: np.ndarray, random) -> dict[str, np.ndarray]:
    """Return the values at the visits by series, each of shape (n_patients, 4)."""
    items = _draw_items(columns, course, days, random)
    series = {"alsfrs.score": sum(items.values())}
    series |= {item: values for item, values in items.items() if item != "respiratory"}
    for name in MEASURES:
        series[name] = _draw_measure(name, course, days, random)
    weighed_once = random.random(N_PATIENTS) < SHARE_WEIGHED_ONCE
    series["weight"][weighed_once, 1:] = np.nan
    series["height"][:, 2:] = np.nan
    series["height"][random.random(N_PATIENTS) < 0.7, 1:] = np.nan
    return series


def _draw_items(columns: dict, course: dict, days: np.ndarray, random) -> dict[str, np.ndarray]:
    """Return the rated items at the visits, whole numbers from 0 to 4."""
    bulbar_onset = columns["Site.of.Onset.Onset..Bulbar"]
    items = {}
    for item, (mean, sd, bulbar) in ITEMS.items():
        level = 0.6 * course["severity"] + 0.8 * random.standard_normal(N_PATIENTS)
        level = mean + sd * (level + (0.25 - 1.2 * bulbar_onset) * (1 if bulbar else -0.3))
        share = np.where(bulbar == bulbar_onset, 0.16, 0.1) * random.gamma(2, 0.5, N_PATIENTS)
        lost = (course["early"] * share)[:, None] * days / DAYS_PER_MONTH
        noise = 0.17 * random.standard_normal(days.shape)
        items[item] = np.clip(np.round(level[:, None] - lost + noise), 0, 4) + 0.0
    return items


def _draw_measure(name: str, course: dict, days: np.ndarray, random) -> np.ndarray:
    """Return one clinical measure at the visits; some patients have no value at all."""
    mean, sd, change, change_sd, noise, share_without = MEASURES[name]
    level, trend = random.standard_normal((2, N_PATIENTS))
    if name.endswith("liters"):
        level = 0.6 * course["breath"] + 0.8 * level
        trend = 0.7 * trend - 0.7 * (course["early"] - 0.55)
    per_month = (change + change_sd * trend)[:, None]
    values = (mean + sd * level)[:, None] + per_month * days / DAYS_PER_MONTH
    values = values + noise * random.standard_normal(days.shape)
    for n_kept in (2, 1):
        values[random.random(N_PATIENTS) < SHARE_CUT, n_kept:] = np.nan
    values[random.random(N_PATIENTS) < share_without] = np.nan
    return np.clip(np.round(values, 2 if name.endswith("liters") else 1), 0.3, None)


def _changes(values: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return changes per month from visit to visit, and the day of the later visit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.diff(values) / (np.diff(days) / DAYS_PER_MONTH), days[:, 1:]


def _summarize(values: np.ndarray, days: np.ndarray, series: str) -> dict[str, np.ndarray]:
    """Return the summaries of a series, gaps filled with the mean over the other patients.

    Values come first and gaps last in a row, as nobody misses a visit and returns.
    """
    count = (~np.isnan(values)).sum(axis=1)
    filled = np.nan_to_num(values)
    total, squares = filled.sum(axis=1), (filled**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        highest = np.where(np.isnan(values), -np.inf, values).max(axis=1)
        lowest = np.where(np.isnan(values), np.inf, values).min(axis=1)
        mean = np.clip(total / count, lowest, highest)
        spread = np.clip(squares - count * mean**2, 0, None)
        sd = np.sqrt(spread / (count - 1))
        slope = _line(values, days)
    last = values[np.arange(len(values)), np.maximum(count - 1, 0)]
    last_day = days[np.arange(len(values)), np.maximum(count - 1, 0)]
    summaries = {
        f"max.{series}": highest,
        f"min.{series}": lowest,
        f"last.{series}": last,
        f"mean.{series}": mean,
        f"sum.{series}": total,
        f"meansquares.{series}": squares / np.maximum(count, 1),
        f"num.{series}.visits": count.astype(float),
        f"first.{series}.date": days[:, 0],
        f"last.{series}.date": last_day,
    }
    summaries = {name: _fill(values, count > 0) for name, values in summaries.items()}
    summaries[f"sd.{series}"] = _fill(sd, count > 1)
    summaries[f"{series}.slope"] = _fill(slope, count > 1)
    return summaries | {f"lessthan2.{series}": count < 2, f"no.{series}.data": count == 0}


def _line(values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return the slope per month of the least-squares line through each row."""
    months = np.where(np.isnan(values), np.nan, days) / DAYS_PER_MONTH
    count = (~np.isnan(values)).sum(axis=1, keepdims=True)
    months = months - np.nansum(months, axis=1, keepdims=True) / count
    return np.nansum(months * values, axis=1) / np.nansum(months**2, axis=1)


def _fill(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Replace what is not known by the mean of what is, rounded so that it can be recognized."""
    if not known.any():
        return np.zeros(len(values))
    return np.where(known, values, np.round(values[known].mean(), 2))
