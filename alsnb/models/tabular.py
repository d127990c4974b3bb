"""Put a feed-forward network behind a design, as one model that takes the frame of predictors."""

from collections.abc import Sequence

from sklearn.pipeline import Pipeline, make_pipeline

from alsnb.design import make_design
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.network import NetworkRegressor


def make_tabular_ffnn(
    seed: int,
    *,
    n_networks: int = 1,
    n_features: int | None = None,
    columns: Sequence[str] | None = None,
    settings: FFNNSettings | None = None,
) -> Pipeline:
    """Make the feed-forward network of Pancotti et al. (2022) with all that goes before it.

    Gaps are filled, columns (all by default) scaled and cut off at three standard deviations, and
    ranked if ``n_features`` are asked for, as in the paper by a random forest; all of it learnt
    from training patients only. The predictions of ``n_networks`` are averaged.
    """
    ranking = None if n_features is None else "forest_of_thirds"
    design = make_design(scaling="clipped", ranking=ranking, n_features=n_features, seed=seed)
    if columns is not None:
        design.set_params(select__columns=list(columns))
    return make_pipeline(design, NetworkRegressor(settings, n_networks=n_networks, seed=seed))
