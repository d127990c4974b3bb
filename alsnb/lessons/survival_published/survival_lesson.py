"""Repeat the survival analysis of Pancotti et al. 2022, and measure what it rests on.

Everything is computed from predictions and survival times. From data of real patients, what
rests on one to four of them is NaN, counts are rounded to fives, and no day of a single death
can be read from what comes out.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.evaluation.resampling import find_interval
from alsnb.lessons.survival_published.survival_models import OUT_OF_FOLD, RESUBSTITUTION, TEST
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.published import fast_threshold, read_published
from alsnb.schema import ESTIMATE, HIGH, LOW, OBSERVED, PATIENT, PREDICTED, SPLIT
from alsnb.study.proact import Study
from alsnb.survival.curves import (
    FAST,
    GROUPS,
    LEVEL,
    SLOW,
    difference_in_means,
    hazard_ratio,
    kaplan_meier,
    log_hazard_ratio,
    logrank,
    survival_at,
    to_fives,
)
from alsnb.survival.times import DURATION, EVENT, true_times

PRINTED, QUANTILE = "printed", "quantile"

SETS = {
    RESUBSTITUTION: "Training, resubstituted",
    OUT_OF_FOLD: "Training, out of fold",
    TEST: "Test",
}
"""Whose predictions are cut: those of the network's own training patients, and honest ones."""

PANELS = {
    "fig5": ((RESUBSTITUTION, PRINTED), (TEST, PRINTED)),
    "honest": ((OUT_OF_FOLD, PRINTED), (OUT_OF_FOLD, QUANTILE), (TEST, QUANTILE)),
}
"""Curves of the published figure, and of the one that was not published."""

UNTIL_MONTHS = 18
"""Up to when days of life are counted; soon after it few patients are still followed."""

AT_MONTHS = (15, 18, 21, 24)
"""When survival is compared with what is true."""

MOST_RESAMPLES = 1_000
"""What takes a sort per resample is drawn no more often than this."""

DAYS = DAYS_PER_MONTH

COUNTS = ("n_fast", "n_slow", "deaths_fast", "deaths_slow")


def find_cuts(predictions: pd.DataFrame) -> dict[str, float]:
    """Return where predicted slopes are cut, in points per month.

    Parameters
    ----------
    predictions : DataFrame
        What :func:`alsnb.lessons.survival_published.survival_models.predict_everyone` returned.

    Returns
    -------
    dict of float
        ``printed``: the threshold of the paper. ``quantile``: the one that calls as many
        training patients fast, by their out-of-fold predictions, as are fast by the printed one.
    """
    training = predictions[predictions[SPLIT] == OUT_OF_FOLD]
    n_fast = int((training[OBSERVED] < fast_threshold()).sum())
    ordered = np.r_[-np.inf, np.sort(training[PREDICTED]), np.inf]
    return {PRINTED: fast_threshold(), QUANTILE: float(ordered[n_fast : n_fast + 2].mean())}


def split_groups(predictions: pd.DataFrame, split: str, cut: float) -> pd.Series:
    """Return which patients of a split are predicted below the cut, by patient."""
    rows = predictions[predictions[SPLIT] == split].set_index(PATIENT)
    groups = np.where(rows[PREDICTED] < cut, FAST, SLOW)
    return pd.Series(groups, index=rows.index.rename("subject_id"))


def compare_sets(
    predictions: pd.DataFrame, times: pd.DataFrame, *, profile: str, is_real: bool
) -> pd.DataFrame:
    """Compare predicted fast with medium-slow patients, for every set of them and either cut.

    Parameters
    ----------
    predictions : DataFrame
        As in :func:`find_cuts`.
    times : DataFrame
        As :func:`alsnb.survival.times.survival_times` returns them.
    profile : str
        Which of :data:`alsnb.effort.PROFILES` says how many resamples are drawn.
    is_real : bool
        Whether small counts must be withheld.

    Returns
    -------
    DataFrame
        ``set``, ``cut``, ``threshold``, :data:`COUNTS`, ``statistic`` and ``p_value`` of the
        log-rank test, the hazard ratio (``estimate``, ``low``, ``high``), and the days of life
        by which the fast differ up to :data:`UNTIL_MONTHS` (``days``, ``days_low``,
        ``days_high``).
    """
    until = UNTIL_MONTHS * DAYS
    n_resamples = min(EFFORTS[profile].n_resamples, MOST_RESAMPLES)
    rows = []
    for split in SETS:
        for cut, threshold in find_cuts(predictions).items():
            groups = split_groups(predictions, split, threshold)
            own = times.loc[groups.index]
            means = difference_in_means(own, groups, until=until, n_resamples=n_resamples)
            means.columns = ["days", "days_low", "days_high"]
            facts = [_count(own, groups), logrank(own, groups), hazard_ratio(own, groups), means]
            row = pd.concat(facts, axis=1).assign(set=split, cut=cut, threshold=threshold)
            rows.append(_withhold(row) if is_real else row)
    frame = pd.concat(rows, ignore_index=True)
    labels = ["set", "cut", "threshold"]
    return frame[[*labels, *frame.columns.drop(labels)]]


def _count(times: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return how many are in either group, and how many of them die."""
    sizes = [(groups == group).sum() for group in GROUPS]
    deaths = [(times[EVENT] & (groups == group)).sum() for group in GROUPS]
    return pd.DataFrame([[*map(float, sizes), *map(float, deaths)]], columns=list(COUNTS))


def _withhold(row: pd.DataFrame) -> pd.DataFrame:
    """Return a comparison with counts to the nearest five, or nothing if one is too small."""
    counts = row[list(COUNTS)].iloc[0]
    alive = counts[["n_fast", "n_slow"]].to_numpy() - counts[["deaths_fast", "deaths_slow"]]
    if any(0 < number < SMALLEST_COUNT for number in (*counts, *alive)):
        told = ["set", "cut", "threshold"]
        return row.assign(**dict.fromkeys(row.columns.drop(told), np.nan))
    return row.assign(**to_fives(counts))


def draw_panels(
    predictions: pd.DataFrame, times: pd.DataFrame, panels: str, *, is_real: bool
) -> pd.DataFrame:
    """Return the survival curves of one of the figures.

    Parameters
    ----------
    predictions, times, is_real
        As in :func:`compare_sets`.
    panels : {"fig5", "honest"}
        Which of :data:`PANELS`.

    Returns
    -------
    DataFrame
        ``set`` and ``cut`` of the panel, then the columns of
        :func:`alsnb.survival.curves.kaplan_meier`, and ``months``.
    """
    cuts, frames = find_cuts(predictions), []
    for split, cut in PANELS[panels]:
        groups = split_groups(predictions, split, cuts[cut])
        curves = kaplan_meier(times.loc[groups.index], groups, is_real=is_real)
        frames.append(curves.assign(set=split, cut=cut, months=curves["days"] / DAYS))
    frame = pd.concat(frames, ignore_index=True)
    return frame[
        ["set", "cut", "group", "months", *frame.columns.drop(["set", "cut", "group", "months"])]
    ]


def price_resubstitution(
    predictions: pd.DataFrame, times: pd.DataFrame, *, profile: str, seed: int = 0
) -> pd.DataFrame:
    """Return by how much resubstitution changes the hazard ratio of the training patients.

    In every resample of the training patients both hazard ratios are worked out, and the
    difference of their logarithms is taken.

    Returns
    -------
    DataFrame
        A row per cut: ``cut``, ``label``, ``own`` and ``out_of_fold`` (the hazard ratios),
        ``estimate`` (the first divided by the second; above one, resubstitution makes the
        groups look more different than they are), ``low``, ``high``, and ``n_defined``, the
        share of resamples in which both can be worked out.
    """
    n_resamples = min(EFFORTS[profile].n_resamples, MOST_RESAMPLES)
    rows = []
    for cut, threshold in find_cuts(predictions).items():
        groups = split_groups(predictions, OUT_OF_FOLD, threshold)
        own = split_groups(predictions, RESUBSTITUTION, threshold).loc[groups.index]
        days, died = (times.loc[groups.index, name].to_numpy() for name in (DURATION, EVENT))
        rng = np.random.default_rng(seed)
        draws = [np.arange(len(days)), *rng.integers(len(days), size=(n_resamples, len(days)))]
        is_fast = [(one == FAST).to_numpy() for one in (own, groups)]
        ratios = np.array(
            [[log_hazard_ratio(days[at], died[at], fast[at]) for fast in is_fast] for at in draws]
        )
        rows.append({"cut": cut} | _divide(ratios))
    return pd.DataFrame(rows)


def _divide(log_ratios: np.ndarray) -> dict[str, float]:
    """Return one hazard ratio divided by the other, (1 + n_resamples, 2), with its interval."""
    difference = log_ratios[:, 0] - log_ratios[:, 1]
    interval = find_interval(difference, LEVEL)
    own, out_of_fold, estimate, low, high = np.exp([*log_ratios[0], difference[0], *interval])
    return {
        "own": own,
        "out_of_fold": out_of_fold,
        ESTIMATE: estimate,
        LOW: low,
        HIGH: high,
        "n_defined": float(np.isfinite(difference[1:]).mean()),
    }


def compare_censoring(study: Study, times: pd.DataFrame, truth: Path | None) -> pd.DataFrame:
    """Return how many live on, by different ideas of what is known, and in truth.

    Returns
    -------
    DataFrame
        ``whom`` (all patients as published; only those of whom anything is recorded about
        death; all patients as it truly is, unless they are real), ``months``, ``survival``
        with ``low`` and ``high`` (95 % interval), and ``at_risk``. What rests on fewer than
        five deaths, or fewer than five at risk, is NaN; of real patients, numbers at risk are
        rounded to fives.
    """
    recorded = times.index.isin(study.clean.frames["death"]["subject_id"])
    sets = {
        "As published": times,
        "Only where life or death is recorded": times[recorded],
        "As it truly is": true_times(study, truth),
    }
    frames = []
    for whom, own in sets.items():
        if own.empty:
            continue
        at = survival_at(own, np.array(AT_MONTHS) * DAYS)
        n_dead = [(own[EVENT] & (own[DURATION] <= day)).sum() for day in at["days"]]
        told = (np.array(n_dead) >= SMALLEST_COUNT) & (at["at_risk"] >= SMALLEST_COUNT)
        shown = at.drop(columns="days").where(told)
        frames.append(shown.assign(whom=whom, months=AT_MONTHS))
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[["whom", "months", "survival", LOW, HIGH, "at_risk"]]
    return frame.assign(at_risk=to_fives(frame["at_risk"])) if study.source.is_real else frame


def compare_to_published(
    study: Study, times: pd.DataFrame, correlations: pd.DataFrame, compared: pd.DataFrame
) -> pd.DataFrame:
    """Return the printed numbers of the survival analysis beside ours.

    Returns
    -------
    DataFrame
        ``label``, ``published``, ``estimate``, ``low``, ``high`` (95 % interval) and
        ``difference``. Of a p-value only a bound is printed, so nothing is subtracted.
    """
    printed = read_published()["paper_a"]
    survival, n_printed = printed["survival"], printed["cohort"]["patients"]
    n_dead, n_patients = int(times[EVENT].sum()), len(times)
    if study.source.is_real and 0 < min(n_dead, n_patients - n_dead) < SMALLEST_COUNT:
        n_dead = np.nan
    share = n_dead / max(n_patients, 1)
    half = 1.96 * np.sqrt(share * (1 - share) / max(n_patients, 1))
    pcc = correlations.loc[correlations["whom"] == "dead", [ESTIMATE, LOW, HIGH]].iloc[0]
    tests = compared[compared["cut"] == PRINTED].set_index("set")["p_value"]
    nothing = (np.nan, np.nan)
    rows = [
        ["Deaths with a known day", survival["time_to_death_known"], n_dead, *nothing],
        [
            "Their share of the cohort",
            survival["time_to_death_known"] / n_printed,
            share,
            share - half,
            share + half,
        ],
        ["Correlation of slope and time to death", survival["pcc_slope_time_to_death"], *pcc],
        ["Log-rank p, training", survival["logrank_p_below"], tests[RESUBSTITUTION], *nothing],
        ["Log-rank p, test", survival["logrank_p_below"], tests[TEST], *nothing],
    ]
    frame = pd.DataFrame(rows, columns=["label", "published", ESTIMATE, LOW, HIGH])
    is_bound = frame["label"].str.startswith("Log-rank")
    return frame.assign(difference=(frame[ESTIMATE] - frame["published"]).mask(is_bound))
