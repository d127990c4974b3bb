"""How far learners come on the same features as they get more patients to learn from."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import N_TRAINING, learning_curve
from alsnb.fits.inputs import FitInputs
from alsnb.models import baselines
from alsnb.schema import FOLD, MODEL, OBSERVED, PATIENT, PREDICTED, REPEAT, SPLIT
from alsnb.vocabulary import AVERAGE, BOOSTING, FOREST, RIDGE

LEARNERS = (RIDGE, FOREST, BOOSTING)
"""Learners that err differently; their average is the fourth."""


def _maker(model: str, n_trees: int) -> Callable[..., object]:
    makers = {
        RIDGE: baselines.make_ridge,
        FOREST: partial(baselines.make_forest, n_trees=n_trees),
        BOOSTING: baselines.make_histogram_boosting,
    }
    check_one_of(model, makers, "The learner")
    return makers[model]


@stored
def predict_growing(
    inputs: FitInputs, model: str, *, sizes: Sequence[int], n_trees: int, seed: int
) -> pd.DataFrame:
    """Return one learner's predictions of the patients held out, from growing training sets.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    model : str
        One of :data:`LEARNERS`; boosting is that of binned features.
    sizes : sequence of int
        Patients to learn from; a larger set contains every smaller one.
    n_trees, seed : int
        Trees of the forest, and the seed of the order of patients and of the learner.

    Returns
    -------
    DataFrame
        A predictions frame with one more column, ``n_training``.
    """
    (split,) = inputs.folds()
    how = {"train": split.train, "test": split.test, "sizes": sizes, "n_repeats": 1, "seed": seed}
    make = _maker(model, n_trees)
    return learning_curve(make, inputs.table, inputs.target, name=model, **how)


def with_average(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions and, as one more model, their mean over the learners of each size."""
    keys = [N_TRAINING, SPLIT, REPEAT, FOLD, PATIENT, OBSERVED]
    mean = predictions.groupby(keys, sort=False, as_index=False)[PREDICTED].mean()
    return pd.concat([predictions, mean.assign(**{MODEL: AVERAGE})], ignore_index=True)
