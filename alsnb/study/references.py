"""Put all models on one split: those that a network has to beat, the networks, and mixtures.

The references learn from the same patients as the networks, from the same table, and predict
the same patients, so that any two can be compared patient by patient. A mixture is an average
of the others; its weights, where it has any, are learnt from out-of-fold predictions only.
"""

import pandas as pd

from alsnb.effort import Effort
from alsnb.evaluation.repeats import repeat_fixed
from alsnb.fits.references import (
    REFERENCES,
    WITHOUT_SEED,
    cross_validate_reference,
    predict_with_reference,
)
from alsnb.models.ensembles import average, choose_pull, learn_weights, stack
from alsnb.schema import MODEL, SPLIT
from alsnb.study.paper_a import predict_networks
from alsnb.study.reference_search import SPACES, reference_inputs, search_reference
from alsnb.study.task import Task
from alsnb.vocabulary import AVERAGE, BART, BOOSTING, FOREST, NETWORKS, RIDGE, STACK

MEMBERS = (FOREST, BOOSTING, BART, RIDGE, *NETWORKS)
"""The models that the average and the stack are made of."""


def reference_sizes(effort: Effort) -> dict[str, int]:
    """Return of how many parts each reference is made: trees, draws."""
    # more draws change nothing in cross-validation
    return {FOREST: effort.n_trees, BART: max(int(0.5 * effort.n_draws), 10)}


def predict_references(
    task: Task, effort: Effort, *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of every reference.

    Parameters
    ----------
    task : Task
        The networks' own; the questionnaires as they are answered are for networks alone.
    effort : Effort
        How many trees, draws and seeds, and how many settings the search tries.
    seed : int
        Start of the models' seeds.

    Returns
    -------
    out_of_fold : DataFrame
        Predictions frame of split ``"train"``, with the models of
        :data:`alsnb.fits.references.REFERENCES`.
    test : DataFrame
        Predictions frame of split ``"test"``. Repeat 0 is the result; the others are the
        same models from other seeds, and copies of those without chance.

    Raises
    ------
    alsnb.checks.BadInput
        If a model cannot be fitted: the sentence names it and the fold.
    """
    pairs = [predict_reference(task, m, effort, seed=seed) for m in REFERENCES]
    frames = [pd.concat(parts, ignore_index=True) for parts in zip(*pairs, strict=True)]
    return frames[0], repeat_fixed(frames[1], effort.n_seeds, WITHOUT_SEED)


def predict_reference(
    task: Task, model: str, effort: Effort, *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what :func:`predict_references` has for one model, without copies.

    The settings of forest and boosting are searched (:mod:`alsnb.study.reference_search`) on the
    folds and by the score of the networks' search; ridge has a cross-validation of its own within,
    BART its prior.
    """
    how = {"size": reference_sizes(effort).get(model, 0), "seed": seed}
    if model in SPACES:
        how["settings"] = search_reference(task, model, effort, seed=seed).best
    own, split = (reference_inputs(task, held_out=held_out) for held_out in (False, True))
    return (
        cross_validate_reference(own, model, **how),
        predict_with_reference(split, model, **how, n_seeds=effort.n_seeds),
    )


def predict_all(task: Task, effort: Effort, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what :func:`predict_references` does, of references, networks and mixtures.

    The mixtures are the average of :data:`MEMBERS` and their stack; the out-of-fold stack of a
    fold has weights learnt in the others.
    """
    references = predict_references(task, effort, seed=seed)
    how = {"n_trials": effort.n_trials, "n_seeds": effort.n_seeds, "seed": seed}
    networks = predict_networks(task, **how)
    pairs = zip(references, networks, strict=True)
    out_of_fold, test = (pd.concat(parts, ignore_index=True) for parts in pairs)
    return add_mixtures(out_of_fold, test)


def add_mixtures(
    out_of_fold: pd.DataFrame, test: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the predictions with those of the average and of the stack of :data:`MEMBERS`."""
    learnt_from = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    members = test[test[MODEL].isin(MEMBERS)]
    pull = choose_pull(learnt_from, MEMBERS)
    stacked = stack(learnt_from, members, MEMBERS, STACK, pull=pull)
    averaged = [average(rows, MEMBERS, AVERAGE) for rows in (learnt_from, members)]
    is_training = stacked[SPLIT] == "train"
    return (
        pd.concat([out_of_fold, averaged[0], stacked[is_training]], ignore_index=True),
        pd.concat([test, averaged[1], stacked[~is_training]], ignore_index=True),
    )


def weigh_members(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """Return how much each member counts in the stack: ``model`` and ``weight``."""
    rows = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    weights = learn_weights(rows, MEMBERS, pull=choose_pull(rows, MEMBERS))
    return weights.rename_axis(MODEL).reset_index(name="weight")
