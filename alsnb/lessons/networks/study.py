"""Show one network of Pancotti et al. 2022: layers, search, learning, scores, and mistakes."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.repeats import keep_result, spread_over_seeds
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS
from alsnb.fits.inputs import FitInputs
from alsnb.fits.networks import fit_out_of_fold
from alsnb.lessons.networks.fits import (
    AS_IS,
    SET_ASIDE,
    THROUGHOUT,
    WHEN_USED,
    follow_learning,
    predict_both,
)
from alsnb.models.architectures import find_architecture
from alsnb.models.diagram import describe_layers
from alsnb.models.ffnn import FFNNSettings, make_ffnn
from alsnb.models.recipe import Recipe
from alsnb.models.rnn import RNNSettings, make_rnn
from alsnb.models.searched import make_inputs
from alsnb.report.scores import pick
from alsnb.report.tables import signed
from alsnb.schema import HIGH, LOW, MODEL
from alsnb.study import search
from alsnb.study.compare import compare_with, make_table2
from alsnb.study.paper_a import choose, predict_recipe
from alsnb.study.references import predict_reference
from alsnb.study.search import Search
from alsnb.study.task import Task
from alsnb.supplement import read_supplement
from alsnb.vocabulary import CNN, FFNN, METRICS, RIDGE, RNN

EFFORTS = room_efforts()

SEEN, HELD_OUT = "out_of_fold", "held_out"
"""The two ways a network is scored."""

ALL_FEATURES = "all_features"

TABLES = {FFNN: "S1", CNN: "S2", RNN: "S3"}
"""Which table of the supplement has the settings of a network."""


def tabulate_search(found: Search) -> pd.DataFrame:
    """Return the best settings of a search, beside those of the supplement if they were entered."""
    return search.tabulate_search(found, read_supplement()[TABLES[found.network]])


def list_layers(task: Task, network: str, recipe: Recipe) -> pd.DataFrame:
    """Return the layers of a network as it is trained on all patients to learn from."""
    inputs = task.inputs(held_out=False)
    unfitted = make_inputs(
        recipe, network=network, columns=inputs.features, leave_out=inputs.leave_out
    )
    n_features = len(unfitted.fit(inputs.predictors, inputs.target).names_)
    architecture, shape = find_architecture(network), n_features
    if architecture.parts:
        shape = {part.name: list(part.shape) for part in architecture.parts}
        shape |= {"features": n_features} if n_features else {}
    return describe_layers(architecture.make_network(shape, recipe.network))


def count_weights(layers: pd.DataFrame) -> dict[str, object]:
    """Return the number of weights, and the share and name of the layer with most of them."""
    total, largest = layers["n_weights"].sum(), layers.loc[layers["n_weights"].idxmax()]
    return {"total": total, "share": largest["n_weights"] / total, "largest": largest["name"]}


def trace_search(found: Search) -> pd.DataFrame:
    """Return every trial's score and the best so far, in the order of the trials."""
    trials = found.trials[["trial", "pcc", "pcc_sd", "rmsd", "chosen", "problem"]]
    return trials.assign(trial=trials["trial"] + 1, best=trials["pcc"].cummax())


def measure_trace(found: Search) -> dict[str, object]:
    """Return how far apart the trials of a search lie, and how far the folds of the best."""
    scores, best = found.trials["pcc"].dropna(), found.best_trial
    return {
        "n_trials": len(scores),
        "lowest": signed(scores.min()),
        "highest": signed(scores.max()),
        "sd": best["pcc_sd"],
        "n_close": int((scores >= best["pcc"] - best["pcc_sd"]).sum()),
    }


def find_turn(losses: pd.DataFrame, recipe: Recipe) -> dict[str, float]:
    """Return where the mean loss of patients set aside is lowest, and what is left at the end."""
    middle = losses[losses["patients"] == SET_ASIDE].groupby("epoch")["loss"].mean()
    return {
        "best_epoch": middle.idxmin(),
        "lowest": middle.min(),
        "n_epochs": recipe.network.n_epochs,
        "last": middle.iloc[-1],
    }


# --- scores --------------------------------------------------------------------------------


def score_both(out_of_fold: pd.DataFrame, test: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of one network out of fold (:data:`SEEN`) and on patients held out."""
    scores = []
    for name, rows in ((SEEN, out_of_fold), (HELD_OUT, test)):
        own = keep_result(rows).assign(**{MODEL: name})
        scores.append(score_predictions(own, metrics=METRICS, n_resamples=n_resamples))
    return pd.concat(scores, ignore_index=True)


def compare_luck(luck: pd.DataFrame, scores: pd.DataFrame) -> dict[str, object]:
    """Return how far the correlation moves with the seed, and with the patients held out."""
    seeds = pick(luck, metric="pcc")
    patients = pick(scores, model=HELD_OUT, metric="pcc")
    return {
        "n_seeds": int(seeds["n_seeds"]),
        "lowest": signed(seeds["lowest"], 4),
        "highest": signed(seeds["highest"], 4),
        "width": patients[HIGH] - patients[LOW],
    }


def compare_with_ridge(
    task: Task, test: pd.DataFrame, effort: SimpleNamespace, *, seed: int
) -> pd.DataFrame:
    """Return the scores of a network minus those of the ridge regression on the same patients."""
    _, ridge = predict_reference(task, RIDGE, effort, seed=seed)
    return compare_with_rival(test, ridge, effort.n_resamples)


def compare_with_rival(test: pd.DataFrame, rival: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of one model minus those of another on the same patients, of repeat 0."""
    own, other = keep_result(test), keep_result(rival)
    both = pd.concat([own, other], ignore_index=True)
    return compare_with(both, other[MODEL].iloc[0], n_resamples, [own[MODEL].iloc[0]])


# --- mistakes ------------------------------------------------------------------------------


def predict_without_choice(
    inputs: FitInputs, *, network: str, recipe: Recipe, seed: int
) -> pd.DataFrame:
    """Predict training patients out of fold with ranked features and with all of them."""
    how = {"network": network, "seed": seed}
    recipes = {AS_IS: recipe, ALL_FEATURES: recipe.with_settings(n_features=None)}
    found = {name: fit_out_of_fold(inputs, recipe=one, **how) for name, one in recipes.items()}
    frames = [frame.assign(**{MODEL: name}) for name, frame in found.items()]
    return pd.concat(frames, ignore_index=True)


def shuffle_visits(inputs: FitInputs, *, seed: int) -> FitInputs:
    """Return the inputs with each patient's visits in an order of their own.

    Answers and month of a visit stay together; only their places change.
    """

    def shuffle(cells: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(seed)
        order = rng.permuted(np.tile(np.arange(N_VISITS), (len(cells), 1)), axis=1)
        return np.take_along_axis(cells, order[:, None, :], axis=2)

    return _redraw(inputs, shuffle)


def zero_copies(inputs: FitInputs) -> FitInputs:
    """Return the inputs with zeros where a visit is only a copy of the one before it."""
    return _redraw(inputs, lambda cells: np.where(_is_new(cells)[:, None, :], cells, 0.0))


def slopes_by_visits(task: Task) -> pd.DataFrame:
    """Return by number of visits in the window: share of patients, mean and SD of the slope.

    Numbers of visits that fewer than five patients have are joined with their neighbours; if
    that is not enough, all are.
    """
    # copies are no visits
    counts = _is_new(_pictures(task.predictors)).sum(axis=1)
    visits = pd.Series(counts, index=task.predictors.index, name="visits")
    sizes = visits.value_counts().sort_index()
    most = max([n for n in sizes.index if sizes.loc[n:].sum() >= SMALLEST_COUNT], default=1)
    least = min([n for n in sizes.index if sizes.loc[:n].sum() >= SMALLEST_COUNT], default=most)
    groups = visits.clip(min(least, most), most)
    if groups.value_counts().min() < SMALLEST_COUNT:
        groups = groups * 0 + most
    by_visits = task.target.groupby(groups)
    table = by_visits.agg(share="size", mean_slope="mean", sd_slope="std").reset_index()
    table["share"] = (table["share"] / len(visits)).round(2)
    # what is joined says nothing of the few who have the fewest or the most
    joined = visits.groupby(groups).nunique().to_numpy() > 1
    words = table["visits"].astype(str)
    words = words.where(~joined, words + " or more")
    if joined[0]:
        words[0] = f"{table['visits'].iloc[0]} or fewer" if len(words) > 1 else "any number"
    return table.assign(visits=words)


def _pictures(predictors: pd.DataFrame) -> np.ndarray:
    """Return the questionnaires, shape (n_patients, 11, 5)."""
    cells = predictors[list(VISIT_COLUMNS)].to_numpy(dtype=float)
    return cells.reshape(len(predictors), len(ROWS), N_VISITS)


def _is_new(cells: np.ndarray) -> np.ndarray:
    """Return which visits are no copies: their month is another than that of the one before."""
    months = cells[:, ROWS.index("months"), :]
    return np.diff(months, axis=1, prepend=np.nan) != 0


def _redraw(inputs: FitInputs, change: Callable[[np.ndarray], np.ndarray]) -> FitInputs:
    """Return the inputs with other questionnaires."""
    flat = change(_pictures(inputs.predictors)).reshape(len(inputs.predictors), -1)
    visits = pd.DataFrame(flat, index=inputs.predictors.index, columns=list(VISIT_COLUMNS))
    others = inputs.predictors.drop(columns=visits.columns)
    return replace(inputs, predictors=others.join(visits)[list(inputs.predictors.columns)])
