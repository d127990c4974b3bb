"""Clean the questionnaires: one row per subject and day, both totals, ten and twelve items."""

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit, make_rules
from alsnb.cleaning.columns import (
    Columns,
    columns_of,
    fill,
    finish,
    is_copy,
    is_missing,
    is_repeat,
    within,
)
from alsnb.cleaning.rows import DAY_RULES, drop_impossible_days
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.tables.proact.schema import tables

RAW_ITEMS = {
    "speech": "q1_speech",
    "salivation": "q2_salivation",
    "swallowing": "q3_swallowing",
    "handwriting": "q4_handwriting",
    "cutting_without": "q5a_cutting_without_gastrostomy",
    "cutting_with": "q5b_cutting_with_gastrostomy",
    "dressing": "q6_dressing_and_hygiene",
    "turning": "q7_turning_in_bed",
    "walking": "q8_walking",
    "climbing": "q9_climbing_stairs",
    "respiratory": "q10_respiratory",
    "dyspnea": "r_1_dyspnea",
    "orthopnea": "r_2_orthopnea",
    "insufficiency": "r_3_respiratory_insufficiency",
}
"""Column of every question in the raw table; cutting is asked in two ways."""

RAW_TOTALS = {"total": "alsfrs_total", "total_revised": "alsfrs_r_total"}

NINE = (
    "speech",
    "salivation",
    "swallowing",
    "handwriting",
    "cutting",
    "dressing",
    "turning",
    "walking",
    "climbing",
)
"""The items that both scales share."""

REVISED = ("dyspnea", "orthopnea", "insufficiency")
"""The items that replace the tenth in the revised scale."""

COLUMNS = (
    "subject_id",
    "day",
    *NINE,
    "respiratory",
    *REVISED,
    "total",
    "total_revised",
    "gastrostomy",
    "row",
)
"""Columns of the clean table. ``gastrostomy`` is 1 if 5b was answered, missing if neither was."""

RULES = make_rules(
    "alsfrs",
    DAY_RULES
    | {
        "day missing": (*DAY_RULES["day missing"], "188 rows (2016)", 188 / 60_775),
        "before the baseline": (
            "screening visits are kept, unless the settings leave them out",
            "507 of 59,269 visits lie there (2015)",
        ),
        "exact copy": ("the same answers twice on one day are one visit", "common"),
        "item outside 0 to 4": ("no answer has such a score", "rare"),
        "stored total out of range": (
            "the original scale ends at 40, the revised one at 48",
            "a 44, as if 5a and 5b had both been added (2013, 2016)",
        ),
        "neither a total nor all items": (
            "without both no total can be had",
            "filtered on by several users",
        ),
        "same day, other answers": (
            "a subject has one questionnaire a day; the most complete is kept, then the first",
            "9 rows of 2 subjects (2013)",
            9 / 60_775,
        ),
        "5a and 5b both answered": (
            "they exclude each other; one answer is set aside, the gastrostomy remembered",
            "14 rows (2015)",
            14 / 59_269,
        ),
        "dyspnea stands for item 10": (
            "revised forms ask R-1 to R-3 instead of item 10; R-1 is the same question",
            "23,063 of 59,269 rows (2015)",
            23_063 / 59_269,
        ),
        "total differs from its items": (
            "the items are what was asked, the sum was done by hand",
            "reported by several users",
        ),
        "total summed from its items": ("all ten items are there and the total is blank",),
        "revised total differs from its items": ("as for the original total",),
        "revised total summed from its items": ("all twelve items are there, the total is blank",),
    },
)


def clean_alsfrs(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS, deaths: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the ALSFRS table.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    settings : CleaningSettings
        The choices.
    deaths : DataFrame, optional
        The clean table of deaths; later rows are dropped.

    Returns
    -------
    clean : DataFrame
        :data:`COLUMNS`; items 0 to 4, totals 0 to 40 and 0 to 48 points. Item 10 holds R-1 where
        only that was asked, so that ``total`` is on the original scale in every row.
    audit : DataFrame
        What each rule did.
    """
    audit = Audit(RULES, len(raw))
    frame = columns_of(raw, {"day": "alsfrs_delta"} | RAW_ITEMS | RAW_TOTALS)
    frame = drop_impossible_days(audit, frame, settings, deaths)
    early = (frame["day"] < 0) & (not settings.screening_visits)
    frame = audit.drop(frame, early, "before the baseline")
    copies = is_copy(frame, ("subject_id", "day"), (*RAW_ITEMS, *RAW_TOTALS))
    frame = audit.drop(frame, copies, "exact copy")
    frame = _check_ranges(audit, frame)
    frame = _keep_one_a_day(audit, frame, settings)
    frame = _make_one_cutting(audit, frame, settings)
    tenth = {"respiratory": fill(frame["respiratory"], _tenth(frame, settings))}
    frame = audit.change(frame, tenth, "dyspnea stands for item 10")
    frame = _recompute(audit, frame, settings, total="total", items=[*NINE, "respiratory"])
    frame = _recompute(audit, frame, settings, total="total_revised", items=[*NINE, *REVISED])
    return finish(frame, COLUMNS), audit.close(frame)


def _check_ranges(audit: Audit, frame: Columns) -> Columns:
    def checked(names: dict[str, str]) -> dict[str, np.ndarray]:
        limits = {name: tables()["alsfrs"].column(raw_name) for name, raw_name in names.items()}
        return {name: within(frame[name], at.low, at.high) for name, at in limits.items()}

    frame = audit.change(frame, checked(RAW_ITEMS), "item outside 0 to 4")
    return audit.change(frame, checked(RAW_TOTALS), "stored total out of range")


def _keep_one_a_day(audit: Audit, frame: Columns, settings: CleaningSettings) -> Columns:
    """Drop questionnaires of no use, then all but one of a subject's day."""
    eight = [name for name in NINE if name != "cutting"]
    shared = frame.count(eight) == len(eight)
    cutting = frame.count(["cutting_without", "cutting_with"]) > 0
    tenth = ~is_missing(fill(frame["respiratory"], _tenth(frame, settings)))
    summed = shared & cutting & (tenth | (frame.count(REVISED) == len(REVISED)))
    stored = frame.count(RAW_TOTALS) > 0
    frame = audit.drop(frame, ~(summed | stored), "neither a total nor all items")
    answers = np.zeros(len(frame))
    if settings.conflicting_days == "most_complete":
        answers = frame.count([*RAW_ITEMS, *RAW_TOTALS])
    repeats = is_repeat(frame, ("subject_id", "day"), answers)
    return audit.drop(frame, repeats, "same day, other answers")


def _make_one_cutting(audit: Audit, frame: Columns, settings: CleaningSettings) -> Columns:
    """Set one of two answers to item 5 aside, and merge the two columns."""
    without, with_ = frame["cutting_without"], frame["cutting_with"]
    has_without, has_with = ~is_missing(without), ~is_missing(with_)
    both = has_without & has_with
    gastrostomy = np.where(has_without | has_with, has_with.astype(float), np.nan)
    first_counts = {"5a": both, "5b": both & False, "higher": both & (without >= with_)}
    first = first_counts[settings.both_cuttings]
    chosen = {
        "cutting_without": np.where(both & ~first, np.nan, without),
        "cutting_with": np.where(both & first, np.nan, with_),
    }
    frame = audit.change(frame, chosen, "5a and 5b both answered")
    cutting = fill(frame["cutting_without"], frame["cutting_with"])
    return frame.assign(cutting=cutting, gastrostomy=gastrostomy)


def _tenth(frame: Columns, settings: CleaningSettings) -> np.ndarray:
    """Return what stands for item 10 if only the revised items were asked."""
    if settings.respiratory_from == "dyspnea":
        return frame["dyspnea"]
    return frame.matrix(REVISED).mean(axis=0)


def _recompute(
    audit: Audit, frame: Columns, settings: CleaningSettings, *, total: str, items: list[str]
) -> Columns:
    """Replace and complete a total by the sum of its items, where all of them are there."""
    words = {"total": "total", "total_revised": "revised total"}[total]
    stored, summed = frame[total], frame.matrix(items).sum(axis=0)
    differs = (np.abs(stored - summed) > 1e-6) & settings.recompute_totals
    right = {total: np.where(differs, summed, stored)}
    frame = audit.change(frame, right, f"{words} differs from its items")
    whole = {total: fill(frame[total], summed)}
    return audit.change(frame, whole, f"{words} summed from its items")
