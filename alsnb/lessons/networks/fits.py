"""Train a network beyond its epochs, or on what is wrong, and keep what comes out."""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from threadpoolctl import threadpool_limits

from alsnb.compute.sharing import share
from alsnb.compute.store import stored
from alsnb.evaluation.fitting import predict_fold
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.fits.networks import make_network
from alsnb.models.recipe import Recipe
from alsnb.settings import n_cores
from alsnb.splits import Fold

LEARNT_FROM, SET_ASIDE = "learnt from", "set aside"

AS_IS, WHEN_USED, THROUGHOUT = "as_is", "when_used", "throughout"


@stored
def follow_learning(
    inputs: FitInputs, *, network: str, recipe: Recipe, n_networks: int, seed: int
) -> pd.DataFrame:
    """Train networks for all their epochs while a fifth of the patients are set aside.

    ``loss``, by ``network``, ``epoch`` (from 1) and ``patients``, is squared error over the
    variance of the target.
    """
    # Nobody stops early: with more epochs, or fewer, the learning rate would fall otherwise.
    watched = recipe.with_settings(validation_share=0.2, patience=recipe.network.n_epochs)
    model = make_network(inputs, network, watched, n_networks=n_networks)(seed=seed)
    trainings = model.fit(inputs.predictors, inputs.target)[-1].trainings_
    frames = []
    for number, training in enumerate(trainings):
        epochs = np.arange(1, len(training.training_losses) + 1)
        losses = {LEARNT_FROM: training.training_losses, SET_ASIDE: training.validation_losses}
        for patients, loss in losses.items():
            columns = {"epoch": epochs, "patients": patients, "loss": loss.astype(float)}
            frames.append(pd.DataFrame({"network": number} | columns))
    return pd.concat(frames, ignore_index=True)


@stored
def predict_both(
    right: FitInputs, wrong: FitInputs, *, network: str, recipe: Recipe, seed: int
) -> pd.DataFrame:
    """Predict patients out of fold with and without a mistake in what is read.

    Of the three "models", :data:`WHEN_USED` has learnt from right data and is used on wrong; for
    :data:`THROUGHOUT` all are wrong.
    """
    model = make_network(right, network, recipe)(seed=seed)
    shared = {"model": model, "right": right, "wrong": wrong}
    calls = [shared | {"fold": fold} for fold in right.folds()]
    pairs = zip(*share(_learn_once, calls, n_jobs=n_cores()), strict=True)
    throughout = predict_out_of_fold(model, wrong, name=THROUGHOUT, parts=True, n_jobs=n_cores())
    frames = [frame for frames in pairs for frame in frames]
    return pd.concat([*frames, throughout], ignore_index=True)


def _learn_once(
    model: object, right: FitInputs, wrong: FitInputs, fold: Fold
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a model that learnt from right data predicts from right and from wrong data."""
    with threadpool_limits(1):
        learnt = clone(model).fit(right.predictors.loc[fold.train], right.target.loc[fold.train])
    as_is, when_used = (
        predict_fold(
            FrozenEstimator(learnt), one.predictors, one.target, fold, place=(name, "train"), seed=0
        )
        for one, name in ((right, AS_IS), (wrong, WHEN_USED))
    )
    return as_is, when_used
