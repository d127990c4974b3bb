"""Fit the models that a network has to beat, on the networks' split and predictors.

Every fit that costs time looks its result up in the store first, model by model, so that a
change in one does not cost the others again. What a network does is no part of this module:
nothing here is computed again when a network changes.
"""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.progress import report_step
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.fits.inputs import FitInputs
from alsnb.models import baselines
from alsnb.settings import n_cores
from alsnb.vocabulary import BART, BOOSTING, EARLY_SLOPE, FOREST, MEAN, ONSET, RIDGE

REFERENCES = (MEAN, EARLY_SLOPE, ONSET, RIDGE, FOREST, BOOSTING, BART)
"""The models of this module, from the plainest to the most elaborate."""

WITHOUT_SEED = (MEAN, EARLY_SLOPE, ONSET, RIDGE)
"""Models without chance in them: from every seed they are the same."""

LINES = {EARLY_SLOPE: ("slope_alsfrs_r_total", "slope_alsfrs_total"), ONSET: ("log_onset_delta",)}
"""The single predictor of each line: the first of these that the table has."""

SIZED = {
    FOREST: (baselines.make_forest, "n_trees"),
    BOOSTING: (baselines.make_boosting, "n_runs"),
    BART: (baselines.make_bart, "n_draws"),
}
"""How a model of many parts is made, and what its number of parts is called."""


def make_reference(model: str, columns: Sequence[str], size: int = 0) -> Callable[..., object]:
    """Return the function that makes one of the references, from a seed if there is chance in it.

    Parameters
    ----------
    model : str
        One of :data:`REFERENCES`.
    columns : sequence of str
        Columns of the table it is given; the lines use a single one of them.
    size : int
        Trees of a forest, averaged runs of boosting, draws of Bayesian trees; the others have
        no size.

    Returns
    -------
    callable
        Makes an unfitted estimator that takes the table with its gaps.
    """
    check_one_of(model, REFERENCES, "The model")
    if model in LINES:
        column = next((name for name in LINES[model] if name in columns), LINES[model][-1])
        return partial(baselines.make_onset, column=column)
    if model in SIZED:
        make, name = SIZED[model]
        return partial(make, **{name: size})
    return {MEAN: baselines.make_mean, RIDGE: baselines.make_ridge}[model]


@stored(ignore=("n_jobs",))
def cross_validate_reference(
    inputs: FitInputs, model: str, *, size: int = 0, seed: int, n_jobs: int | None = None
) -> pd.DataFrame:
    """Return the out-of-fold predictions of one reference.

    Parameters
    ----------
    inputs : FitInputs
        Of the training patients, divided into folds; models get the features alone.
    model, size
        As in :func:`make_reference`.
    seed : int
        Start of the models' seeds.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``.
    """
    return cross_validate(
        make_reference(model, inputs.features, size),
        inputs.table,
        inputs.target,
        inputs.folds(),
        name=model,
        seed=seed,
        n_jobs=_processes(model, n_jobs),
        progress=report_step,
    )


@stored(ignore=("n_jobs",))
def predict_with_reference(
    inputs: FitInputs,
    model: str,
    *,
    size: int = 0,
    n_seeds: int = 1,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return one reference's predictions of the patients held out.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    model, size, seed, n_jobs
        As in :func:`cross_validate_reference`.
    n_seeds : int
        From how many seeds a model is made that has chance in it.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"`` with a repeat for each seed, or with repeat 0
        alone if there is no chance in the model.
    """
    n_repeats = 1 if model in WITHOUT_SEED else n_seeds
    (split,) = inputs.folds()
    return predict_held_out(
        make_reference(model, inputs.features, size),
        inputs.table,
        inputs.target,
        train=split.train,
        test=split.test,
        name=model,
        n_repeats=n_repeats,
        seed=seed,
        n_jobs=min(_processes(model, n_jobs), n_repeats),
        progress=report_step,
    )


def _processes(model: str, n_jobs: int | None) -> int:
    """Return how many processes a model is worth; starting one costs more than a line."""
    return 1 if model in (MEAN, *LINES) else n_jobs or n_cores()
