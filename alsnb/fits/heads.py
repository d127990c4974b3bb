"""Train models of a class and keep what they predict; each is the counterpart of a regression."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.progress import report_step
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.fits.inputs import FitInputs
from alsnb.models import heads
from alsnb.models.recipe import Recipe
from alsnb.settings import n_cores
from alsnb.vocabulary import FOREST, NETWORKS, ONSET

HEADS = {model: f"{model}_class" for model in (*NETWORKS, FOREST, ONSET)}
"""What the counterpart of each regression is called."""


def make_head(
    inputs: FitInputs,
    model: str,
    *,
    recipe: Recipe | None = None,
    size: int = 0,
    classes: Sequence[int] | None = None,
) -> Callable[..., object]:
    """Return the function that makes a classifier, from a seed if there is chance in it.

    Parameters
    ----------
    inputs : FitInputs
        Names the features to choose from.
    model : str
        One of :data:`HEADS`: the regression whose architecture it has.
    recipe : Recipe, optional
        Of a network: the settings that were found for the regression.
    size : int
        Networks that are averaged, or trees of a forest; a line has no size.
    classes : sequence of int, optional
        The classes whose probabilities are predicted; by default that of 1 alone.
    """
    check_one_of(model, HEADS, "The model")
    if model == ONSET:
        return partial(heads.make_onset_head, classes=classes)
    if model == FOREST:
        return partial(heads.make_forest_head, n_trees=size, classes=classes)
    return partial(
        heads.make_network_head,
        recipe,
        network=model,
        columns=list(inputs.features),
        leave_out=list(inputs.leave_out),
        n_networks=size,
        classes=classes,
    )


@stored
def fit_head_out_of_fold(
    inputs: FitInputs,
    model: str,
    *,
    recipe: Recipe | None = None,
    size: int = 0,
    classes: Sequence[int] | None = None,
    seed: int,
) -> pd.DataFrame:
    """Return the out-of-fold probabilities of one classifier.

    Parameters
    ----------
    inputs : FitInputs
        Of the patients to learn from; the target is 1 for those of the class and 0 for others,
        or the number of each patient's class.
    model, recipe, size, classes
        As in :func:`make_head`.
    seed : int
        Start of the models' seeds.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``; of several classes with a row for each, told
        apart by :data:`alsnb.schema.AT`.
    """
    return cross_validate(
        make_head(inputs, model, recipe=recipe, size=size, classes=classes),
        inputs.predictors,
        inputs.target,
        inputs.folds(),
        name=HEADS[model],
        seed=seed,
        n_jobs=_processes(model),
        progress=report_step,
        classes=classes,
    )


@stored
def fit_head_held_out(
    inputs: FitInputs,
    model: str,
    *,
    recipe: Recipe | None = None,
    size: int = 0,
    classes: Sequence[int] | None = None,
    seed: int,
) -> pd.DataFrame:
    """Return the probabilities of the patients held out, by one classifier.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    model, recipe, size, classes, seed
        As in :func:`fit_head_out_of_fold`.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"``.
    """
    (split,) = inputs.folds()
    return predict_held_out(
        make_head(inputs, model, recipe=recipe, size=size, classes=classes),
        inputs.predictors,
        inputs.target,
        train=split.train,
        test=split.test,
        name=HEADS[model],
        seed=seed,
        n_jobs=_processes(model),
        progress=report_step,
        classes=classes,
    )


def _processes(model: str) -> int:
    # a line is fitted sooner than a process is started; else the processes that predicted the
    # folds, which have compiled the network, predict the test patients too
    return 1 if model == ONSET else n_cores()
