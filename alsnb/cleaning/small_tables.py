"""Clean the small tables: treatment, riluzole, death, family history, El Escorial."""

import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit, Rule, make_rules
from alsnb.cleaning.columns import Columns, columns_of, fill, finish, is_missing, is_repeat, within
from alsnb.cleaning.rows import MOST_DAYS
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cleaning.subjects import drop_copies
from alsnb.cleaning.words import look_up, words_of

ALS = re.compile(r"\bALS\b|amyotrophic lateral", re.IGNORECASE)

DISEASES = ("neurological_disease", "neurological_disease_other", "family_hx_of_neuro_disease")
"""Columns of the raw table in which the disease of a relative is named."""

YES_NO = {"yes": 1.0, "y": 1.0, "1": 1.0, "no": 0.0, "n": 0.0, "0": 0.0}
ARMS = {"active": 1.0, "placebo": 0.0}
LEVELS = ("Suspected", "Possible", "Probable Laboratory Supported", "Probable", "Definite")
"""Certainty of the diagnosis by the El Escorial criteria, lowest first."""

COLUMNS = {
    "riluzole": ("subject_id", "riluzole", "row"),
    "treatment": ("subject_id", "active", "row"),
    "death": ("subject_id", "died", "death_day", "row"),
    "family": ("subject_id", "family_als", "row"),
    "el_escorial": ("subject_id", "level", "row"),
}
"""Columns of the clean tables."""


def _one_answer(table: str, missing: tuple, several: tuple) -> tuple[Rule, ...]:
    reasons = {"answer missing": missing, "another row of the subject": several}
    return make_rules(table, {"exact copy": ("a subject has one row",)} | reasons)


RULES = {
    "riluzole": _one_answer(
        "riluzole",
        ("a blank is not a No", "some trials rarely wrote a No"),
        ("the first answer is kept",),
    ),
    "treatment": _one_answer("treatment", ("no arm is named",), ("the first arm is kept",)),
    "el_escorial": _one_answer("el_escorial", ("no level is named",), ("the first level is kept",)),
    "family": make_rules(
        "family",
        {
            "exact copy": ("each relative has one row",),
            "another row of the subject": (
                "one row per relative; one with ALS decides",
                "64 of 1,071 rows (2016)",
                64 / 1_071,
            ),
        },
    ),
    "death": make_rules(
        "death",
        {
            "exact copy": ("a subject dies once",),
            "answer missing": (
                "neither Yes nor No; a day counts only where nothing is written beside it",
            ),
            "day beside a No": ("a day belongs to a death only",),
            "day impossible": ("before the baseline, or more than a lifetime after it",),
            "Yes from the day": ("a day of death says that the subject died",),
            "another row of the subject": (
                "a Yes counts before a No, the earliest day before others",
                "1 subject (2016)",
                1 / 4_634,
            ),
            "Yes without a day": (
                "kept as an event without time; the patients touched are counted",
                "some 250 of 3,441 (treated subjects, 2016)",
            ),
        },
    ),
}


def clean_riluzole(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the use of riluzole: 1 for Yes, 0 for No, no row where it was not recorded."""
    return _clean_answer(raw, "riluzole", lambda f: look_up(f["subject_used_riluzole"], YES_NO))


def clean_treatment(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the arms of the trials: 1 for active, 0 for placebo."""
    return _clean_answer(raw, "treatment", lambda f: look_up(f["study_arm"], ARMS))


def levels_of(texts: Iterable[object]) -> list[float]:
    """Return the place in :data:`LEVELS` that each text names, missing where it names none."""
    places = {level.lower(): float(place) for place, level in enumerate(LEVELS)}
    plain = (re.sub("[-_ ]+", " ", str(text)).lower().strip() for text in texts)
    return [places.get(text, np.nan) for text in plain]


def clean_el_escorial(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean the certainty of the diagnosis: an ordered category."""

    def levels(frame: Columns) -> np.ndarray:
        texts = frame["el_escorial"]
        return np.array([*levels_of(texts.categories), np.nan])[texts.codes]

    clean, audit = _clean_answer(raw, "el_escorial", levels)
    return clean.assign(level=words_of(clean["level"].to_numpy(), LEVELS, ordered=True)), audit


def _clean_answer(
    raw: pd.DataFrame, table: str, answers: Callable[[Columns], np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean a table of one answer per subject, of which the first is kept."""
    audit = Audit(RULES[table], len(raw))
    frame = drop_copies(audit, columns_of(raw))
    answer = COLUMNS[table][1]
    frame = frame.assign(**{answer: answers(frame)})
    frame = audit.drop(frame, is_missing(frame[answer]), "answer missing")
    repeats = is_repeat(frame, ("subject_id",), np.zeros(len(frame)))
    frame = audit.drop(frame, repeats, "another row of the subject")
    return finish(frame, COLUMNS[table]), audit.close(frame)


def clean_family(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean family history: 1 if ALS is named of a relative, 0 if the form names none.

    A subject with a row was asked, so that a blank form is a No; missing in all subjects if no
    form of the table names any disease, as then nobody wrote down what was asked.
    """
    audit = Audit(RULES["family"], len(raw))
    frame = drop_copies(audit, columns_of(raw))
    als = np.zeros(len(frame), bool)
    is_told = any(not is_missing(frame[name]).all() for name in DISEASES)
    for name in DISEASES:
        texts = frame[name]
        found = [ALS.search(str(text)) is not None for text in texts.categories]
        als |= np.array([*found, False])[texts.codes]
    frame = frame.assign(family_als=np.where(is_told, als.astype(float), np.nan))
    repeats = is_repeat(frame, ("subject_id",), als)
    frame = audit.drop(frame, repeats, "another row of the subject")
    return finish(frame, COLUMNS["family"]), audit.close(frame)


def clean_death(
    raw: pd.DataFrame, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clean deaths.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    settings : CleaningSettings
        The choices; none concerns this table.

    Returns
    -------
    clean : DataFrame
        One row per subject: ``died`` 1 or 0, ``death_day`` in days from baseline, missing if
        unknown. A subject without a row may have died all the same.
    audit : DataFrame
        What each rule did.
    """
    audit = Audit(RULES["death"], len(raw))
    frame = drop_copies(audit, columns_of(raw))
    died = look_up(frame["subject_died"], YES_NO)
    frame = frame.assign(died=died, death_day=frame["death_days"])
    # the day beside a word that is not known may be the last on which the subject lived
    says_no_more = is_missing(frame["death_day"]) | ~is_missing(frame["subject_died"])
    frame = audit.drop(frame, is_missing(died) & says_no_more, "answer missing")
    day = np.where(frame["died"] == 0, np.nan, frame["death_day"])
    frame = audit.change(frame, {"death_day": day}, "day beside a No")
    day = within(frame["death_day"], 0, MOST_DAYS)
    frame = audit.change(frame, {"death_day": day}, "day impossible")
    died = fill(frame["died"], 1.0)
    frame = audit.change(frame, {"died": died}, "Yes from the day")
    # An earlier day comes first, a day before none, a death before a survival.
    order = frame["died"] * (2 * MOST_DAYS - fill(frame["death_day"], 2 * MOST_DAYS - 1))
    repeats = is_repeat(frame, ("subject_id",), order)
    frame = audit.drop(frame, repeats, "another row of the subject")
    timeless = int(((frame["died"] == 1) & is_missing(frame["death_day"])).sum())
    audit.enter("Yes without a day", patients=timeless)
    return finish(frame, COLUMNS["death"]), audit.close(frame)
