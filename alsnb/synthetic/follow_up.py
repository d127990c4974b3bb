"""Draw who dies, who leaves, and the days of the visits.

The risks of dying and of leaving rise with the rate of decline, before and after its bend, so
that the patients who are seen after a year are the slower ones. Neither looks ahead: up to
the bend the risks know nothing of the later rate.
"""

import numpy as np
import pandas as pd

from alsnb.synthetic.parameters import Parameters

YEAR = 365.24
"""Days."""


def draw_first_days(
    patients: pd.DataFrame, trials: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Return the planned day of every patient's first visit: 0, or before it for screening."""
    share = trials.loc[patients["trial"], "screening_share"].to_numpy()
    early = rng.random(len(patients)) < share
    return np.where(early, -rng.integers(5, 43, len(patients)), 0)


def draw_endings(
    patients: pd.DataFrame,
    trials: pd.DataFrame,
    parameters: Parameters,
    *,
    rng: np.random.Generator,
    known_to_bend: bool = False,
) -> dict[str, np.ndarray]:
    """Return ``death_day`` and ``leaving_day`` of patients, infinite past the horizon.

    With *known_to_bend* they are known to be alive and in the trial at the bend.
    """
    dropout = trials.loc[patients["trial"], "dropout"].to_numpy() * parameters["dropout_hazard"]
    shape = parameters["death_shape"]
    frail = trials.loc[patients["trial"], "death_factor"].to_numpy() * parameters["death_hazard"]
    frail = frail * np.exp(
        np.log(parameters["death_breath"]) * (83 - patients["breath_percent"].to_numpy()) / 10
        + np.log(parameters["death_age"]) * (patients["age_years"].to_numpy() - 55) / 10
    )
    most = parameters["rate_effect_most"]
    rates = [np.minimum(patients[name].to_numpy(), most) for name in ("rate", "rate_later")]
    bend = patients["bend_day"].to_numpy()
    days = {}
    death_speeds = parameters["death_speed"], parameters["death_speed_later"]
    leaving_speeds = (parameters["dropout_speed"],) * 2
    for name, base, speeds, power in (
        ("death_day", frail, death_speeds, shape),
        ("leaving_day", dropout, leaving_speeds, parameters["dropout_shape"]),
    ):
        both = zip(speeds, rates, strict=True)
        hazards = [base * np.exp(speed * (rate - 1)) for speed, rate in both]
        days[name] = _draw_day(*hazards, power=power, bend=bend, after=known_to_bend, rng=rng)
    if not known_to_bend:  # a small share of patients leaves after the first visit
        n = len(patients)
        gone = rng.random(n) < parameters["one_visit_share"]
        soon = patients["first_day"].to_numpy() + rng.integers(1, 20, n)
        days["leaving_day"] = np.where(gone, soon, days["leaving_day"])
    horizon = parameters["horizon_days"]
    return {name: np.where(day > horizon, np.inf, np.ceil(day)) for name, day in days.items()}


def _draw_day(
    before: np.ndarray,
    later: np.ndarray,
    *,
    power: float,
    bend: np.ndarray,
    after: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return event days where the cumulative hazard is a power of time, with a bend."""
    reached = (np.maximum(bend, 0) / YEAR) ** power
    left = rng.exponential(size=len(bend)) - (0 if after else before * reached)
    with np.errstate(divide="ignore", invalid="ignore"):
        early = ((left + before * reached) / before) ** (1 / power)
        late = (np.maximum(left, 0) / later + reached) ** (1 / power)
    return np.where(left > 0, late, early) * YEAR


def last_contact(
    patients: pd.DataFrame, trials: pd.DataFrame, parameters: Parameters
) -> np.ndarray:
    """Return the earliest of death, leaving and the end of the trial, in days."""
    ends = trials.loc[patients["trial"], "follow_up_days"].to_numpy() + parameters["closing_days"]
    return np.minimum.reduce(
        [patients["death_day"].to_numpy(), patients["leaving_day"].to_numpy(), ends]
    )


def days_seen(patients: pd.DataFrame, planned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return position of the patient and day of the planned visits up to the last contact."""
    until = np.minimum(patients["last_contact_day"], patients["death_day"] - 1).to_numpy()
    row, column = np.nonzero(planned <= until[:, None])
    return row, planned[row, column].astype(np.int64)


def draw_reported_deaths(
    patients: pd.DataFrame,
    trials: pd.DataFrame,
    parameters: Parameters,
    *,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return whether the death table has a patient, as dead, and with the day."""
    trial = trials.loc[patients["trial"]]
    habit = trial["death_reporting"].to_numpy()
    died = patients["death_day"].to_numpy() <= trial["survival_days"].to_numpy()
    died &= habit != "none"
    dated = rng.random(len(patients)) >= parameters["death_without_day_share"]
    return {
        "in_death_table": died | (habit == "all"),
        "recorded_death": died,
        "recorded_death_day": died & dated,
    }


def draw_visit_days(
    patients: pd.DataFrame, trials: pd.DataFrame, parameters: Parameters, rng: np.random.Generator
) -> np.ndarray:
    """Return the days on which patients would be seen if they stayed, NaN where they are not.

    The array is of shape (n_patients, n_planned) and ascends along a row.
    """
    plans = pd.DataFrame([pd.Series(_planned_days(trial)) for trial in trials.itertuples()])
    row = patients["trial"].to_numpy()
    days = plans.to_numpy()[row]
    jitter = trials["jitter_days"].to_numpy()[row, None] * rng.standard_normal(days.shape)
    gap = trials["step_days"].to_numpy()[row, None] / 2 - 1
    days[:, 1:] = np.rint(days + np.clip(jitter, -gap, gap))[:, 1:]
    days[:, 1:][rng.random(days[:, 1:].shape) < parameters["missed_share"]] = np.nan
    days[:, 0] = patients["first_day"].to_numpy()
    return days


def _planned_days(trial: tuple) -> np.ndarray:
    """Return the days of a trial's plan."""
    until, step = trial.follow_up_days, trial.late_step_days
    early = np.arange(0, min(trial.early_days, until) + 1, trial.step_days)
    late = np.arange(early[-1] + step, until + 1, step)
    return np.concatenate([early, late]).astype(float)
