"""Repeat the survival analysis of Pancotti et al. 2022, and measure what it rests on.

Everything is computed from predictions and survival times. From data of real patients, what
rests on one to four of them is NaN, counts are rounded to fives, and no day of a single death
can be read from what comes out.

To have a model predict the patients it was trained on is called resubstitution. It is a mistake,
and it is what the published figure shows for its training half; so it is done here, once, and
kept apart from the predictions that models are judged by.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT, is_small, to_fives
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.resampling import find_interval
from alsnb.fits.networks import RESUBSTITUTION, fit_own_patients
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.published import fast_threshold, read_published
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
    SPLIT,
)
from alsnb.study.paper_a import choose, predict_recipe
from alsnb.study.proact import Study
from alsnb.study.task import SlopeTask
from alsnb.study.truth import read_truth
from alsnb.survival.concordance import concordance
from alsnb.survival.curves import GROUP, LEVEL, difference_in_means, kaplan_meier, survival_at
from alsnb.survival.hazards import hazard_ratio, log_hazard_ratio, logrank
from alsnb.survival.times import (
    DURATION,
    EVENT,
    N_DEATHS,
    account_times,
    describe_times,
    survival_times,
    true_times,
)

FAST, SLOW = "fast", "medium-slow"
GROUPS = (FAST, SLOW)
"""The two groups, the one that is expected to do worse first."""

PRINTED, QUANTILE = "printed", "quantile"
THRESHOLD = fast_threshold()

OUT_OF_FOLD, TEST = "train", "test"
SETS = (RESUBSTITUTION, OUT_OF_FOLD, TEST)
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

MOST_RESAMPLES, MOST_OF_PAIRS = 1_000, 200
"""What takes a sort per resample, or compares each patient with every other, is drawn no more
often than this."""

COUNTS = ("n_fast", "n_slow", "deaths_fast", "deaths_slow")
LABELS = ["set", "cut", "threshold"]

CELL = (0.25, 2.0)
"""Width of the cells in which deaths are counted: points per month, and months."""


def follow(prepared: Study) -> pd.DataFrame:
    """Return how long each patient of the cohort was followed, and whether death ended it."""
    return survival_times(prepared.clean, prepared.cohort)


def account(prepared: Study) -> pd.DataFrame:
    """Return how many patients' times end in which way."""
    is_real = prepared.source.is_real
    return account_times(prepared.clean, prepared.cohort, is_real=is_real)


def describe(prepared: Study, times: pd.DataFrame) -> pd.DataFrame:
    """Return what the times are like: their number, deaths, and when these happen."""
    return describe_times(prepared.cohort, times, is_real=prepared.source.is_real)


def predict_everyone(
    task: SlopeTask, network: str, effort: SimpleNamespace, *, seed: int
) -> pd.DataFrame:
    """Return what one network predicts for training and test patients, three times over.

    The split is ``"train"`` (out of fold), ``"test"`` or ``"resubstitution"``: training patients
    as predicted by the very network that predicts the test patients, which has learnt from them.
    """
    best = choose(task, network, n_trials=effort.n_trials, seed=seed).best
    frames = [
        *predict_recipe(task, network, best, n_seeds=effort.n_seeds, seed=seed),
        fit_own_patients(task.inputs(held_out=False), network=network, recipe=best, seed=seed),
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame[frame[REPEAT] == 0].reset_index(drop=True)


# --- fast and medium-slow ------------------------------------------------------------------


def find_cuts(predictions: pd.DataFrame) -> dict[str, float]:
    """Return where predicted slopes are cut, in points per month.

    Either at the threshold of the paper, or so that as many training patients are called fast,
    by their out-of-fold predictions, as are fast by that threshold.
    """
    training = predictions[predictions[SPLIT] == OUT_OF_FOLD]
    n_fast = int((training[OBSERVED] < THRESHOLD).sum())
    ordered = np.r_[-np.inf, np.sort(training[PREDICTED]), np.inf]
    return {PRINTED: THRESHOLD, QUANTILE: float(ordered[n_fast : n_fast + 2].mean())}


def split_groups(predictions: pd.DataFrame, split: str, cut: float) -> pd.Series:
    """Return which patients of a split are predicted below the cut, by patient."""
    rows = predictions[predictions[SPLIT] == split].set_index(PATIENT)
    groups = pd.Categorical(np.where(rows[PREDICTED] < cut, FAST, SLOW), GROUPS)
    return pd.Series(groups, index=rows.index.rename("subject_id"))


def compare_sets(
    predictions: pd.DataFrame, times: pd.DataFrame, *, n_resamples: int, is_real: bool
) -> pd.DataFrame:
    """Compare predicted fast with medium-slow patients, for every set of them and either cut.

    By :data:`LABELS`: :data:`COUNTS`, ``statistic`` and ``p_value`` of the log-rank test, the
    hazard ratio (``estimate``, ``low``, ``high``), and the ``days`` of life by which the fast
    differ up to :data:`UNTIL_MONTHS`, with ``days_low`` and ``days_high``.
    """
    until, n_resamples = UNTIL_MONTHS * DAYS_PER_MONTH, min(n_resamples, MOST_RESAMPLES)
    rows = []
    for split in SETS:
        for cut, threshold in find_cuts(predictions).items():
            groups = split_groups(predictions, split, threshold)
            own = times.loc[groups.index]
            means = difference_in_means(own, groups, until=until, n_resamples=n_resamples)
            means = means.drop(columns=GROUP).set_axis(["days", "days_low", "days_high"], axis=1)
            ratio = hazard_ratio(own, groups).drop(columns=GROUP)
            labels = pd.DataFrame([[split, cut, threshold]], columns=LABELS)
            rows.append(
                pd.concat([labels, _count(own, groups), logrank(own, groups), ratio, means], axis=1)
            )
    compared = pd.concat(rows, ignore_index=True)
    return _withhold(compared) if is_real else compared


def _count(times: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return how many are in either group, and how many of them die."""
    sizes = [float((groups == group).sum()) for group in GROUPS]
    deaths = [float((times[EVENT] & (groups == group)).sum()) for group in GROUPS]
    return pd.DataFrame([[*sizes, *deaths]], columns=list(COUNTS))


def _withhold(compared: pd.DataFrame) -> pd.DataFrame:
    """Return comparisons with counts to the nearest five, or nothing where one is too small."""
    counts = compared[list(COUNTS)]
    alive = counts[["n_fast", "n_slow"]].to_numpy() - counts[["deaths_fast", "deaths_slow"]]
    hidden = pd.concat([counts, alive], axis=1).apply(is_small).any(axis=1)
    rounded = compared.assign(**{name: to_fives(counts[name]) for name in COUNTS})
    values = compared.columns.drop(LABELS)
    return rounded.assign(**{name: rounded[name].mask(hidden) for name in values})


def ratio_by_period(
    predictions: pd.DataFrame, times: pd.DataFrame, *, is_real: bool
) -> pd.DataFrame:
    """Return the hazard ratio before and after :data:`UNTIL_MONTHS`, out of fold, at the quantile.

    A row per ``period``; a ratio that is the same in both is what Cox's regression takes it to
    be. NaN where fewer than five of real patients die in a group, or nobody does.
    """
    groups = split_groups(predictions, OUT_OF_FOLD, find_cuts(predictions)[QUANTILE])
    own, until = times.loc[groups.index], UNTIL_MONTHS * DAYS_PER_MONTH
    is_late = own[DURATION] > until
    parts = {
        "early": own.assign(
            **{DURATION: own[DURATION].clip(upper=until), EVENT: own[EVENT] & ~is_late}
        ),
        "late": own[is_late].assign(**{DURATION: own.loc[is_late, DURATION] - until}),
    }
    rows = []
    for period, part in parts.items():
        counts = _count(part, groups.loc[part.index])
        numbers = [np.nan] * 3
        n_least = SMALLEST_COUNT if is_real else 1
        if counts[["deaths_fast", "deaths_slow"]].min(axis=1).iloc[0] >= n_least:
            ratio = hazard_ratio(part, groups.loc[part.index])
            numbers = ratio[[ESTIMATE, LOW, HIGH]].iloc[0].tolist()
        rows.append([period, *numbers])
    return pd.DataFrame(rows, columns=["period", ESTIMATE, LOW, HIGH])


def draw_panels(
    predictions: pd.DataFrame, times: pd.DataFrame, panels: str, *, is_real: bool
) -> pd.DataFrame:
    """Return the survival curves of one of the figures in :data:`PANELS`."""
    cuts, frames = find_cuts(predictions), []
    for split, cut in PANELS[panels]:
        groups = split_groups(predictions, split, cuts[cut])
        curves = kaplan_meier(times.loc[groups.index], groups, is_real=is_real)
        months = curves["days"] / DAYS_PER_MONTH
        frames.append(curves.assign(set=split, cut=cut, months=months))
    frame = pd.concat(frames, ignore_index=True)
    first = ["set", "cut", GROUP, "months"]
    return frame[[*first, *frame.columns.drop(first)]]


def price_resubstitution(
    predictions: pd.DataFrame, times: pd.DataFrame, *, n_resamples: int, seed: int = 0
) -> pd.DataFrame:
    """Return by how much resubstitution changes the hazard ratio of the training patients.

    In every resample both hazard ratios are worked out, and ``own`` is divided by ``out_of_fold``;
    above one, resubstitution makes the groups look more different than they are. In the share
    ``n_defined`` of the resamples both can be worked out.
    """
    n_resamples, rows = min(n_resamples, MOST_RESAMPLES), []
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
    ratios = np.exp([*log_ratios[0], difference[0], *interval])
    names = ("own", "out_of_fold", ESTIMATE, LOW, HIGH)
    n_defined = float(np.isfinite(difference[1:]).mean())
    return dict(zip(names, ratios, strict=True)) | {"n_defined": n_defined}


# --- slope and death -----------------------------------------------------------------------


def count_cells(times: pd.DataFrame, slope: pd.Series) -> pd.DataFrame:
    """Return how many of the dead lie in which cell of slope and time to death.

    Cells, given by their lower bounds, of fewer than five are left out, and more of the smallest
    if those left out are fewer than five together.
    """
    bounds = np.floor(_dead(times, slope) / np.array(CELL)) * np.array(CELL)
    cells = bounds.groupby(["slope", "months"]).size().rename("n_patients").reset_index()
    cells = cells.sort_values("n_patients", ascending=False, kind="stable", ignore_index=True)
    n_told = int((cells["n_patients"] >= SMALLEST_COUNT).sum())
    while n_told and 0 < cells["n_patients"][n_told:].sum() < SMALLEST_COUNT:
        n_told -= 1
    return cells[:n_told].assign(width=CELL[0], height=CELL[1])


def average_by_slope(times: pd.DataFrame, slope: pd.Series, n_groups: int = 5) -> pd.DataFrame:
    """Return the mean months to death in groups of equal size by their slope, five or more in each.

    The interval is a normal one of 95 %; if there are too few dead, there is no group.
    """
    dead = _dead(times, slope)
    ranks = dead["slope"].rank(method="first")
    n_groups = min(n_groups, len(dead) // SMALLEST_COUNT)
    if n_groups < 1:
        return pd.DataFrame(columns=["slope", ESTIMATE, LOW, HIGH, "n_patients"])
    each = dead.groupby(np.ceil(ranks * n_groups / len(dead)).to_numpy())
    middle, half = each["months"].mean(), 1.96 * each["months"].sem()
    columns = {"slope": each["slope"].mean(), ESTIMATE: middle}
    columns |= {LOW: middle - half, HIGH: middle + half, "n_patients": each.size()}
    return pd.DataFrame(columns).reset_index(drop=True)


def _dead(times: pd.DataFrame, slope: pd.Series) -> pd.DataFrame:
    """Return slope and months to death of those whose death is known."""
    dead = times[times[EVENT]]
    months = dead[DURATION] / DAYS_PER_MONTH
    return pd.DataFrame({"slope": slope.loc[dead.index], "months": months})


def correlate_slope(
    prepared: Study, times: pd.DataFrame, truth: Path | None, *, n_resamples: int
) -> pd.DataFrame:
    """Return how the observed slope goes with the time to death, among the dead and among all.

    By the correlation, or by the concordance of a slower decline with a longer life.
    """
    slope = prepared.cohort.patients["slope"]
    true = true_times(prepared.cohort, read_truth(truth))
    sets = {"dead": times[times[EVENT]], "all": times, "truth": true}
    sets["truth dead"] = true[true[EVENT]]
    wanted = {
        "The dead: correlation": ("pcc", "dead"),
        "The dead: concordance": ("concordance", "dead"),
        "All patients: concordance": ("concordance", "all"),
        "True times, who dies: correlation": ("pcc", "truth dead"),
        "True times, all patients: concordance": ("concordance", "truth"),
    }
    rows = []
    for label, (metric, whom) in wanted.items():
        own = sets[whom]
        if whom.startswith("truth") and own.empty:
            continue
        numbers = [np.nan] * 3
        if own[EVENT].sum() >= SMALLEST_COUNT and metric == "pcc":
            numbers = _correlation(own, slope.loc[own.index], n_resamples)
        elif own[EVENT].sum() >= SMALLEST_COUNT:
            few = min(n_resamples, MOST_OF_PAIRS)
            numbers = concordance(own, slope.loc[own.index], n_resamples=few)
        n_patients = len(own) if len(own) >= SMALLEST_COUNT else np.nan
        rows.append([label, metric, whom, n_patients, *numbers])
    columns = ["label", "metric", "whom", "n_patients", ESTIMATE, LOW, HIGH]
    return pd.DataFrame(rows, columns=columns)


def _correlation(times: pd.DataFrame, slope: pd.Series, n_resamples: int) -> list[float]:
    """Return the correlation of slope and time with its interval."""
    facts = {PATIENT: times.index, MODEL: "slope", SPLIT: TEST, REPEAT: 0, FOLD: 0}
    values = {OBSERVED: times[DURATION].to_numpy(float), PREDICTED: slope.to_numpy()}
    pairs = pd.DataFrame(facts | values)
    scored = score_predictions(pairs, metrics=("pcc",), n_resamples=n_resamples)
    return list(scored[[ESTIMATE, LOW, HIGH]].iloc[0])


# --- what censoring is taken for, and what is printed --------------------------------------


def compare_censoring(prepared: Study, times: pd.DataFrame, truth: Path | None) -> pd.DataFrame:
    """Return which share lives on, by different ideas of what is known, and in truth.

    What rests on fewer than five deaths, or fewer than five at risk, is NaN; of real patients,
    numbers at risk are rounded to fives, and the truth is not known.
    """
    recorded = times.index.isin(prepared.clean.frames["death"]["subject_id"])
    sets = {
        "As published": times,
        "Only where life or death is recorded": times[recorded],
        "As it truly is": true_times(prepared.cohort, read_truth(truth)),
    }
    frames = []
    for whom, own in sets.items():
        if own.empty:
            continue
        at = survival_at(own, np.array(AT_MONTHS) * DAYS_PER_MONTH)
        n_dead = [(own[EVENT] & (own[DURATION] <= day)).sum() for day in at["days"]]
        told = (np.array(n_dead) >= SMALLEST_COUNT) & (at["at_risk"] >= SMALLEST_COUNT)
        shown = at.drop(columns="days").where(told)
        frames.append(shown.assign(whom=whom, months=AT_MONTHS))
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[["whom", "months", "survival", LOW, HIGH, "at_risk"]]
    return frame.assign(at_risk=to_fives(frame["at_risk"])) if prepared.source.is_real else frame


def compare_to_published(
    described: pd.DataFrame, correlations: pd.DataFrame, compared: pd.DataFrame
) -> pd.DataFrame:
    """Return the printed numbers of the survival analysis beside ours.

    Of a p-value only a bound is printed, so nothing is subtracted.
    """
    printed = read_published()["paper_a"]
    survival, known = printed["survival"], printed["survival"]["time_to_death_known"]
    facts = described.set_index("quantity")["value"]
    n_dead, n_patients = facts[N_DEATHS], max(facts["Patients"], 1)
    share, printed_share = n_dead / n_patients, known / printed["cohort"]["patients"]
    half = 1.96 * np.sqrt(share * (1 - share) / n_patients)
    pcc = correlations.loc[correlations["whom"] == "dead", [ESTIMATE, LOW, HIGH]].iloc[0]
    tests = compared[compared["cut"] == PRINTED].set_index("set")["p_value"]
    bound, nothing = survival["logrank_p_below"], (np.nan, np.nan)
    rows = [
        [N_DEATHS, known, n_dead, *nothing],
        ["Their share of the cohort", printed_share, share, share - half, share + half],
        ["Correlation of slope and time to death", survival["pcc_slope_time_to_death"], *pcc],
        ["Log-rank p, training", bound, tests[RESUBSTITUTION], *nothing],
        ["Log-rank p, test", bound, tests[TEST], *nothing],
    ]
    frame = pd.DataFrame(rows, columns=["label", "published", ESTIMATE, LOW, HIGH])
    is_bound = frame["label"].str.startswith("Log-rank")
    return frame.assign(difference=(frame[ESTIMATE] - frame["published"]).mask(is_bound))
