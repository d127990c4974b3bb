"""Choose, train and test the three networks of Pancotti et al. 2022, and their ensemble.

Settings are chosen by cross-validation on the patients to learn from; the chosen network is
trained on all of them, and predicts the patients held out once. What a chapter shows as a
network's prediction is the mean of several that differ in their seed.
"""

from collections.abc import Iterable

import pandas as pd
from sklearn.pipeline import Pipeline

from alsnb.checks import check_one_of
from alsnb.models.ensembles import average
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.pipeline.network_fits import fit_held_out, fit_out_of_fold
from alsnb.pipeline.search import Search, search
from alsnb.pipeline.task import Task
from alsnb.schema import MODEL
from alsnb.settings import EFFORTS

FFNN, CNN, RNN, FFNN_CNN = "ffnn", "cnn", "rnn", "ffnn_cnn"
NETWORKS = (FFNN, CNN, RNN)

TITLES = {FFNN: "FFNN", CNN: "CNN", RNN: "RNN", FFNN_CNN: "FFNN+CNN"}
"""What a reader calls each network and the ensemble."""

FEATURE_COUNTS = ("ffnn", "own")
"""Where a network has its features from: what the search chose for the FFNN, or its own search."""

REUSED = ("imputing", "ranking", "n_features")
"""What is taken over from the FFNN: which features, and how they are filled and ranked."""


def choose(
    task: Task,
    network: str,
    *,
    profile: str,
    seed: int,
    feature_count: str = "ffnn",
    n_trials: int | None = None,
    n_jobs: int | None = None,
) -> Search:
    """Search the settings of a network.

    Parameters
    ----------
    task : Task
        Its held-out patients are not looked at.
    network : {"ffnn", "cnn", "rnn"}
        Which one.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how many settings are tried.
    seed : int
        Seed of the search.
    feature_count : {"ffnn", "own"}
        Whether the number and ranking of features are those found for the FFNN, as in the
        paper, or searched for this network too.
    n_trials : int, optional
        How many settings are tried, if not as the profile says.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    Search

    Raises
    ------
    alsnb.checks.BadInput
        If no setting could be trained.
    """
    check_one_of(network, NETWORKS, "The network")
    check_one_of(feature_count, FEATURE_COUNTS, "choose(feature_count=...)")
    settings = {"n_trials": n_trials or EFFORTS[profile].n_trials, "seed": seed, "n_jobs": n_jobs}
    if network == FFNN or feature_count == "own":
        return search(task, network, **settings)
    found = search(task, FFNN, **settings).best
    return search(task, network, fixed={name: getattr(found, name) for name in REUSED}, **settings)


def make_final(task: Task, network: str, recipe: Recipe, *, n_networks: int, seed: int) -> Pipeline:
    """Make the unfitted network of a recipe, as it is trained on all patients of a task."""
    return make_searched(
        recipe, network=network, columns=task.features, leave_out=task.questionnaire_features,
        n_networks=n_networks, seed=seed,
    )  # fmt: skip


def predict_networks(
    task: Task,
    *,
    profile: str,
    seed: int,
    feature_count: str = "ffnn",
    n_trials: int | None = None,
    networks: tuple[str, ...] = NETWORKS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of the chosen networks and of FFNN+CNN.

    Parameters
    ----------
    task, profile, seed, feature_count, n_trials
        As in :func:`choose`.
    networks : tuple of str
        Which networks; the ensemble is there if its members are.

    Returns
    -------
    out_of_fold : DataFrame
        Predictions frame of split ``"train"``.
    test : DataFrame
        Predictions frame of split ``"test"``. Repeat 0 is the result; the others are the
        same networks from other seeds.
    """
    settings = {"profile": profile, "seed": seed}
    pairs = []
    for network in networks:
        found = choose(task, network, feature_count=feature_count, n_trials=n_trials, **settings)
        pairs.append(predict_recipe(task, network, found.best, **settings))
    out_of_fold, test = (_with_ensemble(frames) for frames in zip(*pairs, strict=True))
    return out_of_fold, test


def predict_networks_once(
    task: Task, *, profile: str, seed: int, n_trials: int | None = None
) -> pd.DataFrame:
    """Return test predictions alone, where nobody asks for those out of fold.

    Parameters
    ----------
    task, profile, seed, n_trials
        As in :func:`choose`.

    Returns
    -------
    DataFrame
        As the second that :func:`predict_networks` returns.
    """
    settings = {"profile": profile, "seed": seed}
    frames = []
    for network in NETWORKS:
        best = choose(task, network, n_trials=n_trials, **settings).best
        frames.append(predict_held_out_with(task, network, best, **settings))
    return _with_ensemble(frames)


def _with_ensemble(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the predictions of the networks, and of FFNN+CNN if both are there, in one frame."""
    networks = pd.concat(frames, ignore_index=True)
    if not {FFNN, CNN} <= set(networks[MODEL]):
        return networks
    return pd.concat([networks, average(networks, [FFNN, CNN], FFNN_CNN)], ignore_index=True)


def predict_recipe(
    task: Task, network: str, recipe: Recipe, *, profile: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of one recipe, averaged over networks."""
    own = task.split.train
    out_of_fold = fit_out_of_fold(
        task.predictors.loc[own], task.target.loc[own], task.fold_of(),
        **_facts(task, network, recipe), profile=profile, seed=seed,
    )  # fmt: skip
    return out_of_fold, predict_held_out_with(task, network, recipe, profile=profile, seed=seed)


def predict_held_out_with(
    task: Task, network: str, recipe: Recipe, *, profile: str, seed: int
) -> pd.DataFrame:
    """Return the test predictions of one recipe, a repeat for each seed."""
    own = task.split.train
    # a task may leave patients out of both sides
    rows = task.target.index.isin(own.union(task.split.test))
    predictors, target = task.predictors[rows], task.target[rows]
    is_training = pd.Series(predictors.index.isin(own), index=predictors.index)
    return fit_held_out(
        predictors, target, is_training, **_facts(task, network, recipe), profile=profile, seed=seed
    )


def _facts(task: Task, network: str, recipe: Recipe) -> dict[str, object]:
    return {
        "network": network,
        "recipe": recipe,
        "features": list(task.features),
        "leave_out": list(task.questionnaire_features),
    }
