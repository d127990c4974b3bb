"""Train every model of the chapter: on the table as published, or prepared.

A *prepared* model also gets the features that follow from the day of onset
(:mod:`alsnb.features.dream`); support vectors and network then use the highest ranked alone.
"""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.progress import report_step
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import cross_validate, learning_curve, predict_held_out
from alsnb.fits.inputs import FitInputs
from alsnb.fits.references import make_reference
from alsnb.models import baselines
from alsnb.models.tabular import make_tabular_ffnn
from alsnb.settings import n_cores
from alsnb.vocabulary import BART, BOOSTING, FFNN, FOREST, MEAN, ONSET, RIDGE

LASSO = "lasso"
LASSO_PREPARED, FOREST_PREPARED = "lasso_prepared", "forest_prepared"
BOOSTING_PREPARED, BART_PREPARED = "boosting_prepared", "bart_prepared"
VECTORS_PREPARED = "support_vectors_prepared"

REFERENCES = {name: name for name in (MEAN, ONSET, RIDGE, FOREST, BART)} | {
    FOREST_PREPARED: FOREST,
    BART_PREPARED: BART,
}
"""The models that are references of other chapters too, each with its name there."""

WITHOUT_SEED = (MEAN, ONSET, RIDGE, LASSO, BOOSTING, LASSO_PREPARED)
"""Models without chance in them: from every seed they are the same."""

N_RANKED = 40
"""How many features the network and the support vectors get, ranked anew in every fold."""


def _make_model(model: str, columns: Sequence[str], size: int) -> Callable[..., object]:
    """Return what makes a model of the chapter, of so many trees, runs, draws or networks."""
    if model in REFERENCES:
        return make_reference(REFERENCES[model], columns, size)
    makers = {
        LASSO: baselines.make_lasso,
        LASSO_PREPARED: baselines.make_lasso,
        BOOSTING: baselines.make_histogram_boosting,
        BOOSTING_PREPARED: partial(baselines.make_boosting, n_runs=size),
        VECTORS_PREPARED: partial(baselines.make_support_vectors, n_features=N_RANKED),
        FFNN: partial(make_tabular_ffnn, n_networks=size, n_features=N_RANKED),
    }
    check_one_of(model, makers, "The model")
    return makers[model]


@stored
def fit_out_of_fold(inputs: FitInputs, model: str, *, size: int, seed: int) -> pd.DataFrame:
    """Return the out-of-fold predictions of one model, as a predictions frame."""
    make, how = _make_model(model, inputs.features, size), {"name": model, "seed": seed}
    how |= {"n_jobs": n_cores(), "progress": report_step}
    return cross_validate(make, inputs.table, inputs.target, inputs.folds(), **how)


@stored
def fit_held_out(
    inputs: FitInputs, model: str, *, size: int, n_seeds: int, seed: int
) -> pd.DataFrame:
    """Return one model's predictions of the patients held out, a repeat for each seed it uses."""
    n_repeats = 1 if model in WITHOUT_SEED else n_seeds
    n_jobs = min(n_cores(), n_repeats)
    how = _split(inputs) | {"name": model, "n_repeats": n_repeats, "seed": seed, "n_jobs": n_jobs}
    make = _make_model(model, inputs.features, size)
    return predict_held_out(make, inputs.table, inputs.target, progress=report_step, **how)


@stored
def fit_fewer(
    inputs: FitInputs, model: str, *, size: int, sizes: Sequence[int], n_orders: int, seed: int
) -> pd.DataFrame:
    """Return one model's predictions of the patients held out, learnt from so many patients.

    They are added in some random orders; the predictions frame has a column ``n_training``.
    """
    how = _split(inputs) | {"name": model, "n_repeats": n_orders, "seed": seed, "sizes": sizes}
    how |= {"n_jobs": n_cores(), "progress": report_step}
    make = _make_model(model, inputs.features, size)
    return learning_curve(make, inputs.table, inputs.target, **how)


def _split(inputs: FitInputs) -> dict[str, pd.Index]:
    (split,) = inputs.folds()
    return {"train": split.train, "test": split.test}
