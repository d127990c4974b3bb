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
def fit_head(
    inputs: FitInputs,
    model: str,
    *,
    held_out: bool,
    recipe: Recipe | None = None,
    size: int = 0,
    classes: Sequence[int] | None = None,
    seed: int,
) -> pd.DataFrame:
    """Return the probabilities of patients whom a classifier did not learn from.

    Parameters
    ----------
    inputs : FitInputs
        The target is 1 for patients of the class and 0 for others, or each patient's class.
    model, recipe, size, classes : as in :func:`make_head`
    held_out : bool
        Whether the inputs are of one split, or of the folds of patients to learn from.
    seed : int
        Start of the models' seeds.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"`` or ``"train"``; of several classes with a row for
        each, told apart by :data:`alsnb.schema.AT`.
    """
    make = make_head(inputs, model, recipe=recipe, size=size, classes=classes)
    # a line is fitted sooner than a process is started; else the processes that predicted the
    # folds, which have compiled the network, predict the test patients too
    how = {"name": HEADS[model], "seed": seed, "n_jobs": 1 if model == ONSET else n_cores()}
    how |= {"progress": report_step, "classes": classes}
    if not held_out:
        return cross_validate(make, inputs.predictors, inputs.target, inputs.folds(), **how)
    (split,) = inputs.folds()
    patients = {"train": split.train, "test": split.test}
    return predict_held_out(make, inputs.predictors, inputs.target, **patients, **how)
