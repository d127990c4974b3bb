"""Train networks and keep what they predict.

Nothing here knows how the table of predictors was made, so a change in reading or cleaning that
leaves the table as it was costs no training.
"""

from functools import partial

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.store import stored
from alsnb.evaluation.fitting import predict_fold
from alsnb.fits.inputs import FitInputs, predict_out_of_fold, predict_split
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
        One, as in the paper, or as many as are averaged.
    """
    what = {"columns": list(inputs.features), "leave_out": list(inputs.leave_out)}
    return partial(make_searched, recipe, network=network, n_networks=n_networks, **what)


@stored
def fit_trial(inputs: FitInputs, *, network: str, recipe: Recipe, seed: int) -> pd.DataFrame:
    """Predict every fold's patients with one network that learnt from the other folds.

    Parameters
    ----------
    inputs, network, recipe, seed : as in :func:`fit_out_of_fold`

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
    inputs: FitInputs, *, network: str, recipe: Recipe, n_networks: int = 1, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold predictions of a recipe.

    Parameters
    ----------
    inputs : FitInputs
        Of the patients to learn from.
    network, recipe, n_networks : as in :func:`make_network`
    seed : int
        Seed of the networks, the same in every fold.
    """
    model = make_network(inputs, network, recipe, n_networks=n_networks)(seed=seed)
    return predict_out_of_fold(model, inputs, name=network, parts=True, n_jobs=n_cores())


@stored
def fit_held_out(
    inputs: FitInputs,
    *,
    network: str,
    recipe: Recipe,
    n_networks: int = 1,
    n_seeds: int = 1,
    seed: int,
) -> pd.DataFrame:
    """Return the predictions of the patients held out, from several seeds.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    network, recipe, n_networks : as in :func:`make_network`
    n_seeds : int
        From how many seeds it is trained, a repeat for each.
    seed : int
        The first of them.
    """
    make = make_network(inputs, network, recipe, n_networks=n_networks)
    how = {"n_repeats": n_seeds, "seed": seed, "n_jobs": min(n_cores(), n_seeds)}
    return predict_split(make, inputs, name=network, parts=True, **how)


@stored
def fit_own_patients(
    inputs: FitInputs, *, network: str, recipe: Recipe, n_networks: int = 1, seed: int
) -> pd.DataFrame:
    """Return what a network predicts for the very patients it was trained on.

    The parameters are those of :func:`fit_out_of_fold`, but the folds are not used. What comes
    out is of split :data:`RESUBSTITUTION`; no score of it says anything about new patients.
    """
    model = make_network(inputs, network, recipe, n_networks=n_networks)(seed=seed)
    patients = inputs.target.index
    everyone, place = Fold(0, 0, patients, patients), (network, RESUBSTITUTION)
    return predict_fold(model, inputs.predictors, inputs.target, everyone, place=place, seed=seed)
