"""Make one learner with several ways of dealing with missing values.

The learner is boosting of trees on binned features, which can also leave a gap as it is. All
steps learn from training patients only.
"""

import numpy as np
import pandas as pd
from sklearn.base import (
    BaseEstimator,
    OneToOneFeatureMixin,
    RegressorMixin,
    TransformerMixin,
    clone,
)
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - makes the next line work
from sklearn.impute import IterativeImputer
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_one_of
from alsnb.design import Imputer, InformativeFeatures

MOST_MISSING = 0.5
"""A column that lacks more than this share of the training patients is left out."""

MEDIAN, MEAN, INDICATORS, NATIVE = "median", "mean", "indicators", "native"
MULTIPLE = "multiple"

WAYS = (MEDIAN, MEAN, INDICATORS, NATIVE, MULTIPLE)
"""Ways of dealing with a gap: filled with what is typical, the same with a column that says so,
left to the trees, and filled several times with plausible values."""


def make_with_gaps(way: str, seed: int, *, n_trees: int = 150, n_imputations: int = 5) -> Pipeline:
    """Make boosting of small trees that deals with gaps in one of the :data:`WAYS`.

    Parameters
    ----------
    way : str
        ``"multiple"`` fills the table ``n_imputations`` times with draws from chained Bayesian
        regressions on the eight most correlated columns (van Buuren and Groothuis-Oudshoorn
        2011), fits a model on each and averages what they predict. The slope is not among
        the columns: a held-out patient has none.
    seed : int
        Seed of the draws; the others have no chance in them.
    n_trees, n_imputations : int
        Trees of a model, and how often the table is filled.

    Returns
    -------
    Pipeline
        Unfitted; takes a table with gaps.
    """
    check_one_of(way, WAYS, "The way of dealing with gaps")
    boosting = HistGradientBoostingRegressor(
        learning_rate=0.04,
        max_iter=n_trees,
        max_leaf_nodes=6,
        min_samples_leaf=20,
        l2_regularization=10.0,
        early_stopping=False,
        random_state=0,
    )
    keep = InformativeFeatures(max_missing=MOST_MISSING)
    if way == NATIVE:
        return make_pipeline(keep, boosting)
    if way == INDICATORS:
        return make_pipeline(keep, FilledWithFlags(), boosting)
    if way == MULTIPLE:
        return make_pipeline(keep, MultiplyImputed(boosting, n_imputations, seed=seed))
    return make_pipeline(keep, Imputer(way), boosting)


class FilledWithFlags(TransformerMixin, BaseEstimator):
    """Fill gaps with the median, and add a column of ones and zeros for each column with a gap."""

    def fit(self, X: pd.DataFrame, y: object = None) -> "FilledWithFlags":
        """Learn the medians, and which columns have gaps in training."""
        self.filler_ = Imputer().fit(X)
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.flagged_ = list(X.columns[X.isna().any()])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the filled table and its flags, 1 where there was a gap."""
        check_is_fitted(self, "filler_")
        flags = X[self.flagged_].isna().astype(float).add_prefix("no_")
        return pd.concat([self.filler_.transform(X), flags], axis=1)


class DrawnValues(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill gaps with draws from what regressions on the other columns leave possible.

    Parameters
    ----------
    seed : int
        Seed of the draws, of training and of new patients.
    """

    def __init__(self, *, seed: int = 0):
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: object = None) -> "DrawnValues":
        """Learn the regressions, column by column and twice round."""
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.n_features_in_ = X.shape[1]
        # a value beyond all that was seen, times a steep line, is no plausible value
        low, high = X.min().to_numpy(), X.max().to_numpy()
        self.chain_ = IterativeImputer(
            BayesianRidge(max_iter=30),
            sample_posterior=True,
            max_iter=2,
            n_nearest_features=min(8, X.shape[1]),
            min_value=low,
            max_value=high,
            random_state=self.seed,
        )
        self.chain_.fit(X.to_numpy(dtype=float))
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the table with values in its gaps."""
        check_is_fitted(self, "chain_")
        # the same table gets the same draws, however often it is filled
        self.chain_.random_state_ = np.random.RandomState(self.seed + 1)
        filled = self.chain_.transform(X.to_numpy(dtype=float))
        return pd.DataFrame(filled, index=X.index, columns=X.columns)


class MultiplyImputed(RegressorMixin, BaseEstimator):
    """Average models of tables whose gaps were filled several times (Rubin 1987).

    Parameters
    ----------
    model : estimator
        What is fitted to each filled table.
    n_imputations : int
        How often the table is filled.
    seed : int
        Start of the seeds of the draws.
    """

    def __init__(self, model: BaseEstimator, n_imputations: int = 5, *, seed: int = 0):
        self.model = model
        self.n_imputations = n_imputations
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> "MultiplyImputed":
        """Fit a model to each filling."""
        drawn = [DrawnValues(seed=self.seed + 1000 * k) for k in range(self.n_imputations)]
        self.members_ = [make_pipeline(one, clone(self.model)).fit(X, y) for one in drawn]
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the mean of the members' predictions, shape (n_patients,)."""
        check_is_fitted(self, "members_")
        return np.mean([member.predict(X) for member in self.members_], axis=0)
