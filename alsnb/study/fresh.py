"""Judge models on patients who were simulated for nothing else: many, and seen by no choice.

Where patients are simulated there is no need to infer how good a model is from a few hundred of
them. Models learn from the training patients of a task as ever; whom they predict is new.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import compare_predictions
from alsnb.evaluation.repeated import draw_test_sets
from alsnb.fits.networks import fit_held_out
from alsnb.models.recipe import Recipe
from alsnb.schema import ESTIMATE, MODEL, PREDICTED, REPEAT
from alsnb.study.references import predict_all
from alsnb.study.task import SlopeTask
from alsnb.vocabulary import in_order

APART = 1_000_003
"""How far the seed of fresh patients lies from that of the others. No choice was made with it."""


def with_fresh_patients(task: SlopeTask, fresh: SlopeTask) -> SlopeTask:
    """Return a task that learns from the patients of one and holds out all those of another.

    Parameters
    ----------
    task : SlopeTask
        Its training patients, folds and features stay; so searches that were made on it are found.
    fresh : SlopeTask
        Of another release, with the same features.

    Returns
    -------
    SlopeTask
        Fresh patients have keys of their own, whatever they are called in their release.
    """
    predictors = _renamed(fresh.predictors, task)[list(task.predictors.columns)]
    oracle = None
    if task.oracle is not None and fresh.oracle is not None:
        oracle = pd.concat([task.oracle, _renamed(fresh.oracle, task)])
    return replace(
        task,
        predictors=pd.concat([task.predictors, predictors]),
        target=pd.concat([task.target, _renamed(fresh.target, task)]),
        split=replace(task.split, test=predictors.index),
        oracle=oracle,
    )


def _renamed(rows: pd.DataFrame | pd.Series, task: SlopeTask) -> pd.DataFrame | pd.Series:
    """Return rows of fresh patients under keys that no patient of the task has."""
    old, new = task.target.index, rows.index
    if pd.api.types.is_numeric_dtype(old):
        return rows.set_axis((new + old.max() + 1).rename(old.name))
    return rows.set_axis(("fresh " + new.astype(str)).rename(old.name))


def predict_fresh(task: SlopeTask, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return what all models predict of fresh patients, each made once.

    ``task`` is from :func:`with_fresh_patients`; effort and seed are those of
    :func:`alsnb.study.references.predict_all`, whose models these are.
    """
    once = SimpleNamespace(**{**vars(effort), "n_seeds": 1})
    return predict_all(task, once, seed=seed)[1]


def predict_several(
    task: SlopeTask, recipes: dict[str, Recipe], *, n_networks: int, seed: int
) -> pd.DataFrame:
    """Return what single networks predict of the patients held out, a ``repeat`` per network.

    Network *k* has seed ``seed + k``; none has anything else of its own. ``recipes`` are by the
    name of the architecture.
    """
    inputs = task.inputs(held_out=True)
    how = {"n_seeds": n_networks, "seed": seed}
    frames = [
        fit_held_out(inputs, network=network, recipe=recipe, **how)
        for network, recipe in recipes.items()
    ]
    return pd.concat(frames, ignore_index=True)


def compare_average(several: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of the mean of several networks minus those of the first, by ``model``.

    ``several`` is from :func:`predict_several`. Columns are those of
    :func:`alsnb.evaluation.bootstrap.compare_predictions`.
    """
    gaps = []
    for network, rows in several.groupby(MODEL, sort=False):
        one = rows[rows[REPEAT] == 0]
        mean = rows.groupby("patient")[PREDICTED].mean()
        both = [one.assign(**{MODEL: "one"}), one.assign(**{PREDICTED: one["patient"].map(mean)})]
        found = compare_predictions(
            pd.concat(both, ignore_index=True),
            reference="one",
            metrics=("rmsd", "pcc", "r2"),
            n_resamples=n_resamples,
        )
        gaps.append(found.assign(reference=network))
    return in_order(pd.concat(gaps, ignore_index=True))


def spread_of_levels(several: pd.DataFrame) -> pd.DataFrame:
    """Return how the mean prediction, the level, varies from one network to the next.

    ``model``, ``n_networks``, ``mean``, ``sd`` (points per month; NaN with one network),
    ``lowest`` and ``highest``. A level that varies moves every count of who is called fast.
    """
    levels = several.groupby([MODEL, REPEAT])[PREDICTED].mean().groupby(MODEL)
    spread = levels.agg(n_networks="size", mean="mean", sd="std", lowest="min", highest="max")
    return in_order(spread.reset_index())


def count_otherwise(
    fresh: pd.DataFrame, reference: str, *, n_patients: int, n_sets: int, seed: int
) -> pd.DataFrame:
    """Return how often a small test set would name another winner than all fresh patients do.

    Parameters
    ----------
    fresh : DataFrame
        Predictions frame of the fresh patients.
    reference : str
        The model that the others are compared with, in R².
    n_patients : int
        Of a small set.
    n_sets, seed : int
        How many sets are drawn, and the seed of the draw.

    Returns
    -------
    DataFrame
        As :func:`alsnb.evaluation.repeated.draw_test_sets` returns, and ``otherwise``: the share
        of sets in which the difference has the other sign.
    """
    share = min(n_patients / fresh["patient"].nunique(), 0.5)
    sets = draw_test_sets(fresh, reference, share=share, n_sets=n_sets, seed=seed)
    ahead = sets["ahead"]
    return sets.assign(otherwise=np.where(sets[ESTIMATE] > 0, 1 - ahead, ahead))


def models_of(predictions: pd.DataFrame, among: Sequence[str]) -> list[str]:
    """Return those of some models that have predicted."""
    present = set(predictions[MODEL])
    return [name for name in among if name in present]
