"""What a stored training is made from: numbers, and who is held out when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import check_columns
from alsnb.compute.progress import report_step
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.splits import Fold

NOT_HELD_OUT = -1
"""The fold of patients whom a single split only learns from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FitInputs:
    """Predictors, target and roles of the patients, as one value that a key can be made of.

    Attributes
    ----------
    predictors : DataFrame of shape (n_patients, n_columns)
        Indexed by patient, as the ``target`` is: a slope, or whatever else is predicted.
    fold_of : DataFrame of shape (n_patients, n_repeats)
        The fold in which each patient is held out, a column per repeat; for a single split 0,
        or :data:`NOT_HELD_OUT` for those who are learnt from.
    features : tuple of str
        Columns that models may use.
    leave_out : tuple of str
        Features that a network which reads the questionnaires does not get.
    """

    predictors: pd.DataFrame
    target: pd.Series
    fold_of: pd.DataFrame
    features: tuple[str, ...]
    leave_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        # what stands in the frames is not for a page
        return f"FitInputs({len(self.predictors):,} patients, {len(self.features)} features)"

    @property
    def table(self) -> pd.DataFrame:
        """The columns that models may use, with their gaps."""
        return self.predictors[list(self.features)]

    def folds(self) -> list[Fold]:
        """Return the folds, by repeat and then by fold; of a single split, the one fold."""
        keys, found = self.fold_of.index, []
        for repeat, numbers in enumerate(self.fold_of.to_numpy().T):
            for number in np.unique(numbers[numbers >= 0]).tolist():
                out = numbers == number
                found.append(Fold(repeat, number, keys[~out], keys[out]))
        return found


def make_inputs(
    predictors: pd.DataFrame,
    target: pd.Series,
    folds: Sequence[Fold],
    *,
    features: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
) -> FitInputs:
    """Return the inputs of a cross-validation, or of one split if there is a single fold.

    Parameters
    ----------
    predictors, target : DataFrame, Series
        Of the patients in the folds, in the order in which models see them; patients in none
        are left away.
    folds : sequence of Fold
        From :func:`alsnb.splits.make_folds`, or one from :func:`alsnb.splits.hold_out`.
    features, leave_out : as in :class:`FitInputs`
        By default, all columns may be used.

    Raises
    ------
    alsnb.checks.BadInput
        If a feature is not among the predictors.
    """
    features = tuple(predictors.columns if features is None else features)
    check_columns(predictors, features, "predictors")
    n_repeats = 1 + max(fold.repeat for fold in folds)
    fold_of = pd.DataFrame(NOT_HELD_OUT, index=predictors.index, columns=range(n_repeats))
    is_there = np.zeros(len(predictors), dtype=bool)
    for fold in folds:
        fold_of.loc[predictors.index.isin(fold.test), fold.repeat] = fold.fold
        is_there |= predictors.index.isin(fold.train) | predictors.index.isin(fold.test)
    return FitInputs(
        predictors=predictors[is_there],
        target=target.loc[predictors.index[is_there]],
        fold_of=fold_of[is_there],
        features=features,
        leave_out=tuple(leave_out),
    )


def predict_out_of_fold(
    make_model: object, inputs: FitInputs, *, name: str, parts: bool = False, **how: int
) -> pd.DataFrame:
    """Cross-validate a model on the features, or on all predictors if ``parts`` is true.

    The model and what else goes in (``how``) are as in :mod:`alsnb.evaluation.crossval`.
    """
    columns = inputs.predictors if parts else inputs.table
    how |= {"name": name, "progress": report_step}
    return cross_validate(make_model, columns, inputs.target, inputs.folds(), **how)


def predict_split(
    make_model: object, inputs: FitInputs, *, name: str, parts: bool = False, **how: int
) -> pd.DataFrame:
    """Predict the patients held out of one split, as :func:`predict_out_of_fold` does folds."""
    (split,) = inputs.folds()
    columns = inputs.predictors if parts else inputs.table
    how |= {"name": name, "progress": report_step, "train": split.train, "test": split.test}
    return predict_held_out(make_model, columns, inputs.target, **how)
