"""Score what a network has to beat, and show how an RMSD on other patients misleads."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from threadpoolctl import threadpool_limits

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS, Effort
from alsnb.evaluation.bootstrap import (
    GROUP,
    GROUP_COMPARISON,
    compare_predictions,
    difference_between_groups,
    score_groups,
    score_predictions,
)
from alsnb.evaluation.repeats import keep_result, seed_spread
from alsnb.fits.references import LINES
from alsnb.models.network import NetworkRegressor
from alsnb.models.searched import make_inputs
from alsnb.published import read_published
from alsnb.report import say
from alsnb.report.say import family
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, PATIENT, PREDICTED, SCORES
from alsnb.study.compare import QUOTED, compare_with_forest, score_models
from alsnb.study.paper_a import choose
from alsnb.study.printed import beside_printed
from alsnb.study.reference_search import SPACES, search_reference
from alsnb.study.references import predict_references
from alsnb.study.task import LOG_ONSET, Task
from alsnb.supplement import read_supplement
from alsnb.vocabulary import CARRIED, EARLY_SLOPE, FFNN, FOREST, MEAN, MODEL_TITLES

LONG, SHORT = "longer ill", "shorter ill"
"""The two halves of the test patients, by the time since onset."""

IN_HALVES = ("rmsd", "r2", "sd_observed")
"""The scores of the halves."""


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


def search_references(task: Task, effort: Effort, *, seed: int) -> pd.DataFrame:
    """Return what the search chose for each reference that has one; the trials are looked up.

    ``model``, ``settings`` (as text), ``n_trials``, and of the chosen one ``pcc`` and ``pcc_sd``.
    """
    rows = []
    for model in SPACES:
        found = search_reference(task, model, effort, seed=seed)
        best = found.trials[found.trials["chosen"]].iloc[0]
        texts = [f"{name} {value:.3g}" for name, value in found.best.items()]
        row = {MODEL: model, "settings": ", ".join(texts).replace("_", " ")}
        rows.append(row | {"n_trials": len(found.trials), **best[["pcc", "pcc_sd"]]})
    return pd.DataFrame(rows)


def score_references(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of the result with intervals over patients, in reading order.

    The correlation and calibration of the training mean are left out (NaN): out of fold, it
    is another constant in each fold, and what goes with it is an artefact of the folds.
    """
    scores = score_models(predictions, n_resamples)
    artefact = (scores[MODEL] == MEAN) & scores[METRIC].isin(["pcc", "calibration_slope"])
    scores.loc[artefact, [ESTIMATE, LOW, HIGH]] = np.nan
    return scores


def find_rungs(scores: pd.DataFrame, each: str) -> dict[str, str]:
    """Return in R² what the lines reach, and the best and the worst of the other models.

    ``each`` is the template of one line, with ``{model}`` and ``{r2}``.
    """
    r2 = scores[scores[METRIC] == "r2"].set_index(MODEL)[ESTIMATE]
    names = [name for name in (CARRIED, *LINES) if name in r2.index]
    others = r2.drop([MEAN, *names], errors="ignore")
    lines = [
        each.format(model=say.lower_first(MODEL_TITLES[name]), r2=signed(r2[name]))
        for name in names
    ]
    return {
        "lines": ", ".join(lines),
        "best": MODEL_TITLES[others.idxmax()],
        "best_r2": signed(others.max()),
        "worst": MODEL_TITLES[others.idxmin()],
        "worst_r2": signed(others.min()),
    }


def beside_quoted(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the forest and the trees that Table 2 of the paper quotes beside ours."""
    printed = read_published()["paper_a"]["table2"]
    rows = scores[scores[MODEL].isin(QUOTED) & scores[METRIC].isin(["rmsd", "pcc"])]
    beside = beside_printed(rows, {model: printed[name] for model, name in QUOTED.items()})
    return beside.drop(columns=["published_low", "published_high"])


# --- Supplementary Table S8 ----------------------------------------------------------------------


def time_training(task: Task, *, n_trials: int, seed: int, n_times: int = 3) -> pd.DataFrame:
    """Time one training of the FFNN, of a linear regression and of a forest of 100 trees.

    All three learn from the same prepared features of all training patients, on one thread.
    The network's training program is compiled before the clock runs, as it is once for all
    folds and seeds. The fastest of ``n_times`` counts (``estimate`` and ``low``, in seconds),
    for the rest is the machine's. Beside it stands what is
    entered of S8 (:mod:`alsnb.supplement`). The result is another in every run and is never stored.
    """
    own, recipe = task.split.train, choose(task, FFNN, n_trials=n_trials, seed=seed).best
    inputs = make_inputs(recipe, network=FFNN, columns=task.features)
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
    times = pd.DataFrame(rows)
    times["published"] = times[MODEL].map(read_supplement()["S8"]).astype(float)
    times["difference"] = times[ESTIMATE] - times["published"]
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
    numbers = list(times.select_dtypes("number").columns)
    # another process on the same machine moves a timing by half of it
    spread = times.assign(**(times[numbers].abs() * 0.5))
    seconds, seen = [ESTIMATE, LOW, HIGH], times[HIGH] - times[LOW]
    return spread.assign(**spread[seconds].clip(lower=seen, axis=0))


# --- an RMSD on other patients ----------------------------------------------------------------


def group_by_illness(task: Task) -> pd.Series:
    """Return for test patients whether they are longer or shorter ill than half of them.

    Empty if the time since onset is known of too few to make two halves.
    """
    onset = task.predictors.loc[task.split.test, LOG_ONSET].dropna()
    halves = onset.gt(onset.median()).map({True: LONG, False: SHORT})
    are_two = (halves.value_counts().reindex([LONG, SHORT]) >= SMALLEST_COUNT).all()
    return halves if are_two else halves[:0]


def score_halves(predictions: pd.DataFrame, groups: pd.Series, n_resamples: int) -> pd.DataFrame:
    """Return RMSD, R² and the target's SD of mean and forest in both halves of the patients."""
    if groups.empty:
        return pd.DataFrame(columns=[GROUP, *SCORES])
    rows = _in_groups(predictions, groups)
    return score_groups(rows, groups, metrics=IN_HALVES, n_resamples=n_resamples)


def compare_halves(predictions: pd.DataFrame, groups: pd.Series, n_resamples: int) -> pd.DataFrame:
    """Return differences between the halves: of the forest, and of the mean from the forest.

    The model ``mean`` is the mean among the longer ill minus the *forest* among the shorter ill,
    which is what somebody compares who sets one paper's RMSD beside another's.
    """
    if groups.empty:
        return pd.DataFrame(columns=list(GROUP_COMPARISON))
    rows = _in_groups(predictions, groups)
    long = rows[PATIENT].map(groups) == LONG
    crossed = rows[np.where(long, rows[MODEL] == MEAN, rows[MODEL] == FOREST)]
    both = pd.concat([rows[rows[MODEL] == FOREST], crossed.assign(**{MODEL: MEAN})])
    return difference_between_groups(
        both, groups, group=LONG, reference=SHORT, metrics=IN_HALVES, n_resamples=n_resamples
    )


def _in_groups(predictions: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    rows = keep_result(predictions)
    return rows[rows[MODEL].isin([MEAN, FOREST]) & rows[PATIENT].isin(groups.index)]


def spell_halves(gaps: pd.DataFrame) -> dict[str, object]:
    """Return what the halves make of one forest, and whether ``crossed`` misleads.

    It does where the mean of one half seems better than the forest of the other.
    """
    rows = gaps.set_index([MODEL, METRIC])
    places = {"rmsd": (FOREST, "rmsd"), "r2": (FOREST, "r2"), "crossed": (MEAN, "rmsd")}
    words = {name: say.estimate(rows.loc[place]) for name, place in places.items()}
    return words | {"misleads": rows.loc[(MEAN, "rmsd"), HIGH] < 0}
