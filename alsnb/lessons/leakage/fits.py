"""One pipeline from rows to predictions, in which each step can be told from whom it learns.

Gaps are filled, values scaled and features ranked; a setting is chosen and a model fitted. With
no switch on, every step learns from the training rows of the fold alone, as
:func:`alsnb.design.make_design` does; a switch lets the held-out rows into one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.schema import FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, PREDICTIONS, REPEAT, SPLIT
from alsnb.splits import hold_out, make_folds

HONEST, LEAKY = "honest", "leaky"

FEW = {"preparing": ("imputing", "scaling"), "ranking": ("ranking",)}
"""Mistakes measured in studies of all sizes: what is switched on, by name."""

MOST_SDS = 3.0
"""A scaled value is cut off here, as in :class:`alsnb.design.ClippedScaler`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Descriptions of patients, one or several of each, with what is to be predicted.

    ``predictors`` (n_rows, n_features) are known when the question is asked, NaN where missing;
    ``late`` are the same had they been allowed to look further; ``target`` are slopes in points
    per month. ``turn`` is 0 for a ``patient``'s first row, the only one that is scored.
    """

    predictors: np.ndarray
    late: np.ndarray
    target: np.ndarray
    patient: np.ndarray
    turn: np.ndarray

    def __repr__(self) -> str:
        return f"Rows({len(self.target):,} of {len(np.unique(self.patient)):,} patients)"

    def take(self, places: np.ndarray) -> "Rows":
        """Return some of the rows."""
        return Rows(**{field.name: getattr(self, field.name)[places] for field in fields(self)})

    def draw(self, size: int | None, seed: Sequence[int]) -> "Rows":
        """Return some rows, drawn by chance; all if no size is given or there are fewer."""
        if size is None or size >= len(self.target):
            return self
        chosen = np.random.default_rng(seed).permutation(len(self.target))[:size]
        return self.take(np.sort(chosen))


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """What is chosen before a model is fitted; each model uses what concerns it."""

    n_features: int = 30  # so many of the highest ranked
    penalty: float = 0.5  # of the ridge, per training row and for features with an SD of 1
    smallest_leaf: int = 5  # rows, at least
    dropout_rate: float = 0.3
    seed: int = 0


def _draw_settings(n: int, *, seed: int) -> list[_Setting]:
    """Return the default setting, then others drawn by chance; the first are the same for any n."""
    drawn = [_Setting()]
    for number in range(1, n):
        rng = np.random.default_rng([seed, number])
        drawn.append(
            _Setting(
                n_features=int(rng.choice([5, 10, 20, 30, 50, 80])),
                penalty=float(10 ** rng.uniform(-2.0, 1.0)),
                smallest_leaf=int(rng.choice([2, 5, 10, 20, 40])),
                dropout_rate=float(rng.choice([0.0, 0.2, 0.4])),
                seed=number,
            )
        )
    return drawn


# --- what is stored ----------------------------------------------------------------------------


@stored
def fit_folds(rows: Rows, mistakes: tuple[str, ...], **how: object) -> pd.DataFrame:
    """Predict each fold of rows from the others, with mistakes or none, as a predictions frame."""
    return _predict_rows(rows, mistakes, **how)


@stored
def fit_few(
    rows: Rows, size: int, names: tuple[str, ...], *, n_draws: int, n_folds: int, seed: int
) -> pd.DataFrame:
    """Predict studies of one size, drawn again and again, honestly and with mistakes of `FEW`.

    In the predictions frame a repeat is a study; models are ``"honest"`` and the mistakes.
    """
    frames = []
    for draw in range(n_draws):
        study = rows.draw(size, (seed, draw))
        for name in (HONEST, *names):
            how = {"model": "ridge", "n_folds": n_folds, "seed": seed + draw}
            found = _predict_rows(study, FEW.get(name, ()), **how)
            frames.append(found.assign(**{MODEL: name, REPEAT: draw}))
    return pd.concat(frames, ignore_index=True)


@stored
def fit_best_of(
    rows: Rows,
    *,
    counts: tuple[int, ...],
    share: float,
    n_splits: int,
    size: int | None,
    network: bool,
    seed: int,
) -> pd.DataFrame:
    """Predict test patients by the best of K: chosen inside the training set, and on the test.

    The predictions frame has a column ``count`` (K); a repeat is a split. Seeds of a network
    are not chosen by cross-validation: its honest one is the first.
    """
    offered = _draw_settings(max(counts), seed=seed)
    if network:
        offered = [replace(_Setting(), seed=number) for number in range(max(counts))]
    how = {"settings": offered, "mistakes": (), "n_trees": 0}
    how["model"] = "ffnn" if network else "ridge"
    frames = []
    for split in range(n_splits):
        study = rows.draw(size, (seed, split))
        fold = hold_out(range(len(study.target)), share=share, seed=seed + split)
        train, test = fold.train.to_numpy(), fold.test.to_numpy()
        every = _predict_settings(study.predictors, study.target, train, test, **how)
        if network:
            inside = np.zeros(len(offered))
        else:
            inside = _errors_inside(study.predictors, study, train, seed=0, **how)
        errors = {HONEST: inside, LEAKY: _squared_errors(every, study.target[test])}
        order = np.random.default_rng([seed, split]).permutation(len(offered))
        for count in counts:
            among = order[:count]
            for name, sums in errors.items():
                facts = {MODEL: name, SPLIT: "test", REPEAT: split, FOLD: 0}
                predicted = every[among[np.argmin(sums[among])]]
                frames.append(_as_frame(study.take(test), predicted, facts).assign(count=count))
    return pd.concat(frames, ignore_index=True)


# --- the pipeline ------------------------------------------------------------------------------


def _predict_rows(
    rows: Rows,
    mistakes: tuple[str, ...],
    *,
    model: str,
    n_folds: int,
    n_settings: int = 1,
    n_trees: int = 50,
    seed: int,
) -> pd.DataFrame:
    """Predict each patient's first row out of fold, with some switches on, choosing a setting."""
    check_one_of(model, MODELS, "The model")
    values = rows.late if "window" in mistakes else rows.predictors
    fold = _deal(rows.patient, "patients" in mistakes, n_folds=n_folds, seed=seed)
    predicted = np.empty(len(rows.target))
    how = {"mistakes": mistakes, "model": model, "n_trees": n_trees}
    how["settings"] = _draw_settings(n_settings, seed=seed)
    for number in range(n_folds):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        every = _predict_settings(values, rows.target, train, test, **how)
        if "settings" in mistakes:
            errors = _squared_errors(every, rows.target[test])
        else:
            errors = _errors_inside(values, rows, train, seed=seed, **how)
        predicted[test] = every[np.argmin(errors)]
    frame = _as_frame(rows, predicted, {MODEL: model, SPLIT: "train", REPEAT: 0, FOLD: fold})
    return frame[rows.turn == 0].reset_index(drop=True)


def _deal(patient: np.ndarray, by_row: bool, *, n_folds: int, seed: int) -> np.ndarray:
    """Return the fold of each row, all rows of a patient in one fold unless dealt by row."""
    # dealt by row, first rows stay where they were: both ways predict them in the same folds;
    # the target has no part in it, so no change of it can change the folds
    fold = pd.Series(0, index=pd.unique(patient))
    for part in make_folds(fold.index, n_folds=n_folds, seed=seed):
        fold[part.test] = part.fold
    dealt = fold[patient].to_numpy(copy=True)
    if by_row:
        further = pd.Series(patient).duplicated().to_numpy()
        dealt[further] = np.random.default_rng(seed).integers(n_folds, size=further.sum())
    return dealt


def _errors_inside(
    values: np.ndarray,
    rows: Rows,
    own: np.ndarray,
    *,
    settings: list[_Setting],
    mistakes: tuple[str, ...],
    seed: int,
    **how: object,
) -> np.ndarray:
    """Return the sum of squared errors of each setting in a cross-validation of training rows."""
    errors = np.zeros(len(settings))
    if len(settings) == 1:
        return errors
    values, target = values[own], rows.target[own]
    fold = _deal(rows.patient[own], "patients" in mistakes, n_folds=3, seed=seed + 1)
    how |= {"settings": settings, "mistakes": mistakes}
    for number in range(3):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        every = _predict_settings(values, target, train, test, **how)
        errors += _squared_errors(every, target[test])
    return errors


def _squared_errors(every: np.ndarray, target: np.ndarray) -> np.ndarray:
    return np.sum((every - target) ** 2, axis=1)


def _predict_settings(
    values: np.ndarray,
    target: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    *,
    settings: list[_Setting],
    mistakes: tuple[str, ...],
    model: str,
    n_trees: int,
) -> np.ndarray:
    """Return what each setting predicts for the held-out rows, (n_settings, n_held_out)."""
    inputs = _prepare_inputs(values, target, train, test, mistakes)
    known = inputs[train], target[train], inputs[test]
    with threadpool_limits(1):
        if model == "ridge":
            return _predict_ridge(*known, settings)
        return np.stack([MODELS[model](*known, setting, n_trees) for setting in settings])


def _prepare_inputs(
    values: np.ndarray,
    target: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    mistakes: tuple[str, ...] = (),
) -> np.ndarray:
    """Fill gaps, scale, and sort the columns by absolute correlation with the target.

    Each step learns from the training rows, and from the held-out ones if its switch is on.
    """
    both = np.sort(np.r_[train, test])
    imputing, scaling, ranking = (
        both if step in mistakes else train for step in ("imputing", "scaling", "ranking")
    )
    filled = np.where(np.isnan(values), _medians(values[imputing]), values)
    mean, sd = filled[scaling].mean(axis=0), filled[scaling].std(axis=0)
    # a column that does not vary, but for rounding, tells nothing
    flat = sd <= 1e-12 * (1 + np.abs(mean))
    scaled = np.where(flat, 0.0, (filled - mean) / np.where(flat, 1.0, sd))
    scaled = np.clip(scaled, -MOST_SDS, MOST_SDS)
    order = np.argsort(-_usefulness(scaled, target, ranking), kind="stable")
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


def _as_frame(rows: Rows, predicted: np.ndarray, facts: dict[str, object]) -> pd.DataFrame:
    columns = {PATIENT: rows.patient, OBSERVED: rows.target, PREDICTED: predicted}
    return pd.DataFrame(columns | facts)[list(PREDICTIONS)]


# --- models ------------------------------------------------------------------------------------


def _predict_ridge(
    inputs: np.ndarray, target: np.ndarray, wanted: np.ndarray, settings: list[_Setting]
) -> np.ndarray:
    """Return the predictions of ridge regressions on the leading columns, all at once."""
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


def _predict_forest(
    inputs: np.ndarray, target: np.ndarray, wanted: np.ndarray, setting: _Setting, n_trees: int
) -> np.ndarray:
    from sklearn.ensemble import RandomForestRegressor

    how = {"min_samples_leaf": setting.smallest_leaf, "random_state": setting.seed}
    forest = RandomForestRegressor(n_trees, max_features=1 / 3, n_jobs=1, **how)
    k = setting.n_features
    return forest.fit(inputs[:, :k], target).predict(wanted[:, :k])


def _predict_deep_trees(
    inputs: np.ndarray, target: np.ndarray, wanted: np.ndarray, setting: _Setting, n_trees: int
) -> np.ndarray:
    """Return the predictions of extremely randomized trees, grown on all columns to the end."""
    from sklearn.ensemble import ExtraTreesRegressor

    n_trees = max(n_trees // 5, 5)  # each is large, and remembers by itself
    trees = ExtraTreesRegressor(n_trees, max_features=0.2, n_jobs=1, random_state=setting.seed)
    return trees.fit(inputs, target).predict(wanted)


def _predict_ffnn(
    inputs: np.ndarray, target: np.ndarray, wanted: np.ndarray, setting: _Setting, _: int
) -> np.ndarray:
    # TensorFlow takes seconds to load, and most of the laboratory can do without.
    from alsnb.models.ffnn import FFNNSettings
    from alsnb.models.network import NetworkRegressor

    how = FFNNSettings(n_epochs=40, dropout_rate=setting.dropout_rate)
    network, k = NetworkRegressor(how, n_networks=1, seed=setting.seed), setting.n_features
    return network.fit(inputs[:, :k], target).predict(wanted[:, :k]).ravel()


MODELS = {
    "ridge": _predict_ridge,
    "forest": _predict_forest,
    "deep": _predict_deep_trees,
    "ffnn": _predict_ffnn,
}
"""Models of the laboratory, by name: training rows, held-out rows and a setting to predictions;
the ridge regression takes all settings at once."""
