"""Turn the table of predictors into what a network reads, as learnt on training patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns
from alsnb.design import SCALERS
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS


@dataclass(frozen=True)
class Part:
    """What a network reads as an array of its own, beside the features of the patient.

    ``name`` is that of the network's input, ``columns`` those of the table, in the order of the
    array's cells, and ``shape`` that of one patient's array. Along its first axis are kinds of
    values: each kind is filled and scaled as one, wherever it stands along the others.
    """

    name: str
    columns: tuple[str, ...]
    shape: tuple[int, ...]

    def cells(self, X: pd.DataFrame) -> np.ndarray:
        """Return a row per value of every kind, shape (n_patients * n_others, n_kinds)."""
        check_columns(X, self.columns, "predictors")
        cells = X[list(self.columns)].to_numpy(dtype=float).reshape(len(X), self.shape[0], -1)
        return cells.transpose(0, 2, 1).reshape(-1, self.shape[0])

    def array(self, cells: np.ndarray) -> np.ndarray:
        """Return what :meth:`cells` gave in the shape of the input, (n_patients, ...)."""
        n_kinds, n_others = self.shape[0], prod(self.shape[1:])
        kinds_first = cells.reshape(-1, n_others, n_kinds).transpose(0, 2, 1)
        return np.ascontiguousarray(kinds_first.reshape(-1, *self.shape), dtype="float32")


VISITS = Part("visits", VISIT_COLUMNS, (len(ROWS), N_VISITS))
"""The questionnaires of a patient: ten items and the months, visit by visit."""


class NetworkInputs(TransformerMixin, BaseEstimator):
    """Prepare features of the patient and whatever else a network reads, each under its name.

    Parameters
    ----------
    design : Pipeline
        Unfitted, from :func:`alsnb.design.make_design`; prepares the features.
    parts : sequence of Part
        What goes in beside the features, such as :data:`VISITS`.
    leave_out : sequence of str
        Features that are not passed on although they were ranked: with the questionnaires,
        Pancotti et al. (2022) leave out what was derived from them.
    scaling : str
        How the kinds of values of each part are scaled, as in the design.

    Attributes
    ----------
    design_, names_ : Pipeline, list of str
        The fitted design, and the features that are passed on.
    fillings_ : dict of arrays of shape (n_kinds,)
        By part, the median of each kind of value among training patients, for gaps; 0 if none of
        them has one.
    scalers_ : dict of transformers
        By part, learnt from all values of the training patients; a question is one scale,
        whichever visit it was asked at.
    """

    def __init__(
        self,
        design: Pipeline,
        *,
        parts: Sequence[Part] = (),
        leave_out: Sequence[str] = (),
        scaling: str = "standard",
    ):
        self.design = design
        self.parts = parts
        self.leave_out = leave_out
        self.scaling = scaling

    def fit(self, X: pd.DataFrame, y: object) -> Self:
        """Learn from training patients, whose target ranks the features.

        ``X`` holds the features, and the columns of the parts. Refused if a column is absent or no
        feature is left.
        """
        self.design_ = clone(self.design).fit(X, y)
        kept = self.design_.get_feature_names_out()
        self.names_ = [name for name in kept if name not in set(self.leave_out)]
        self.fillings_, self.scalers_ = {}, {}
        for part in self.parts:
            cells = part.cells(X)
            known = ~np.isnan(cells).all(axis=0)
            # what is recorded of nobody is nought for everybody
            self.fillings_[part.name] = np.zeros(cells.shape[1])
            self.fillings_[part.name][known] = np.nanmedian(cells[:, known], axis=0)
            self.scalers_[part.name] = self.make_scaler().fit(self._filled(part, cells))
        return self

    def make_scaler(self) -> TransformerMixin:
        """Return the unfitted scaler of a part."""
        return SCALERS[self.scaling]().set_output(transform="default")

    def transform(self, X: pd.DataFrame) -> np.ndarray | dict[str, np.ndarray]:
        """Return what the network reads of any patients.

        The features (n_patients, n_features) alone, or in a dict as ``features`` beside every part
        under its name (n_patients, ...); without features the parts alone.
        """
        check_is_fitted(self, "design_")
        features = self.design_.transform(X)[self.names_].to_numpy(dtype="float32")
        if not self.parts:
            return features
        inputs = {"features": features} if self.names_ else {}
        for part in self.parts:
            cells = self._filled(part, part.cells(X))
            inputs[part.name] = part.array(self.scalers_[part.name].transform(cells))
        return inputs

    def _filled(self, part: Part, cells: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(cells), self.fillings_[part.name], cells)
