"""Train the chapter's learner in folds, with each way of dealing with gaps."""

from functools import partial

import pandas as pd

from alsnb.compute.store import stored
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.models.gaps import make_with_gaps
from alsnb.settings import n_cores


@stored
def fit_way(
    inputs: FitInputs, way: str, *, n_trees: int, n_imputations: int, seed: int, name: str = ""
) -> pd.DataFrame:
    """Return out-of-fold predictions of boosting that deals with gaps in one way."""
    sizes = {"n_trees": n_trees, "n_imputations": n_imputations}
    make = partial(make_with_gaps, way, seed, **sizes)
    return predict_out_of_fold(make, inputs, name=name or way, seed=seed, n_jobs=n_cores())
