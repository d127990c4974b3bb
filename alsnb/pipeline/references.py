"""Put all models on one split: those that a network has to beat, the networks, and mixtures.

The references learn from the same patients as the networks, from the same table, and predict
the same patients, so that any two can be compared patient by patient. A mixture is an average
of the others; its weights, where it has any, are learnt from out-of-fold predictions only.
"""

import pandas as pd

from alsnb.models.ensembles import average, choose_pull, learn_weights, stack
from alsnb.pipeline.paper_a import TITLES as NETWORK_TITLES
from alsnb.pipeline.paper_a import predict_networks
from alsnb.pipeline.reference_fits import (
    BART,
    BOOSTING,
    EARLY_SLOPE,
    FOREST,
    MEAN,
    ONSET,
    REFERENCES,
    RIDGE,
    WITHOUT_SEED,
    cross_validate_reference,
    predict_with_reference,
)
from alsnb.pipeline.task import LOG_ONSET, Task
from alsnb.schema import MODEL, REPEAT, SPLIT
from alsnb.settings import EFFORTS

CARRIED, AVERAGE, STACK, ORACLE = "carried", "average", "stack", "oracle"

TITLES = {
    MEAN: "Training mean",
    CARRIED: "Early slope carried forward",
    EARLY_SLOPE: "Line on the early slope",
    ONSET: "Line on log onset delta",
    RIDGE: "Ridge",
    FOREST: "Random forest",
    BOOSTING: "Boosting",
    BART: "BART",
    **NETWORK_TITLES,
    AVERAGE: "Average of seven",
    STACK: "Stack of seven",
    ORACLE: "Oracle",
}
"""What a reader calls each model, in the order of the tables."""

MEMBERS = (FOREST, BOOSTING, BART, RIDGE, "ffnn", "cnn", "rnn")
"""The models that the average and the stack are made of."""


def predict_references(
    task: Task, *, profile: str, seed: int, n_jobs: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of every reference.

    Parameters
    ----------
    task : Task
        The networks' own: its folds, its split, and its features with the logarithm of the
        time since onset. The questionnaires as they are answered are for networks.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how much is computed.
    seed : int
        Start of the models' seeds.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    out_of_fold : DataFrame
        Predictions frame of split ``"train"``, repeat 0, with the models of
        :data:`alsnb.pipeline.reference_fits.REFERENCES`.
    test : DataFrame
        Predictions frame of split ``"test"``. Repeat 0 is the result; the others are the
        same models from other seeds, and copies of those without chance.

    Raises
    ------
    alsnb.checks.BadInput
        If a model cannot be fitted: the sentence names it and the fold.
    """
    features = task.predictors[[*task.features, LOG_ONSET]]
    own = task.split.train
    split = {"train": list(own), "test": list(task.split.test)}
    settings = {"profile": profile, "seed": seed, "n_jobs": n_jobs}
    pairs = [
        (
            cross_validate_reference(
                features.loc[own], task.target.loc[own], task.fold_of(), model, **settings
            ),
            predict_with_reference(features, task.target, model, **split, **settings),
        )
        for model in REFERENCES
    ]
    frames = [pd.concat(parts, ignore_index=True) for parts in zip(*pairs, strict=True)]
    return frames[0], repeat_fixed(frames[1], EFFORTS[profile].n_seeds)


def repeat_fixed(predictions: pd.DataFrame, n_repeats: int) -> pd.DataFrame:
    """Return the predictions with those of models without chance copied for every seed."""
    fixed = predictions[predictions[MODEL].isin(WITHOUT_SEED)]
    copies = [fixed.assign(**{REPEAT: repeat}) for repeat in range(1, n_repeats)]
    return pd.concat([predictions, *copies], ignore_index=True)


def predict_all(
    task: Task, *, profile: str, seed: int, n_jobs: int | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold and test predictions of references, networks and mixtures.

    Parameters
    ----------
    task, profile, seed, n_jobs
        As in :func:`predict_references`.

    Returns
    -------
    out_of_fold, test : DataFrame
        As in :func:`predict_references`, with the networks of
        :func:`alsnb.pipeline.paper_a.predict_networks`, the average of :data:`MEMBERS` and
        their stack. The out-of-fold stack of a fold has weights learnt in the others.
    """
    settings = {"profile": profile, "seed": seed}
    references = predict_references(task, n_jobs=n_jobs, **settings)
    networks = predict_networks(task, **settings)
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
