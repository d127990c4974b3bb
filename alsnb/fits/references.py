"""Fit the models that a network has to beat, on the networks' split and predictors.

Every fit looks its result up in the store first, model by model, so that a change in one, or in
a network, does not cost the others again.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.fits.inputs import FitInputs, predict_out_of_fold, predict_split
from alsnb.models import baselines
from alsnb.settings import n_cores
from alsnb.vocabulary import BART, BOOSTING, EARLY_SLOPE, FOREST, MEAN, ONSET, RIDGE

REFERENCES = (MEAN, EARLY_SLOPE, ONSET, RIDGE, FOREST, BOOSTING, BART)
"""The models of this module, from the plainest to the most elaborate."""

WITHOUT_SEED = (MEAN, EARLY_SLOPE, ONSET, RIDGE)
"""Models without chance in them: from every seed they are the same."""

LINES = {EARLY_SLOPE: ("slope_alsfrs_r_total", "slope_alsfrs_total"), ONSET: ("log_onset_delta",)}
"""The single predictor of each line: the first of these that the table has."""

SIZED = {FOREST: (baselines.make_forest, "n_trees"), BART: (baselines.make_bart, "n_draws")}
"""How a model of many parts is made, and what its number of parts is called."""

WITHOUT_SIZE = {
    MEAN: baselines.make_mean,
    RIDGE: baselines.make_ridge,
    BOOSTING: baselines.make_histogram_boosting,
}
"""How the others are made; how many trees boosting has is one of its settings."""


def make_reference(
    model: str, columns: Sequence[str], size: int = 0, settings: Mapping[str, object] | None = None
) -> Callable[..., object]:
    """Return the function that makes one of the references, from a seed if there is chance in it.

    Parameters
    ----------
    model : str
        One of :data:`REFERENCES`.
    columns : sequence of str
        Columns of the table it is given; the lines use a single one of them.
    size : int
        Trees of a forest, draws of Bayesian trees; the others have no size.
    settings : mapping, optional
        What a search chose (:mod:`alsnb.study.reference_search`); by default what is customary.
    """
    check_one_of(model, REFERENCES, "The model")
    chosen = dict(settings or {})
    if model in LINES:
        column = next((name for name in LINES[model] if name in columns), LINES[model][-1])
        return partial(baselines.make_onset, column=column)
    if model in SIZED:
        make, name = SIZED[model]
        return partial(make, **{name: size}, **chosen)
    return partial(WITHOUT_SIZE[model], **chosen)


@stored(ignore=("n_jobs",))
def cross_validate_reference(
    inputs: FitInputs,
    model: str,
    *,
    size: int = 0,
    settings: Mapping[str, object] | None = None,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return the out-of-fold predictions of one reference.

    Parameters
    ----------
    inputs : FitInputs
        Of the training patients, divided into folds; models get the features alone.
    model, size, settings : as in :func:`make_reference`
    seed : int
        Start of the models' seeds.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.
    """
    make = make_reference(model, inputs.features, size, settings)
    n_jobs = _processes(model, n_jobs)
    return predict_out_of_fold(make, inputs, name=model, seed=seed, n_jobs=n_jobs)


@stored(ignore=("n_jobs",))
def predict_with_reference(
    inputs: FitInputs,
    model: str,
    *,
    size: int = 0,
    settings: Mapping[str, object] | None = None,
    n_seeds: int = 1,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return one reference's predictions of the patients held out, a repeat for each seed.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    model, size, settings, seed, n_jobs : as in :func:`cross_validate_reference`
    n_seeds : int
        From how many seeds a model is made that has chance in it.
    """
    make = make_reference(model, inputs.features, size, settings)
    n_repeats = 1 if model in WITHOUT_SEED else n_seeds
    how = {"n_repeats": n_repeats, "n_jobs": min(_processes(model, n_jobs), n_repeats)}
    return predict_split(make, inputs, name=model, seed=seed, **how)


def _processes(model: str, n_jobs: int | None) -> int:
    """Return how many processes a model is worth; starting one costs more than a line."""
    return 1 if model in (MEAN, *LINES) else n_jobs or n_cores()
