"""Clean vital signs: one row per subject and day, metric units, height carried forward."""

import numpy as np
import pandas as pd

from alsnb.cleaning import labels
from alsnb.cleaning.audit import Audit, make_rules
from alsnb.cleaning.columns import (
    Columns,
    columns_of,
    finish,
    first_values,
    in_order,
    is_copy,
    starts_of,
    twins_of,
    within,
)
from alsnb.cleaning.rows import DAY_RULES, drop_impossible_days
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.tables.proact.schema import tables

MEASURES = {
    "systolic": "blood_pressure_systolic",
    "diastolic": "blood_pressure_diastolic",
    "pulse": "pulse",
    "respiratory_rate": "respiratory_rate",
    "temperature": "temperature",
    "weight": "weight",
    "height": "height",
}
"""Column of every measure in the raw table."""

RAW_NAMES = MEASURES | {
    "day": "vital_signs_delta",
    "height_unit": "height_units",
    "weight_unit": "weight_units",
}
"""Column of the raw table by what it is called while it is cleaned."""

COLUMNS = ("subject_id", "day", *MEASURES, "bmi", "row")
"""Columns of the clean table: mmHg, beats and breaths per minute, Celsius, kg, cm, kg/m2."""

OTHER_COLUMNS = {"systolic": "{}bp_systolic", "diastolic": "{}bp_diastolic", "pulse": "{}pulse"}
POSTURES = (
    "supine_",
    "standing_",
    "baseline_supine_",
    "baseline_standing_",
    "endpoint_supine_",
    "endpoint_standing_",
)
"""Where one or two trials wrote what others wrote in the regular columns, in this order."""

OTHER_WEIGHTS = ("baseline_weight", "endpoint_weight")

CM_PER_INCH, KG_PER_POUND = 2.54, 0.453592
INCHES = (45.0, 90.0)
"""A height without a label in this range is in inches."""

METRES = (1.2, 2.2)
"""A height in this range is in metres."""

USUAL_WEIGHTS = (50.0, 105.0)
"""In kilograms the median of patients lies here, in pounds or stones it does not."""

LOWEST_FAHRENHEIT = 45.0
"""No temperature above this is in Celsius."""

RULES = make_rules(
    "vitals",
    DAY_RULES
    | {
        "exact copy": ("the same values twice on one day are one visit", "common"),
        "filled from another posture": (
            "some trials wrote supine, standing, baseline and endpoint columns only",
            "about 500 subjects (2016)",
        ),
        "inches with a label": ("multiplied by 2.54", "459 rows (2016)", 459 / 72_422),
        "inches without a label": ("a height of 45 to 90 without a unit", "heights under 100"),
        "metres": ("a height of 1.2 to 2.2",),
        "pounds with a label": ("multiplied by 0.453592", "286 rows (2016)", 286 / 72_422),
        "pounds without a label": (
            "a weight above 200 without a unit; 160 to 200 is left as kilograms",
            "a threshold in public use",
        ),
        "weight's unit unknown": (
            "a label that nobody knows may stand for any unit, unless many weights under it are "
            "those of patients in kilograms",
        ),
        "Fahrenheit": ("a temperature above 45", "98.6 was seen"),
        "pressure impossible": ("outside any plausible range",),
        "pulse impossible": ("outside any plausible range",),
        "respiratory rate impossible": ("outside any plausible range",),
        "temperature impossible": ("outside any plausible range",),
        "weight impossible": ("outside any plausible range", "165 under 25 kg (5,271 subjects)"),
        "height impossible": ("outside any plausible range", "175 up to 0.80 m (5,271 subjects)"),
        "nothing measured": ("no value is left",),
        "same day, filled from another row": ("what one row of a day lacks another may have",),
        "same day, another row": (
            "a subject has one row a day; where values differ the most complete row counts",
        ),
        "height of the subject": (
            "the median of the heights so far is carried to the visits that follow",
            "3 subjects with an SD above 4 cm",
        ),
    },
)


def clean_vitals(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS, deaths: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean vital signs; as :func:`~alsnb.cleaning.alsfrs.clean_alsfrs`."""
    audit = Audit(RULES, len(raw))
    # most rows need nothing from the many columns of postures, which stay in the raw table
    wide = columns_of(raw)
    names = ("subject_id", "row", *MEASURES, "day", "height_unit", "weight_unit")
    frame = Columns({name: wide[RAW_NAMES.get(name, name)] for name in names})
    frame = frame.assign(place=np.arange(len(raw)))
    frame = drop_impossible_days(audit, frame, settings, deaths)
    copies = is_copy(frame, ("subject_id", "day"), _used_columns(), wide=wide)
    frame = audit.drop(frame, copies, "exact copy")
    filled = _from_postures(frame, wide) if settings.fill_pressure_from_posture else {}
    frame = audit.change(frame, filled, "filled from another posture")
    frame = _harmonize_units(audit, frame, settings)
    frame = _check_ranges(audit, frame)
    frame = _keep_one_a_day(audit, frame, settings)
    frame = audit.change(frame, {"height": _height_so_far(frame)}, "height of the subject")
    frame = frame.assign(bmi=frame["weight"] / (frame["height"] / 100) ** 2)
    return finish(frame, COLUMNS), audit.close(frame)


def _height_so_far(frame: Columns) -> np.ndarray:
    """Return at each row the median of the subject's heights up to that day, none before any.

    A later height must not reach back: a feature of the first months would see past them.
    """
    order = in_order(frame["subject_id"], frame["day"])
    subject, height = frame["subject_id"][order], frame["height"][order]
    is_measured = ~np.isnan(height)
    measured = np.flatnonzero(is_measured)
    # the row of the latest height so far, if it is one of the same subject
    latest = np.cumsum(is_measured) - 1
    known = np.flatnonzero(latest >= 0)
    known = known[subject[measured[latest[known]]] == subject[known]]
    carried = np.full(len(order), np.nan)
    carried[order[known]] = _medians_so_far(subject[measured], height[measured])[latest[known]]
    return carried


def _medians_so_far(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the median of each value and those before it in its group."""
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]][: len(group)])
    sizes = np.diff(np.append(starts, len(group)))
    medians = values.copy()
    for further in range(1, sizes.max(initial=0)):
        starts = starts[sizes > further]
        sizes = sizes[sizes > further]
        medians[starts + further] = np.median(
            values[starts[:, None] + np.arange(further + 1)], axis=1
        )
    return medians


def _sources() -> dict[str, list[str]]:
    """Return the irregular columns of the raw table that a measure may be filled from."""
    sources = {name: [form.format(at) for at in POSTURES] for name, form in OTHER_COLUMNS.items()}
    return sources | {"weight": list(OTHER_WEIGHTS)}


def _used_columns() -> list[str]:
    """Return the columns of the raw table in which a copy has the same values."""
    postures = [name for names in _sources().values() for name in names]
    return [*MEASURES.values(), "height_units", "weight_units", *postures]


def _from_postures(frame: Columns, wide: Columns) -> dict[str, np.ndarray]:
    """Return pressures, pulse and weight, completed from the irregular columns of the row."""
    filled = {}
    for name, others in _sources().items():
        values = frame[name].copy()
        rows = np.flatnonzero(np.isnan(values))
        for other in others:
            values[rows] = wide[other][frame["place"][rows]]
            rows = rows[np.isnan(values[rows])]
        filled[name] = values
    return filled


def _harmonize_units(audit: Audit, frame: Columns, settings: CleaningSettings) -> Columns:
    """Bring height to cm, weight to kg and temperature to Celsius."""
    unlabelled = settings.unlabelled_units

    def change(name: str, where: np.ndarray, value: np.ndarray, rule: str) -> None:
        nonlocal frame
        frame = audit.change(frame, {name: np.where(where, value, frame[name])}, rule)

    height, weight, temperature = frame["height"], frame["weight"], frame["temperature"]
    label, bare = _labels(frame["height_unit"], labels.HEIGHT, labels.INCHES)
    change("height", label, height * CM_PER_INCH, "inches with a label")
    inches = bare & _between(height, *INCHES) & unlabelled
    change("height", inches, height * CM_PER_INCH, "inches without a label")
    metres = _between(height, *METRES) & ~label & unlabelled
    change("height", metres, height * 100, "metres")
    label, bare = _labels(frame["weight_unit"], labels.WEIGHT, labels.POUNDS)
    change("weight", label, weight * KG_PER_POUND, "pounds with a label")
    pounds = bare & (weight > settings.pounds_above) & unlabelled
    change("weight", pounds, weight * KG_PER_POUND, "pounds without a label")
    unknown = (frame["weight_unit"], labels.WEIGHT, weight, USUAL_WEIGHTS)
    away = labels.not_spoken_for(*unknown, judge=unlabelled)
    change("weight", away, np.full(len(weight), np.nan), "weight's unit unknown")
    hot = (temperature > LOWEST_FAHRENHEIT) & unlabelled
    change("temperature", hot, (temperature - 32) / 1.8, "Fahrenheit")
    return frame


def _between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return (values >= low) & (values <= high)


def _labels(
    units: pd.Categorical, known: dict[str, tuple[str, ...]], unit: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows carry a label of a unit, and which carry none."""
    return labels.rows_in(units, known, unit), units.codes < 0


def _check_ranges(audit: Audit, frame: Columns) -> Columns:
    groups = {
        "pressure": ("systolic", "diastolic"),
        "pulse": ("pulse",),
        "respiratory rate": ("respiratory_rate",),
        "temperature": ("temperature",),
        "weight": ("weight",),
        "height": ("height",),
    }
    for words, names in groups.items():
        limits = {name: tables()["vitals"].column(MEASURES[name]) for name in names}
        checked = {name: within(frame[name], at.low, at.high) for name, at in limits.items()}
        frame = audit.change(frame, checked, f"{words} impossible")
    return frame


def _keep_one_a_day(audit: Audit, frame: Columns, settings: CleaningSettings) -> Columns:
    """Merge the rows of one subject and day into the one that counts."""
    found = frame.count(MEASURES)
    frame = audit.drop(frame, found == 0, "nothing measured")
    prefer = np.zeros(len(frame))
    if settings.conflicting_days == "most_complete":
        prefer = frame.count(MEASURES)
    twins, group = twins_of(frame, ("subject_id", "day"))
    best = twins[np.lexsort((-prefer[twins], group))]
    starts = starts_of(group)
    filled = {}
    for name in MEASURES:
        filled[name] = frame[name].copy()
        filled[name][best[starts]] = first_values(frame[name][best], starts)
    frame = audit.change(frame, filled, "same day, filled from another row")
    repeats = np.zeros(len(frame), bool)
    repeats[np.delete(best, starts)] = True
    return audit.drop(frame, repeats, "same day, another row")
