"""Fit the classifiers that the networks of Paper B are compared with, on the same divisions."""

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.fits.imaging import LayeredInputs, as_predictions
from alsnb.models.ordinal import OrdinalRegression
from alsnb.models.together import OTHER, VALIDATION

MAJORITY, MULTINOMIAL, FOREST = "majority", "multinomial", "forest"
PLAIN, ORDINAL, COMPONENTS = "plain", "ordinal", "components"
RIVALS = (MAJORITY, PLAIN, MULTINOMIAL, ORDINAL, FOREST, COMPONENTS)
"""Shares of the classes, a multinomial regression without and with a ridge penalty, proportional
odds with the same penalty, a random forest, and a multinomial regression on principal components of
what is read."""

RIDGE = 0.3
"""scikit-learn's ``C`` of the ridge penalties: their inverse."""

NO_RIDGE = 1e3
"""So little that it only keeps finite what classes without an overlap would drive to infinity."""

N_COMPONENTS = 20
"""Principal components at most."""


@stored
@threadpool_limits.wrap(limits=1, user_api="blas")
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
        most = min(N_COMPONENTS, int(learnt.sum()) - 1, values.shape[1])
        fitted = make_rival(model, seed, n_components=most)
        fitted.fit(values[learnt], classes[learnt])
        said[np.ix_(held, fitted.classes_)] = fitted.predict_proba(values[held])
    return as_predictions(inputs, chances, name)


def make_rival(model: str, seed: int, *, n_components: int = N_COMPONENTS) -> Pipeline:
    """Make a classifier, one of :data:`RIVALS`; what fills and scales is learnt with it."""
    check_one_of(model, RIVALS, "The rival")
    fill = [SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()]
    ridge = LogisticRegression(C=RIDGE, max_iter=2000)
    if model == COMPONENTS:
        parts = PCA(n_components, svd_solver="full")
        # of equal size, so that the penalty does not favour the first ones
        return make_pipeline(*fill, parts, StandardScaler(), ridge)
    last = {
        MAJORITY: DummyClassifier(strategy="prior"),
        PLAIN: LogisticRegression(C=NO_RIDGE, max_iter=5000),
        MULTINOMIAL: ridge,
        ORDINAL: OrdinalRegression(penalty=1 / RIDGE),
        FOREST: RandomForestClassifier(
            200, min_samples_leaf=5, max_features="sqrt", n_jobs=1, random_state=seed
        ),
    }
    return make_pipeline(*fill, last[model])
