"""Train models of repeated visits, and networks beside them, in the same folds."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.models import choices, longitudinal
from alsnb.settings import n_cores
from alsnb.vocabulary import ANCHORED, CNN, D50, FFNN, MIXED, RNN

COURSES = {
    ANCHORED: longitudinal.make_anchored,
    MIXED: longitudinal.make_mixed,
    D50: longitudinal.make_d50,
}
"""The models of repeated visits, by name."""

NETWORKS = {FFNN: choices.FFNN, CNN: choices.CNN, RNN: choices.RNN}
"""The networks, with the settings that the library offers by default."""


@stored
def fit_course(inputs: FitInputs, model: str) -> pd.DataFrame:
    """Return the out-of-fold predictions of a model of repeated visits, in which is no chance."""
    check_one_of(model, COURSES, "The model")
    return predict_out_of_fold(COURSES[model], inputs, name=model, parts=True, seed=0)


@stored
def fit_network(inputs: FitInputs, network: str, *, n_networks: int, seed: int) -> pd.DataFrame:
    """Return the out-of-fold predictions of a network with the settings of the library."""
    check_one_of(network, NETWORKS, "The network")
    make = _maker(network, n_networks, tuple(inputs.predictors.columns))
    how = {"seed": seed, "n_jobs": n_cores()}
    return predict_out_of_fold(make, inputs, name=network, parts=True, **how)


def _maker(network: str, n_networks: int, columns: tuple[str, ...]) -> Callable[..., object]:
    return partial(NETWORKS[network](n_networks=n_networks).make, columns)
