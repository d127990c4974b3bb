"""Put classifiers on the split of a task, each the counterpart of a regression."""

from dataclasses import replace

import pandas as pd

from alsnb.fits.heads import HEADS, fit_head
from alsnb.models.ensembles import average
from alsnb.models.recipe import Recipe
from alsnb.study.paper_a import choose
from alsnb.study.task import LOG_ONSET, Task
from alsnb.vocabulary import CNN, FFNN, FFNN_CNN, FOREST, NETWORKS

BOTH_HEADS = f"{FFNN_CNN}_class"

COUNTERPARTS = {head: model for model, head in HEADS.items()} | {BOTH_HEADS: FFNN_CNN}
"""The regression that each classifier is the counterpart of; the head of the ensemble is the mean
of its members' probabilities."""


def predict_heads(
    task: Task, *, threshold: float, n_trials: int, n_trees: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test probabilities of lying below a threshold, by every classifier.

    Parameters
    ----------
    task : Task
        Its target is cut at the threshold; what models read is that of the regressions.
    threshold : float
        In the unit of the target.
    n_trials, seed
        As in :func:`alsnb.study.paper_a.predict_networks`; networks have the settings found for
        the regression.
    n_trees : int
        Trees of the forest.

    Returns
    -------
    out_of_fold, test : DataFrame
        Predictions frames with the models of :data:`alsnb.fits.heads.HEADS`; observed is 1 for
        those below the threshold and 0 for others.
    """
    pairs = []
    for model in HEADS:
        how = {"size": n_trees if model == FOREST else 0}
        if model in NETWORKS:
            recipe = choose(task, model, n_trials=n_trials, seed=seed).best
            how = {"size": 1, "recipe": recipe}
        pairs.append(predict_head(task, model, threshold=threshold, **how, seed=seed))
    out_of_fold, test = (pd.concat(parts, ignore_index=True) for parts in zip(*pairs, strict=True))
    return out_of_fold, test


def predict_head(
    task: Task, model: str, *, threshold: float, size: int, seed: int, recipe: Recipe | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what :func:`predict_heads` has for the counterpart of one regression."""
    what = {} if model in NETWORKS else {"features": [*task.features, LOG_ONSET], "parts": False}
    found = []
    for held_out in (False, True):
        inputs = task.inputs(held_out=held_out, **what)
        below = replace(inputs, target=(inputs.target < threshold).astype(float))
        how = {"held_out": held_out, "recipe": recipe, "size": size, "seed": seed}
        found.append(fit_head(below, model, **how))
    return found[0], found[1]


def add_ensemble(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions with the mean of the FFNN's and the CNN's probabilities."""
    both = average(predictions, [HEADS[FFNN], HEADS[CNN]], BOTH_HEADS)
    return pd.concat([predictions, both], ignore_index=True)
