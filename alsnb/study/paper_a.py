"""Choose, train and test the three networks of Pancotti et al. 2022, and their ensemble.

Settings are chosen by cross-validation on the patients to learn from; the chosen network is
trained on all of them, and predicts the patients held out once. One network is trained, as in the
paper; the mean of several that differ in their seed is an extension.
"""

from collections.abc import Iterable

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.fits.networks import fit_held_out, fit_out_of_fold
from alsnb.models.ensembles import average
from alsnb.models.recipe import Recipe
from alsnb.study.search import Search, search
from alsnb.study.task import Task
from alsnb.vocabulary import CNN, FFNN, FFNN_CNN, NETWORKS

REUSED = ("imputing", "ranking", "n_features")
"""What is taken over from the FFNN: which features, and how they are filled and ranked."""


def choose(
    task: Task, network: str, *, n_trials: int, seed: int, feature_count: str = "ffnn"
) -> Search:
    """Search the settings of a network.

    Parameters
    ----------
    task, n_trials, seed : as in :func:`alsnb.study.search.search`
    network : {"ffnn", "cnn", "rnn"}
        Which one.
    feature_count : {"ffnn", "own"}
        Whether the number and ranking of features are those found for the FFNN, as in the
        paper, or searched for this network too.
    """
    check_one_of(network, NETWORKS, "The network")
    check_one_of(feature_count, ("ffnn", "own"), "choose(feature_count=...)")
    settings = {"n_trials": n_trials, "seed": seed}
    if network == FFNN or feature_count == "own":
        return search(task, network, **settings)
    found = search(task, FFNN, **settings).best
    return search(task, network, fixed={name: getattr(found, name) for name in REUSED}, **settings)


def predict_networks(
    task: Task, *, n_trials: int, n_seeds: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of the chosen networks and of FFNN+CNN.

    Parameters
    ----------
    task, n_trials, seed : as in :func:`choose`
    n_seeds : int
        From how many seeds the test patients are predicted.

    Returns
    -------
    out_of_fold, test : DataFrame
        Predictions frames of the splits ``"train"`` and ``"test"``. Repeat 0 is the result;
        the others are the same networks from other seeds.
    """
    how, pairs = {"n_seeds": n_seeds, "seed": seed}, []
    for network in NETWORKS:
        best = choose(task, network, n_trials=n_trials, seed=seed).best
        pairs.append(predict_recipe(task, network, best, **how))
    out_of_fold, test = (_with_ensemble(frames) for frames in zip(*pairs, strict=True))
    return out_of_fold, test


def predict_networks_once(task: Task, *, n_trials: int, n_seeds: int, seed: int) -> pd.DataFrame:
    """Return the test predictions of :func:`predict_networks`, where nobody asks for the others."""
    inputs, frames = task.inputs(held_out=True), []
    for network in NETWORKS:
        best = choose(task, network, n_trials=n_trials, seed=seed).best
        how = {"network": network, "recipe": best, "n_seeds": n_seeds, "seed": seed}
        frames.append(fit_held_out(inputs, **how))
    return _with_ensemble(frames)


def _with_ensemble(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the predictions of the networks and of FFNN+CNN in one frame."""
    networks = pd.concat(frames, ignore_index=True)
    return pd.concat([networks, average(networks, [FFNN, CNN], FFNN_CNN)], ignore_index=True)


def predict_recipe(
    task: Task, network: str, recipe: Recipe, *, n_networks: int = 1, n_seeds: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of one recipe."""
    how = {"network": network, "recipe": recipe, "n_networks": n_networks, "seed": seed}
    return (
        fit_out_of_fold(task.inputs(held_out=False), **how),
        fit_held_out(task.inputs(held_out=True), **how, n_seeds=n_seeds),
    )
