"""Train models of repeated visits, and networks beside them, in the same folds."""

from functools import partial

import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.models import longitudinal
from alsnb.models.architectures import find_architecture
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.settings import n_cores
from alsnb.vocabulary import ANCHORED, CNN, D50, FFNN, MIXED, RNN

COURSES = {
    ANCHORED: longitudinal.make_anchored,
    MIXED: longitudinal.make_mixed,
    D50: longitudinal.make_d50,
}
"""The models of repeated visits, by name."""

NETWORKS = (FFNN, CNN, RNN)
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
    recipe = Recipe(network=find_architecture(network).settings_class())
    make = partial(
        make_searched,
        recipe,
        network=network,
        columns=inputs.features,
        leave_out=() if network == FFNN else inputs.leave_out,
        n_networks=n_networks,
    )
    how = {"seed": seed, "n_jobs": n_cores()}
    return predict_out_of_fold(make, inputs, name=network, parts=network != FFNN, **how)
