"""Make models of a class that are counterparts of the models of a slope: another head, one body.

A head answers with the probability of class 1, or with one for each of several classes, where the
model of the slope answers with a slope.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from alsnb.design import Imputer, InformativeFeatures
from alsnb.models.architectures import find_architecture
from alsnb.models.baselines import FromOneColumn
from alsnb.models.classifier import ClassProbability, NetworkClassifier
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs

Classes = Sequence[int] | None


def make_forest_head(seed: int, n_trees: int, classes: Classes = None) -> Pipeline:
    """Make a random forest that votes on the class; at least five patients in a leaf."""
    forest = RandomForestClassifier(
        n_trees, min_samples_leaf=5, max_features="sqrt", n_jobs=1, random_state=seed
    )
    return make_pipeline(InformativeFeatures(), Imputer(), ClassProbability(forest, classes))


def make_onset_head(column: str = "log_onset_delta", classes: Classes = None) -> FromOneColumn:
    """Make a logistic regression on the logarithm of the time since onset alone.

    Where that is known of nobody, everybody has the share of the class among training patients.
    """
    head = ClassProbability(LogisticRegression(C=np.inf), classes)
    share = ClassProbability(DummyClassifier(strategy="prior"), classes)
    return FromOneColumn(column, head, share)


def make_network_head(
    recipe: Recipe,
    *,
    network: str,
    columns: Sequence[str],
    leave_out: Sequence[str] = (),
    n_networks: int = 1,
    seed: int,
    classes: Classes = None,
) -> Pipeline:
    """Make a network of a recipe whose output is the probability of a class.

    Takes the frame of predictors; features are ranked by the class.

    Parameters
    ----------
    recipe : Recipe
        What was found for the regression.
    network, columns, leave_out, n_networks, seed
        As in :func:`alsnb.models.searched.make_searched`.
    classes : sequence of int, optional
        As in :class:`alsnb.models.classifier.ClassProbability`.
    """
    inputs = make_inputs(recipe, network=network, columns=columns, leave_out=leave_out)
    classifier = NetworkClassifier(
        recipe.network,
        make_network=find_architecture(network).make_network,
        n_networks=n_networks,
        seed=seed,
    )
    return make_pipeline(inputs, ClassProbability(classifier, classes))
