"""The stored training of the chapter: learnt from features of a longer window than is used."""

import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin

from alsnb.compute.store import stored
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.fits.references import WITHOUT_SEED, make_reference
from alsnb.settings import n_cores

LATER = "later "
"""Before the names of the features of the longer window."""


class _TrainedOnLater(RegressorMixin, BaseEstimator):
    """Fit a model on the columns named :data:`LATER`, and let it predict from the others."""

    def __init__(self, model: object):
        self.model = model

    def fit(self, X: pd.DataFrame, y: pd.Series) -> "_TrainedOnLater":
        columns = [name for name in X if name.startswith(LATER)]
        self.model.fit(X[columns].rename(columns=lambda name: name.removeprefix(LATER)), y)
        return self

    def predict(self, X: pd.DataFrame) -> object:
        return self.model.predict(X[[name for name in X if not name.startswith(LATER)]])


@stored
def cross_validate_on_later(
    inputs: FitInputs, model: str, *, size: int = 0, seed: int
) -> pd.DataFrame:
    """Return out-of-fold predictions from the shorter window, learnt from the longer one.

    The inputs have every feature twice: as the shorter window has it and, named :data:`LATER`,
    as the longer one has.
    """
    names = [name for name in inputs.features if not name.startswith(LATER)]
    make, is_fixed = make_reference(model, names, size), model in WITHOUT_SEED
    trained = _TrainedOnLater(make() if is_fixed else make(seed))
    return predict_out_of_fold(trained, inputs, name=model, n_jobs=1 if is_fixed else n_cores())
