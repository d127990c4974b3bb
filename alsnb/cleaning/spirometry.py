"""Clean forced and slow vital capacity: one value a day in litres, and in percent of normal."""

import numpy as np
import pandas as pd

from alsnb.cleaning import labels
from alsnb.cleaning.audit import Audit, Rule, make_rules
from alsnb.cleaning.columns import Columns, columns_of, fill, finish, is_copy, is_repeat, within
from alsnb.cleaning.rows import DAY_RULES, drop_impossible_days
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.tables.proact.schema import normalise, tables

LITRES = tuple(f"subject_liters_trial_{trial}" for trial in (1, 2, 3))
PERCENTS = tuple(f"pct_of_normal_trial_{trial}" for trial in (1, 2, 3))
UNITS = {"fvc": "forced_vital_capacity_units", "svc": "slow_vital_capacity_units"}

COLUMNS = ("subject_id", "day", "litres", "percent", "normal", "row")
"""Columns of the clean tables; ``normal`` is the predicted volume in litres."""

LARGEST_LITRES = 20.0
"""A larger number in a column of litres is a percentage, or millilitres."""

SMALLEST_MILLILITRES = 500.0

USUAL_LITRES = (0.5, 6.5)
"""In litres the median of patients lies here, in other units of volume it does not."""

LARGEST_PROPORTION = 1.5
"""A number up to here in a column of percentages is a proportion."""


def _rules(table: str, missing_days: tuple) -> tuple[Rule, ...]:
    return make_rules(
        table,
        DAY_RULES
        | {
            "day missing": (*DAY_RULES["day missing"], *missing_days),
            "exact copy": ("the same values twice on one day are one session",),
            "unit says percent": ("litre columns labelled percent predicted hold percentages",),
            "litres are percent": ("numbers above 20 without such a label are percentages too",),
            "litres are millilitres": (
                "labelled so, or numbers from 500 on; a guard, none was ever reported",
            ),
            "litres' unit unknown": (
                "a label that nobody knows may stand for any unit, unless many values under it are "
                "those of patients in litres",
            ),
            "percent is a proportion": (
                "numbers below 1.5 are multiplied by 100",
                "a threshold in public use",
            ),
            "litres impossible": ("no person's lungs hold that much", "texts and slips (2013)"),
            "percent impossible": ("outside any plausible range",),
            "normal impossible": (
                "no predicted volume is as small or large as that",
                "one 82 (2013)",
            ),
            "litres from percent": ("litres = normal x percent / 100",),
            "percent from litres": ("percent = 100 x litres / normal",),
            "normal from litres and percent": ("normal = 100 x litres / percent",),
            "nothing measured": ("neither litres nor percent is left",),
            "same day, another value": (
                "the largest value is kept, as of the trials of one session",
                "41 or 42 rows (2015)" if table == "fvc" else "",
                42 / 48_856 if table == "fvc" else None,
            ),
        },
    )


FVC_RULES = _rules("fvc", ("2,548 of 48,856 rows (2016)", 2_548 / 48_856))
SVC_RULES = _rules("svc", ())


def clean_fvc(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS, deaths: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean forced vital capacity; as :func:`~alsnb.cleaning.alsfrs.clean_alsfrs`."""
    return _clean(raw, "fvc", settings, deaths)


def clean_svc(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS, deaths: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean slow vital capacity; as :func:`~alsnb.cleaning.alsfrs.clean_alsfrs`."""
    return _clean(raw, "svc", settings, deaths)


def _clean(
    raw: pd.DataFrame, table: str, settings: CleaningSettings, deaths: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    audit = Audit(FVC_RULES if table == "fvc" else SVC_RULES, len(raw))
    own = {"day": normalise(tables()[table].day), "normal": "subject_normal", "unit": UNITS[table]}
    frame = columns_of(raw, own | {name: name for name in (*LITRES, *PERCENTS)})
    frame = drop_impossible_days(audit, frame, settings, deaths)
    values = ("unit", "normal", *LITRES, *PERCENTS)
    copies = is_copy(frame, ("subject_id", "day"), values)
    frame = audit.drop(frame, copies, "exact copy")
    frame = _harmonize_units(audit, frame)
    frame = _check_ranges(audit, frame)
    litres, percent = (_over_trials(frame, names, settings.trials) for names in (LITRES, PERCENTS))
    frame = frame.assign(litres=litres, percent=percent)
    frame = _complete(audit, frame, settings)
    empty = frame.count(["litres", "percent"]) == 0
    frame = audit.drop(frame, empty, "nothing measured")
    # Litres decide; percent only between sessions without litres, which come after all others.
    prefer = fill(frame["litres"], frame["percent"] / 1e6 - 1.0)
    repeats = is_repeat(frame, ("subject_id", "day"), prefer)
    frame = audit.drop(frame, repeats, "same day, another value")
    return finish(frame, COLUMNS), audit.close(frame)


def _harmonize_units(audit: Audit, frame: Columns) -> Columns:
    """Bring litre columns to litres and percent columns to percent."""
    unit = frame["unit"]
    labelled = labels.rows_in(unit, labels.VOLUME, labels.PERCENT)
    percent = labelled & ~np.isnan(frame.matrix(LITRES))
    frame = audit.change(frame, _to_percent(frame, percent), "unit says percent")
    litres, small = frame.matrix(LITRES), labels.rows_in(unit, labels.VOLUME, labels.MILLILITRES)
    strange = labels.rows_in(unit, labels.VOLUME, labels.UNKNOWN)
    percent = (litres > LARGEST_LITRES) & (litres < SMALLEST_MILLILITRES) & ~small & ~strange
    frame = audit.change(frame, _to_percent(frame, percent), "litres are percent")
    litres = frame.matrix(LITRES)
    litres = np.where((litres >= SMALLEST_MILLILITRES) | small, litres / 1000, litres)
    litres = dict(zip(LITRES, litres, strict=True))
    frame = audit.change(frame, litres, "litres are millilitres")
    largest = np.fmax.reduce(frame.matrix(LITRES))
    away = labels.not_spoken_for(unit, labels.VOLUME, largest, USUAL_LITRES)
    known = {name: np.where(away, np.nan, frame[name]) for name in LITRES}
    frame = audit.change(frame, known, "litres' unit unknown")
    percents = frame.matrix(PERCENTS)
    is_share = (percents > 0) & (percents < LARGEST_PROPORTION)
    percents = np.where(is_share, percents * 100, percents)
    percents = dict(zip(PERCENTS, percents, strict=True))
    return audit.change(frame, percents, "percent is a proportion")


def _to_percent(frame: Columns, where: np.ndarray) -> dict[str, np.ndarray]:
    """Move numbers of the litre columns to the percent columns, where these are blank."""
    moved = {}
    for litres, percent, chosen in zip(LITRES, PERCENTS, where, strict=True):
        if chosen.any():
            moved[percent] = np.where(
                chosen & np.isnan(frame[percent]), frame[litres], frame[percent]
            )
            moved[litres] = np.where(chosen, np.nan, frame[litres])
    return moved


def _range_of(name: str) -> tuple[float | None, float | None]:
    """Return the plausible range; slow spirometry has that of forced spirometry."""
    column = tables()["fvc"].column(name)
    return column.low, column.high


def _check_ranges(audit: Audit, frame: Columns) -> Columns:
    checks = {
        "litres impossible": {name: _range_of(name) for name in LITRES},
        "percent impossible": {name: _range_of(name) for name in PERCENTS},
        "normal impossible": {"normal": _range_of("subject_normal")},
    }
    for rule, ranges in checks.items():
        checked = {name: within(frame[name], *limits) for name, limits in ranges.items()}
        frame = audit.change(frame, checked, rule)
    return frame


def _over_trials(frame: Columns, trials: tuple[str, ...], how: str) -> np.ndarray:
    """Return one value per session of its trials."""
    values = frame.matrix(trials)
    if how == "maximum":
        return np.fmax.reduce(values)
    if how == "first":
        return fill(fill(values[0], values[1]), values[2])
    n_trials = frame.count(trials)
    return np.nansum(values, axis=0) / np.where(n_trials, n_trials, np.nan)


def _complete(audit: Audit, frame: Columns, settings: CleaningSettings) -> Columns:
    """Compute the third of litres, percent and predicted volume from the other two."""

    def change(name: str, limits: str, other: np.ndarray, rule: str) -> None:
        nonlocal frame
        found = within(other, *_range_of(limits)) if settings.litres_from_percent else np.nan
        frame = audit.change(frame, {name: fill(frame[name], found)}, rule)

    with np.errstate(divide="ignore", invalid="ignore"):
        litres = frame["normal"] * frame["percent"] / 100
        change("litres", LITRES[0], litres, "litres from percent")
        percent = 100 * frame["litres"] / frame["normal"]
        change("percent", PERCENTS[0], percent, "percent from litres")
        normal = 100 * frame["litres"] / frame["percent"]
        change("normal", "subject_normal", normal, "normal from litres and percent")
    return frame
