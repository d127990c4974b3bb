"""Train learners on the features that rank highest, and keep what they predict."""

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.pipeline import make_pipeline

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.design import make_design
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.settings import n_cores
from alsnb.vocabulary import BOOSTING, FOREST


@stored
def fit_ranked(
    inputs: FitInputs, learner: str, *, n_features: int | None, n_trees: int, seed: int
) -> pd.DataFrame:
    """Predict out of fold from the features that rank highest in each fold; called by number.

    ``learner`` is ``"boosting"`` or ``"forest"``. Without a number all features go in, unranked.
    """
    report(f"{learner} on {n_features or 'all'} features")
    ranking = "forest" if n_features else None
    design = make_design(scaling=None, ranking=ranking, n_features=n_features, rank_scaled=False)
    model = make_pipeline(design, _make_learner(learner, n_trees, seed))
    return predict_out_of_fold(model, inputs, name=str(n_features or 0), n_jobs=n_cores())


def _make_learner(learner: str, n_trees: int, seed: int) -> BaseEstimator:
    """Make a learner; the settings of boosting suit one column as well as a hundred.

    Trees of five leaves, each with 20 patients or more, that correct each other slowly. A forest
    grows each tree until five patients are left in a leaf: with one column it follows noise.
    """
    if learner == FOREST:
        return RandomForestRegressor(
            n_trees, min_samples_leaf=5, max_features=1 / 3, n_jobs=1, random_state=seed
        )
    if learner != BOOSTING:
        raise ValueError(learner)
    return HistGradientBoostingRegressor(
        learning_rate=0.04, max_iter=120, max_leaf_nodes=5, early_stopping=False, random_state=0
    )
