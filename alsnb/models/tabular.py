"""Put a feed-forward network behind a design, as one model that takes the frame of predictors."""

from collections.abc import Sequence

from sklearn.pipeline import Pipeline, make_pipeline

from alsnb.design import make_design
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.network import NetworkRegressor


def make_tabular_ffnn(
    seed: int,
    *,
    n_networks: int = 10,
    n_features: int | None = None,
    columns: Sequence[str] | None = None,
    settings: FFNNSettings | None = None,
) -> Pipeline:
    """Make the feed-forward network of Pancotti et al. (2022) with all that goes before it.

    Gaps are filled, columns scaled and cut off at three standard deviations, and ranked
    if asked; all of it learnt from training patients only.

    Parameters
    ----------
    seed : int
        Seed of the ranking forest and of the networks.
    n_networks : int
        Networks that are averaged.
    n_features : int, optional
        How many of the features that a random forest ranks highest go in, as in the paper;
        all by default.
    columns : sequence of str, optional
        Predictors to choose from; all by default.
    settings : FFNNSettings, optional
        Architecture and training.
    """
    ranking = None if n_features is None else "forest_of_thirds"
    design = make_design(scaling="clipped", ranking=ranking, n_features=n_features, seed=seed)
    if columns is not None:
        design.set_params(select__columns=list(columns))
    return make_pipeline(design, NetworkRegressor(settings, n_networks=n_networks, seed=seed))
