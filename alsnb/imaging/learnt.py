"""Make inputs of brains by what training subjects teach: edges to keep, effects to take out."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns, listed, refuse


class PresentEdges(TransformerMixin, BaseEstimator):
    """Keep the connections that enough training subjects have, as logarithms of their weights.

    Parameters
    ----------
    min_share : float
        Share of training subjects who must have a connection.
    take_log : bool
        Whether a weight becomes ``log(1 + weight)``, as suits counts of streamlines; a mean
        of fractional anisotropy stays as it is.

    Attributes
    ----------
    kept_ : list of str
        Names of the connections, in the order of the table.
    """

    def __init__(self, min_share: float = 0.5, take_log: bool = True):
        self.min_share = min_share
        self.take_log = take_log

    def fit(self, X: pd.DataFrame, y: object = None) -> "PresentEdges":
        """Learn which connections to keep from weights of training subjects.

        Raises
        ------
        BadInput
            If a weight is missing or negative, or no connection is kept.
        """
        _check_weights(X)
        share = (X > 0).mean()
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.kept_ = list(X.columns[(share >= self.min_share) & (share > 0)])
        if not self.kept_:
            raise refuse(
                "connections of the training subjects",
                expected=f"one that at least {self.min_share:.0%} of them have",
                found=f"none; the commonest is in {share.max():.0%}",
                remedy="Lower min_share.",
            )
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the kept connections of any subjects."""
        check_is_fitted(self, "kept_")
        check_columns(X, self.kept_, "connections")
        _check_weights(X[self.kept_])
        return np.log1p(X[self.kept_]) if self.take_log else X[self.kept_]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return their names."""
        check_is_fitted(self, "kept_")
        return np.array(self.kept_, dtype=object)


def _check_weights(X: pd.DataFrame) -> None:
    values = X.to_numpy(float)
    if not (values >= 0).all():
        raise refuse(
            "connections",
            expected="weights of 0 or more",
            found="one that is negative or missing",
            remedy="Pass what edge_weights gives.",
        )


class WithoutEffects(TransformerMixin, BaseEstimator):
    """Take out of each measure what head size, age or site explain of it in training subjects.

    For each measure a linear regression on the covariates is fitted to the training subjects
    who have it; what it says of a subject, compared with the mean subject of training, is
    subtracted. The covariates leave the table.

    Parameters
    ----------
    covariates : sequence of str
        Columns of the table. Numbers enter as they are, words as one indicator a level. Where a
        covariate is missing, or of a level that training lacks, nothing is taken out for it.

    Attributes
    ----------
    measures_ : list of str
        Names of the measures that are left.
    effects_ : DataFrame
        What is subtracted for each unit of each covariate: a row per covariate or level, a
        column per measure, in the units of the measure.
    """

    def __init__(self, covariates: tuple[str, ...] = ("eTIV_mm3",)):
        self.covariates = covariates

    def fit(self, X: pd.DataFrame, y: object = None) -> "WithoutEffects":
        """Learn the effects from training subjects.

        Raises
        ------
        BadInput
            If a covariate is missing from the table, or a measure holds no numbers.
        """
        check_columns(X, self.covariates, "measures of the brain")
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.measures_ = [name for name in X.columns if name not in self.covariates]
        words = [n for n in self.measures_ if not pd.api.types.is_numeric_dtype(X[n])]
        if words or not self.measures_:
            raise refuse(
                "measures of the brain",
                expected="numbers in all columns but the covariates",
                found=f"words in {listed(words)}" if words else "no such column",
                remedy="Name the columns of words among the covariates, or leave them out.",
            )
        self.levels_ = {
            name: sorted(X[name].dropna().unique())
            for name in self.covariates
            if not pd.api.types.is_numeric_dtype(X[name])
        }
        raw = self._columns(X)
        self.means_ = raw.mean().fillna(0.0)
        self.scales_ = raw.std(ddof=0).replace(0.0, 1.0).fillna(1.0)
        centred = self._centred(X)
        self.effects_ = pd.DataFrame(
            {name: _slopes(centred, X[name].to_numpy(float)) for name in self.measures_},
            index=raw.columns,
        ).div(self.scales_, axis=0)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the measures of any subjects without the effects."""
        check_is_fitted(self, "effects_")
        check_columns(X, [*self.covariates, *self.measures_], "measures of the brain")
        centred = self._centred(X) * self.scales_.to_numpy()
        return X[self.measures_] - centred @ self.effects_.to_numpy()

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the measures."""
        check_is_fitted(self, "effects_")
        return np.array(self.measures_, dtype=object)

    def _columns(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the covariates as numbers, words as a column per level but the first."""
        columns = {}
        for name in self.covariates:
            if name not in self.levels_:
                columns[name] = X[name].astype(float)
                continue
            known = X[name].isin(self.levels_[name])
            for level in self.levels_[name][1:]:
                columns[f"{name}={level}"] = (X[name] == level).astype(float).where(known)
        return pd.DataFrame(columns, index=X.index)

    def _centred(self, X: pd.DataFrame) -> np.ndarray:
        """Return the covariates less their training means, by their spread; 0 where missing."""
        return ((self._columns(X) - self.means_) / self.scales_).fillna(0.0).to_numpy()


def _slopes(centred: np.ndarray, measure: np.ndarray) -> np.ndarray:
    """Return the regression coefficients of a measure, of those who have it."""
    known = ~np.isnan(measure)
    design = np.column_stack([np.ones(known.sum()), centred[known]])
    return np.linalg.lstsq(design, measure[known], rcond=None)[0][1:]
