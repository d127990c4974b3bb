"""Make the models that a network has to beat.

Every function returns an unfitted scikit-learn estimator that takes the frame of predictors,
missing values included. All run on one thread: the caller fits folds in parallel, and sums
taken by several threads differ in their last bits. ``columns`` names the predictors to use, all
by default; ``seed`` decides everything random; ``n_trees`` counts the trees.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import LassoCV, LinearRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns
from alsnb.design import Imputer, InformativeFeatures, make_design


def make_mean() -> DummyRegressor:
    """Make the model that predicts the mean of the training patients for everyone."""
    return DummyRegressor(strategy="mean")


def make_onset(column: str = "log_onset_delta") -> "FromOneColumn":
    """Make a linear regression on one column, by default the logarithm of the time since onset.

    That is the strongest single predictor of the slope, and a bar for all others.
    """
    return FromOneColumn(column, LinearRegression(), make_mean())


def make_ridge(*, columns: Sequence[str] | None = None) -> Pipeline:
    """Make a ridge regression on normal scores, its penalty chosen by inner validation.

    Leave-one-out errors of the training patients choose among 31 penalties.
    """
    ridge = RidgeCV(np.logspace(0, 4.5, 31))
    return make_pipeline(_select(columns, scaling="quantile"), StandardScaler(), ridge)


def make_lasso(*, columns: Sequence[str] | None = None) -> Pipeline:
    """Make a lasso on normal scores, its penalty chosen by inner cross-validation.

    Ten folds of the training patients choose among 40 penalties. The normal scores matter:
    summaries of visits have heavy tails that a linear model follows.
    """
    lasso = LassoCV(alphas=40, eps=0.03, cv=10, max_iter=20_000, n_jobs=1)
    return make_pipeline(_select(columns, scaling="quantile"), StandardScaler(), lasso)


def make_support_vectors(seed: int, n_features: int = 40) -> Pipeline:
    """Make a support vector regression with a Gaussian kernel on normal scores.

    A smooth surface, where the other models here are planes or steps. The ``n_features`` that a
    forest ranks highest go in; the width of the kernel suits some 40.
    """
    design = make_design(
        scaling="quantile", ranking="forest_of_thirds", n_features=n_features, seed=seed
    )
    return make_pipeline(design, StandardScaler(), SVR(C=0.5, gamma=0.005, epsilon=0.2))


def make_forest(
    seed: int,
    n_trees: int = 500,
    *,
    min_samples_leaf: int = 5,
    max_features: float = 1 / 3,
    columns: Sequence[str] | None = None,
) -> Pipeline:
    """Make a random forest, by default with the settings customary for regression.

    At least five patients in a leaf (``min_samples_leaf``), a third of the features tried at a
    split (``max_features``, a share). More trees cost time and never harm.
    """
    forest = RandomForestRegressor(
        n_trees,
        min_samples_leaf=min_samples_leaf,
        max_features=max_features,
        n_jobs=1,
        random_state=seed,
    )
    return make_pipeline(_select(columns, scaling=None), forest)


def make_boosting(
    seed: int, n_trees: int = 200, *, n_runs: int = 5, columns: Sequence[str] | None = None
) -> Pipeline:
    """Make small trees that each correct the sum of those before them.

    Four leaves per tree; each tree sees half of the patients, each split the square root of the
    number of features (Friedman 2002). The Huber loss keeps the 5 % of patients with the largest
    errors from steering the trees. ``n_trees`` of a run belong to the learning rate of 0.03, and no
    patient is set aside to stop early; ``n_runs`` with other draws are averaged.
    """
    run = GradientBoostingRegressor(
        loss="huber",
        alpha=0.95,
        learning_rate=0.03,
        n_estimators=n_trees,
        max_leaf_nodes=4,
        min_samples_leaf=10,
        max_features="sqrt",
        subsample=0.5,
    )
    runs = BaggingRegressor(run, n_runs, bootstrap=False, n_jobs=1, random_state=seed)
    return make_pipeline(_select(columns, scaling=None), runs)


def make_histogram_boosting(
    n_trees: int = 300,
    *,
    seed: int = 0,
    learning_rate: float = 0.02,
    max_leaf_nodes: int = 5,
    min_samples_leaf: int = 20,
    l2_regularization: float = 0.0,
    max_features: float = 1.0,
    columns: Sequence[str] | None = None,
) -> Pipeline:
    """Make boosting of small trees on binned features, by default with textbook settings.

    Four splits per tree and all features tried at each, as Efron and Hastie (2016, section 17.2)
    set it; the number of trees belongs to the learning rate of 0.02. There is chance in it only
    if a share of the features, ``max_features``, is tried at a split. The other settings are named
    as in scikit-learn; no patient is set aside to stop early.
    """
    boosting = HistGradientBoostingRegressor(
        learning_rate=learning_rate,
        max_iter=n_trees,
        max_leaf_nodes=max_leaf_nodes,
        min_samples_leaf=min_samples_leaf,
        l2_regularization=l2_regularization,
        max_features=max_features,
        early_stopping=False,
        random_state=seed,
    )
    return make_pipeline(_select(columns, scaling=None), boosting)


def make_bart(
    seed: int, n_trees: int = 100, *, n_draws: int = 500, columns: Sequence[str] | None = None
) -> Pipeline:
    """Make Bayesian additive regression trees, ``n_trees`` in a sum; see :class:`BartRegressor`."""
    bart = BartRegressor(n_trees=n_trees, n_draws=n_draws, seed=seed)
    return make_pipeline(_select(columns, scaling=None), bart)


def _select(columns: Sequence[str] | None, *, scaling: str | None) -> Pipeline:
    """Make the design of a model that uses some columns of the table or all."""
    design = make_design(scaling=scaling)
    return design if columns is None else design.set_params(select__columns=list(columns))


class BartRegressor(RegressorMixin, BaseEstimator):
    """Predict the posterior mean of Bayesian additive regression trees.

    The sampler of stochtree (Chipman, George and McCulloch 2010), on the target scaled to
    an SD of 1. The first ``n_draws`` draws are dropped.

    Parameters
    ----------
    n_trees : int
        Trees in each draw of the sum.
    n_draws : int
        Draws from the posterior that are averaged.
    prior_variance : float
        Variance of the sum of trees before anything is learnt, as a share of the
        target's. Small values shrink towards the mean.
    seed : int
        Seed of the sampler.
    """

    # No sample weights, so scikit-learn adds no method to ask for them.
    __metadata_request__score = {"sample_weight": UNUSED}

    def __init__(
        self, *, n_trees: int = 100, n_draws: int = 500, prior_variance: float = 0.3, seed: int = 0
    ):
        self.n_trees = n_trees
        self.n_draws = n_draws
        self.prior_variance = prior_variance
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> "BartRegressor":
        """Draw trees from their posterior, given the training patients."""
        # Its import is slow and only this model needs it.
        from stochtree import BARTModel

        self.n_features_in_ = X.shape[1]
        self.model_ = BARTModel()
        self.model_.sample(
            X_train=np.array(X, dtype=float),
            y_train=np.asarray(y, dtype=float),
            num_gfr=0,
            num_burnin=self.n_draws,
            num_mcmc=self.n_draws,
            general_params={"random_seed": self.seed, "num_threads": 1},
            mean_forest_params={
                "num_trees": self.n_trees,
                "sigma2_leaf_init": self.prior_variance / self.n_trees,
                "sample_sigma2_leaf": False,
            },
        )
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the mean over the draws, shape (n_patients,)."""
        check_is_fitted(self, "model_")
        # a copy, here as in fit: stochtree refuses an array that it may not write to
        return self.model_.predict(np.array(X, dtype=float), type="mean", terms="y_hat")


class FromOneColumn(RegressorMixin, BaseEstimator):
    """Predict from one column, a gap filled with its median, or else without any.

    The latter where the column has fewer than two values among the training patients, as in a
    release that records it of nobody. ``fitted_`` is what was fitted.

    Parameters
    ----------
    column : str
        Which of the predictors.
    model, otherwise : estimator
        What predicts from the column, and what predicts without.
    """

    def __init__(self, column: str, model: BaseEstimator, otherwise: BaseEstimator):
        self.column = column
        self.model = model
        self.otherwise = otherwise

    def fit(self, X: pd.DataFrame, y: object) -> "FromOneColumn":
        """Fit the one or the other."""
        check_columns(X, [self.column], "predictors")
        if X[self.column].nunique() < 2:
            self.fitted_ = clone(self.otherwise).fit(X, y)
            return self
        # whatever its share of gaps: there is no other column
        select = InformativeFeatures(max_missing=1.0, columns=[self.column])
        self.fitted_ = make_pipeline(select, Imputer(), clone(self.model)).fit(X, y)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return the predictions, shape (n_patients,)."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.predict(X)
