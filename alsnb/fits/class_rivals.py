"""Fit the classifiers that the networks of Paper B are compared with, on the same divisions."""

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.fits.imaging import LayeredInputs, as_predictions
from alsnb.models.together import OTHER, VALIDATION

MAJORITY, MULTINOMIAL, FOREST = "majority", "multinomial", "forest"
RIVALS = (MAJORITY, MULTINOMIAL, FOREST)
"""Shares of the classes, a multinomial regression with a ridge penalty, and a random forest."""


@stored
def fit_rival(
    inputs: LayeredInputs, source: str, model: str, *, name: str, seed: int
) -> pd.DataFrame:
    """Return what a rival, trained on learning and watching patients, says of those held out.

    Parameters
    ----------
    inputs : LayeredInputs
    source : str
        Which source it reads.
    model : str
        One of :data:`RIVALS`.
    name : str
        What the model is called in the predictions frame.
    seed : int
        Of a model with chance in it.
    """
    values, classes = inputs.sources[source], inputs.classes.to_numpy()
    chances = np.zeros((*inputs.parts.shape, classes.max() + 1))
    for part, said in zip(inputs.parts, chances, strict=True):
        learnt, held = part <= VALIDATION, part == OTHER
        fitted = make_rival(model, seed).fit(values[learnt], classes[learnt])
        said[np.ix_(held, fitted.classes_)] = fitted.predict_proba(values[held])
    return as_predictions(inputs, chances, name)


def make_rival(model: str, seed: int) -> Pipeline:
    """Make a classifier, one of :data:`RIVALS`; what fills and scales is learnt with it."""
    check_one_of(model, RIVALS, "The rival")
    if model == MAJORITY:
        last = DummyClassifier(strategy="prior")
    elif model == FOREST:
        last = RandomForestClassifier(
            200, min_samples_leaf=5, max_features="sqrt", n_jobs=1, random_state=seed
        )
    else:
        last = LogisticRegression(C=0.3, max_iter=2000)
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(fill, StandardScaler(), last)
