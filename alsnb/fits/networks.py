"""Train networks and keep what they predict.

Nothing here knows how the table of predictors was made, so a change in reading or cleaning that
leaves the table as it was costs no training.
"""

from functools import partial

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.progress import report_step
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.evaluation.fitting import predict_fold
from alsnb.fits.inputs import FitInputs
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.schema import FOLD, PREDICTIONS
from alsnb.settings import n_cores
from alsnb.splits import Fold

PROBLEM = "problem"
"""Column of a trial's frame: why a fold has no predictions; empty where it has."""

RESUBSTITUTION = "resubstitution"
"""Split of predictions of the very patients that a model was trained on."""


def make_network(
    inputs: FitInputs, network: str, recipe: Recipe, *, n_networks: int = 1
) -> partial:
    """Return the function that makes the network of a recipe from a seed.

    Parameters
    ----------
    inputs : FitInputs
        Names the features to choose from, and those that some networks do not get.
    network : str
        Which of :data:`alsnb.models.architectures.ARCHITECTURES`.
    recipe : Recipe
        Its settings, and those of what goes before it.
    n_networks : int
        Networks that are averaged.
    """
    columns, leave_out = list(inputs.features), list(inputs.leave_out)
    return partial(
        make_searched,
        recipe,
        network=network,
        columns=columns,
        leave_out=leave_out,
        n_networks=n_networks,
    )


@stored
def fit_trial(inputs: FitInputs, *, network: str, recipe: Recipe, seed: int) -> pd.DataFrame:
    """Predict every fold's patients with one network that learnt from the other folds.

    Parameters
    ----------
    inputs : FitInputs
        Of the patients to learn from.
    network, recipe
        As in :func:`make_network`.
    seed : int
        Seed of the network, the same in every fold.

    Returns
    -------
    DataFrame
        A predictions frame with a column ``problem``; a fold that failed is one row without
        a prediction, with the reason.
    """
    model = make_network(inputs, network, recipe)(seed=seed)
    frames = [_predict_or_explain(model, inputs, fold, name=network) for fold in inputs.folds()]
    return pd.concat(frames, ignore_index=True)


def _predict_or_explain(model: object, inputs: FitInputs, fold: Fold, *, name: str) -> pd.DataFrame:
    try:
        frame = predict_fold(
            model, inputs.predictors, inputs.target, fold, place=(name, "train"), seed=0
        )
        return frame.assign(**{PROBLEM: ""})
    except BadInput as problem:
        if isinstance(problem.__cause__, OSError | MemoryError):
            raise  # the machine's trouble of today is not kept as the trial's result
        failed = {column: [np.nan] for column in PREDICTIONS}
        return pd.DataFrame(failed | {FOLD: fold.fold, PROBLEM: str(problem)})


@stored
def fit_out_of_fold(
    inputs: FitInputs, *, network: str, recipe: Recipe, n_networks: int, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold predictions of a recipe, averaged over networks.

    Parameters
    ----------
    inputs : FitInputs
        Of the patients to learn from.
    network, recipe, n_networks
        As in :func:`make_network`.
    seed : int
        Seed of the networks, the same in every fold.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``.
    """
    return cross_validate(
        make_network(inputs, network, recipe, n_networks=n_networks)(seed=seed),
        inputs.predictors,
        inputs.target,
        inputs.folds(),
        name=network,
        n_jobs=n_cores(),
        progress=report_step,
    )


@stored
def fit_held_out(
    inputs: FitInputs, *, network: str, recipe: Recipe, n_networks: int, n_seeds: int, seed: int
) -> pd.DataFrame:
    """Return the predictions of the patients held out, from several seeds.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    network, recipe, n_networks
        As in :func:`make_network`.
    n_seeds : int
        From how many seeds the average is trained anew.
    seed : int
        The first of them.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"``, a repeat for each seed.
    """
    (split,) = inputs.folds()
    return predict_held_out(
        make_network(inputs, network, recipe, n_networks=n_networks),
        inputs.predictors,
        inputs.target,
        name=network,
        train=split.train,
        test=split.test,
        n_repeats=n_seeds,
        seed=seed,
        n_jobs=min(n_cores(), n_seeds),
        progress=report_step,
    )


@stored
def fit_own_patients(
    inputs: FitInputs, *, network: str, recipe: Recipe, n_networks: int, seed: int
) -> pd.DataFrame:
    """Return what a network predicts for the very patients it was trained on.

    Parameters
    ----------
    inputs : FitInputs
        Of the patients to learn from; the folds are not used.
    network, recipe, n_networks, seed
        As in :func:`fit_out_of_fold`.

    Returns
    -------
    DataFrame
        Columns of a predictions frame, of split :data:`RESUBSTITUTION`. No score of it says
        anything about new patients.
    """
    model = make_network(inputs, network, recipe, n_networks=n_networks)(seed=seed)
    return predict_own_patients(model, inputs.predictors, inputs.target, name=network, seed=seed)


def predict_own_patients(
    make_model: object, predictors: pd.DataFrame, target: pd.Series, *, name: str, seed: int
) -> pd.DataFrame:
    """Return what a model predicts for the patients it was trained on.

    Parameters
    ----------
    make_model : estimator or callable
        As in :mod:`alsnb.evaluation.crossval`.
    predictors : DataFrame of shape (n_patients, n_columns)
        Indexed by patient.
    target : Series of shape (n_patients,)
        The same index.
    name : str
        The model's name in the frame.
    seed : int
        Passed on to a callable that takes one.

    Returns
    -------
    DataFrame
        As :func:`fit_own_patients` returns it.
    """
    everyone = Fold(0, 0, predictors.index, predictors.index)
    return predict_fold(
        make_model, predictors, target, everyone, place=(name, RESUBSTITUTION), seed=seed
    )
