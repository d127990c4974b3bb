"""Clean the tables that have one row per subject: demographics and the history of the disease."""

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit, make_rules
from alsnb.cleaning.columns import (
    Columns,
    columns_of,
    fill,
    finish,
    first_values,
    is_copy,
    starts_of,
    twins_of,
    within,
)
from alsnb.cleaning.rows import MOST_DAYS
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cleaning.words import look_up, recoded, words_of
from alsnb.tables.proact.schema import tables

DAYS_PER_YEAR = 365.25

SEXES = {"male": 1.0, "m": 1.0, "1": 1.0, "female": 0.0, "f": 0.0, "2": 0.0}
"""Whether a subject is male, by the text in lower case; the numbers are those of the contest."""

ETHNICITIES = {
    "hispanic or latino": 1.0,
    "hispanic": 1.0,
    "non-hispanic or latino": 0.0,
    "not hispanic or latino": 0.0,
    "non-hispanic": 0.0,
}
"""Whether a subject is Hispanic, by the text in lower case."""

RACES = {
    "race_caucasian": "Caucasian",
    "race_black_african_american": "Black or African American",
    "race_asian": "Asian",
    "race_americ_indian_alaska_native": "American Indian or Alaska Native",
    "race_hawaiian_pacific_islander": "Hawaiian or Pacific Islander",
    "race_other": "Other",
}
"""Name of every race that has a column of its own; several in one subject are ``"Several"``."""

RACE_WORDS = (*RACES.values(), "Several", "Unknown")

DEMOGRAPHICS = ("subject_id", "age", "male", "caucasian", "race", "hispanic", "row")
"""Columns of the clean table; age in years at baseline, three columns of 0 and 1."""

DEMOGRAPHICS_RULES = make_rules(
    "demographics",
    {
        "exact copy": ("a subject has one row", "37 rows (2013)", 37 / 8_635),
        "age from the day of birth": (
            "a blank age is the day of birth divided by 365.25 days",
            "944 of 11,675 (2022)",
            944 / 11_675,
        ),
        "age impossible": ("outside any plausible range of a trial",),
        "sex not readable": ("neither male nor female in any known writing",),
        "filled from another row": ("what one row of a subject lacks another may have",),
        "another row of the subject": (
            "the first is kept",
            "37 rows that differ in ethnicity only (2013)",
            37 / 8_635,
        ),
    },
)

RECENT_DAYS = 30
"""An onset this close to the baseline is unusual, but was seen."""

SITES = ("limb", "bulbar", "both", "other")
SITE_TEXTS = {
    "limb": "limb",
    "3": "limb",
    "bulbar": "bulbar",
    "1": "bulbar",
    "limb and bulbar": "both",
    "bulbar and limb": "both",
    "other": "other",
    "spine": "other",
}
"""Site of onset by the text in lower case, without the prefix; numbers are the contest's."""

SITE_PREFIX = "onset:"
"""What may stand before the text of a site."""

HISTORY = ("subject_id", "onset_day", "diagnosis_day", "site", "symptom", "row")
"""Columns of the clean table; days before the baseline are negative."""

HISTORY_RULES = make_rules(
    "history",
    {
        "exact copy": ("a subject's history is told once", "common"),
        "onset not before the baseline": (
            "only patients were enrolled",
            "handled by several users",
        ),
        "diagnosis after the baseline": ("only patients were enrolled", "handled by several users"),
        "several onsets": (
            "of differing onsets of one subject the earliest counts",
            "among 2,222 subjects with several rows (2016)",
        ),
        "filled from another row": (
            "onset, diagnosis, site and symptom are spread over rows; the first of each counts",
            "2,222 of 9,393 subjects have several rows (2016)",
        ),
        "another row of the subject": (
            "all it held is in the first",
            "2,665 of 12,058 rows (2016)",
            2_665 / 12_058,
        ),
        "onset later than diagnosis": (
            "the diagnosis is set missing, unless the settings exchange the two",
            "handled by several users",
        ),
        "onset within 30 days": (
            "kept; the patients touched are counted",
            "the shortest known is 16 days",
        ),
        "nothing known": ("neither onset, diagnosis, site nor symptom",),
    },
)


def clean_demographics(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean demographics.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    settings : CleaningSettings
        The choices.

    Returns
    -------
    clean : DataFrame
        :data:`DEMOGRAPHICS`, one row per subject. ``caucasian`` is missing if no race was
        recorded.
    audit : DataFrame
        What each rule did.
    """
    audit = Audit(DEMOGRAPHICS_RULES, len(raw))
    frame = drop_copies(audit, columns_of(raw))
    age = frame["age"]
    if settings.age_from_birth_day:
        age = fill(age, -frame["date_of_birth"] / DAYS_PER_YEAR)
    frame = audit.change(frame, {"age": age}, "age from the day of birth")
    limits = tables()["demographics"].column("age")
    age = within(frame["age"], limits.low, limits.high)
    frame = audit.change(frame, {"age": age}, "age impossible")
    male = look_up(frame["sex"], SEXES)
    readable = np.where(np.isnan(male), -1, frame["sex"].codes)
    frame = audit.change(frame, {"sex": recoded(frame["sex"], readable)}, "sex not readable")
    hispanic = look_up(frame["ethnicity"], ETHNICITIES)
    frame = frame.assign(male=male, hispanic=hispanic, **_races(frame))
    frame = merge_rows(audit, frame, ("age", "male", "caucasian", "race", "hispanic"))
    frame = frame.assign(race=words_of(frame["race"], RACE_WORDS))
    return finish(frame, DEMOGRAPHICS), audit.close(frame)


def _races(frame: Columns) -> dict[str, np.ndarray]:
    """Return the race as its place in the list, and whether it is Caucasian; 0 counts as No."""
    flags = frame.matrix(RACES)
    ticked = flags == 1
    n_ticked = ticked.sum(axis=0)
    race = ticked.argmax(axis=0).astype(float)
    race = np.where(n_ticked > 1, RACE_WORDS.index("Several"), race)
    unknown = np.where(frame["race_unknown"] == 1, RACE_WORDS.index("Unknown"), np.nan)
    race = np.where(n_ticked == 0, unknown, race)
    caucasian = np.where(ticked[0], 1.0, np.where(n_ticked > 0, 0.0, np.nan))
    caucasian = np.where(np.isnan(caucasian) & (flags[0] == 0), 0.0, caucasian)
    return {"race": race, "caucasian": caucasian}


def clean_history(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the history of the disease.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    settings : CleaningSettings
        The choices.

    Returns
    -------
    clean : DataFrame
        :data:`HISTORY`, one row per subject.
    audit : DataFrame
        What each rule did.
    """
    audit = Audit(HISTORY_RULES, len(raw))
    frame = drop_copies(audit, columns_of(raw))
    frame = frame.assign(onset_day=frame["onset_delta"], diagnosis_day=frame["diagnosis_delta"])
    past = {"onset_day": within(frame["onset_day"], -MOST_DAYS, np.nextafter(0, -1))}
    frame = audit.change(frame, past, "onset not before the baseline")
    past = {"diagnosis_day": within(frame["diagnosis_day"], -MOST_DAYS, 0)}
    frame = audit.change(frame, past, "diagnosis after the baseline")
    onset = {"onset_day": _one_onset(frame, settings)}
    frame = audit.change(frame, onset, "several onsets")
    symptoms = _known_symptoms()
    frame = frame.assign(site=_sites(frame), symptom=_symptoms(frame["symptom"], symptoms))
    told = ("onset_day", "diagnosis_day", "site", "symptom")
    frame = merge_rows(audit, frame, told)
    frame = _order_days(audit, frame, settings)
    recent = int((frame["onset_day"] >= -RECENT_DAYS).sum())
    audit.enter("onset within 30 days", patients=recent)
    frame = audit.drop(frame, frame.count(told) == 0, "nothing known")
    symptom = words_of(frame["symptom"], symptoms).remove_unused_categories()
    frame = frame.assign(site=words_of(frame["site"], SITES), symptom=symptom)
    return finish(frame, HISTORY), audit.close(frame)


def _one_onset(frame: Columns, settings: CleaningSettings) -> np.ndarray:
    """Return the onset of each row that has one, that of the subject if there are several."""
    rows, group = twins_of(frame, ("subject_id",))
    onset, starts = frame["onset_day"].copy(), starts_of(group)
    told, of_group = onset[rows], np.cumsum(np.isin(np.arange(len(rows)), starts)) - 1
    earliest = settings.several_onsets == "earliest"
    one = np.fmin.reduceat(told, starts) if earliest and len(rows) else first_values(told, starts)
    onset[rows] = np.where(np.isnan(told), np.nan, one[of_group])
    return onset


def _order_days(audit: Audit, frame: Columns, settings: CleaningSettings) -> Columns:
    """Deal with an onset that is later than the diagnosis."""
    onset, diagnosis = frame["onset_day"], frame["diagnosis_day"]
    late = onset > diagnosis
    if settings.onset_after_diagnosis == "swap":
        right = {"onset_day": np.where(late, diagnosis, onset)}
        right["diagnosis_day"] = np.where(late, onset, diagnosis)
    else:
        right = {"diagnosis_day": np.where(late, np.nan, diagnosis)}
    return audit.change(frame, right, "onset later than diagnosis")


def _sites(frame: Columns) -> np.ndarray:
    """Return the place of the site of onset in the list, from its text, else from the flags."""
    places = {text: float(SITES.index(site)) for text, site in SITE_TEXTS.items()}
    site = look_up(frame["site_of_onset"], places, prefix=SITE_PREFIX)
    limb, bulbar, both, other, spine = (
        frame[f"site_of_onset_{name}"] == 1
        for name in ("limb", "bulbar", "limb_and_bulbar", "other", "spine")
    )
    cases = {"both": (limb & bulbar) | both, "limb": limb, "bulbar": bulbar, "other": other | spine}
    places = [SITES.index(site) for site in cases]
    return fill(site, np.select(list(cases.values()), places, default=np.nan))


def _known_symptoms() -> list[str]:
    """Return the symptoms of the form and "other" in lower case, in alphabetical order."""
    listed = tables()["history"].column("symptom").values
    return sorted({text.lower().replace("_", " ") for text in listed} | {"other"})


def _symptoms(texts: pd.Categorical, known: list[str]) -> np.ndarray:
    """Return the place of each first symptom; what is not on the form's list is "other"."""
    listed = tables()["history"].column("symptom").values
    places = {text.lower(): float(known.index(text.lower().replace("_", " "))) for text in listed}
    return look_up(texts, places, default=float(known.index("other")))


def drop_copies(audit: Audit, frame: Columns) -> Columns:
    """Drop records that repeat an earlier one of the same subject in every column."""
    others = [name for name in frame.names if name not in ("subject_id", "row")]
    return audit.drop(frame, is_copy(frame, ("subject_id",), others), "exact copy")


def merge_rows(audit: Audit, frame: Columns, names: tuple[str, ...]) -> Columns:
    """Keep the first row of each subject, with what it lacks taken from the others."""
    rows, group = twins_of(frame, ("subject_id",))
    starts = starts_of(group)
    filled = {}
    for name in names:
        filled[name] = frame[name].copy()
        filled[name][rows[starts]] = first_values(frame[name][rows], starts)
    frame = audit.change(frame, filled, "filled from another row")
    further = np.zeros(len(frame), bool)
    further[np.delete(rows, starts)] = True
    return audit.drop(frame, further, "another row of the subject")
