"""Predict patients with models that have never seen them.

Every function here returns the predictions frame (:data:`alsnb.schema.PREDICTIONS`), and
every model is made anew and fitted on training patients only. A model is made from either

- an unfitted estimator with ``fit(features, target)`` and ``predict(features)``, cloned as
  scikit-learn does; or
- a callable that returns one. If it has a parameter named ``seed``, repeat ``r`` is made
  with ``seed + r``, so that repeats differ by more than their folds (an estimator keeps
  whatever seed it was given).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, listed, refuse
from alsnb.compute.sharing import share
from alsnb.evaluation.fitting import predict_fold
from alsnb.evaluation.scores import LARGEST, check_size
from alsnb.splits import Fold

N_TRAINING = "n_training"

Progress = Callable[[int, int, str], None]


def cross_validate(
    make_model: object,
    features: pd.DataFrame,
    target: pd.Series,
    folds: Iterable[Fold],
    *,
    name: str,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Progress | None = None,
    classes: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Predict each fold's held-out patients from its training patients.

    Parameters
    ----------
    make_model : estimator or callable
        What models are made from, as said at the head of this module.
    features : DataFrame of shape (n_patients, n_features)
        One row per patient, indexed by patient key.
    target : Series of shape (n_patients,)
        The same index; slopes in ALSFRS points per month.
    folds : iterable of Fold
        From :func:`alsnb.splits.make_folds`.
    name, seed : str, int
        The model's name in the frame, and the start of the models' seeds.
    n_jobs : int
        Processes, of one thread each; the frame is the same for any number.
    progress : callable, optional
        Called after each fold with the folds done, their number and a text.
    classes : sequence of numbers, optional
        The classes that the target is one of, if models give a probability of each; the frame
        then has a row per patient and class, see :data:`alsnb.schema.AT`.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``: repeats and folds in the order given,
        patients in the order of the fold.

    Raises
    ------
    BadInput
        If features, target and folds do not fit each other, a fold trains on a patient it
        predicts, or the model fails or gives no finite number (the sentence names it, the
        repeat and the fold).
    """
    settings = {"name": name, "split": "train", "seed": seed, "classes": classes}
    settings |= {"n_jobs": n_jobs, "progress": progress}
    frames = _predict_folds(make_model, features, target, list(folds), **settings)
    return pd.concat(frames, ignore_index=True)


def predict_held_out(
    make_model: object,
    features: pd.DataFrame,
    target: pd.Series,
    *,
    train: Sequence[object],
    test: Sequence[object],
    name: str,
    n_repeats: int = 1,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Progress | None = None,
    classes: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Predict the test patients from all training patients, for split ``"test"`` and fold 0.

    ``train`` and ``test`` are the keys of patients, ``n_repeats`` from how many seeds the model is
    made, one after the other; all else is as in :func:`cross_validate`.
    """
    folds = [Fold(repeat, 0, pd.Index(train), pd.Index(test)) for repeat in range(n_repeats)]
    settings = {"name": name, "split": "test", "seed": seed, "classes": classes}
    settings |= {"n_jobs": n_jobs, "progress": progress}
    frames = _predict_folds(make_model, features, target, folds, **settings)
    return pd.concat(frames, ignore_index=True)


def learning_curve(
    make_model: object,
    features: pd.DataFrame,
    target: pd.Series,
    *,
    train: Sequence[object],
    test: Sequence[object],
    sizes: Iterable[int],
    n_repeats: int,
    seed: int,
    name: str,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Predict the test patients from growing numbers of training patients.

    In each of ``n_repeats`` the training patients are shuffled once and the first ones taken, so a
    larger set contains every smaller one. Sizes from 1 to their number are allowed; all else is as
    in :func:`predict_held_out`, with one more column, ``n_training``. Score each size by itself.
    """
    sizes, folds = list(sizes), []
    _check_sizes(sizes, len(train))
    for repeat in range(n_repeats):
        shuffled = pd.Index(train)[np.random.default_rng([seed, repeat]).permutation(len(train))]
        folds += [Fold(repeat, 0, shuffled[:size], pd.Index(test)) for size in sizes]
    settings = {"name": name, "split": "test", "seed": seed}
    settings |= {"n_jobs": n_jobs, "progress": progress}
    frames = _predict_folds(make_model, features, target, folds, **settings)
    labelled = [
        frame.assign(**{N_TRAINING: len(fold.train)})
        for frame, fold in zip(frames, folds, strict=True)
    ]
    return pd.concat(labelled, ignore_index=True)


def _predict_folds(
    make_model: object,
    features: pd.DataFrame,
    target: pd.Series,
    folds: list[Fold],
    *,
    name: str,
    split: str,
    seed: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
    classes: Sequence[float] | None = None,
) -> list[pd.DataFrame]:
    """Return the predictions frame of each fold, in the order of the folds."""
    check_inputs(features, target)
    _check_folds(folds, features.index)
    same = {"make_model": make_model, "features": features, "target": target}
    same |= {"place": (name, split), "classes": classes}
    calls = [same | {"fold": fold, "seed": seed + fold.repeat} for fold in folds]
    frames = []
    with closing(share(predict_fold, calls, n_jobs=n_jobs)) as results:
        for fold, frame in zip(folds, results, strict=True):
            if isinstance(frame, BadInput):
                raise frame
            frames.append(frame)
            if progress:
                text = f"{name}: repeat {fold.repeat}, fold {fold.fold}"
                text += f", {len(fold.train)} training patients"
                progress(len(frames), len(folds), text)
    return frames


def check_inputs(features: pd.DataFrame, target: pd.Series) -> None:
    """Raise :class:`alsnb.checks.BadInput` unless every patient has one row and one target."""
    if not features.index.is_unique or not features.index.equals(target.index):
        raise refuse(
            "The features and the target",
            expected="one row per patient in both, with the same keys in the same order",
            found=f"{len(features)} rows of {features.index.nunique()} patients and "
            f"{len(target)} targets of {target.index.nunique()}",
            remedy="Select the target with target.loc[features.index].",
        )
    missing = int(np.count_nonzero(~np.isfinite(target.to_numpy(dtype=float))))
    if missing:
        raise refuse(
            "The target",
            expected="a finite value for every patient",
            found=f"{missing} missing or infinite",
            remedy="Leave out the patients whose outcome is not known.",
        )
    check_size(target.to_numpy(dtype=float), "The target")
    check_sizes(features)


def check_sizes(features: pd.DataFrame) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a feature holds a number beyond all measures."""
    # other columns are for the model to judge
    numbers = features.select_dtypes("number")
    too_large = (numbers.abs() > LARGEST).any()
    for name in numbers.columns[too_large]:
        check_size(numbers[name].to_numpy(dtype=float), f"The feature '{name}'")


def _check_folds(folds: list[Fold], patients: pd.Index) -> None:
    if not folds:
        raise refuse("The folds", expected="at least one", found="none", remedy="Make folds first.")
    for fold in folds:
        _check_fold(fold, patients)


def _check_fold(fold: Fold, patients: pd.Index) -> None:
    where = f"Repeat {fold.repeat}, fold {fold.fold}"
    for keys, role in ((fold.train, "training"), (fold.test, "held-out")):
        unknown = pd.Index(keys).difference(patients)
        if len(unknown) or not len(keys):
            raise refuse(
                where,
                expected=f"{role} patients that all have features",
                found=f"{len(unknown)} without, of {len(keys)}",
                remedy="Make the folds from the keys of the features.",
            )
    shared = pd.Index(fold.train).intersection(fold.test)
    if len(shared):
        raise refuse(
            where,
            expected="no patient both learnt from and predicted",
            found=f"{len(shared)} such patients, among them {listed(shared, most=2)}",
            remedy="Divide patients, not rows.",
        )


def _check_sizes(sizes: list[int], n_training: int) -> None:
    wrong = [size for size in sizes if not 1 <= size <= n_training]
    if wrong or not sizes:
        raise refuse(
            "The sizes of the learning curve",
            expected=f"numbers from 1 to {n_training}, the training patients at hand",
            found=listed(wrong) or "none",
            remedy="Ask for sizes within this range.",
        )
