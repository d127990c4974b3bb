"""Score what a network has to beat, and show how an RMSD on other patients misleads."""

import time
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from threadpoolctl import threadpool_limits

from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import difference_between_groups, score_groups, score_predictions
from alsnb.fits.references import FOREST, LINES, MEAN
from alsnb.lessons.comparison.comparison_words import lower_first
from alsnb.models.network import NetworkRegressor
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs
from alsnb.published import read_published
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, PATIENT, PREDICTED
from alsnb.study.compare import METRICS, QUOTED, in_order, keep_result
from alsnb.study.references import CARRIED, EARLY_SLOPE, TITLES
from alsnb.study.task import LOG_ONSET, Task

LONG, SHORT = "longer ill", "shorter ill"
"""The two halves of the test patients, by the time since onset."""

N_TIMES = 3
"""How often each training is timed; the fastest counts, for the rest is the machine's."""

TIMING_SPREAD = 0.5
"""Standard deviation that a timing is given at least, as a share of it: another process on the
same machine moves it so far."""

TIMED = {"linear": "Linear regression", "forest": "Random forest of 100 trees", "ffnn": "FFNN"}
"""What is timed, by the names of Supplementary Table S8 of Pancotti et al. (2022)."""


def add_carried(predictions: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return the predictions with the early slope carried forward, as it is, for everyone.

    Nothing is learnt; who has no early slope, for want of a second visit, is given the mean
    slope of the training patients.
    """
    column = next(name for name in LINES[EARLY_SLOPE] if name in task.predictors)
    early = task.predictors[column].fillna(task.target.loc[task.split.train].mean())
    rows = predictions[predictions[MODEL] == MEAN]
    carried = rows.assign(**{MODEL: CARRIED, PREDICTED: rows[PATIENT].map(early)})
    return pd.concat([predictions, carried], ignore_index=True)


def score_references(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of the result with intervals over patients, in reading order.

    The correlation and calibration of the training mean are left out (NaN): out of fold, it
    is another constant in each fold, and what goes with it is an artefact of the folds.
    """
    n_resamples = EFFORTS[profile].n_resamples
    scores = score_predictions(keep_result(predictions), metrics=METRICS, n_resamples=n_resamples)
    artefact = (scores[MODEL] == MEAN) & scores[METRIC].isin(["pcc", "calibration_slope"])
    scores.loc[artefact, [ESTIMATE, LOW, HIGH]] = np.nan
    return in_order(scores)


def word_ladder(scores: pd.DataFrame) -> str:
    """Return in sentences what the lines reach, and the best of the others."""
    r2 = scores[scores[METRIC] == "r2"].set_index(MODEL)[ESTIMATE]
    lines = [
        f"the {lower_first(TITLES[name])} reaches {signed(r2[name])}"
        for name in (CARRIED, *LINES)
        if name in r2.index
    ]
    others = r2.drop([name for name in (MEAN, CARRIED, *LINES) if name in r2.index])
    return (
        f"In R², {', '.join(lines)}. The best of the models on all features is "
        f"{TITLES[others.idxmax()]} with {signed(others.max())}, the weakest "
        f"{TITLES[others.idxmin()]} with {signed(others.min())}."
    )


def beside_quoted(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the forest and the trees that Table 2 of the paper quotes beside ours.

    Returns
    -------
    DataFrame
        ``model``, ``metric``, ``published``, ``estimate``, ``low``, ``high``, ``difference``.
    """
    printed = read_published()["paper_a"]["table2"]
    rows = scores[scores[MODEL].isin(QUOTED) & scores[METRIC].isin(["rmsd", "pcc"])]
    pairs = zip(rows[MODEL], rows[METRIC], strict=True)
    rows = rows.assign(published=[printed[QUOTED[model]][metric] for model, metric in pairs])
    rows = rows.assign(difference=rows[ESTIMATE] - rows["published"])
    columns = [MODEL, METRIC, "published", ESTIMATE, LOW, HIGH, "difference"]
    return rows[columns].reset_index(drop=True)


# --- Supplementary Table S8 ----------------------------------------------------------------------


def time_training(task: Task, recipe: Recipe, *, seed: int, n_times: int = N_TIMES) -> pd.DataFrame:
    """Time one training of the FFNN, of a linear regression and of a forest of 100 trees.

    All three learn from the same prepared features of all training patients, on one thread.
    The network's training program is compiled before the clock runs, as it is once for all
    folds and seeds. The result is another in every run and is never stored.

    Parameters
    ----------
    task : Task
        Its training patients are learnt from.
    recipe : Recipe
        The recipe of the FFNN.
    seed : int
        Seed of forest and network.
    n_times : int
        How often each is timed.

    Returns
    -------
    DataFrame
        ``model``, ``published`` (NaN, the supplement is not at hand), ``estimate``, ``low``
        and ``high`` (seconds: the fastest, the fastest and the slowest), ``difference`` (NaN)
        and ``ratio`` to the linear regression.
    """
    own = task.split.train
    inputs = make_inputs(recipe, network="ffnn", columns=task.features)
    target = task.target.loc[own].to_numpy()
    table = inputs.fit_transform(task.predictors.loc[own], task.target.loc[own])
    makers = {
        "linear": LinearRegression,
        "forest": lambda: RandomForestRegressor(100, n_jobs=1, random_state=seed),
        "ffnn": lambda: NetworkRegressor(recipe.network, n_networks=1, seed=seed),
    }
    makers["ffnn"]().fit(table, target)
    rows = []
    for model, make in makers.items():
        seconds = [_time(make, table, target) for _ in range(n_times)]
        rows.append({MODEL: model, ESTIMATE: min(seconds), LOW: min(seconds), HIGH: max(seconds)})
    times = pd.DataFrame(rows).assign(published=np.nan, difference=np.nan)
    times["ratio"] = times[ESTIMATE] / times[ESTIMATE].iloc[0]
    return times[[MODEL, "published", ESTIMATE, LOW, HIGH, "difference", "ratio"]]


def _time(make: Callable[[], object], table: object, target: np.ndarray) -> float:
    model = make()
    with threadpool_limits(1):
        began = time.perf_counter()
        model.fit(table, target)
        return time.perf_counter() - began


def spread_of_times(times: pd.DataFrame) -> pd.DataFrame:
    """Return in the table's shape how far each timing may differ in another run."""
    spread = times.copy()
    for column in times.select_dtypes("number").columns:
        spread[column] = times[column].abs() * TIMING_SPREAD
    spread[[ESTIMATE, LOW, HIGH]] = spread[[ESTIMATE, LOW, HIGH]].clip(
        lower=(times[HIGH] - times[LOW]), axis=0
    )
    return spread


def word_times(times: pd.DataFrame, titles: Mapping[str, str] = TIMED) -> pd.DataFrame:
    """Return the timings in words: milliseconds, seconds, and rounded ratios."""
    ratios = [f"{ratio:,.0f} times" if ratio >= 2 else "1" for ratio in times["ratio"]]
    return pd.DataFrame(
        {
            "Model": times[MODEL].map(dict(titles)),
            "Published": "not available",
            "Fastest": [_seconds(value) for value in times[LOW]],
            "Slowest": [_seconds(value) for value in times[HIGH]],
            "Against linear regression": ratios,
        }
    )


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 1 else f"{1000 * value:.1f} ms"


# --- an RMSD on other patients ----------------------------------------------------------------


def group_by_illness(task: Task) -> pd.Series:
    """Return for test patients whether they are longer or shorter ill than half of them."""
    onset = task.predictors.loc[task.split.test, LOG_ONSET].dropna()
    return onset.gt(onset.median()).map({True: LONG, False: SHORT})


def score_halves(predictions: pd.DataFrame, groups: pd.Series, profile: str) -> pd.DataFrame:
    """Return RMSD, R² and the target's SD of mean and forest in both halves of the patients."""
    return score_groups(
        _in_groups(predictions, groups),
        groups,
        metrics=("rmsd", "r2", "sd_observed"),
        n_resamples=EFFORTS[profile].n_resamples,
    )


def compare_halves(predictions: pd.DataFrame, groups: pd.Series, profile: str) -> pd.DataFrame:
    """Return differences between the halves: of the forest, and of the mean from the forest.

    Returns
    -------
    DataFrame
        Columns of :func:`alsnb.evaluation.bootstrap.difference_between_groups`. The model
        ``mean`` is the mean among the longer ill minus the *forest* among the shorter ill,
        which is what somebody compares who sets one paper's RMSD beside another's.
    """
    rows = _in_groups(predictions, groups)
    long = rows[PATIENT].map(groups) == LONG
    crossed = rows[np.where(long, rows[MODEL] == MEAN, rows[MODEL] == FOREST)]
    both = pd.concat([rows[rows[MODEL] == FOREST], crossed.assign(**{MODEL: MEAN})])
    return difference_between_groups(
        both,
        groups,
        group=LONG,
        reference=SHORT,
        metrics=("rmsd", "r2", "sd_observed"),
        n_resamples=EFFORTS[profile].n_resamples,
    )


def _in_groups(predictions: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    rows = keep_result(predictions)
    return rows[rows[MODEL].isin([MEAN, FOREST]) & rows[PATIENT].isin(groups.index)]


def word_halves(gaps: pd.DataFrame) -> str:
    """Return in sentences what the two halves make of one and the same forest."""
    rows = gaps.set_index([MODEL, METRIC])
    rmsd, r2 = rows.loc[(FOREST, "rmsd")], rows.loc[(FOREST, "r2")]
    crossed = rows.loc[(MEAN, "rmsd")]
    start = (
        f"The same forest has an RMSD that differs by {_spelled(rmsd)} points a month between the "
        f"longer and the shorter ill, and an R² that differs by {_spelled(r2)}."
    )
    end = (
        f"The mean for everyone among the longer ill, minus the forest among the shorter ill, is "
        f"{_spelled(crossed)} in RMSD"
    )
    if crossed[HIGH] < 0:
        return f"{start} {end}: set side by side, a model that knows nothing would beat a forest."
    return f"{start} {end}."


def _spelled(row: pd.Series) -> str:
    bounds = f"{signed(row[LOW])} to {signed(row[HIGH])}"
    return f"{signed(row[ESTIMATE])} (95 % interval {bounds})"
