"""Clean the tables that have one row per subject: demographics and the history of the disease."""

import numpy as np
import pandas as pd

from alsnb.cleaning.audit import Audit, make_rules
from alsnb.cleaning.rows import MOST_DAYS, finish, in_file_order, is_copy, within
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
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
"""Site of onset by the text in lower case, without ``onset:``; the numbers are the contest's."""

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
        "diagnosis after the baseline": (
            "only patients were enrolled",
            "handled by several users",
        ),
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
    frame = drop_copies(audit, in_file_order(raw))
    if settings.age_from_birth_day:
        birth = frame["age"].fillna(-frame["date_of_birth"] / DAYS_PER_YEAR)
    else:
        birth = frame["age"]
    frame = audit.change(frame, {"age": birth}, "age from the day of birth")
    limits = tables()["demographics"].column("age")
    age = within(frame["age"], limits.low, limits.high)
    frame = audit.change(frame, {"age": age}, "age impossible")
    frame = frame.assign(male=look_up(frame["sex"], SEXES))
    readable = {"sex": frame["sex"].astype("str").where(frame["male"].notna())}
    frame = audit.change(frame, readable, "sex not readable")
    frame = frame.assign(hispanic=look_up(frame["ethnicity"], ETHNICITIES), **_races(frame))
    frame = merge_rows(audit, frame, ("age", "male", "caucasian", "race", "hispanic"))
    race = pd.Categorical(frame["race"], [*RACES.values(), "Several", "Unknown"])
    return finish(frame.assign(race=race), DEMOGRAPHICS), audit.close(frame)


def _races(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the race in words, and whether it is Caucasian; an explicit 0 counts as No."""
    flags = frame[list(RACES)].to_numpy(float)
    ticked = flags == 1
    n_ticked = ticked.sum(axis=1)
    race = np.array(list(RACES.values()), object)[ticked.argmax(axis=1)]
    race = np.where(n_ticked > 1, "Several", race)
    unknown = (frame["race_unknown"] == 1).to_numpy()
    race = np.where(n_ticked == 0, np.where(unknown, "Unknown", None), race)
    caucasian = np.where(ticked[:, 0], 1.0, np.where(n_ticked > 0, 0.0, np.nan))
    caucasian = np.where(np.isnan(caucasian) & (flags[:, 0] == 0), 0.0, caucasian)
    return {"race": pd.array(race, dtype="str"), "caucasian": caucasian}


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
    names = {"onset_delta": "onset_day", "diagnosis_delta": "diagnosis_day"}
    frame = drop_copies(audit, in_file_order(raw).rename(columns=names))
    past = {"onset_day": within(frame["onset_day"], -MOST_DAYS, np.nextafter(0, -1))}
    frame = audit.change(frame, past, "onset not before the baseline")
    past = {"diagnosis_day": within(frame["diagnosis_day"], -MOST_DAYS, 0)}
    frame = audit.change(frame, past, "diagnosis after the baseline")
    how = {"earliest": "min", "first": "first"}[settings.several_onsets]
    onset = frame.groupby("subject_id")["onset_day"].transform(how)
    onset = {"onset_day": onset.where(frame["onset_day"].notna())}
    frame = audit.change(frame, onset, "several onsets")
    frame = frame.assign(site=_sites(frame), symptom=_symptoms(frame["symptom"]))
    told = ("onset_day", "diagnosis_day", "site", "symptom")
    frame = merge_rows(audit, frame, told)
    frame = _order_days(audit, frame, settings)
    recent = int((frame["onset_day"] >= -RECENT_DAYS).sum())
    audit.enter("onset within 30 days", patients=recent)
    frame = audit.drop(frame, frame[list(told)].isna().all(axis=1), "nothing known")
    words = {"site": pd.Categorical(frame["site"], SITES)}
    words["symptom"] = frame["symptom"].astype("category")
    return finish(frame.assign(**words), HISTORY), audit.close(frame)


def _order_days(audit: Audit, frame: pd.DataFrame, settings: CleaningSettings) -> pd.DataFrame:
    """Deal with an onset that is later than the diagnosis."""
    onset, diagnosis = frame["onset_day"], frame["diagnosis_day"]
    late = onset > diagnosis
    if settings.onset_after_diagnosis == "swap":
        right = {"onset_day": onset.mask(late, diagnosis)}
        right["diagnosis_day"] = diagnosis.mask(late, onset)
    else:
        right = {"diagnosis_day": diagnosis.mask(late)}
    return audit.change(frame, right, "onset later than diagnosis")


def _sites(frame: pd.DataFrame) -> pd.Series:
    """Return the site of onset from its text, else from the flags."""
    site = look_up(frame["site_of_onset"], SITE_TEXTS, prefix="onset:")
    flag = {name: frame[f"site_of_onset_{name}"] == 1 for name in ("limb", "bulbar")}
    both = (flag["limb"] & flag["bulbar"]) | (frame["site_of_onset_limb_and_bulbar"] == 1)
    other = (frame["site_of_onset_other"] == 1) | (frame["site_of_onset_spine"] == 1)
    cases = [both, flag["limb"], flag["bulbar"], other]
    from_flags = np.select(cases, ["both", "limb", "bulbar", "other"], default="")
    flags = pd.Series(from_flags, index=frame.index, dtype="str")
    return site.fillna(flags.where(flags != ""))


def _symptoms(texts: pd.Series) -> pd.Series:
    """Return the first symptom in lower case; what is not on the form's list is "other"."""
    listed = tables()["history"].column("symptom").values
    words = {text.lower(): text.lower().replace("_", " ") for text in listed}
    return look_up(texts, words, default="other")


def look_up(
    texts: pd.Series, meanings: dict[str, object], *, prefix: str = "", default: object = None
) -> pd.Series:
    """Return what each text means, compared in lower case; missing where nothing does.

    Parameters
    ----------
    texts : Series
        Texts, categorical or not.
    meanings : dict
        Meaning by text in lower case.
    prefix : str
        What is taken off the texts first.
    default : object
        Meaning of a text that is not among these.

    Returns
    -------
    Series
        Of numbers or of text, as the meanings are.
    """
    texts = texts.astype("category")
    words = texts.cat.categories.astype("str").str.lower().str.strip()
    words = words.str.removeprefix(prefix).str.strip()
    found = [meanings.get(word, default) for word in words]
    kind = "str" if isinstance(next(iter(meanings.values())), str) else "float64"
    found = pd.array([*found, None], dtype=kind)
    return pd.Series(found[texts.cat.codes.to_numpy()], index=texts.index)


def drop_copies(audit: Audit, frame: pd.DataFrame) -> pd.DataFrame:
    """Drop records that repeat an earlier one of the same subject in every column."""
    others = [name for name in frame if name not in ("subject_id", "row")]
    return audit.drop(frame, is_copy(frame, ("subject_id",), others), "exact copy")


def merge_rows(audit: Audit, frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Keep the first row of each subject, with what it lacks taken from the others."""
    several = frame["subject_id"].duplicated(keep=False).to_numpy()
    further = frame["subject_id"].duplicated().to_numpy()
    part = frame.loc[several, ["subject_id", *columns]]
    firsts = part.groupby("subject_id")[list(columns)].transform("first")
    leading = frame.index[several & ~further]
    filled = {}
    for name in columns:
        filled[name] = frame[name].copy()
        filled[name].loc[leading] = firsts.loc[leading, name]
    frame = audit.change(frame, filled, "filled from another row")
    return audit.drop(frame, further, "another row of the subject")
