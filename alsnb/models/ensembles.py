"""Combine the predictions of several models, from the predictions frame alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from alsnb.checks import check_columns, listed, refuse
from alsnb.schema import FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT

PULL = 0.02
"""How strongly weights are drawn to equality; see :func:`learn_weights`."""

PULLS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""The strengths among which :func:`choose_pull` chooses."""

_ROW = [PATIENT, SPLIT, REPEAT, FOLD, OBSERVED]


def average(predictions: pd.DataFrame, models: Sequence[str], name: str) -> pd.DataFrame:
    """Average the predictions of several models, all with the same weight.

    Parameters
    ----------
    predictions : DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`); the rows of the average come back.
    models : sequence of str
        Models to average; each must have predicted the same patients, repeats and folds.
    name : str
        Name of the average in the column ``model``.
    """
    wide = _one_column_per_model(predictions, models)
    return _as_predictions(wide, pd.Series(1 / wide.shape[1], index=wide.columns), name)


def learn_weights(
    out_of_fold: pd.DataFrame, models: Sequence[str] | None = None, *, pull: float = PULL
) -> pd.Series:
    """Learn how much each model should count in their average, a weight by model.

    The weights are at least zero and sum to one, without an intercept. The models are
    fitted to the same target, so each is unbiased on average and a common factor is all
    that an intercept and a free sum could add; a mixture also never predicts beyond its
    members. Where shrinking to the mean would help, put the mean model among the members.

    Parameters
    ----------
    out_of_fold : DataFrame
        A predictions frame of training patients, each predicted by models that did not
        learn from them.
    models : sequence of str, optional
        Members; all models of the frame by default.
    pull : float
        Penalty on the squared distance from equal weights, in units of the members' mean
        squared error. 0 minimises the error alone; with a large value the weights are
        equal. Members err alike, so even small values matter.

    Raises
    ------
    BadInput
        If the models have not predicted the same patients, or the pull is negative.
    """
    if pull < 0:
        raise refuse(
            "learn_weights",
            expected="a pull of at least 0",
            found=str(pull),
            remedy="Pass 0 for weights that minimise the error alone.",
        )
    check_columns(out_of_fold, PREDICTIONS, "out-of-fold predictions")
    members = list(out_of_fold[MODEL].unique() if models is None else models)
    return _weights(_one_column_per_model(out_of_fold, members), pull)


def choose_pull(out_of_fold: pd.DataFrame, models: Sequence[str]) -> float:
    """Choose how strongly weights are drawn to equality, by the rule of one standard error.

    Of the strengths (:data:`PULLS`) whose cross-validated error lies within one standard error of
    the smallest, the strongest is taken, as is customary for the penalty of a lasso: models whose
    settings were chosen on these patients look better here than they are, and nearly equal weights
    are the answer that trusts such differences least. The arguments are those of :func:`stack`.

    References
    ----------
    Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984.
    """
    by_fold = {}
    for pull in PULLS:
        stacked = stack(out_of_fold, out_of_fold[:0], models, "stack", pull=pull)
        errors = (stacked[OBSERVED] - stacked[PREDICTED]) ** 2
        by_fold[pull] = errors.groupby([stacked[REPEAT], stacked[FOLD]]).mean()
    means = pd.Series({pull: folds.mean() for pull, folds in by_fold.items()})
    best = by_fold[means.idxmin()]
    standard_error = best.std() / np.sqrt(len(best.groupby(FOLD)))
    return float(max(means.index[means <= means.min() + standard_error]))


def stack(
    out_of_fold: pd.DataFrame,
    predictions: pd.DataFrame,
    models: Sequence[str],
    name: str,
    *,
    pull: float = PULL,
) -> pd.DataFrame:
    """Average several models with weights learnt on training patients.

    As in all stacking, models that predicted the other folds had learnt from the fold left
    out; only the few weights could carry that over (Wolpert 1992; Breiman 1996).

    Parameters
    ----------
    out_of_fold : DataFrame
        Predictions frame of the training patients; the weights are learnt here.
    predictions : DataFrame
        Predictions frame of other patients, to which the weights are applied. May be empty.
    models, name, pull : as in :func:`average` and :func:`learn_weights`

    Returns
    -------
    DataFrame
        A predictions frame with the rows of the stack only: first the training patients,
        each with weights learnt without the patients of their own fold, then the others.

    Raises
    ------
    BadInput
        If a patient is in both frames, or the models have not predicted the same patients.
    """
    _check_apart(out_of_fold, predictions)
    members = _one_column_per_model(out_of_fold, models)
    parts = [_stack_out_of_fold(members, name, pull)]
    if len(predictions):
        others = _one_column_per_model(predictions, models)
        parts.append(_as_predictions(others, _weights(members, pull), name))
    return pd.concat(parts, ignore_index=True)


def _stack_out_of_fold(members: pd.DataFrame, name: str, pull: float) -> pd.DataFrame:
    patients = members.index.get_level_values(PATIENT)
    parts = []
    for _, held_out in members.groupby(level=[REPEAT, FOLD]):
        # By patient and not by fold, because other repeats hold the same patients.
        others = members[~patients.isin(held_out.index.get_level_values(PATIENT))]
        if others.empty:
            raise refuse(
                "out-of-fold predictions",
                expected="at least two folds",
                found="one fold with all patients",
                remedy="Predict the training patients by cross-validation.",
            )
        parts.append(_as_predictions(held_out, _weights(others, pull), name))
    return pd.concat(parts, ignore_index=True)


def _weights(members: pd.DataFrame, pull: float) -> pd.Series:
    """Minimise the mean squared error of the mixture, with a pull to equal weights."""
    errors = members.sub(members.index.get_level_values(OBSERVED), axis=0).to_numpy()
    products = errors.T @ errors / len(errors)
    unit = np.trace(products) / len(products)
    n_models = len(products)
    equal = np.full(n_models, 1 / n_models)
    curve = products / unit + pull * np.eye(n_models)
    solution = minimize(
        lambda weights: weights @ curve @ weights - 2 * pull * equal @ weights,
        equal,
        jac=lambda weights: 2 * curve @ weights - 2 * pull * equal,
        bounds=[(0, 1)] * n_models,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weights = np.clip(solution.x, 0, None)
    return pd.Series(weights / weights.sum(), index=members.columns, name="weight")


def _one_column_per_model(predictions: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Return predictions by patient and fold, shape (n_predictions, n_models)."""
    check_columns(predictions, PREDICTIONS, "predictions")
    models = list(models)
    rows = predictions[predictions[MODEL].isin(models)]
    twice = rows.duplicated([*_ROW, MODEL]).any()
    wide = None if twice else rows.pivot(index=_ROW, columns=MODEL, values=PREDICTED)  # noqa: PD010
    absent = [model for model in models if twice or model not in wide.columns]
    if twice or absent or not models or wide.isna().any(axis=None):
        partial = [] if twice or absent else wide.columns[wide.isna().any()]
        raise refuse(
            "predictions to combine",
            expected="one prediction of every model for the same patients, repeats and folds",
            found="some rows twice" if twice else f"gaps in {listed([*absent, *partial]) or 'all'}",
            remedy="Predict with every model on the same folds, and with one observed value.",
        )
    return wide[models]


def _as_predictions(wide: pd.DataFrame, weights: pd.Series, name: str) -> pd.DataFrame:
    combined = (wide * weights).sum(axis=1).rename(PREDICTED).reset_index()
    return combined.assign(**{MODEL: name})[list(PREDICTIONS)]


def _check_apart(out_of_fold: pd.DataFrame, predictions: pd.DataFrame) -> None:
    check_columns(out_of_fold, PREDICTIONS, "out-of-fold predictions")
    check_columns(predictions, PREDICTIONS, "predictions")
    both = sorted(set(out_of_fold[PATIENT]) & set(predictions[PATIENT]), key=str)
    if both:
        raise refuse(
            "stack",
            expected="patients to predict from whom no weight is learnt",
            found=f"{listed(both)} in both frames",
            remedy="Pass the training patients first and the held-out patients second.",
        )
