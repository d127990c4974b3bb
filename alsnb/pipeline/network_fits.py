"""Train networks and keep what they predict.

Nothing here knows how the table of predictors was made, so a change in reading or cleaning that
leaves the table as it was costs no training.
"""

from functools import partial

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.evaluation.fitting import predict_fold
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.progress import report
from alsnb.schema import FOLD, PREDICTIONS
from alsnb.settings import EFFORTS, n_cores
from alsnb.splits import Fold, folds_from
from alsnb.store import stored

PROBLEM = "problem"
"""Column of a trial's frame: why a fold has no predictions; empty where it has."""


@stored
def fit_trial(
    predictors: pd.DataFrame,
    target: pd.Series,
    fold_of: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    seed: int,
) -> pd.DataFrame:
    """Predict every fold's patients with one network that learnt from the other folds.

    Parameters
    ----------
    predictors, target : DataFrame, Series
        Of the patients to learn from.
    fold_of : Series
        The fold in which each of them is held out.
    network, features, leave_out, recipe, seed
        As in :func:`alsnb.models.searched.make_searched`.

    Returns
    -------
    DataFrame
        A predictions frame with a column ``problem``; a fold that failed is one row without
        a prediction, with the reason.
    """
    model = make_searched(recipe, network=network, columns=features, leave_out=leave_out, seed=seed)
    frames = [
        _predict_or_explain(model, predictors, target, fold, name=network)
        for fold in folds_from(fold_of)
    ]
    return pd.concat(frames, ignore_index=True)


def _predict_or_explain(
    model: object, predictors: pd.DataFrame, target: pd.Series, fold: Fold, *, name: str
) -> pd.DataFrame:
    try:
        frame = predict_fold(model, predictors, target, fold, place=(name, "train"), seed=0)
        return frame.assign(**{PROBLEM: ""})
    except BadInput as problem:
        if isinstance(problem.__cause__, OSError | MemoryError):
            raise  # the machine's trouble of today is not kept as the trial's result
        failed = {column: [np.nan] for column in PREDICTIONS}
        return pd.DataFrame(failed | {FOLD: fold.fold, PROBLEM: str(problem)})


@stored
def fit_out_of_fold(
    predictors: pd.DataFrame,
    target: pd.Series,
    fold_of: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    profile: str,
    seed: int,
) -> pd.DataFrame:
    """Return the out-of-fold predictions of a recipe, averaged over networks.

    Parameters
    ----------
    predictors, target, fold_of, network, features, leave_out, recipe, seed
        As in :func:`fit_trial`.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how many networks are averaged.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``.
    """
    model = make_searched(
        recipe, network=network, columns=features, leave_out=leave_out,
        n_networks=EFFORTS[profile].n_averaged, seed=seed,
    )  # fmt: skip
    return cross_validate(
        model,
        predictors,
        target,
        folds_from(fold_of),
        name=network,
        n_jobs=n_cores(),
        progress=_tell,
    )


@stored
def fit_held_out(
    predictors: pd.DataFrame,
    target: pd.Series,
    is_training: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    profile: str,
    seed: int,
) -> pd.DataFrame:
    """Return the predictions of the patients held out, from several seeds.

    Parameters
    ----------
    predictors, target : DataFrame, Series
        Of all patients.
    is_training : Series of bool
        Who is learnt from.
    network, features, leave_out, recipe, profile, seed
        As in :func:`fit_out_of_fold`.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"``, a repeat for each seed.
    """
    effort = EFFORTS[profile]
    make_model = partial(
        make_searched, recipe, network=network, columns=features, leave_out=leave_out,
        n_networks=effort.n_averaged,
    )  # fmt: skip
    return predict_held_out(
        make_model, predictors, target, name=network,
        train=is_training.index[is_training], test=is_training.index[~is_training],
        n_repeats=effort.n_seeds, seed=seed, n_jobs=min(n_cores(), effort.n_seeds), progress=_tell,
    )  # fmt: skip


def _tell(done: int, total: int, text: str) -> None:
    report(f"{text}, {done} of {total}")
