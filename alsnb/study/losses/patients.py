"""Count the patients who are in no cohort for another reason than its rule."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alsnb.cleaning.alsfrs import NINE, RAW_ITEMS, RAW_TOTALS, REVISED
from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.rows import MOST_DAYS, last_days
from alsnb.cleaning.settings import DEFAULTS
from alsnb.outcomes import SlopeSettings, slopes_of
from alsnb.tables.proact.reading import RawTables

DAY = "alsfrs_delta"

UNREAD_DAY = "a day that cannot be read"
FAR_DAY = "a day that cannot be"
AFTER_DEATH = "visits after the day of death"
NO_TOTAL = "answers that are missing, cannot be read, or cannot be"
"""Reasons for which a questionnaire does not count."""

KINDS = {UNREAD_DAY: "number", FAR_DAY: "days", AFTER_DEATH: "days", NO_TOTAL: "number"}
"""What is to be done about each, by the kind of the remedy."""


@dataclass(frozen=True, kw_only=True)
class PatientsLeft:
    """Patients who would have a slope by what is written, and how many of them have none.

    ``reasons`` say of how many of the ``lost`` a questionnaire does not count for what; ``keys``
    are the columns that unreadable cells of theirs may stand in.
    """

    lost: int
    given: int
    keys: tuple[str, ...]
    reasons: list[tuple[str, int]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of the remedy."""
        return KINDS[self.reasons[0][0]] if self.reasons else "rules"


def count_patients_left(
    raw: RawTables, clean: CleanTables, settings: SlopeSettings
) -> PatientsLeft:
    """Return how many patients have no slope though the rows of the file would give them one.

    A questionnaire with a day and a total, or all items, counts as written whatever stands in
    it. One whose day cannot be read might lie on any day.

    Parameters
    ----------
    raw, clean : RawTables and CleanTables
        The release.
    settings : SlopeSettings
        The rule.
    """
    frame = raw.frames["alsfrs"]
    visits, keys = _written(raw, frame, settings)
    subject, day = frame["subject_id"].to_numpy(), frame[DAY].to_numpy()
    is_open = np.zeros(len(frame), bool)
    is_open[raw.unread.get(("alsfrs", DAY), [])] = True
    could = _who_could(subject, day, visits, is_open, settings)
    slopes = slopes_of(clean.frames["alsfrs"], settings)
    have = slopes.index[slopes["slope"].notna()].to_numpy()
    lost = np.setdiff1d(could, have)
    if not len(lost):
        return PatientsLeft(lost=0, given=len(could), keys=keys)
    return PatientsLeft(
        lost=len(lost),
        given=len(could),
        keys=keys,
        reasons=_reasons(clean, subject, day, visits & np.isin(subject, lost), is_open),
    )


def _written(
    raw: RawTables, frame: pd.DataFrame, settings: SlopeSettings
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the questionnaires on which a total or all items are written, and the columns."""

    def written(name: str) -> np.ndarray:
        key = (RAW_ITEMS | RAW_TOTALS)[name]
        there = frame[key].notna().to_numpy().copy()
        there[raw.unread.get(("alsfrs", key), [])] = True
        return there

    either = {"cutting": ("cutting_without", "cutting_with")}
    tenth = REVISED
    if settings.total == "total":
        either["respiratory"], tenth = ("respiratory", "dyspnea"), ("respiratory",)
    names = [either.get(name, (name,)) for name in (*NINE, *tenth)]
    columns = {one: written(one) for pair in names for one in pair}
    items = np.stack([np.logical_or.reduce([columns[one] for one in pair]) for pair in names])
    keys = (DAY, RAW_TOTALS[settings.total], *(RAW_ITEMS[name] for name in columns))
    # of a column that nobody filled one cannot know where it would have been
    absent = [not all(columns[one].any() for one in pair) for pair in names]
    lacks = ~items
    is_whole = (lacks.sum(axis=0) - lacks[absent].sum(axis=0) == 0) & items.any(axis=0)
    return written(settings.total) | is_whole, keys


def _who_could(
    subject: np.ndarray,
    day: np.ndarray,
    visits: np.ndarray,
    is_open: np.ndarray,
    settings: SlopeSettings,
) -> np.ndarray:
    """Return the subjects that what is written would give a slope, on the best reading."""
    dated = visits & ~np.isnan(day)
    columns = {"subject_id": subject[dated], "day": day[dated], settings.total: 0.0}
    slopes = slopes_of(pd.DataFrame(columns), settings)
    n_open = pd.Series(subject[visits & is_open]).value_counts()
    everyone = slopes.index.union(n_open.index)
    slopes = slopes.reindex(everyone)
    wanted = ["t1_month", "t2_month"] if settings.rule == "paper" else ["t1_month"]
    # one opens time, the others are the visits that the slope joins
    lacking = slopes[wanted].isna().sum(axis=1) + slopes["time_zero_day"].isna()
    could = slopes["slope"].notna() | (
        (lacking <= n_open.reindex(everyone).fillna(0)) & everyone.isin(n_open.index)
    )
    return everyone[could.to_numpy()].to_numpy()


def _reasons(
    clean: CleanTables, subject: np.ndarray, day: np.ndarray, rows: np.ndarray, is_open: np.ndarray
) -> list[tuple[str, int]]:
    """Return of how many subjects some questionnaire does not count, by the first reason."""
    subjects, place = np.unique(subject, return_inverse=True)
    last = last_days(subjects, DEFAULTS, clean.frames["death"])[place]
    after, far = day > last, np.abs(day) > MOST_DAYS
    kept = clean.frames["alsfrs"]
    keys = [pd.MultiIndex.from_arrays(pair) for pair in ((subject, day), _pair(kept))]
    gone = rows & ~keys[0].isin(keys[1])
    by_reason = {
        UNREAD_DAY: rows & is_open,
        FAR_DAY: gone & far,
        AFTER_DEATH: gone & after & ~far,
        NO_TOTAL: gone & ~after & ~far & ~is_open & ~np.isnan(day),
    }
    counts = [(why, len(np.unique(subject[where]))) for why, where in by_reason.items()]
    return sorted(((why, n) for why, n in counts if n), key=lambda entry: -entry[1])


def _pair(kept: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    known = kept[kept[["total", "total_revised"]].notna().any(axis=1)]
    return known["subject_id"].to_numpy(), known["day"].to_numpy()
