"""Work out how long each patient of the cohort was followed, and whether death ended it.

The clock starts at time zero, the first questionnaire that counts. As published, a death counts
where its day is known, and everybody else is censored at the last administration of the
ALSFRS. What the publication does not settle is settled so: a death whose day is missing, or
cannot be right because it does not lie after time zero or a questionnaire was answered after
it, is a death without a known time, and so is treated as the others are.
"""

import numpy as np
import pandas as pd

from alsnb.checks import check_columns, refuse
from alsnb.cleaning.release import CleanTables
from alsnb.cohort import Cohort
from alsnb.disclosure import SMALLEST_COUNT

DURATION, EVENT = "duration_days", "event"

N_DEATHS = "Deaths with a known day"

DIED, AS_CENSORED = "death, on a day that is known", "censored, at the last questionnaire"
ENDS = {
    DIED: "death, on its day",
    "death, on a day that is not recorded": AS_CENSORED,
    "death, on a day that is not after time zero": AS_CENSORED,
    "death, on a day before the last questionnaire": AS_CENSORED,
    "alive when the trial last asked": AS_CENSORED,
    "nothing recorded about death": AS_CENSORED,
}
"""How a patient's time can end, and as what it counts; each has exactly one."""


def survival_times(clean: CleanTables, cohort: Cohort) -> pd.DataFrame:
    """Return the time that each patient of the cohort was followed, and how it ended.

    Returns
    -------
    DataFrame of shape (n_patients, 2)
        Indexed by ``subject_id`` as the cohort is. ``duration_days`` since time zero, above zero,
        and ``event``, True for a death, False for a time that is censored.
    """
    days = _days(clean, cohort)
    event = _ends(days) == DIED
    duration = days["last"].where(~event, days["death"])
    return pd.DataFrame({DURATION: duration, EVENT: event}, index=days.index)


def check_times(times: pd.DataFrame) -> None:
    """Raise :class:`alsnb.checks.BadInput` unless every patient has a time and how it ended.

    ``times`` are as :func:`survival_times` returns them; a time of zero days is one.
    """
    check_columns(times, [DURATION, EVENT], "The survival times")
    check_days(pd.to_numeric(times[DURATION], errors="coerce").to_numpy(float, na_value=np.nan))
    is_told = pd.to_numeric(times[EVENT], errors="coerce").isin([0, 1]).to_numpy()
    _check_all(is_told, EVENT, "True for a death, False for a time that is censored")


def check_days(days: np.ndarray) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a time is missing, infinite or below zero."""
    is_time = np.isfinite(days) & (days >= 0)
    _check_all(is_time, DURATION, "a number of days, not below zero, for every patient")


def _check_all(good: np.ndarray, column: str, expected: str) -> None:
    if not good.all():
        raise refuse(
            f"The survival times, column '{column}'",
            expected=expected,
            found=f"{np.count_nonzero(~good):,} of {len(good):,} patients without",
            remedy="Leave these patients out, or correct how their times are worked out.",
        )


def account_times(clean: CleanTables, cohort: Cohort, *, is_real: bool) -> pd.DataFrame:
    """Return how many patients' times end in which way, those that nobody's does as well.

    Returns
    -------
    DataFrame
        ``end`` (:data:`ENDS`), ``counts_as`` and ``n_patients``; the last row counts all, and
        the others add up to it. From data of real patients, ends of one to four are pooled
        with the next larger ones until no row says so little.
    """
    counts = _ends(_days(clean, cohort)).value_counts().reindex(list(ENDS), fill_value=0)
    rows = counts.rename_axis("end").reset_index(name="n_patients")
    rows.insert(1, "counts_as", rows["end"].map(ENDS))
    rows = pool_small(rows) if is_real else rows
    everyone = {"end": "all", "counts_as": "", "n_patients": int(rows["n_patients"].sum())}
    return pd.concat([rows, pd.DataFrame([everyone])], ignore_index=True)


def pool_small(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with those of one to four patients joined to the next larger ones."""
    counts = rows["n_patients"].where(rows["n_patients"] > 0).dropna()
    if counts.empty or counts.min() >= SMALLEST_COUNT:
        return rows
    # the deaths are told elsewhere too, so another row is joined to them only as a last resort
    is_told = (rows.loc[counts.index, "end"] == DIED) & (counts >= SMALLEST_COUNT)
    counts = counts[counts.mask(is_told, np.inf).sort_values(kind="stable").index]
    before = counts.cumsum().shift(fill_value=0)
    pooled = rows.loc[counts.index[(counts < SMALLEST_COUNT) | (before < SMALLEST_COUNT)]]
    kinds = pooled["counts_as"].unique()
    joined = {
        "end": "; or ".join(pooled["end"]),
        "counts_as": kinds[0] if len(kinds) == 1 else "either",
        "n_patients": int(pooled["n_patients"].sum()),
    }
    return pd.concat([rows.drop(pooled.index), pd.DataFrame([joined])], ignore_index=True)


def describe_times(cohort: Cohort, times: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return what the times are like: their number, deaths, and when these happen.

    From data of real patients the ``value`` of a ``quantity`` is NaN if it is a count of one to
    four or rests on fewer than five deaths.
    """
    settings = cohort.settings
    months = settings.months(times[DURATION].to_numpy(float))
    died = times[EVENT].to_numpy()
    n_died, early = int(died.sum()), int((died & (months <= settings.end_months)).sum())
    few = is_real and min(n_died, len(times) - n_died) in range(1, SMALLEST_COUNT)
    rows = {
        "Patients": len(times),
        N_DEATHS: np.nan if few else n_died,
        f"Deaths within {settings.end_months:g} months": _told(early, is_real),
    }
    for what, own in (("Months to death", months[died]), ("Months followed", months)):
        names = [f"{what}, {name}" for name in ("lower quartile", "median", "upper quartile")]
        rows |= zip(names, _quartiles(own), strict=True)
    return pd.DataFrame({"quantity": list(rows), "value": list(map(float, rows.values()))})


def true_times(cohort: Cohort, truth: pd.DataFrame) -> pd.DataFrame:
    """Return what the times are in truth, for simulated patients.

    As :func:`survival_times`, from what :func:`alsnb.study.truth.read_truth` returns; a patient
    whom the twin lets live is censored at the day of its last death. Empty if the patients are
    real.
    """
    patients = cohort.patients
    if truth.empty:
        return pd.DataFrame({DURATION: np.empty(0), EVENT: np.empty(0, bool)})
    death = truth["death_day"].reindex(patients.index) - patients["time_zero_day"]
    event = death.notna()
    return pd.DataFrame({DURATION: death.fillna(death.max()), EVENT: event}, index=patients.index)


def _days(clean: CleanTables, cohort: Cohort) -> pd.DataFrame:
    """Return of each patient of the cohort ``died``, ``death`` and ``last``, since time zero."""
    zero = cohort.patients["time_zero_day"]
    visits = clean.frames["alsfrs"].dropna(subset=["day"])
    last = visits.groupby("subject_id")["day"].max().reindex(zero.index)
    deaths = clean.frames["death"].set_index("subject_id").reindex(zero.index)
    columns = {"died": deaths["died"], "death": deaths["death_day"] - zero, "last": last - zero}
    return pd.DataFrame(columns, index=zero.index)


def _ends(days: pd.DataFrame) -> pd.Series:
    """Return which of :data:`ENDS` each patient's time has."""
    died, death = days["died"] == 1, days["death"]
    known, no_day, too_early, seen_later, alive, nothing = ENDS
    cases = {
        no_day: died & death.isna(),
        too_early: died & (death <= 0),
        seen_later: died & (death < days["last"]),
        known: died,
        alive: days["died"] == 0,
    }
    ends = np.select(list(cases.values()), list(cases), default=nothing)
    return pd.Series(ends, index=days.index)


def _told(n_patients: int, is_real: bool) -> float:
    return np.nan if is_real and 0 < n_patients < SMALLEST_COUNT else n_patients


def _quartiles(months: np.ndarray) -> np.ndarray:
    if len(months) < SMALLEST_COUNT:
        return np.full(3, np.nan)
    return np.quantile(months, [0.25, 0.5, 0.75])
