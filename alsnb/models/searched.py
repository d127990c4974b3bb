"""Make the network that a recipe describes, with all that goes before it."""

from collections.abc import Sequence

from sklearn.pipeline import Pipeline, make_pipeline

from alsnb.design import make_design
from alsnb.models.architectures import find_architecture
from alsnb.models.inputs import NetworkInputs
from alsnb.models.network import NetworkRegressor
from alsnb.models.recipe import Recipe


def make_inputs(
    recipe: Recipe,
    *,
    network: str,
    columns: Sequence[str],
    leave_out: Sequence[str] = (),
    ranking_seed: int = 0,
) -> NetworkInputs:
    """Make the unfitted preparation of a recipe for a network.

    Features are chosen from ``columns``; those to ``leave_out`` do not go into a network that reads
    more than features. ``ranking_seed`` is that of the forest that ranks; one for all recipes, so
    that they share its ranking.
    """
    parts = find_architecture(network).parts
    ranking = None if recipe.n_features is None else recipe.ranking
    design = make_design(
        imputing=recipe.imputing,
        scaling=recipe.scaling,
        ranking=ranking,
        n_features=recipe.n_features,
        rank_scaled=False,
        seed=ranking_seed,
    ).set_params(select__columns=list(columns))
    left_out = tuple(leave_out) if parts else ()
    return NetworkInputs(design, parts=parts, leave_out=left_out, scaling=recipe.scaling)


def make_searched(
    recipe: Recipe,
    *,
    network: str,
    columns: Sequence[str],
    leave_out: Sequence[str] = (),
    n_networks: int = 1,
    ranking_seed: int = 0,
    seed: int,
) -> Pipeline:
    """Make a network of Pancotti et al. (2022) from a recipe, with its preparation, unfitted.

    ``n_networks`` from ``seed`` are averaged; the rest is as in :func:`make_inputs`. It takes the
    frame of predictors; everything it learns is learnt from training patients.
    """
    inputs = make_inputs(
        recipe, network=network, columns=columns, leave_out=leave_out, ranking_seed=ranking_seed
    )
    make_network = find_architecture(network).make_network
    regressor = NetworkRegressor(
        recipe.network, make_network=make_network, n_networks=n_networks, seed=seed
    )
    return make_pipeline(inputs, regressor)
