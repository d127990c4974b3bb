"""Predict who will decline fast, with models of the class beside models of the slope.

The classifiers are the regressions' own architectures with another head. Each takes the
settings that were found for the regression and is trained independently of it; nothing is
searched again, so a difference between the two is one of the head and not of the effort.
"""

from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.design import Imputer, InformativeFeatures
from alsnb.effort import EFFORTS
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.fits.references import FOREST, ONSET, cross_validate_reference, predict_with_reference
from alsnb.models.architectures import find_architecture
from alsnb.models.classifier import NetworkClassifier
from alsnb.models.ensembles import average
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs
from alsnb.schema import MODEL, PATIENT, PREDICTED, REPEAT, SPLIT
from alsnb.settings import n_cores
from alsnb.splits import folds_from
from alsnb.study.paper_a import CNN, FFNN, FFNN_CNN, NETWORKS, choose, predict_networks
from alsnb.study.task import LOG_ONSET, Task

HEADS = {f"{network}_class": network for network in (*NETWORKS, FOREST, ONSET)}
"""The regression that each classifier is the counterpart of."""

ORACLE, BOTH_HEADS = "oracle", f"{FFNN_CNN}_class"

PAIRS = {**HEADS, BOTH_HEADS: FFNN_CNN}
"""The same with the ensemble, whose head is the mean of its members' probabilities."""

SHARE_OF_NETWORKS = 0.6
"""Networks averaged out of fold, as a share of the profile's. On the test patients classifier and
regression average as many; out of fold a few are enough to say where the cut lies."""


class Probability(RegressorMixin, BaseEstimator):
    """Predict with a classifier the probability of class 1, where a number is asked for.

    Parameters
    ----------
    classifier : estimator
        An unfitted classifier with ``predict_proba``.
    """

    def __init__(self, classifier: object):
        self.classifier = classifier

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the classifier on classes given as 0 and 1."""
        self.classifier_ = clone(self.classifier).fit(X, np.asarray(y, dtype=int))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the probability of class 1, (n_patients,)."""
        classes = list(self.classifier_.classes_)
        probabilities = np.asarray(self.classifier_.predict_proba(X))
        # a fold without a fast patient teaches that nobody is
        return probabilities[:, classes.index(1)] if 1 in classes else np.zeros(len(X))


def make_forest_head(seed: int, n_trees: int) -> Pipeline:
    """Make a random forest that votes on the class; at least five patients in a leaf."""
    forest = RandomForestClassifier(
        n_trees, min_samples_leaf=5, max_features="sqrt", n_jobs=1, random_state=seed
    )
    return make_pipeline(InformativeFeatures(), Imputer(), Probability(forest))


def make_onset_head() -> Pipeline:
    """Make a logistic regression on the logarithm of the time since onset alone."""
    select = InformativeFeatures(max_missing=0.99, columns=[LOG_ONSET])
    return make_pipeline(select, Imputer(), Probability(LogisticRegression(C=np.inf)))


def make_network_head(
    recipe: Recipe,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    n_networks: int,
    seed: int,
) -> Pipeline:
    """Make a network of a recipe whose output is the probability of being fast.

    Parameters
    ----------
    recipe : Recipe
        What was found for the regression.
    network, features, leave_out, n_networks, seed
        As in :func:`alsnb.models.searched.make_searched`.

    Returns
    -------
    Pipeline
        Takes the frame of predictors; features are ranked by the class.
    """
    inputs = make_inputs(recipe, network=network, columns=features, leave_out=leave_out)
    classifier = NetworkClassifier(
        recipe.network,
        make_network=find_architecture(network).make_network,
        n_networks=n_networks,
        seed=seed,
    )
    return make_pipeline(inputs, Probability(classifier))


def predict_fast(
    task: Task, *, threshold: float, profile: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return predictions of the slope and of the class by models of the same kinds.

    Parameters
    ----------
    task : Task
        Predictors, slopes, folds and split.
    threshold : float
        Slopes below it are fast, in ALSFRS points per month.
    profile, seed
        As in :func:`alsnb.study.paper_a.predict_networks`.

    Returns
    -------
    out_of_fold, test : DataFrame
        Predictions frames of repeat 0. Regressions (``ffnn``, ``cnn``, ``rnn``,
        ``ffnn_cnn``, ``forest``, ``onset``, and ``oracle`` if it is known) have slopes, the
        models of :data:`PAIRS` classes and probabilities.
    """
    settings = {"profile": profile, "seed": seed}
    pairs = [predict_networks(task, **settings)]
    pairs += [_predict_reference(task, model, **settings) for model in (FOREST, ONSET)]
    pairs += [
        _predict_head(
            task, head, threshold=threshold, recipe=_recipe(task, head, **settings), **settings
        )
        for head in HEADS
    ]
    out_of_fold, test = (
        add_oracle(pd.concat(parts, ignore_index=True), task.oracle)
        for parts in zip(*pairs, strict=True)
    )
    return add_ensemble(out_of_fold), add_ensemble(test)


def add_ensemble(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions with the mean of the FFNN's and the CNN's probabilities."""
    both = average(predictions, [f"{FFNN}_class", f"{CNN}_class"], BOTH_HEADS)
    return pd.concat([predictions, both], ignore_index=True)


def add_oracle(predictions: pd.DataFrame, oracle: pd.Series | None) -> pd.DataFrame:
    """Return repeat 0 of the predictions, with the oracle's if there is one for everybody."""
    rows = predictions[predictions[REPEAT] == 0].reset_index(drop=True)
    patients = rows[rows[MODEL] == FOREST]
    if oracle is None or not patients[PATIENT].isin(oracle.dropna().index).all():
        return rows
    best = patients.assign(**{MODEL: ORACLE, PREDICTED: patients[PATIENT].map(oracle)})
    return pd.concat([rows, best], ignore_index=True)


def _recipe(task: Task, head: str, *, profile: str, seed: int) -> Recipe | None:
    network = HEADS[head]
    return choose(task, network, profile=profile, seed=seed).best if network in NETWORKS else None


def _predict_reference(
    task: Task, model: str, *, profile: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what :func:`alsnb.study.references.predict_references` has for one model."""
    features = task.predictors[[*task.features, LOG_ONSET]]
    own, settings = task.split.train, {"profile": profile, "seed": seed}
    return (
        cross_validate_reference(
            features.loc[own], task.target.loc[own], task.fold_of(), model, **settings
        ),
        predict_with_reference(
            features, task.target, model, train=list(own), test=list(task.split.test), **settings
        ),
    )


def _predict_head(
    task: Task, head: str, *, threshold: float, recipe: Recipe | None, profile: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    predictors = task.predictors
    if recipe is None:
        predictors = predictors[[*task.features, LOG_ONSET]]
    both = _head_predictions(
        predictors,
        (task.target < threshold).astype(float),
        task.fold_of(),
        head,
        features=list(task.features),
        leave_out=list(task.questionnaire_features),
        recipe=recipe,
        profile=profile,
        seed=seed,
    )
    return both[both[SPLIT] == "train"], both[both[SPLIT] == "test"]


@stored
def _head_predictions(
    predictors: pd.DataFrame,
    fast: pd.Series,
    fold_of: pd.Series,
    head: str,
    *,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe | None,
    profile: str,
    seed: int,
) -> pd.DataFrame:
    """Return out-of-fold and test predictions of one classifier; who has no fold is held out."""
    n_networks = EFFORTS[profile].n_averaged
    few = max(round(SHARE_OF_NETWORKS * n_networks), 1)
    what = {"recipe": recipe, "features": features, "leave_out": leave_out, "profile": profile}
    make_few, make_all = (_maker(head, n_networks=n, **what) for n in (few, n_networks))
    own = fold_of.index
    folds = folds_from(fold_of)
    held_out = fast.index.difference(own, sort=False)
    # a line is fitted sooner than a process is started; else the processes that predicted the
    # folds, which have compiled the network, predict the test patients too
    n_jobs = 1 if HEADS[head] == ONSET else n_cores()
    how = {"name": head, "seed": seed, "n_jobs": n_jobs, "progress": _tell}
    return pd.concat(
        [
            cross_validate(make_few, predictors.loc[own], fast.loc[own], folds, **how),
            predict_held_out(make_all, predictors, fast, train=own, test=held_out, **how),
        ],
        ignore_index=True,
    )


def _maker(
    head: str,
    *,
    n_networks: int,
    recipe: Recipe | None,
    features: list[str],
    leave_out: list[str],
    profile: str,
) -> object:
    """Return the function that makes an unfitted classifier, from a seed if it has chance in it."""
    if HEADS[head] == ONSET:
        return make_onset_head
    if HEADS[head] == FOREST:
        return partial(make_forest_head, n_trees=EFFORTS[profile].n_trees)
    return partial(
        make_network_head,
        recipe,
        network=HEADS[head],
        features=features,
        leave_out=leave_out,
        n_networks=n_networks,
    )


def _tell(done: int, total: int, text: str) -> None:
    report(f"{text}, {done} of {total}")
