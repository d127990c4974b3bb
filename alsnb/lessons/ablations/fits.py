"""Train forests on the features that rank highest, and keep what they predict."""

import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.design import make_design
from alsnb.evaluation.crossval import cross_validate
from alsnb.fits.inputs import FitInputs
from alsnb.settings import n_cores


@stored
def fit_ranked_forest(
    inputs: FitInputs, *, n_features: int, n_trees: int, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold predictions of a forest on few features, ranked in each fold.

    Returns
    -------
    DataFrame
        A predictions frame; its "model" is the number of features.
    """
    report(f"forest on {n_features} features")
    design = make_design(scaling=None, ranking="forest", n_features=n_features, rank_scaled=False)
    forest = RandomForestRegressor(
        n_trees, min_samples_leaf=5, max_features=1 / 3, n_jobs=1, random_state=seed
    )
    return cross_validate(
        make_pipeline(design, forest),
        inputs.table,
        inputs.target,
        inputs.folds(),
        name=str(n_features),
        n_jobs=n_cores(),
    )
