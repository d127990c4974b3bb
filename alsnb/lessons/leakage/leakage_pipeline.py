"""One pipeline from rows to predictions, in which each step can be told from whom it learns.

Gaps are filled, values scaled and features ranked; a setting is chosen and a model fitted. With
no switch on, every step learns from the training rows of the fold alone, as
:func:`alsnb.design.make_design` does; a switch lets the held-out rows into one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.checks import check_one_of
from alsnb.lessons.leakage.leakage_rows import Rows
from alsnb.schema import FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT
from alsnb.splits import make_folds

MOST_SDS = 3.0
"""A scaled value is cut off here, as in :class:`alsnb.design.ClippedScaler`."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is chosen before a model is fitted; each model uses what concerns it.

    Attributes
    ----------
    n_features : int
        How many of the highest ranked features go in.
    penalty : float
        Of the ridge regression, per training row and for features with an SD of 1.
    smallest_leaf : int
        Rows in a leaf of the forest, at least.
    dropout_rate : float
        Of the network.
    seed : int
        Of the forest and the network.
    """

    n_features: int = 30
    penalty: float = 0.5
    smallest_leaf: int = 5
    dropout_rate: float = 0.3
    seed: int = 0


def draw_settings(n: int, *, seed: int) -> list[Setting]:
    """Return settings to choose from: the default one, then others drawn by chance.

    Setting ``i`` is the same whatever ``n``.
    """
    drawn = [Setting()]
    for number in range(1, n):
        rng = np.random.default_rng([seed, number])
        drawn.append(
            Setting(
                n_features=int(rng.choice([5, 10, 20, 30, 50, 80])),
                penalty=float(10 ** rng.uniform(-2.0, 1.0)),
                smallest_leaf=int(rng.choice([2, 5, 10, 20, 40])),
                dropout_rate=float(rng.choice([0.0, 0.2, 0.4])),
                seed=number,
            )
        )
    return drawn


def predict_rows(
    rows: Rows,
    mistakes: tuple[str, ...],
    *,
    model: str,
    n_folds: int,
    n_settings: int = 1,
    n_trees: int = 50,
    seed: int,
) -> pd.DataFrame:
    """Predict each fold of rows from the others, with mistakes or none.

    Parameters
    ----------
    rows : Rows
        Learnt from and predicted.
    mistakes : tuple of str
        Switches that are on.
    model : str
        One of :data:`MODELS`; also the name in the frame.
    n_folds, n_settings, n_trees : int
        Folds, settings to choose from in each, and trees of a forest.
    seed : int
        Decides everything random.

    Returns
    -------
    DataFrame
        A predictions frame of the first row of each patient.
    """
    check_one_of(model, MODELS, "The model")
    values = (rows.late if "window" in mistakes else rows.predictors).to_numpy(dtype=float)
    fold = deal(rows.patient, "patients" in mistakes, n_folds=n_folds, seed=seed)
    predicted = np.empty(len(rows.target))
    how = {"mistakes": mistakes, "model": model, "n_trees": n_trees}
    how |= {"settings": draw_settings(n_settings, seed=seed)}
    for number in range(n_folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        every = predict_settings(values, rows.target, train, test, **how)
        if "settings" in mistakes:
            best = int(np.argmin(squared_errors(every, rows.target[test])))
        else:
            known = values[train], rows.target[train], rows.patient[train]
            best = int(np.argmin(errors_inside(*known, seed=seed, **how)))
        predicted[test] = every[best]
    return as_predictions(rows, predicted, fold, model)


def deal(patient: np.ndarray, by_row: bool, *, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold of each row, all rows of a patient in one fold unless told otherwise.

    Told otherwise, a patient's first row stays where it was and each further one falls where
    chance has it, so that both ways predict the first rows in the same folds. The target has
    no part in it: no change of it can change the folds.
    """
    fold = pd.Series(0, index=pd.unique(patient))
    for part in make_folds(fold.index, n_folds=n_folds, seed=seed):
        fold[part.test] = part.fold
    dealt = fold[patient].to_numpy(copy=True)
    if by_row:
        further = pd.Series(patient).duplicated().to_numpy()
        dealt[further] = np.random.default_rng(seed).integers(n_folds, size=further.sum())
    return dealt


def errors_inside(
    values: np.ndarray,
    target: np.ndarray,
    patient: np.ndarray,
    *,
    settings: list[Setting],
    mistakes: tuple[str, ...],
    seed: int,
    **how: object,
) -> np.ndarray:
    """Return the sum of squared errors of each setting in a cross-validation of training rows."""
    if len(settings) == 1:
        return np.zeros(1)
    fold = deal(patient, "patients" in mistakes, n_folds=3, seed=seed + 1)
    errors = np.zeros(len(settings))
    for number in range(3):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        every = predict_settings(
            values, target, train, test, settings=settings, mistakes=mistakes, **how
        )
        errors += squared_errors(every, target[test])
    return errors


def squared_errors(every: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the sum of squared errors of each setting, (n_settings,)."""
    return np.sum((every - target) ** 2, axis=1)


def predict_settings(
    values: np.ndarray,
    target: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    *,
    settings: list[Setting],
    mistakes: tuple[str, ...],
    model: str,
    n_trees: int,
) -> np.ndarray:
    """Return what each setting predicts for the held-out rows, (n_settings, n_held_out)."""
    inputs = prepare_inputs(values, target, train, test, mistakes)
    with threadpool_limits(1):
        return MODELS[model](inputs[train], target[train], inputs[test], settings, n_trees)


def prepare_inputs(
    values: np.ndarray,
    target: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    mistakes: tuple[str, ...] = (),
) -> np.ndarray:
    """Fill gaps, scale, and put the most useful features first.

    Each step learns from the training rows, or, where its switch is on, from the held-out
    rows too.

    Returns
    -------
    array of shape (n_rows, n_features)
        Columns by absolute correlation with the target, highest first.
    """
    both = np.sort(np.r_[train, test])
    seen = {
        step: both if step in mistakes else train for step in ("imputing", "scaling", "ranking")
    }
    middle = _medians(values[seen["imputing"]])
    filled = np.where(np.isnan(values), middle, values)
    known = filled[seen["scaling"]]
    mean, sd = known.mean(axis=0), known.std(axis=0)
    # a column that does not vary, but for rounding, tells nothing
    flat = sd <= 1e-12 * (1 + np.abs(mean))
    scaled = np.where(flat, 0.0, (filled - mean) / np.where(flat, 1.0, sd))
    scaled = np.clip(scaled, -MOST_SDS, MOST_SDS)
    order = np.argsort(-_usefulness(scaled, target, seen["ranking"]), kind="stable")
    return scaled[:, order]


def _medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each column's known values, 0 if none is known."""
    ordered = np.sort(values, axis=0)  # missing values come last
    n = np.sum(~np.isnan(values), axis=0)
    low, high = np.maximum(n - 1, 0) // 2, np.minimum(n // 2, len(values) - 1)
    columns = np.arange(values.shape[1])
    middle = (ordered[low, columns] + ordered[high, columns]) / 2
    return np.where(n > 0, middle, 0.0)


def _usefulness(inputs: np.ndarray, target: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return each column's absolute correlation with the target among some rows."""
    centred = inputs[seen] - inputs[seen].mean(axis=0)
    residual = target[seen] - target[seen].mean()
    norms = np.sqrt((centred**2).sum(axis=0) * (residual**2).sum())
    return np.abs(centred.T @ residual) / np.where(norms > 0, norms, np.inf)


def as_predictions(rows: Rows, predicted: np.ndarray, fold: np.ndarray, model: str) -> pd.DataFrame:
    """Return the predictions frame of the first row of each patient."""
    columns = {
        PATIENT: rows.patient,
        MODEL: model,
        SPLIT: "train",
        REPEAT: 0,
        FOLD: fold,
        OBSERVED: rows.target,
        PREDICTED: predicted,
    }
    frame = pd.DataFrame(columns)[list(PREDICTIONS)]
    return frame[rows.turn == 0].reset_index(drop=True)


# --- models ------------------------------------------------------------------------------


def predict_ridge(
    inputs: np.ndarray, target: np.ndarray, wanted: np.ndarray, settings: list[Setting], _: int
) -> np.ndarray:
    """Return the predictions of ridge regressions on the leading columns."""
    most = max(setting.n_features for setting in settings)
    mean = inputs[:, :most].mean(axis=0)
    centred = inputs[:, :most] - mean
    products = centred.T @ centred, centred.T @ (target - target.mean())
    found = []
    for setting in settings:
        k = min(setting.n_features, centred.shape[1])
        penalty = setting.penalty * len(target) * np.eye(k)
        weights = np.linalg.solve(products[0][:k, :k] + penalty, products[1][:k])
        found.append(target.mean() + (wanted[:, :k] - mean[:k]) @ weights)
    return np.stack(found)


def predict_forest(
    inputs: np.ndarray,
    target: np.ndarray,
    wanted: np.ndarray,
    settings: list[Setting],
    n_trees: int,
) -> np.ndarray:
    """Return the predictions of random forests on the leading columns."""
    from sklearn.ensemble import RandomForestRegressor

    found = []
    for setting in settings:
        k = setting.n_features
        forest = RandomForestRegressor(
            n_trees,
            min_samples_leaf=setting.smallest_leaf,
            max_features=1 / 3,
            n_jobs=1,
            random_state=setting.seed,
        )
        found.append(forest.fit(inputs[:, :k], target).predict(wanted[:, :k]))
    return np.stack(found)


def predict_deep_trees(
    inputs: np.ndarray,
    target: np.ndarray,
    wanted: np.ndarray,
    settings: list[Setting],
    n_trees: int,
) -> np.ndarray:
    """Return the predictions of extremely randomized trees, grown on all columns to the end."""
    from sklearn.ensemble import ExtraTreesRegressor

    found, n_trees = [], max(n_trees // 5, 5)  # each is large, and remembers by itself
    for setting in settings:
        trees = ExtraTreesRegressor(n_trees, max_features=0.2, n_jobs=1, random_state=setting.seed)
        found.append(trees.fit(inputs, target).predict(wanted))
    return np.stack(found)


def predict_ffnn(
    inputs: np.ndarray, target: np.ndarray, wanted: np.ndarray, settings: list[Setting], _: int
) -> np.ndarray:
    """Return the predictions of single networks on the leading columns."""
    # TensorFlow takes seconds to load, and most of the laboratory can do without.
    from alsnb.models.ffnn import FFNNSettings
    from alsnb.models.network import NetworkRegressor

    found = []
    for setting in settings:
        k = setting.n_features
        how = FFNNSettings(n_epochs=40, dropout_rate=setting.dropout_rate)
        network = NetworkRegressor(how, n_networks=1, seed=setting.seed)
        found.append(network.fit(inputs[:, :k], target).predict(wanted[:, :k]).ravel())
    return np.stack(found)


MODELS: dict[str, Callable[..., np.ndarray]] = {
    "ridge": predict_ridge,
    "forest": predict_forest,
    "deep": predict_deep_trees,
    "ffnn": predict_ffnn,
}
"""Models of the laboratory, by name: training rows, held-out rows and settings to predictions."""

MODEL_TITLES = {
    "ridge": "Ridge",
    "forest": "Random forest",
    "deep": "Deep trees",
    "ffnn": "Network",
}
"""What a reader calls them."""
