"""Fit the models that a network has to beat, on the networks' split and predictors.

Every fit that costs time looks its result up in the store first, model by model, so that a
change in one does not cost the others again. What a network does is no part of this module:
nothing here is computed again when a network changes.
"""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.models import baselines
from alsnb.progress import report
from alsnb.settings import EFFORTS, n_cores
from alsnb.splits import folds_from
from alsnb.store import stored

MEAN, EARLY_SLOPE, ONSET, RIDGE = "mean", "early_slope", "onset", "ridge"
FOREST, BOOSTING, BART = "forest", "boosting", "bart"

REFERENCES = (MEAN, EARLY_SLOPE, ONSET, RIDGE, FOREST, BOOSTING, BART)
"""The models of this module, from the plainest to the most elaborate."""

WITHOUT_SEED = (MEAN, EARLY_SLOPE, ONSET, RIDGE)
"""Models without chance in them: from every seed they are the same."""

LINES = {EARLY_SLOPE: ("slope_alsfrs_r_total", "slope_alsfrs_total"), ONSET: ("log_onset_delta",)}
"""The single predictor of each line: the first of these that the table has."""

DRAW_SHARE = 0.5
"""Share of the profile's posterior draws of BART; more change nothing in cross-validation."""

MOST_RUNS = 3
"""Runs of boosting that are averaged, at most; more change nothing in cross-validation."""


def make_reference(model: str, columns: Sequence[str], profile: str) -> Callable[..., object]:
    """Return the function that makes one of the references, from a seed if there is chance in it.

    Parameters
    ----------
    model : str
        One of :data:`REFERENCES`.
    columns : sequence of str
        Columns of the table it is given; the lines use a single one of them.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how many trees, draws and runs there are.

    Returns
    -------
    callable
        Makes an unfitted estimator that takes the table with its gaps.
    """
    check_one_of(model, REFERENCES, "The model")
    if model in LINES:
        column = next((name for name in LINES[model] if name in columns), LINES[model][-1])
        return partial(baselines.make_onset, column=column)
    effort = EFFORTS[profile]
    draws = max(int(DRAW_SHARE * effort.n_draws), 10)
    makers = {
        MEAN: baselines.make_mean,
        RIDGE: baselines.make_ridge,
        FOREST: partial(baselines.make_forest, n_trees=effort.n_trees),
        BOOSTING: partial(baselines.make_boosting, n_runs=min(effort.n_runs, MOST_RUNS)),
        BART: partial(baselines.make_bart, n_draws=draws),
    }
    return makers[model]


@stored(regardless_of=("n_jobs",))
def cross_validate_reference(
    features: pd.DataFrame,
    target: pd.Series,
    fold_of: pd.Series,
    model: str,
    *,
    profile: str,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return the out-of-fold predictions of one reference.

    Parameters
    ----------
    features : DataFrame of shape (n_patients, n_features)
        Table of the training patients.
    target : Series of shape (n_patients,)
        Their slopes.
    fold_of : Series of shape (n_patients,)
        The fold in which each of them is held out.
    model, profile
        As in :func:`make_reference`.
    seed : int
        Start of the models' seeds.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``, repeat 0.
    """
    return cross_validate(
        make_reference(model, list(features), profile), features, target, folds_from(fold_of),
        name=model, seed=seed, n_jobs=_processes(model, n_jobs), progress=_tell,
    )  # fmt: skip


@stored(regardless_of=("n_jobs",))
def predict_with_reference(
    features: pd.DataFrame,
    target: pd.Series,
    model: str,
    *,
    train: Sequence[object],
    test: Sequence[object],
    profile: str,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return one reference's predictions of the patients held out.

    Parameters
    ----------
    features, target, model, profile, seed, n_jobs
        As in :func:`cross_validate_reference`, for all patients.
    train, test : sequence of patient keys
        Patients to learn from and patients held out.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"`` with a repeat for each seed, or with repeat 0
        alone if there is no chance in the model.
    """
    n_repeats = 1 if model in WITHOUT_SEED else EFFORTS[profile].n_seeds
    return predict_held_out(
        make_reference(model, list(features), profile), features, target,
        train=train, test=test, name=model, n_repeats=n_repeats, seed=seed,
        n_jobs=min(_processes(model, n_jobs), n_repeats), progress=_tell,
    )  # fmt: skip


def _processes(model: str, n_jobs: int | None) -> int:
    """Return how many processes a model is worth; starting one costs more than a line."""
    return 1 if model in (MEAN, *LINES) else n_jobs or n_cores()


def _tell(done: int, total: int, text: str) -> None:
    report(f"{text}, {done} of {total}")
