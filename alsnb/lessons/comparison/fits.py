"""Train networks on other divisions of the patients than their own."""

import pandas as pd

from alsnb.compute.progress import report_step
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import cross_validate
from alsnb.fits.inputs import FitInputs
from alsnb.fits.networks import make_network
from alsnb.models.recipe import Recipe
from alsnb.settings import n_cores


@stored
def cross_validate_network(
    inputs: FitInputs, *, network: str, recipe: Recipe, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold predictions of single networks, in every fold from another seed.

    Parameters
    ----------
    inputs : FitInputs
        Of patients who are divided into folds once or several times.
    network, recipe
        As in :func:`alsnb.fits.networks.make_network`.
    seed : int
        Start of the networks' seeds.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"``, with as many repeats as the inputs have.
    """
    return cross_validate(
        make_network(inputs, network, recipe),
        inputs.predictors,
        inputs.target,
        inputs.folds(),
        name=network,
        seed=seed,
        n_jobs=n_cores(),
        progress=report_step,
    )
