"""Learn, on training patients only, how raw predictors become inputs of a model."""

from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns, check_one_of, listed, refuse
from alsnb.ranking import RANKINGS, rank_features

MOST_LEVELS = 10
"""A column of whole numbers with at most this many levels counts as discrete."""

MOST_SDS = 3.0
"""Where :class:`ClippedScaler` cuts off."""


def make_design(
    *,
    imputing: str = "median",
    scaling: str | None = "standard",
    ranking: str | None = None,
    n_features: int | None = None,
    max_missing: float = 0.30,
    rank_scaled: bool = True,
    seed: int = 0,
) -> Pipeline:
    """Make the steps from a table of predictors to the inputs of a model.

    Parameters
    ----------
    imputing : {"median", "mean"}
        What replaces a missing value; in discrete columns it is the commonest level.
    scaling : {"standard", "clipped", "minmax", "quantile"} or None
        Mean 0 and SD 1; the same, cut off at 3 SD; range 0 to 1, cut off there; ranks to a
        normal distribution; as they are.
    ranking : {"forest", "forest_of_thirds", "pearson"} or None
        How usefulness is judged, see :class:`RankedFeatures`.
    n_features : int, optional
        How many of the best features are kept; needs a ranking. All by default.
    max_missing : float
        Largest share of training patients in whom a kept column may be missing.
    rank_scaled : bool
        Whether features are ranked after they were scaled. Before it, one ranking serves
        every way of scaling, which saves a search over many of them most of its forests.
    seed : int
        Seed of the forest that ranks.

    Returns
    -------
    Pipeline
        Unfitted; takes and gives frames. ``fit`` sees training patients only, and
        ``get_feature_names_out`` names what is left.

    Raises
    ------
    BadInput
        If a setting has no such value or the settings contradict each other.
    """
    check_one_of(scaling, [*SCALERS, None], "scaling")
    if n_features is not None and ranking is None:
        raise refuse(
            "make_design",
            expected="a ranking with n_features",
            found=f"n_features={n_features} and ranking=None",
            remedy="Choose ranking='forest' or 'pearson', or keep all features.",
        )
    steps = [("select", InformativeFeatures(max_missing)), ("impute", Imputer(imputing))]
    later = [("scale", SCALERS[scaling]())] if scaling is not None else []
    if ranking is not None:
        later.append(("rank", RankedFeatures(ranking, n_features, seed=seed)))
    steps += later if rank_scaled else later[::-1]
    return Pipeline(steps).set_output(transform="pandas")


class _Selection(TransformerMixin, BaseEstimator):
    """Keep the columns named in ``kept_``."""

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return their names."""
        check_is_fitted(self, "kept_")
        return np.array(self.kept_, dtype=object)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the kept columns, in the order of the training table."""
        check_is_fitted(self, "kept_")
        return _check_same_columns(X, self.feature_names_in_)[self.kept_]


class InformativeFeatures(_Selection):
    """Drop columns that are mostly missing, or have a single value, in training.

    Parameters
    ----------
    max_missing : float
        Largest share of training patients in whom a kept column may be missing.
    columns : list of str, optional
        Columns to consider. All by default, and then other columns than in training
        are refused. ``kept_`` are those that are kept.
    """

    def __init__(self, max_missing: float = 0.30, columns: list[str] | None = None):
        self.max_missing = max_missing
        self.columns = columns

    def fit(self, X: pd.DataFrame, y: object = None) -> "InformativeFeatures":
        """Learn which columns to keep."""
        X = _check_table(X, self.columns)
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        informative = (X.max() > X.min()) & (X.isna().mean() <= self.max_missing)
        self.kept_ = list(X.columns[informative])
        if not self.kept_:
            raise refuse(
                "predictors of the training patients",
                expected=f"a varying column with at most {self.max_missing:.0%} missing",
                found=f"none among {listed(X.columns)}",
                remedy="Raise max_missing or pass other columns.",
            )
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the kept columns, in the order of the training table."""
        return super().transform(_check_table(X, self.columns))


class Imputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing values with what is typical of the training patients.

    Parameters
    ----------
    imputing : {"median", "mean"}
        For continuous columns. Discrete ones (whole numbers, at most ``MOST_LEVELS`` levels)
        get the commonest level, the lowest of them on a tie. ``fillings_`` are the values put in.
    """

    def __init__(self, imputing: str = "median"):
        self.imputing = imputing

    def fit(self, X: pd.DataFrame, y: object = None) -> "Imputer":
        """Learn the value to fill in for each column."""
        check_one_of(self.imputing, ["median", "mean"], "imputing")
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.n_features_in_ = X.shape[1]
        self.fillings_ = X.apply(_typical, imputing=self.imputing)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the table without missing values."""
        check_is_fitted(self, "fillings_")
        X = _check_same_columns(X, self.feature_names_in_)
        values = X.to_numpy()
        filled = np.where(np.isnan(values), self.fillings_.to_numpy(), values)
        return pd.DataFrame(filled, index=X.index, columns=X.columns)


class ClippedScaler(StandardScaler):
    """Scale each column to mean 0 and SD 1 in training, and cut it off at three SDs.

    A network follows a straggler far beyond all it was trained on; at three standard
    deviations it is still a straggler.
    """

    def transform(self, X: pd.DataFrame, copy: bool | None = None) -> pd.DataFrame:
        """Return scaled values between -3 and 3, shape (n_patients, n_features)."""
        return np.clip(super().transform(X, copy=copy), -MOST_SDS, MOST_SDS)


class NormalScores(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Map each column to the normal distribution through its ranks in training.

    Tied values share the middle of their ranks; between training values the score is
    interpolated, beyond them it stays (at about 3.3 for 1000 patients). ``knots_`` holds by column
    the distinct training values and their scores.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> "NormalScores":
        """Learn the score of every training value."""
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.n_features_in_ = len(X.columns)
        self.knots_ = [_knots(X[name].to_numpy(dtype=float)) for name in X.columns]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return normal scores, shape (n_patients, n_features)."""
        check_is_fitted(self, "knots_")
        X = _check_same_columns(X, self.feature_names_in_)
        scores = {
            name: np.interp(X[name].to_numpy(dtype=float), *knots)
            for name, knots in zip(X.columns, self.knots_, strict=True)
        }
        return pd.DataFrame(scores, index=X.index)


class RankedFeatures(_Selection):
    """Keep the features most useful for the target, judged on training patients.

    Parameters
    ----------
    ranking : {"forest", "forest_of_thirds", "pearson"}
        Impurity importance in a forest of 200 trees (see
        :func:`alsnb.ranking.make_ranking_forest`), or absolute correlation.
    n_features : int, optional
        How many to keep; all if there are fewer, or by default.
    seed : int
        Seed of the forest.

    Attributes
    ----------
    usefulness_ : Series of shape (n_features,)
        Usefulness by feature, best first; higher is better.
    kept_ : list of str
        The best features, in the order of the table.
    """

    def __init__(self, ranking: str = "forest", n_features: int | None = None, *, seed: int = 0):
        self.ranking = ranking
        self.n_features = n_features
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: object) -> "RankedFeatures":
        """Learn the order of the features."""
        check_one_of(self.ranking, RANKINGS, "ranking")
        if self.n_features is not None and self.n_features < 1:
            raise refuse(
                "n_features",
                expected="at least one feature",
                found=str(self.n_features),
                remedy="Raise it, or pass None to keep all.",
            )
        target = np.asarray(y, dtype=float).ravel()
        ranked = rank_features(X, target, self.ranking, seed=self.seed)
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.usefulness_ = ranked.set_index("feature")["usefulness"].rename_axis(None).rename(None)
        best = set(self.usefulness_.index[: self.n_features])
        self.kept_ = [name for name in X.columns if name in best]
        return self


SCALERS = {
    "standard": StandardScaler,
    "clipped": ClippedScaler,
    "minmax": partial(MinMaxScaler, clip=True),
    "quantile": NormalScores,
}


def _knots(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    levels, counts = np.unique(values, return_counts=True)
    return levels, norm.ppf((np.cumsum(counts) - counts / 2) / len(values))


def _typical(column: pd.Series, imputing: str) -> float:
    levels = column.dropna().unique()
    discrete = len(levels) <= MOST_LEVELS and bool(np.all(levels == np.round(levels)))
    return column.mode().iloc[0] if discrete else column.agg(imputing)


def _check_table(X: pd.DataFrame, columns: list[str] | None) -> pd.DataFrame:
    """Return the columns as floats, or say which of them holds no finite numbers."""
    if not isinstance(X, pd.DataFrame) or X.columns.has_duplicates:
        raise refuse(
            "predictors",
            expected="a DataFrame with one row per patient and a name for each column",
            found=f"a {type(X).__name__} without names or with repeated ones",
            remedy="Wrap it: pd.DataFrame(values, columns=names).",
        )
    if columns is not None:
        check_columns(X, columns, "predictors")
        X = X[list(columns)]
    words = [name for name, kind in X.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    numbers = X.drop(columns=words).astype(float)
    infinite = numbers.columns[np.isinf(numbers.to_numpy()).any(axis=0)]
    if words or len(infinite):
        raise refuse(
            "predictors",
            expected="finite numbers, or NaN where a value is missing",
            found=f"something else in {listed([*words, *infinite])}",
            remedy="Encode words as numbers and infinite values as NaN first.",
        )
    return numbers


def _check_same_columns(X: pd.DataFrame, names: np.ndarray) -> pd.DataFrame:
    """Return the table in the order of training, or say which columns differ."""
    missing = [name for name in names if name not in X.columns]
    unknown = X.columns.difference(names)
    if missing or len(unknown):
        raise refuse(
            "predictors",
            expected=f"the {len(names)} columns of the training patients",
            found=f"missing: {listed(missing) or 'none'}; unknown: {listed(unknown) or 'none'}",
            remedy="Derive the same features for training and held-out patients.",
        )
    return X[list(names)]
