"""Turn the table of predictors into what a network reads, as learnt on training patients."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns
from alsnb.design import SCALERS
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS


class NetworkInputs(TransformerMixin, BaseEstimator):
    """Prepare features of the patient and, for networks that read them, the questionnaires.

    Parameters
    ----------
    design : Pipeline
        Unfitted, from :func:`alsnb.design.make_design`; prepares the features.
    visits : bool
        Whether the questionnaires go in, visit by visit.
    leave_out : sequence of str
        Features that are not passed on although they were ranked: with the questionnaires,
        Pancotti et al. (2022) leave out what was derived from them.
    scaling : str
        How the rows of the questionnaires are scaled, as in the design.

    Attributes
    ----------
    design_ : Pipeline
        The fitted design.
    names_ : list of str
        Features that are passed on.
    fillings_ : array of shape (11,)
        Median of each row of the questionnaires among training patients, for gaps.
    scaler_ : transformer
        Learnt from all visits of the training patients; an item is one scale, whichever
        visit it was asked at.
    """

    def __init__(
        self,
        design: Pipeline,
        *,
        visits: bool = False,
        leave_out: Sequence[str] = (),
        scaling: str = "standard",
    ):
        self.design = design
        self.visits = visits
        self.leave_out = leave_out
        self.scaling = scaling

    def fit(self, X: pd.DataFrame, y: object) -> Self:
        """Learn from training patients.

        Parameters
        ----------
        X : DataFrame of shape (n_patients, n_columns)
            Features and, if they are read, the columns
            :data:`alsnb.features.questionnaire.VISIT_COLUMNS`.
        y : array of shape (n_patients,)
            The target, by which features are ranked.

        Raises
        ------
        BadInput
            If a column is absent or no feature is left.
        """
        self.design_ = clone(self.design).fit(X, y)
        kept = self.design_.get_feature_names_out()
        self.names_ = [name for name in kept if name not in set(self.leave_out)]
        if self.visits:
            cells = _pictures(X)
            self.fillings_ = np.nanmedian(cells, axis=(0, 2))
            scaler = SCALERS[self.scaling]().set_output(transform="default")
            self.scaler_ = scaler.fit(_filled(cells, self.fillings_))
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray | dict[str, np.ndarray]:
        """Return what the network reads.

        Parameters
        ----------
        X : DataFrame of shape (n_patients, n_columns)
            As in :meth:`fit`, of any patients.

        Returns
        -------
        array or dict of arrays
            ``features`` (n_patients, n_features) alone, or under that name beside ``visits``
            (n_patients, 11, 5); without features, ``visits`` alone in the dict.
        """
        check_is_fitted(self, "design_")
        features = self.design_.transform(X)[self.names_].to_numpy(dtype="float32")
        if not self.visits:
            return features
        rows = self.scaler_.transform(_filled(_pictures(X), self.fillings_))
        visits = rows.reshape(len(X), N_VISITS, len(ROWS)).transpose(0, 2, 1)
        inputs = {"visits": np.ascontiguousarray(visits, dtype="float32")}
        return inputs | ({"features": features} if self.names_ else {})


def _pictures(X: pd.DataFrame) -> np.ndarray:
    """Return the questionnaires of a table, shape (n_patients, 11, 5)."""
    check_columns(X, VISIT_COLUMNS, "predictors")
    return X[list(VISIT_COLUMNS)].to_numpy(dtype=float).reshape(len(X), len(ROWS), N_VISITS)


def _filled(cells: np.ndarray, fillings: np.ndarray) -> np.ndarray:
    """Return a row per visit without gaps, shape (n_patients * 5, 11)."""
    rows = cells.transpose(0, 2, 1).reshape(-1, cells.shape[1])
    return np.where(np.isnan(rows), fillings, rows)
