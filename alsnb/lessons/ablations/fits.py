"""Train forests on the features that rank highest, and keep what they predict."""

import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.design import make_design
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.settings import n_cores


@stored
def fit_ranked_forest(
    inputs: FitInputs, *, n_features: int, n_trees: int, seed: int
) -> pd.DataFrame:
    """Predict out of fold by a forest on few features, ranked in each fold; called by number."""
    report(f"forest on {n_features} features")
    design = make_design(scaling=None, ranking="forest", n_features=n_features, rank_scaled=False)
    forest = RandomForestRegressor(
        n_trees, min_samples_leaf=5, max_features=1 / 3, n_jobs=1, random_state=seed
    )
    model = make_pipeline(design, forest)
    return predict_out_of_fold(model, inputs, name=str(n_features), n_jobs=n_cores())
