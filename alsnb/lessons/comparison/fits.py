"""Train networks on other divisions of the patients than their own."""

import pandas as pd

from alsnb.compute.store import stored
from alsnb.fits.inputs import FitInputs, predict_out_of_fold
from alsnb.fits.networks import make_network
from alsnb.models.recipe import Recipe
from alsnb.settings import n_cores


@stored
def cross_validate_network(
    inputs: FitInputs, *, network: str, recipe: Recipe, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold predictions of single networks, in every fold from another seed."""
    make = make_network(inputs, network, recipe)
    return predict_out_of_fold(make, inputs, name=network, parts=True, seed=seed, n_jobs=n_cores())
