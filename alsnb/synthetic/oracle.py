"""Predict as well as anybody could who knew everything that can be known at month 3.

The oracle knows the parameters of the world and the state of every patient three months after
the first visit: latent losses, rates so far, typical rate, breath, plan of the trial. It does
not know what nobody can: the later rate, the noise of ratings, who leaves and who dies. It
draws these anew many times and averages the slope over the futures in which there is one,
which is the best prediction in squared error for patients chosen by having a slope.
"""

import numpy as np
import pandas as pd

from alsnb.outcomes import SlopeSettings, slopes_of
from alsnb.synthetic.course import (
    ITEMS,
    ORIGINAL,
    REVISED,
    draw_items,
    draw_later,
    known_lines,
    progress_at,
)
from alsnb.synthetic.follow_up import draw_endings, draw_visit_days, last_contact
from alsnb.synthetic.world import World

TOTALS = {"ALSFRS": ORIGINAL, "ALSFRS-R": REVISED}
"""Items that add up to the total of a scale."""


def true_slopes(world: World, settings: SlopeSettings | None = None) -> pd.DataFrame:
    """Return slopes of the true ratings, as nobody who reads the files could spoil them.

    The frame is that of :func:`alsnb.outcomes.slopes_of`. With the revised scale only patients
    whose trial asks the revised items are in it.
    """
    settings = settings or SlopeSettings()
    visits = world.visits[["subject_id", "day"]].copy()
    items = list(TOTALS[settings.scale])
    visits[settings.total] = world.visits[items].sum(axis=1).astype(float)
    if settings.scale == "ALSFRS-R":
        scale = world.patients["trial"].map(world.trials["scale"])
        asked = world.patients.index[scale.isin(["revised", "both"])]
        visits = visits[visits["subject_id"].isin(asked)]
    return slopes_of(visits, settings)


def predict_oracle(
    world: World, settings: SlopeSettings | None = None, *, n_futures: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Return the best prediction of the slope from everything knowable at month 3.

    Parameters
    ----------
    world, settings : World, and SlopeSettings, optional
        Visits after month 3 are not looked at, but for which patients have a slope.
    n_futures, seed : int
        Futures drawn per patient, and their seed, apart from the seed of the world.

    Returns
    -------
    DataFrame
        Indexed by ``subject_id``, for all patients with a slope, ascending:
        ``oracle_slope`` (points per month) and ``n_futures``, the number of futures in which
        the slope exists. Where there is none, the prediction is the mean of the others.
    """
    settings = settings or SlopeSettings()
    slopes = true_slopes(world, settings)
    slopes = slopes[slopes["slope"].notna()]
    patients = world.patients.loc[slopes.index]
    zero = slopes["time_zero_day"].to_numpy()
    # loss at baseline, and share of the progress, of the items of the scale
    columns = [ITEMS.index(item) for item in TOTALS[settings.scale]]
    lines = [
        line[:, columns].astype(np.float32) for line in known_lines(patients, world.parameters)
    ]
    sums, counts = np.zeros((2, len(patients)))
    for child in np.random.SeedSequence([seed, world.seed]).spawn(n_futures):
        slope = _future_slopes(world, patients, (zero, *lines), settings=settings, seed=child)
        counts += ~np.isnan(slope)
        sums += np.nan_to_num(slope)
    mean = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    if len(mean) and np.isnan(mean).any() and counts.any():
        mean = np.where(np.isnan(mean), np.nanmean(mean), mean)
    columns = {"oracle_slope": mean, "n_futures": counts.astype(int)}
    return pd.DataFrame(columns, index=slopes.index)


def _future_slopes(
    world: World,
    patients: pd.DataFrame,
    known: tuple[np.ndarray, np.ndarray, np.ndarray],
    *,
    settings: SlopeSettings,
    seed: np.random.SeedSequence,
) -> np.ndarray:
    """Return every patient's slope in one future, NaN where it has none."""
    zero, start, share = known
    rates, ends, days, ratings = (np.random.default_rng(child) for child in seed.spawn(4))
    parameters, trials = world.parameters, world.trials
    future = patients.assign(**draw_later(patients, parameters, rates))
    endings = draw_endings(future, trials, parameters, rng=ends, known_to_bend=True)
    future = future.assign(**endings)
    until = np.minimum(last_contact(future, trials, parameters), future["death_day"] - 1)
    planned = draw_visit_days(future, trials, parameters, days)
    seen = planned <= until.to_numpy()[:, None]
    first, second = _ends_of_slope(planned - zero[:, None], seen, settings)
    total = np.full((2, len(future)), np.nan)
    there = first != second
    for side, column in enumerate((first[there], second[there])):
        day = planned[there, column]
        progress = progress_at(future[there], day)[:, None].astype(np.float32)
        noisiness = future["trial_noise"].to_numpy()[there]
        items = draw_items(start[there] + share[there] * progress, noisiness, parameters, ratings)
        total[side, there] = items.sum(axis=1)
    row = np.arange(len(future))
    months = settings.months(planned[row, second] - planned[row, first])
    return (total[1] - total[0]) / np.where(there, months, np.nan)


def _ends_of_slope(
    days: np.ndarray, seen: np.ndarray, settings: SlopeSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of the two visits that the slope joins; equal if it has none."""
    months = np.where(seen, settings.months(days), -np.inf)
    past_window = settings.is_after(months, settings.window_months)
    past_end = settings.is_after(months, settings.end_months)
    first = past_window.argmax(axis=1)
    second = np.where(past_end.any(axis=1), past_end.argmax(axis=1), first)
    if settings.rule == "challenge":
        last = days.shape[1] - 1 - past_window[:, ::-1].argmax(axis=1)
        second = np.where(past_window.any(axis=1) & ~past_end.any(axis=1), last, second)
    return first, second
