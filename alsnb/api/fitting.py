"""Divide patients, and predict each of them with models that have never seen them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import BadInput, refuse
from alsnb.cohort import Cohort
from alsnb.compute.progress import report_step
from alsnb.evaluation import crossval
from alsnb.models import choices
from alsnb.settings import n_cores
from alsnb.splits import Fold
from alsnb.splits import hold_out as hold_out_share
from alsnb.splits import make_folds as divide

Patients = Cohort | Iterable[object]


def make_folds(
    patients: Patients,
    *,
    n_folds: int,
    n_repeats: int = 1,
    seed: int,
    strata: Iterable[float] | None = None,
) -> list[Fold]:
    """Divide patients into folds, each of which is held out once.

    Parameters
    ----------
    patients : Cohort or iterable of patient keys
        Of a cohort, folds share the quantiles of the slope.
    n_folds, n_repeats : int
        Parts, and how often to divide anew.
    seed : int
        Same seed and patients, same folds.
    strata : iterable of float, optional
        What the folds should have alike, a value per patient.

    Returns
    -------
    list of Fold
        Each with ``train`` and ``test``, the keys of the patients.
    """
    if strata is None and isinstance(patients, Cohort) and patients.slope.notna().all():
        strata = patients.slope
    return divide(_keys(patients), n_folds=n_folds, n_repeats=n_repeats, seed=seed, strata=strata)


def hold_out(patients: Patients, *, share: float = 0.25, seed: int) -> Fold:
    """Hold out a share of the patients, rounded up, for one last test.

    The same seed and patients give the same division: a fold with ``train`` and ``test``, the keys
    of the patients, who come as a cohort or by their keys.
    """
    return hold_out_share(_keys(patients), share=share, seed=seed)


def cross_validate(
    models: Mapping[str, object],
    X: pd.DataFrame,
    y: pd.Series,
    folds: Iterable[Fold],
    *,
    seed: int = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Predict every fold's patients with models that learnt from the other folds.

    Parameters
    ----------
    models : mapping of str to model
        By the name it has in the result: one of :mod:`alsnb.models`, or any estimator of
        scikit-learn, which then gets ``X`` as it is. The CNN and the RNN need
        ``make_features(..., visits=True)``.
    X : DataFrame of shape (n_patients, n_features)
        From :func:`alsnb.make_features`.
    y : Series of shape (n_patients,)
        What is predicted, such as ``cohort.slope``; the same index.
    folds : iterable of Fold
        From :func:`alsnb.make_folds`.
    seed : int
        Start of the models' seeds.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    DataFrame
        A predictions frame, with the columns :data:`alsnb.PREDICTIONS`.
    """
    folds = list(folds)
    frames = [
        crossval.cross_validate(make, X, y, folds, name=name, n_jobs=jobs, **_how(seed))
        for name, make, jobs in _makers(models, X, y, n_jobs, most=len(folds))
    ]
    return pd.concat(frames, ignore_index=True)


def predict_held_out(
    models: Mapping[str, object],
    X: pd.DataFrame,
    y: pd.Series,
    split: Fold,
    *,
    n_repeats: int = 1,
    seed: int = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Predict the patients held out with models that learnt from all others.

    Parameters
    ----------
    models, X, y, seed, n_jobs : as in :func:`cross_validate`
    split : Fold
        From :func:`alsnb.hold_out`.
    n_repeats : int
        From how many seeds each model is made, one after the other.

    Returns
    -------
    DataFrame
        A predictions frame, a repeat for each seed.
    """
    patients = {"train": split.train, "test": split.test, "n_repeats": n_repeats}
    frames = [
        crossval.predict_held_out(make, X, y, name=name, n_jobs=jobs, **patients, **_how(seed))
        for name, make, jobs in _makers(models, X, y, n_jobs, most=n_repeats)
    ]
    return pd.concat(frames, ignore_index=True)


def learning_curve(
    models: Mapping[str, object],
    X: pd.DataFrame,
    y: pd.Series,
    split: Fold,
    *,
    sizes: Sequence[int],
    n_repeats: int = 5,
    seed: int = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Predict the patients held out after learning from more and more of the others.

    Parameters
    ----------
    models, X, y, split, seed, n_jobs : as in :func:`predict_held_out`
    sizes : sequence of int
        Numbers of patients to learn from.
    n_repeats : int
        How often they are drawn anew.

    Returns
    -------
    DataFrame
        A predictions frame with one more column, ``n_training``, which :func:`alsnb.score`
        keeps and ``alsnb.plot.curves`` draws.
    """
    how = {"train": split.train, "test": split.test, "sizes": sizes, "n_repeats": n_repeats}
    frames = [
        crossval.learning_curve(make, X, y, name=name, n_jobs=jobs, **how, **_how(seed))
        for name, make, jobs in _makers(models, X, y, n_jobs, most=n_repeats * len(sizes))
    ]
    return pd.concat(frames, ignore_index=True)


def maker_of(model: object, X: pd.DataFrame) -> object:
    """Return what a model is made from in a fold: a function of a seed, or an estimator."""
    if isinstance(model, type):
        raise refuse(
            "A model",
            expected=f"settings, as in {model.__name__}()",
            found=f"the class {model.__name__} itself",
            remedy="Write the brackets behind it.",
        )
    if not isinstance(model, choices.Choice):
        if callable(model) or (hasattr(model, "fit") and hasattr(model, "predict")):
            return model
        raise refuse(
            "A model",
            expected="one of alsnb.models, or an estimator with fit and predict",
            found=called(model),
            remedy=f"There are {', '.join(choices.__all__)}; write alsnb.models.Forest().",
        )
    make = partial(model.make, list(X.columns))
    make(seed=0)  # what cannot be made is refused before the first fit
    return make


def check_target(X: pd.DataFrame, y: pd.Series) -> pd.Series:
    """Return the target, or refuse what is no Series with the patients of the table."""
    if not isinstance(X, pd.DataFrame) or not isinstance(y, pd.Series):
        raise refuse(
            "X and y",
            expected="a DataFrame and a Series, both indexed by patient",
            found=f"{type(X).__name__} and {type(y).__name__}",
            remedy="Take X from alsnb.make_features and y from cohort.slope.",
        )
    return y


def _makers(
    models: Mapping[str, object], X: pd.DataFrame, y: pd.Series, n_jobs: int | None, *, most: int
) -> Iterable[tuple[str, Callable, int]]:
    """Return each model's name, what it is made from, and how many processes it is worth."""
    check_target(X, y)
    if not isinstance(models, Mapping) or not models:
        raise refuse(
            "The models",
            expected="names with a model each, such as {'forest': alsnb.models.Forest()}",
            found=called(models) if not isinstance(models, Mapping) else "none",
            remedy="Put the models into a dictionary.",
        )
    found = []
    for name, model in models.items():
        try:
            make = maker_of(model, X)
        except BadInput as error:
            raise BadInput(f"Model '{name}': {error}") from error
        jobs = 1 if getattr(model, "is_quick", False) else min(n_jobs or n_cores(), most)
        found.append((name, make, jobs))
    return found


def _how(seed: int) -> dict[str, object]:
    return {"seed": seed, "progress": report_step}


def _keys(patients: Patients) -> Iterable[object]:
    return patients.patients.index if isinstance(patients, Cohort) else patients


def called(value: object) -> str:
    """Return what a value is, for a sentence."""
    return f"something of type {type(value).__name__}"
